// SPDX-License-Identifier: MIT OR Apache-2.0
/// Rows in memory with their whole history, and a store over them that lies, fails and goes back.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <sotto/store.hpp>

#include "faults.hpp"

namespace sotto::prop::sim {

using Blob = std::vector<std::uint8_t>;

/// The rows of one device, with every state that they were in. What is done to them behind the
/// device's back is remembered, so that it can be asked whether they are as they should be.
class Disk {
 public:
  struct Value {
    std::shared_ptr<const Blob> bytes;
    Revision revision{};
    std::uint64_t born = 0;  ///< the commit that made the row
    friend bool operator==(const Value&, const Value&) = default;
  };
  struct State {
    std::map<Blob, Value> rows;
    Revision number{};         ///< what the store answers
    std::uint64_t serial = 0;  ///< which of all states that ever were; never comes twice
  };

  [[nodiscard]] const State& now() const noexcept { return past_.back(); }
  [[nodiscard]] std::size_t states() const noexcept { return past_.size(); }

  /// Whether every row is at the revision that is expected of it.
  [[nodiscard]] bool fits(std::span<const Change> changes) const;
  /// What a store does. Errors: `conflict`.
  [[nodiscard]] Result<Revision> apply(std::span<const Change> changes);

  /// Go back by `n` states (at least one is left); the number stays as it is if `keeps_number`.
  void go_back(std::size_t n, bool keeps_number);
  /// Set one row of those that have changed back to a value that it had; false when there is none.
  bool set_row_back(std::uint32_t pick, bool keeps_revision);
  /// Erase the rows which one commit made; false when there is none.
  bool erase_rows(std::uint32_t pick);
  /// Put another device's row in the place of one that has its key; false when there is none.
  bool exchange_row(const Disk& other, std::uint32_t pick);
  /// A commit was promised and did not happen; the state that it was to make never comes.
  void lied() noexcept { lied_ = true, ++serial_; }

  /// Single rows are other than they were left by the last commit, or a commit stands on such rows.
  [[nodiscard]] bool is_tampered() const noexcept { return spoilt_ || !tampered_.empty(); }
  /// Rows are other than they were left by the last commit.
  [[nodiscard]] bool touched() const noexcept {
    return ahead_.has_value() || lied_ || is_tampered();
  }
  /// As a whole it is older than what was promised, and nothing else is wrong.
  [[nodiscard]] bool is_behind() const noexcept {
    return (ahead_.has_value() || lied_) && !is_tampered();
  }
  /// Put right what can be put right; false when something was lost for good.
  bool repair();
  /// A commit stands on rows that it found missing.
  void spoil() noexcept { spoilt_ = true; }
  /// What is there is the truth from now on.
  void take_as_it_is() noexcept { ahead_.reset(), lied_ = false; }

 private:
  void change(const Blob& key, std::optional<Value> value);

  std::vector<State> past_{1};
  std::uint64_t serial_ = 0;
  std::optional<State> ahead_;  // what was there before it went back
  struct Altered {
    std::optional<Value> right;  // as it should be
    std::uint64_t since;         // the state from which on it is not
  };
  std::map<Blob, Altered> tampered_;
  bool lied_ = false;
  bool spoilt_ = false;  // a commit stands on something that was wrong
};

/// A store over a disk, as one process has it open. At most one thing is armed, and it happens at
/// a commit that would otherwise succeed.
class HostileStore final : public Store {
 public:
  explicit HostileStore(Disk& disk) noexcept : disk_(&disk) {}

  /// `wrote` tells for `store_unreadable` whether the commit took place.
  void arm(Fault fault, Struck& struck, bool wrote = true) noexcept {
    armed_ = fault;
    struck_ = &struck;
    wrote_ = wrote;
  }
  void disarm() noexcept { armed_.reset(); }
  /// At the beginning of each operation: what went wrong in the one before is over.
  void begin_step() noexcept { failed_ = false, conflicted_ = false, unreadable_ = false; }

  /// The process is dead: nothing that it answers counts.
  [[nodiscard]] bool dead() const noexcept { return dead_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// The newest state of which it handed out a row.
  [[nodiscard]] std::uint64_t shown() const noexcept { return shown_; }
  [[nodiscard]] bool conflicted() const noexcept { return conflicted_; }
  [[nodiscard]] std::optional<Fault> happened() noexcept { return std::exchange(happened_, {}); }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override;
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override;
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override;
  [[nodiscard]] Result<void> purge() noexcept override;
  [[nodiscard]] Result<Revision> revision() noexcept override;

 private:
  [[nodiscard]] bool unavailable() noexcept;

  Disk* disk_;
  std::optional<Fault> armed_;
  std::optional<Fault> happened_;
  Struck* struck_ = nullptr;
  bool wrote_ = true;
  bool dead_ = false;
  bool failed_ = false;
  bool conflicted_ = false;
  bool unreadable_ = false;
  std::uint64_t shown_ = 0;
  // What was handed out stays valid until the next call.
  std::shared_ptr<const Blob> value_;
  Blob key_;
};

}  // namespace sotto::prop::sim
