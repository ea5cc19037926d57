// SPDX-License-Identifier: MIT OR Apache-2.0
/// The rows that a transaction has looked at or changed, over the store that it began with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <sotto/store.hpp>

#include "session/draft.hpp"
#include "session/growing.hpp"
#include "session/read_set.hpp"
#include "session/row_keys.hpp"
#include "session/rows.hpp"
#include "session/store_link.hpp"

namespace sotto::session {

/// A row as the transaction sees it. Changing it cannot fail once `reserve` made room.
class StagedRow {
 public:
  [[nodiscard]] Bytes name() const noexcept { return name_.bytes(); }
  /// The value, or nothing when there is no such row (any more).
  [[nodiscard]] std::optional<Bytes> value() const noexcept {
    return there_ ? std::optional(value_.bytes()) : std::nullopt;
  }
  [[nodiscard]] bool there() const noexcept { return there_; }

  [[nodiscard]] Result<void> reserve(std::size_t bytes) noexcept { return value_.reserve(bytes); }
  void put(Bytes value) noexcept {
    value_.assign(value);
    there_ = changed_ = true;
  }
  /// `size` bytes to be filled in place.
  [[nodiscard]] MutableBytes put(std::size_t size) noexcept {
    there_ = changed_ = true;
    return value_.resize(size);
  }
  void erase() noexcept {
    there_ = false;
    changed_ = true;
  }

 private:
  friend class StagedRows;
  Held name_;
  Held value_;
  Revision read_at_{};
  RowSum read_sum_;  ///< what it added to the digest of all rows
  bool there_ = false;
  bool changed_ = false;
};

/// Every row is read from the store once and remembered with its revision; what a commit then asks
/// of the store is that all of them are still as they were read. Each read passes the transaction's
/// `ReadSet`, so that all rows are of one moment.
class StagedRows {
 public:
  StagedRows(const StoreLink& store, const RowKeys& keys, ReadSet& reads) noexcept
      : store_(&store), keys_(&keys), reads_(&reads) {}

  [[nodiscard]] const RowKeys& keys() const noexcept { return *keys_; }

  /// The row of that name, read if it was not yet; good until the end of the transaction.
  /// Errors: `store_failed`, `corrupted`, `unsupported_version`, `out_of_memory`, and as
  /// `ReadSet::add_row`.
  [[nodiscard]] Result<StagedRow*> at(Bytes name) noexcept;

  /// The name of the first row that starts with `prefix` and lies behind `after`, with what this
  /// transaction changed. Good until the next call. Errors: as `at`.
  [[nodiscard]] Result<std::optional<RowName>> next(
      Bytes prefix, Bytes after, ReadSet::Look when = ReadSet::Look::now) noexcept;

  /// What a commit asks of the store. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> stage(Draft& draft) const noexcept;

  /// Whether all rows are as they were read. Errors: `conflict`, and those of `Store::get`.
  [[nodiscard]] Result<void> unchanged() const noexcept;

  /// Forget what was read, secrets and all: the transaction is over.
  void forget() noexcept { rows_.clear(); }

 private:
  [[nodiscard]] std::size_t place_of(Bytes name) const noexcept;

  const StoreLink* store_;
  const RowKeys* keys_;
  ReadSet* reads_;
  Growing<std::unique_ptr<StagedRow>> rows_;  // in the order of their names
};

/// Whether `bytes` starts with `prefix`.
[[nodiscard]] bool starts_with(Bytes bytes, Bytes prefix) noexcept;
/// The order of names: as unsigned bytes.
[[nodiscard]] bool before(Bytes a, Bytes b) noexcept;

}  // namespace sotto::session
