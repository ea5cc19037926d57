// SPDX-License-Identifier: MIT OR Apache-2.0
/// Stores that fail or watch, and what a store holds, for the tests of this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sotto/store.hpp>

#include "testing/hex.hpp"

namespace sotto::session {

/// Fails at one call and works at all others, counting them. What fails has no effect beneath.
class FailingStore final : public Store {
 public:
  explicit FailingStore(Store& under) : under_(&under) {}

  /// The `n`th call from now on, the first being 1, answers `error`.
  void fail_at(std::size_t n, Error error = Error::store_failed) {
    left_ = n;
    error_ = error;
  }
  [[nodiscard]] std::size_t calls() const { return calls_; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (fails()) return std::unexpected(error_);
    return under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    if (fails()) return std::unexpected(error_);
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (fails()) return std::unexpected(error_);
    return under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    if (fails()) return std::unexpected(error_);
    return under_->revision();
  }
  [[nodiscard]] Result<void> begin_reading() noexcept override {
    if (fails()) return std::unexpected(error_);
    return under_->begin_reading();
  }
  void end_reading() noexcept override { under_->end_reading(); }

 private:
  bool fails() {
    ++calls_;
    return left_ > 0 && --left_ == 0;
  }

  Store* under_;
  std::size_t calls_ = 0;
  std::size_t left_ = 0;
  Error error_ = Error::store_failed;
};

/// Remembers what the last commit wrote.
class WatchingStore final : public Store {
 public:
  struct Seen {
    Change::Kind kind;
    char letter;
    std::size_t value_bytes;
  };
  explicit WatchingStore(Store& under) : under_(&under) {}

  [[nodiscard]] const std::vector<Seen>& last() const { return last_; }
  [[nodiscard]] std::size_t count(Change::Kind kind, char letter) const {
    std::size_t n = 0;
    for (const Seen& seen : last_) n += seen.kind == kind && seen.letter == letter ? 1 : 0;
    return n;
  }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    return under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    last_.clear();
    for (const Change& change : changes)
      last_.push_back({change.kind, static_cast<char>(change.key[0]), change.value.size()});
    return under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override { return under_->revision(); }

 private:
  Store* under_;
  std::vector<Seen> last_;
};

/// All rows of a store, sealed as they are, in the order of their names.
inline std::vector<std::pair<std::string, std::string>> contents(Store& store) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<std::uint8_t> last;
  for (;;) {
    const auto entry = store.next({}, last);
    if (!entry || !*entry) return rows;
    last.assign((**entry).key.begin(), (**entry).key.end());
    rows.emplace_back(testing::hex(last), testing::hex((**entry).value));
  }
}

}  // namespace sotto::session
