// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys of one chain's late messages [DR-3.2-1: MKSKIPPED].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>

#include "ratchet/chain_key.hpp"

namespace sotto::ratchet {

/// The seed of one message that was passed over. Wiped when moved from, taken and destroyed.
struct SkippedKey {
  Instant since{};      ///< when it was set aside
  std::uint32_t n = 0;  ///< number of its message
  bool kept = false;    ///< false once taken: `n` stays for the search, the seed is gone
  std::array<std::uint8_t, 32> seed{};

  SkippedKey() noexcept = default;
  SkippedKey(SkippedKey&&) = delete;
  SkippedKey& operator=(SkippedKey&& other) noexcept;
  ~SkippedKey() { wipe(seed); }

  void erase() noexcept;
};

/// A run of slots on the heap. Never a vector: growing must wipe what it leaves behind.
struct SkippedRun {
  std::unique_ptr<SkippedKey[]> slots;
  std::size_t size = 0;

  /// Errors: `out_of_memory`.
  [[nodiscard]] static Result<SkippedRun> allocate(std::size_t size) noexcept;
};

/// Skipped keys in the order of their numbers, which is the order they come in, for a chain only
/// moves forward. Finding is a binary search; adding and taking cost a constant on average.
///
/// Adding is split so that its second half cannot fail: `room_for` allocates, `append` moves.
class SkippedKeys {
 public:
  /// Keys held.
  [[nodiscard]] std::size_t size() const noexcept { return kept_; }

  /// The key of message `n`, or null when there is none or it was taken.
  [[nodiscard]] const SkippedKey* find(std::uint32_t n) const noexcept;

  /// The space that `append` will need besides what is here to add `more` keys (at most `limit`)
  /// and keep at most `limit`; empty when what is here does. Errors: `out_of_memory`.
  [[nodiscard]] Result<SkippedRun> room_for(std::size_t more, std::size_t limit) const noexcept;

  /// Add `fresh`, whose numbers rise and lie above all here; the oldest go so that at most `limit`
  /// stay. `room` is what `room_for` gave for as many.
  void append(SkippedRun&& fresh, SkippedRun&& room, std::size_t limit) noexcept;

  /// Erase the key of message `n`, if it is here.
  void erase(std::uint32_t n) noexcept;

  /// Erase the oldest key. Nothing when there is none.
  void erase_oldest() noexcept;

  /// Erase, from the oldest on, what was set aside `age` or longer before `now` [DR-6.4-2], at most
  /// `most` keys. Returns how many. A doubtful time (ratchet/age.hpp) erases none, and what comes
  /// behind it waits for it.
  std::size_t expire(Instant now, std::chrono::milliseconds age, std::size_t most) noexcept;

  /// Whether the time of a key is doubtful (ratchet/age.hpp).
  [[nodiscard]] bool is_doubtful(Instant now, std::chrono::milliseconds age) const noexcept;
  /// Set the times that are doubtful to `now`.
  void settle(Instant now, std::chrono::milliseconds age) noexcept;

  /// Calls `visit(const SkippedKey&)` for each key held, oldest first.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = head_; i < tail_; ++i)
      if (run_.slots[i].kept) visit(run_.slots[i]);
  }

  /// The same for the keys of the `count` numbers from `first` on, without passing over others.
  template <class Visit>
  void for_each_in(std::uint32_t first, std::uint32_t count, Visit&& visit) const {
    for (std::size_t i = lower_bound(first); i < tail_ && run_.slots[i].n - first < count; ++i)
      if (run_.slots[i].kept) visit(run_.slots[i]);
  }

  /// A number that rises whenever a key is added or erased or its time changes, and at no other
  /// time.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }

 private:
  [[nodiscard]] std::size_t lower_bound(std::uint32_t n) const noexcept;
  [[nodiscard]] std::size_t position_of(std::uint32_t n) const noexcept;
  void erase_at(std::size_t position) noexcept;
  void move_to(SkippedRun& target) noexcept;

  // Slots [head_, tail_) are in use; the first and the last of them are always kept ones.
  SkippedRun run_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::size_t kept_ = 0;
  std::uint64_t changes_ = 0;
  Instant latest_ = Instant::min();    // no key here was set aside later
  Instant earliest_ = Instant::max();  // and none earlier
};

}  // namespace sotto::ratchet
