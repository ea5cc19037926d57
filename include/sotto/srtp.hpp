// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714): media packets that only the peer can open.
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

/// How packets are protected. The values are those of DTLS-SRTP [RFC 5764 §4.1.2, RFC 7714 §14.2];
/// AES_256_CM has none there, 0xff01 and 0xff02 are ours. There is no profile without encryption or
/// without authentication.
enum class SrtpProfile : std::uint16_t {
  aes_cm_128_hmac_sha1_80 = 0x0001,
  aes_cm_128_hmac_sha1_32 = 0x0002,  ///< SRTCP keeps a tag of 80 bits [RFC 3711 §5.2]
  aead_aes_128_gcm = 0x0007,
  aead_aes_256_gcm = 0x0008,
  aes_cm_256_hmac_sha1_80 = 0xff01,
  aes_cm_256_hmac_sha1_32 = 0xff02,
};

/// Sizes in bytes: master key, master salt, and the tags. All 0 for a profile that is none.
struct SrtpSizes {
  std::size_t key;
  std::size_t salt;
  std::size_t srtp_tag;
  std::size_t srtcp_tag;
};
[[nodiscard]] SrtpSizes srtp_sizes(SrtpProfile profile) noexcept;

using SrtpMasterKey = Secret<struct SrtpMasterKeyRole, 32>;
using SrtpMasterSalt = Secret<struct SrtpMasterSaltRole, 12>;

/// One direction's master key and salt of AEAD_AES_256_GCM [RFC 7714 §12].
struct SrtpMaster {
  SrtpMasterKey key;
  SrtpMasterSalt salt;
};

/// What a protected RTP packet without MKI is longer than the plain one at most: the AEAD tag
/// [RFC 7714 §13.2]; and an RTCP packet: tag and SRTCP index.
inline constexpr std::size_t srtp_overhead_bytes = 16;
inline constexpr std::size_t srtcp_overhead_bytes = 16 + 4;

/// The longest master key identifier here, which comes on top of these.
inline constexpr std::size_t srtp_max_mki_bytes = 16;
/// Keys that a receiver holds at once, told apart by their MKI.
inline constexpr std::size_t srtp_max_keys = 4;

/// Streams (SSRCs) of RTP that an end serves at once, and as many of RTCP, unless
/// `SrtpOptions::max_streams` says otherwise; and the most it may say. At the bound a stream that
/// begins is `too_many_streams`, the others go on. Streams make room when they are ended
/// (`remove_stream`), and with their keys: at a sender those that sealed nothing since the last
/// change to a key that is new to it, at a receiver those all of whose keys were erased. A stream
/// takes about 200 bytes of memory, which is taken when the end is made.
inline constexpr std::size_t srtp_max_streams = 128;
inline constexpr std::size_t srtp_streams_limit = 4096;
/// Streams that may be ended under one key; their names are kept, so that they do not come back.
inline constexpr std::size_t srtp_max_ended_streams = 1024;

struct SrtpOptions {
  /// The key's identifier, carried by every packet [RFC 3711 §3.1: MKI]: none, or 1 to 16 bytes, as
  /// many for all keys of a direction. With it keys can be replaced in mid-call.
  Bytes mki = {};
  /// The header extension elements, by id (1 to 255), that are encrypted [RFC 6904]; the rest of a
  /// header is authenticated only. The extension then has to be one of RFC 8285, or none.
  Bytes encrypted_extensions = {};
  /// Streams that the end serves at once: 1 to `srtp_streams_limit`.
  std::size_t max_streams = srtp_max_streams;
};

/// Under a tag of 4 bytes: how many failed tags a receiver looks at in each stream, and how many of
/// them one authentic packet of the stream makes up for. Beyond that the stream opens nothing more
/// under its key (`exhausted`), the other streams do, and a new key brings it back. So a forger has
/// to go on with more than 16 failures for each packet of the stream, where a number for the whole
/// life of a key would be used up by 300 kB once. After N packets of a stream have opened under a
/// key, at most 4,096 + 16 N failures were looked at, and the chance that one forgery was taken is
/// below (4,096 + 16 N) * 2^-32: 2^-20 at first, 2^-8 after a million packets, six hours of speech.
/// SSRCs of which nothing has opened share one such budget, which every authentic packet under the
/// key pays back. A packet that is tried at three indices counts three times.
inline constexpr std::uint32_t srtp_short_tag_forgeries = 4096;
inline constexpr std::uint32_t srtp_short_tag_refill = 16;

/// How many rollover counters behind the likeliest one a receiver tries when a packet does not open
/// there [RFC 3711 §3.3.1]. A stream that lost its count so comes back by itself, after up to
/// (2 + 1/2) * 2^16 - 1 = 163,839 packets that did not arrive: nine minutes at 300 a second. A
/// packet, forged or not, costs at most three openings; five while a counter that the caller told
/// (`set_rollover`) is farther ahead.
inline constexpr std::size_t srtp_rollover_search = 2;
/// In place, under an AEAD, a packet that does not open is gone, so that trying it again takes a
/// copy. It is taken of a packet that holds at most this much behind its header, more than one
/// frame of Ethernet carries, and whose number is farther ahead of the newest than this, or behind
/// the window: nearly all are nearer, and cost nothing. Any other that is opened in place is tried
/// once.
inline constexpr std::size_t srtp_in_place_search_bytes = 2048;
inline constexpr std::uint64_t srtp_in_place_near = 64;

/// Width of the replay window in packets, the newest included: one that lies this far behind the
/// newest of its stream, or farther, is refused [RFC 3711 §3.3.2].
inline constexpr std::size_t srtp_replay_window = 1024;

/// What a master derives, as it is [RFC 3711 §4.3; RFC 7714 §11]: to verify a derivation against
/// that of another implementation, not for use; an end derives its own. Of every secret the first
/// bytes count, as many as the size says; the rest are zero.
struct SrtpSessionKeys {
  using Key = Secret<struct SrtpDerivedKeyRole, 32>;
  using Salt = Secret<struct SrtpDerivedSaltRole, 14>;
  using Auth = Secret<struct SrtpDerivedAuthRole, 20>;
  std::size_t key_bytes;   ///< 16 or 32, as the master key
  std::size_t salt_bytes;  ///< 12 or 14, as the master salt
  std::size_t auth_bytes;  ///< 20, or 0 under an AEAD
  Key rtp_key;             ///< label 0
  Auth rtp_auth;           ///< label 1
  Salt rtp_salt;           ///< label 2
  Key rtcp_key;            ///< label 3
  Auth rtcp_auth;          ///< label 4
  Salt rtcp_salt;          ///< label 5
};

/// Errors: `malformed` (profile, sizes), `weak_key` (the key is all zero), `backend_unavailable`.
[[nodiscard]] Result<SrtpSessionKeys> srtp_session_keys(SrtpProfile profile, Bytes master_key,
                                                        Bytes master_salt) noexcept;

/// Seals the packets of one direction. It cannot open any. One thread at a time, in the process
/// that made it: so that no number is sealed twice, functions answer `wrong_state` while another
/// thread is inside, and in a forked process. They answer `consumed` once it was moved from.
class SrtpSender {
 public:
  /// Consumes the master, unless it fails. The rollover counter of each stream starts at zero.
  /// Errors: `weak_key` (the key is all zero, as a consumed one is), `malformed` (options),
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<SrtpSender> create(SrtpMaster&& master,
                                                 const SrtpOptions& options = {}) noexcept;

  /// The same of any profile. Key and salt are copied; the source is the caller's to wipe, and no
  /// other sender may be made of it. Errors: also `malformed` (profile, sizes).
  [[nodiscard]] static Result<SrtpSender> create(SrtpProfile profile, Bytes master_key,
                                                 Bytes master_salt,
                                                 const SrtpOptions& options = {}) noexcept;

  SrtpSender(SrtpSender&&) noexcept;
  SrtpSender& operator=(SrtpSender&&) noexcept;
  ~SrtpSender();

  /// Protect one RTP packet [RFC 7714 §5.3, §8]. `out` holds `packet.size() +
  /// overhead_bytes()` bytes; it may
  /// start where `packet` starts, and must not overlap it otherwise. Sequence numbers of a stream
  /// rise (modulo 2^16, by less than 2^15), or stay behind the newest by less than
  /// `srtp_replay_window`, as those of a repair or of what is forwarded do; a number once spent is
  /// never sealed again. No heap. Errors: `malformed` (also: protected it would be above 65,535
  /// bytes), `counter_reused`, `exhausted` (index 2^48 - 1 was the last), `too_many_streams`,
  /// `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> protect(MutableBytes out, Bytes packet) noexcept;

  /// Protect one RTCP packet, compound or not [RFC 3711 §3.4, RFC 7714 §9]: encrypted, under the
  /// next SRTCP index of its sender, the last of which is 2^31 - 1. `out` holds the packet and
  /// `rtcp_overhead_bytes()`. Errors as above; `counter_reused` of a stream that was ended only.
  [[nodiscard]] Result<MutableBytes> protect_rtcp(MutableBytes out, Bytes packet) noexcept;

  /// Seal under another key from the next packet on. Numbers, rollover counters and SRTCP indices
  /// go on [RFC 3711 §3.3.1], so that a key given twice seals no number twice. Errors: `malformed`
  /// (another profile, sizes; an MKI that is none, of another size, or the present one),
  /// `weak_key`, `out_of_memory`, `counter_reused` (a key that this sender had before, of whose
  /// streams some have made room since); the old key stays.
  [[nodiscard]] Result<void> rekey(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                                   Bytes mki) noexcept;
  [[nodiscard]] Result<void> rekey(SrtpMaster&& master, Bytes mki) noexcept;

  /// How often the sequence number of a stream has wrapped, to tell a receiver that joins later or
  /// lost count [RFC 3711 §3.3.1: ROC]. Errors: `invalid_argument` (it has sealed no packet).
  [[nodiscard]] Result<std::uint32_t> rollover(std::uint32_t ssrc) noexcept;

  /// Begin a stream at this rollover counter, as one that another sender, under other keys, led so
  /// far. Errors: `counter_reused` (it has begun), `too_many_streams`.
  [[nodiscard]] Result<void> set_rollover(std::uint32_t ssrc, std::uint32_t roc) noexcept;

  /// End a stream, its RTCP too: others take its place. Under this key its SSRC seals nothing any
  /// more (`counter_reused`); under the next one that is new to this sender it may begin again, at
  /// zero; so the receiver has to end it as well. Idempotent: to end what is not there succeeds.
  /// Errors: `exhausted` (`srtp_max_ended_streams` were ended under this key: it takes a new one);
  /// the stream goes on.
  [[nodiscard]] Result<void> remove_stream(std::uint32_t ssrc) noexcept;

  /// What `protect` and `protect_rtcp` add; 0 after a move.
  [[nodiscard]] std::size_t overhead_bytes() const noexcept;
  [[nodiscard]] std::size_t rtcp_overhead_bytes() const noexcept;

 private:
  explicit SrtpSender(std::unique_ptr<media::Protector> impl) noexcept;
  std::unique_ptr<media::Protector> impl_;
};

/// A packet that was opened, and by what.
struct SrtpOpened {
  MutableBytes packet;  ///< in the output
  Bytes mki;            ///< of the key, as it stands in the protected packet; empty without MKIs
  std::uint64_t index;  ///< 2^16 * ROC + SEQ [RFC 3711 §3.3.1]; of RTCP the SRTCP index
};

/// Opens the packets of one direction. It cannot seal any. Functions answer `wrong_state` and
/// `consumed` as those of `SrtpSender`.
class SrtpReceiver {
 public:
  /// Consumes the master, unless it fails. The first packet of a stream is looked for before the
  /// first wrap of its number and then behind the next two; for one that began long ago see
  /// `set_rollover`. Errors: as `SrtpSender::create`.
  [[nodiscard]] static Result<SrtpReceiver> create(SrtpMaster&& master,
                                                   const SrtpOptions& options = {}) noexcept;

  /// The same of any profile, as `SrtpSender::create`.
  [[nodiscard]] static Result<SrtpReceiver> create(SrtpProfile profile, Bytes master_key,
                                                   Bytes master_salt,
                                                   const SrtpOptions& options = {}) noexcept;

  SrtpReceiver(SrtpReceiver&&) noexcept;
  SrtpReceiver& operator=(SrtpReceiver&&) noexcept;
  ~SrtpReceiver();

  /// Open one SRTP packet, or change nothing but the counts of forgeries under a short tag
  /// [RFC 3711 §3.3, RFC 7714 §5.4]. `out` holds
  /// `packet.size() -
  /// overhead_bytes()` bytes; it may start where `packet` starts, and must not overlap it
  /// otherwise. On error `out` is untouched or zeroed (in place: the packet is lost). No heap.
  /// Errors: `malformed`, `unknown_key` (an MKI that is not held), `authentication_failed`,
  /// `replayed`, `too_many_streams`, `exhausted` (forgeries: the stream
  /// needs a new key), `buffer_too_small`,
  /// `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> unprotect(MutableBytes out, Bytes packet) noexcept;

  /// The rollover counter of the newest packet of a stream that opened. Errors: `invalid_argument`
  /// (none did).
  [[nodiscard]] Result<std::uint32_t> rollover(std::uint32_t ssrc) noexcept;

  /// Look for a stream at this rollover counter, as its sender's `rollover` tells it: a stream that
  /// began before this receiver, or of which more was lost than the search bears
  /// (`srtp_rollover_search`), also with new keys. It is one guess more, and the tag decides: a
  /// wrong one does no harm. Errors: `too_many_streams`.
  [[nodiscard]] Result<void> set_rollover(std::uint32_t ssrc, std::uint32_t roc) noexcept;

  /// End a stream, its RTCP too: others take its place. Under the keys that are held now its
  /// packets are `replayed` from here on, whatever they are; under a later one it may begin again.
  /// Idempotent, as that of the sender. Errors: `exhausted` (`srtp_max_ended_streams` were
  /// ended under these keys); the stream goes on.
  [[nodiscard]] Result<void> remove_stream(std::uint32_t ssrc) noexcept;

  /// Open one SRTCP packet; errors as above. One that is not encrypted (its E bit is clear) is
  /// `malformed`: there is no such mode here.
  [[nodiscard]] Result<MutableBytes> unprotect_rtcp(MutableBytes out, Bytes packet) noexcept;

  /// The same two, and which key and which index it was: so that an app sees when its peer seals
  /// under the next key, and which packets were lost.
  [[nodiscard]] Result<SrtpOpened> open(MutableBytes out, Bytes packet) noexcept;
  [[nodiscard]] Result<SrtpOpened> open_rtcp(MutableBytes out, Bytes packet) noexcept;

  /// Open packets under this key as well. Replay windows are those of the streams, for all keys
  /// together. Errors: `malformed` (another profile, sizes; an MKI that is none or of another
  /// size), `conflict` (that MKI is held), `replayed` (a key that this receiver had before, of
  /// whose streams some have made room since), `exhausted` (`srtp_max_keys` are held), `weak_key`,
  /// `out_of_memory`.
  [[nodiscard]] Result<void> add_key(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                                     Bytes mki) noexcept;
  [[nodiscard]] Result<void> add_key(SrtpMaster&& master, Bytes mki) noexcept;

  /// Forget a key; the last one may go, too. Errors: `unknown_key` (also: made without MKI).
  [[nodiscard]] Result<void> erase_key(Bytes mki) noexcept;

  /// Whether the key that was added last had better be replaced, before streams fall silent: more
  /// than half of some budget of forgeries under it is gone (`srtp_short_tag_forgeries`). Looks at
  /// every stream. False after a move.
  [[nodiscard]] bool needs_new_key() const noexcept;

  [[nodiscard]] std::size_t overhead_bytes() const noexcept;
  [[nodiscard]] std::size_t rtcp_overhead_bytes() const noexcept;

 private:
  explicit SrtpReceiver(std::unique_ptr<media::Unprotector> impl) noexcept;
  std::unique_ptr<media::Unprotector> impl_;
};

}  // namespace sotto
