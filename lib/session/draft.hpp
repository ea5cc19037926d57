// SPDX-License-Identifier: MIT OR Apache-2.0
/// One commit in the making: sealed rows, side by side, until the store takes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sotto/store.hpp>

#include "session/growing.hpp"
#include "session/row_keys.hpp"
#include "session/row_sum.hpp"
#include "session/sealing.hpp"

namespace sotto::session {

/// Collects changes; nothing in it is secret, for values are sealed as they come in. The memory is
/// kept for the next commit.
class Draft {
 public:
  /// A row's new value. `old` is what the row added to the digest of all rows so far, which is
  /// nothing when it was not there; what it adds from now on is returned. Errors: `out_of_memory`,
  /// `store_failed` for a value that is too long.
  [[nodiscard]] Result<RowSum> put(const RowKeys& keys, Bytes name, Revision expected, Bytes value,
                                   const RowSum& old) noexcept {
    return put(keys.sealer(), keys, name, expected, value, old);
  }
  /// The same, sealed under a key of its own.
  [[nodiscard]] Result<RowSum> put(const Sealer& sealer, const RowKeys& keys, Bytes name,
                                   Revision expected, Bytes value, const RowSum& old) noexcept;
  /// A row that is not in the digest, for another row holds its tag, which is returned.
  [[nodiscard]] Result<RowTag> put_bound(const RowKeys& keys, Bytes name, Revision expected,
                                         Bytes value) noexcept;
  [[nodiscard]] Result<void> erase_bound(Bytes name, Revision expected) noexcept {
    return add(Change::Kind::erase, name, expected, 0);
  }
  /// Errors: `out_of_memory`.
  [[nodiscard]] Result<void> erase(Bytes name, Revision expected, const RowSum& old) noexcept;
  [[nodiscard]] Result<void> check(Bytes name, Revision expected) noexcept;

  /// Whether anything is to be written.
  [[nodiscard]] bool writes() const noexcept { return writes_; }

  /// What the changes add to the digest of all rows.
  [[nodiscard]] const RowSum& difference() const noexcept { return difference_; }

  /// Hand everything to the store, with a new head row in place of the one at `expected`. May be
  /// called again with another. Errors: as `Store::commit`.
  [[nodiscard]] Result<Revision> commit(Store& store, Revision expected, Bytes head) noexcept;

  /// What was last handed to the store.
  [[nodiscard]] std::span<const Change> changes() const noexcept {
    return {changes_.begin(), changes_.size()};
  }

  /// Start anew.
  void clear() noexcept;

 private:
  struct Part {
    Change::Kind kind;
    Revision expected;
    std::size_t name_bytes;
    std::size_t value_bytes;
  };
  [[nodiscard]] Result<void> add(Change::Kind kind, Bytes name, Revision expected,
                                 std::size_t value_bytes) noexcept;
  [[nodiscard]] Result<Bytes> seal(const Sealer& sealer, Bytes name, Revision expected,
                                   Bytes value) noexcept;

  Growing<Part> parts_;
  Growing<Change> changes_;
  Held bytes_;  // name and sealed value of each part, one behind the other
  std::size_t used_ = 0;
  bool writes_ = false;
  RowSum difference_;
};

}  // namespace sotto::session
