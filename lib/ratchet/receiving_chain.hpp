// SPDX-License-Identifier: MIT OR Apache-2.0
/// The chain of the peer's messages under one of its ratchet keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/ratchet.hpp>

#include "ratchet/age.hpp"
#include "ratchet/chain_key.hpp"
#include "ratchet/skipped_keys.hpp"
#include "ratchet/suite.hpp"

namespace sotto::ratchet {

/// Where a chain stands once a message at or beyond its end is accepted.
struct Advance {
  ChainKey key;
  std::uint32_t next;
  SkippedRun fresh;  ///< the keys passed over, the newest that may be kept
  SkippedRun room;   ///< space to keep them in
};

/// What it takes to open one message of a chain, before it is known to be authentic.
struct Reach {
  MessageSeed seed;
  std::optional<Advance> advance;  ///< none for a late message, whose seed was set aside
};

/// CKr, Nr and the skipped keys of one ratchet key [DR-3.2-1]. It cannot seal.
class ReceivingChain {
 public:
  /// When a live chain was retired.
  static constexpr Instant never{};

  ReceivingChain(const RatchetPublic& their_key, ChainKey&& key) noexcept
      : their_key_(their_key), key_(std::move(key)) {}

  [[nodiscard]] const RatchetPublic& their_key() const noexcept { return their_key_; }
  /// Names the chain among all that its state ever had; 0 before it is part of one.
  [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }
  void name(std::uint32_t serial) noexcept { serial_ = serial; }
  [[nodiscard]] std::uint32_t next() const noexcept { return next_; }
  [[nodiscard]] const SkippedKeys& skipped() const noexcept { return skipped_; }

  /// Whether message `n` may be worked for when `next` is the chain's end: no more than
  /// `max_forward_jump` beyond it [DR-3.1-9, DR-3.5-5]. Errors: `too_far_ahead`, `malformed`
  /// for the number that no message carries.
  [[nodiscard]] static Result<void> check_jump(std::uint32_t next, std::uint32_t n,
                                               const RatchetLimits& limits) noexcept;

  /// Derive what message `n` needs; nothing here changes.
  /// Errors: `authentication_failed` (beyond the chain's last number), `replayed`,
  /// `too_far_ahead`, `malformed`, `out_of_memory`.
  [[nodiscard]] Result<Reach> reach(const Suite& suite, std::uint32_t n,
                                    const RatchetLimits& limits, Instant now) const noexcept;

  /// Message `n` is authentic: move on as `reach` said.
  void accept(std::uint32_t n, std::optional<Advance>&& advance,
              const RatchetLimits& limits) noexcept;

  void erase_oldest_skipped() noexcept { skipped_.erase_oldest(); }
  /// Erase at most `most` keys for their age, and return how many.
  std::size_t expire_skipped(Instant now, std::chrono::milliseconds age,
                             std::size_t most) noexcept {
    return skipped_.expire(now, age, most);
  }

  /// From `now` on a newer chain is the live one. The message that brought it says that `last` is
  /// the last number used here: nothing beyond it opens any more (docs/decisions/0003).
  void retire(Instant now, std::uint32_t last) noexcept {
    retired_at_ = now;
    last_ = last;
  }
  [[nodiscard]] Instant retired_at() const noexcept { return retired_at_; }
  [[nodiscard]] std::uint32_t last() const noexcept { return last_; }

  /// Whether it was retired, or keeps a key set aside, at a time that is doubtful
  /// (ratchet/age.hpp).
  [[nodiscard]] bool is_doubtful(Instant now, std::chrono::milliseconds age) const noexcept {
    return is_retired_doubtfully(now, age) || skipped_.is_doubtful(now, age);
  }
  /// Set all times that are doubtful to `now`.
  void settle(Instant now, std::chrono::milliseconds age) noexcept {
    if (is_retired_doubtfully(now, age)) retired_at_ = now;
    skipped_.settle(now, age);
  }

 private:
  friend struct ImageAccess;

  [[nodiscard]] bool is_retired_doubtfully(Instant now,
                                           std::chrono::milliseconds age) const noexcept {
    return retired_at_ != never && ratchet::is_doubtful(retired_at_, now, age);
  }

  RatchetPublic their_key_;
  ChainKey key_;
  std::uint32_t serial_ = 0;
  std::uint32_t next_ = 0;
  // While it is read from its image: keys still to come, and the number that they lie behind.
  std::uint32_t awaited_ = 0;
  std::uint32_t page_end_ = 0;
  SkippedKeys skipped_;
  Instant retired_at_ = never;
  std::uint32_t last_ = end_of_chain;  // of the live chain any number is possible
};

}  // namespace sotto::ratchet
