// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP with AEAD_AES_256_GCM (RFC 3711, RFC 7714): media packets that only the peer can open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto {

namespace media {
class Protector;
class Unprotector;
}  // namespace media

using SrtpMasterKey = Secret<struct SrtpMasterKeyRole, 32>;
using SrtpMasterSalt = Secret<struct SrtpMasterSaltRole, 12>;

/// One direction's master key and salt [RFC 7714 §12].
struct SrtpMaster {
  SrtpMasterKey key;
  SrtpMasterSalt salt;
};

/// What a protected packet is longer than the plain one: the AEAD tag [RFC 7714 §13.2].
inline constexpr std::size_t srtp_overhead_bytes = 16;

/// Streams (SSRCs) that one key serves at most, here. State for each is kept inline.
inline constexpr std::size_t srtp_max_streams = 32;

/// Width of the replay window in packets, the newest included: one that lies this far behind the
/// newest of its stream, or farther, is refused [RFC 3711 §3.3.2].
inline constexpr std::size_t srtp_replay_window = 1024;

/// Seals the packets of one direction. It cannot open any. Not thread-safe: one caller at a time.
/// Once moved from, it may only be destroyed or assigned to.
class SrtpSender {
 public:
  /// Consumes the master, unless it fails. The rollover counter of each stream starts at zero.
  /// Errors: `weak_key` (the key is all zero, as a consumed one is), `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<SrtpSender> create(SrtpMaster&& master) noexcept;

  SrtpSender(SrtpSender&&) noexcept;
  SrtpSender& operator=(SrtpSender&&) noexcept;
  ~SrtpSender();

  /// Protect one RTP packet [RFC 7714 §5.3, §8]. `out` holds `packet.size() + 16` bytes; it may
  /// start where `packet` starts, and must not overlap it otherwise. Sequence numbers of a stream
  /// must rise (modulo 2^16, by less than 2^15); a number once spent is never sealed again. No
  /// heap. Errors: `malformed` (also: above 65,519 bytes), `counter_reused`, `exhausted` (index
  /// 2^48 - 1 was the last), `too_many_streams`, `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> protect(MutableBytes out, Bytes packet) noexcept;

 private:
  explicit SrtpSender(std::unique_ptr<media::Protector> impl) noexcept;
  std::unique_ptr<media::Protector> impl_;
};

/// Opens the packets of one direction. It cannot seal any. Not thread-safe: one caller at a time.
/// Once moved from, it may only be destroyed or assigned to.
class SrtpReceiver {
 public:
  /// Consumes the master, unless it fails. The first packet of a stream is taken to stand before
  /// the first wrap of its number, so a sender had better start it below 2^15 [RFC 3711 §3.3.1].
  /// Errors: `weak_key` (the key is all zero, as a consumed one is), `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<SrtpReceiver> create(SrtpMaster&& master) noexcept;

  SrtpReceiver(SrtpReceiver&&) noexcept;
  SrtpReceiver& operator=(SrtpReceiver&&) noexcept;
  ~SrtpReceiver();

  /// Open one SRTP packet, or change nothing [RFC 3711 §3.3, RFC 7714 §5.4]. `out` holds
  /// `packet.size() - 16` bytes; it may start where `packet` starts, and must not overlap it
  /// otherwise. On error `out` is untouched or zeroed (in place: the packet is lost). No heap.
  /// Errors: `malformed`, `authentication_failed`, `replayed`, `too_many_streams`,
  /// `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> unprotect(MutableBytes out, Bytes packet) noexcept;

 private:
  explicit SrtpReceiver(std::unique_ptr<media::Unprotector> impl) noexcept;
  std::unique_ptr<media::Unprotector> impl_;
};

}  // namespace sotto
