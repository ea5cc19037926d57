// SPDX-License-Identifier: MIT OR Apache-2.0
/// Another member of a group call, as one member sees it: its keys, what it says of the roster, and
/// what it is to be told.
#pragma once

#include <array>
#include <optional>

#include "call/group_leaves.hpp"
#include "call/group_roster.hpp"

namespace sotto::call {

class GroupPeer {
 public:
  static constexpr std::size_t most_generations = 4;

  // --- Its keys

  /// What a key message would come to. Errors: `replayed`.
  enum class News : std::uint8_t { first_stay, later_stay, generation, confirmation };
  [[nodiscard]] Result<News> judge(const KeyHead& head) const noexcept;
  /// Hold the key of a message that was judged so. Errors: `weak_key`, `replayed` (a step that is
  /// over), `out_of_memory`, `backend_unavailable`; nothing has changed then.
  [[nodiscard]] Result<void> hold(News news, const KeyMessage& message, const GroupLeaves& leaves,
                                  Instant now) noexcept;
  /// Somebody left: what is held ends [GC-5-4].
  void limit(const GroupLeaves& leaves) noexcept;
  /// Let go of keys if all are over. What they opened stays known [GC-5-6].
  void forget(Instant now) noexcept;
  /// Whether there is anything to remember when it is gone: a key of it came.
  [[nodiscard]] bool is_known() const noexcept { return known_; }
  /// Ask about a newest generation that will end, while there is time.
  void ask_in_time(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> asks_at() const noexcept;
  /// Errors: as `GroupCall::open`, behind `rosters_differ`.
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes metadata, Bytes frame,
                                          Instant now) noexcept;
  [[nodiscard]] std::uint64_t stay() const noexcept { return stay_; }
  [[nodiscard]] std::size_t generations() const noexcept { return held_count_; }

  // --- What it says of the roster

  void hear(const RosterName& said, Sight sight, Instant now) noexcept;
  /// Our roster is another now.
  void look_again(const RosterPast& past, const RosterName& present) noexcept;
  /// It has been ahead of us for too long [GC-7-3].
  void grow_impatient(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> patient_until() const noexcept;
  [[nodiscard]] bool agrees_on(const RosterName& present) const noexcept {
    return said_ == present;
  }
  /// Whether it differs, once for each time it begins to.
  [[nodiscard]] bool take_difference() noexcept;

  // --- What it is to be told

  [[nodiscard]] bool is_owed_key() const noexcept { return is_owed_key_; }
  [[nodiscard]] bool is_owed_request() const noexcept { return is_owed_request_; }
  void owe_key() noexcept { is_owed_key_ = true; }
  void key_is_said() noexcept { is_owed_key_ = false; }
  void request_is_said() noexcept { is_owed_request_ = false; }
  /// Errors are none: a question that comes too soon is not put [GC-6-2].
  void ask(Instant now) noexcept;
  void answer(Instant now) noexcept;

 private:
  struct Held {
    std::uint64_t generation = 0;
    std::uint64_t first_step = 0;
    std::uint64_t since = 0;
    std::optional<Instant> end;
  };
  [[nodiscard]] const Held* find(std::uint64_t generation) const noexcept;
  [[nodiscard]] const Held* newest() const noexcept {
    return held_count_ == 0 ? nullptr : &held_[held_count_ - 1];
  }

  bool known_ = false;          ///< a key of it has come
  bool asked_in_time_ = false;  ///< about the newest generation
  std::uint64_t stay_ = 0;
  std::uint64_t newest_ = 0;  ///< generation
  std::optional<SframeReceiver> frames_;
  std::array<Held, most_generations> held_{};  ///< oldest first
  std::size_t held_count_ = 0;

  std::optional<RosterName> said_;
  std::optional<Instant> ahead_since_;
  bool differs_ = false;
  bool reported_ = false;

  bool is_owed_key_ = false;
  bool is_owed_request_ = false;
  std::optional<Instant> asked_;
  std::optional<Instant> came_;
  std::optional<Instant> answered_;
};

}  // namespace sotto::call
