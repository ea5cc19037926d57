// SPDX-License-Identifier: MIT OR Apache-2.0
/// SFrame (RFC 9605): whole media frames, sealed end to end past any server that forwards them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto {

namespace sframe {
class Sealer;
class Opener;
}  // namespace sframe

/// Cipher suites by their registered numbers [RFC 9605 §8.1]; 6 to 8 are of
/// draft-barnes-sframe-iana-256-05. The last is ours, from the range for private use: its tag of 32
/// bytes commits to the key, so that no frame opens under two keys.
enum class SframeSuite : std::uint16_t {
  aes_128_ctr_hmac_sha256_80 = 1,
  aes_128_ctr_hmac_sha256_64 = 2,
  aes_128_ctr_hmac_sha256_32 = 3,
  aes_128_gcm_sha256_128 = 4,
  aes_256_gcm_sha512_128 = 5,
  aes_256_ctr_hmac_sha512_80 = 6,
  aes_256_ctr_hmac_sha512_64 = 7,
  aes_256_ctr_hmac_sha512_32 = 8,
  sotto_aes_256_ctr_hmac_sha512_256 = 0xf001,
};

/// Bytes of the tag behind each frame, and of the keys a ratchet step yields (the hash's size, Nh).
/// Both 0 for a number that is no suite here.
struct SframeSizes {
  std::size_t tag;
  std::size_t ratchet_key;
};
[[nodiscard]] SframeSizes sframe_sizes(SframeSuite suite) noexcept;

/// Which key a frame is sealed under [RFC 9605 §4.3: KID].
enum class SframeKid : std::uint64_t {};

/// What stands in front of each frame, in the clear and authenticated [RFC 9605 §4.3].
struct SframeHeader {
  SframeKid kid;
  std::uint64_t counter;   ///< CTR
  std::size_t size_bytes;  ///< of its encoding, 1 to 17
};
inline constexpr std::size_t sframe_max_header_bytes = 17;

/// The most metadata that a frame may have here.
inline constexpr std::size_t sframe_max_metadata_bytes = 1024;

/// Read the header of a frame. Only the shortest encoding of KID and CTR is taken.
/// Errors: `malformed`.
[[nodiscard]] Result<SframeHeader> parse_sframe_header(Bytes frame) noexcept;

/// The secret that a key's schedule starts from [RFC 9605 §4.4.2: base_key], 16 to 64 bytes.
/// Move-only, wiped; empty once moved from.
class SframeBaseKey {
 public:
  /// A copy of `bytes`. Errors: `malformed` (size).
  [[nodiscard]] static Result<SframeBaseKey> create(Bytes bytes) noexcept;
  SframeBaseKey(SframeBaseKey&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SframeBaseKey& operator=(SframeBaseKey&& other) noexcept {
    if (this != &other) {
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~SframeBaseKey() = default;
  [[nodiscard]] Bytes expose() const noexcept { return bytes_.expose().first(size_); }

 private:
  using Room = Secret<struct SframeBaseKeyRole, 64>;
  SframeBaseKey(Room&& bytes, std::size_t size) noexcept : bytes_(std::move(bytes)), size_(size) {}
  Room bytes_;
  std::size_t size_;
};

/// A sender's chain of keys [RFC 9605 §5.1]: KID = (generation << step_bits) + step. Each step's
/// base key follows from the one before by a one-way function.
struct SframeChain {
  std::uint8_t step_bits = 8;  ///< R: 1 to 16
};

/// The KID of a step of a chain, which is taken modulo 2^R. Errors: `invalid_argument` (R is not 1
/// to 16, or the generation has more than the other 64 - R bits). [RFC9605-5.1-2]
[[nodiscard]] constexpr Result<SframeKid> sframe_sender_kid(SframeChain chain,
                                                            std::uint64_t generation,
                                                            std::uint64_t step) noexcept {
  const unsigned bits = chain.step_bits;
  if (bits < 1 || bits > 16 || generation >> (64 - bits) != 0)
    return std::unexpected(Error::invalid_argument);
  return SframeKid{(generation << bits) + (step & ((std::uint64_t{1} << bits) - 1))};
}
/// KID for keys of an MLS group [RFC9605-5.2-1]: context, member index and epoch, of which the low
/// `epoch_bits` are used. Errors: `invalid_argument` (`epoch_bits` is not 1 to 63, both widths are
/// more than 64 together, the index has more than `index_bits`, or the context more than the bits
/// that are left).
[[nodiscard]] constexpr Result<SframeKid> sframe_mls_kid(unsigned epoch_bits, unsigned index_bits,
                                                         std::uint64_t context, std::uint64_t index,
                                                         std::uint64_t epoch) noexcept {
  // No shift here is by 64 bits or more: that is not defined.
  const auto fits = [](std::uint64_t value, unsigned bits) {
    return bits >= 64 || value >> bits == 0;
  };
  if (epoch_bits < 1 || epoch_bits > 63 || index_bits > 64 - epoch_bits)
    return std::unexpected(Error::invalid_argument);
  const unsigned low = index_bits + epoch_bits;
  if (!fits(index, index_bits) || !fits(context, 64 - low))
    return std::unexpected(Error::invalid_argument);
  return SframeKid{(low == 64 ? 0 : context << low) + (index << epoch_bits) +
                   (epoch & ((std::uint64_t{1} << epoch_bits) - 1))};
}

/// Seals the frames of one sender. It cannot open any. One counter serves all keys that it is ever
/// given and never starts again, so that no key seals a counter twice even if the same key is
/// supplied again. For the same reason functions answer `wrong_state` while another thread is
/// inside, and in a forked process. They answer `consumed`, or zero, once it was moved from;
/// `base_key` is not called then.
class SframeSender {
 public:
  /// Consumes the key, unless it fails. `first_counter` continues after a restart: above every
  /// counter that may have been used. Errors: `malformed` (no such suite), `weak_key` (empty, or
  /// all zero), `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<SframeSender> create(SframeSuite suite, SframeKid kid,
                                                   SframeBaseKey&& key,
                                                   std::uint64_t first_counter = 0) noexcept;
  SframeSender(SframeSender&&) noexcept;
  SframeSender& operator=(SframeSender&&) noexcept;
  ~SframeSender();

  /// Seal a frame: header || ciphertext || tag into `out`, which holds `sealed_size` bytes or
  /// more, shares nothing with `plaintext` or, in place, holds it behind room for the header
  /// (`plaintext.data() == out.data() + header size`). `metadata` is authenticated and not carried
  /// [RFC 9605 §4.4.3]. The counter is spent before the first byte is written. No heap.
  /// Errors: `malformed` (metadata above 1,024 bytes), `exhausted` (counter 2^64 - 1 was spent),
  /// `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes metadata,
                                          Bytes plaintext) noexcept;
  /// The exact size of the next sealed frame, and the part of it that is header.
  [[nodiscard]] std::size_t sealed_size(std::size_t plaintext) const noexcept;
  [[nodiscard]] std::size_t header_size() const noexcept;

  /// Seal under another key from the next frame on. The counter goes on.
  /// Errors: `weak_key`, `out_of_memory`; the old key stays.
  [[nodiscard]] Result<void> rekey(SframeKid kid, SframeBaseKey&& key) noexcept;

  /// Step the chain [RFC 9605 §5.1]: the key becomes the next one, the KID rises by one. The base
  /// key before is gone. Errors: `malformed` (chain), `exhausted` (the generation's last step),
  /// `out_of_memory`.
  [[nodiscard]] Result<void> ratchet(SframeChain chain) noexcept;

  [[nodiscard]] SframeKid kid() const noexcept;
  [[nodiscard]] std::uint64_t next_counter() const noexcept;
  /// The present base key, to be told to a newcomer through a session.
  [[nodiscard]] const SframeBaseKey& base_key() const noexcept;

 private:
  explicit SframeSender(std::unique_ptr<sframe::Sealer> impl) noexcept;
  std::unique_ptr<sframe::Sealer> impl_;
};

/// Keys are ordered by their KIDs, in whatever order they are added: a higher one is newer
/// [RFC9605-5-1].
struct SframeLimits {
  /// Keys held at once, the newest included: 1 to 16. The oldest goes first.
  std::uint8_t max_keys = 5;
  /// How many steps a frame may push a chain. Each step ahead is made once, for two HMACs and 110
  /// bytes, and is at hand for the next frame, forged or not [RFC9605-5.1-4].
  std::uint8_t max_steps = 32;
  /// A key that a newer one has replaced opens late frames for this long after the first frame of
  /// the newer one.
  std::chrono::milliseconds max_old_age = std::chrono::seconds(10);
  /// How many low bits of the KIDs count the keys, and come round: 64 where KIDs only rise, as
  /// those of chains and of calls do; `epoch_bits` for those of `sframe_mls_kid`. 1 to 64.
  std::uint8_t kid_bits = 64;
};

/// Width of the replay window in frames, one for each key held [RFC 9605 §9.3].
inline constexpr std::size_t sframe_replay_window = 1024;

/// Forged frames that are borne under one key with a tag of 4, 8 or 10 bytes; then `exhausted`.
/// A forger's chance until then is at most 2^-20, 2^-40, 2^-48.
inline constexpr std::uint64_t sframe_forgeries_4 = 1U << 12;
inline constexpr std::uint64_t sframe_forgeries_8 = 1U << 24;
inline constexpr std::uint64_t sframe_forgeries_10 = std::uint64_t{1} << 32;

/// Opens the frames of one sender, each once. It cannot seal any. What was opened is known to this
/// object alone: a receiver that is made anew of an old key opens old frames again. Functions
/// answer `wrong_state` and `consumed` as those of `SframeSender`.
class SframeReceiver {
 public:
  /// Errors: `malformed` (no such suite, limits out of range), `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<SframeReceiver> create(SframeSuite suite,
                                                     const SframeLimits& limits = {}) noexcept;
  SframeReceiver(SframeReceiver&&) noexcept;
  SframeReceiver& operator=(SframeReceiver&&) noexcept;
  ~SframeReceiver();

  /// Hold one more key; the oldest goes when there are too many. It counts as older than all that
  /// have a higher KID, also if those came before it. A KID that is held, or that opened a frame
  /// and has been dropped, is `conflict`: its window may not start again. (Where KIDs come round,
  /// that is told of the same base key, and of the last 64 such keys.) Consumes the key, unless it
  /// fails. Errors: `conflict`, `exhausted` (all that there is room for are newer), `weak_key`,
  /// `out_of_memory`. [RFC9605-9.3-2]
  [[nodiscard]] Result<void> add_key(SframeKid kid, SframeBaseKey&& key) noexcept;
  /// The same for a key of a chain, which frames with a higher step of the same generation push on;
  /// keys of steps passed over are held for late frames, as far as there is room.
  /// Errors: also `malformed` (chain, or KIDs that come round).
  [[nodiscard]] Result<void> add_key(SframeKid kid, SframeBaseKey&& key,
                                     SframeChain chain) noexcept;
  /// Forget a key. Errors: `unknown_key`.
  [[nodiscard]] Result<void> erase_key(SframeKid kid) noexcept;
  /// Let go of all keys: they are gone from memory, and nothing opens until keys are added. What
  /// each has opened stays known: one that is added again goes on with its window. Of the last 16;
  /// one before those is `conflict` when it is added again. Errors: none but `wrong_state`,
  /// `consumed`. [RFC9605-9.3-2]
  [[nodiscard]] Result<void> let_go() noexcept;

  /// Open a frame into `out`, which holds the plaintext (`frame.size()` is always enough) and
  /// shares nothing with `frame` or starts where its ciphertext starts. Only a frame that opens
  /// moves a chain or a window; one that does not counts as a forgery. On error `out` is untouched
  /// or zeroed. No heap, but when a chain moves. Errors: `malformed`, `unknown_key` (wait for its
  /// key, or ask for it), `too_far_ahead` (more steps than `max_steps`), `replayed`,
  /// `authentication_failed`, `exhausted` (forgeries), `buffer_too_small`, `buffers_overlap`,
  /// `out_of_memory`.
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes metadata, Bytes frame,
                                          Instant now) noexcept;

  [[nodiscard]] std::size_t keys() const noexcept;

 private:
  explicit SframeReceiver(std::unique_ptr<sframe::Opener> impl) noexcept;
  std::unique_ptr<sframe::Opener> impl_;
};

}  // namespace sotto
