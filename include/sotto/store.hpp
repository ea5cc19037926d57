// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a device keeps its state: rows of bytes that change all together or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto {

namespace session {
class StoreLink;
struct StorePlace;
}  // namespace session

/// When a row was last written: the number of the commit that did it. A revision is above those of
/// all commits before it, and no revision is given twice in the life of a store, so that a row that
/// was erased and written anew is not taken for the old one. Revisions may skip numbers. 0 is the
/// revision of a row that is not there; no row has it.
enum class Revision : std::uint64_t {};

/// A row as it is stored.
struct Row {
  Bytes value;
  Revision revision;
};

/// A row with its key.
struct Entry {
  Bytes key;
  Bytes value;
  Revision revision;
};

/// One row's part of a commit.
struct Change {
  enum class Kind : std::uint8_t {
    check,  ///< stay as it is: only `expected` counts
    put,    ///< have `value` from now on
    erase,  ///< be no more
  };
  Kind kind;
  Bytes key;
  Revision expected;  ///< the revision at which the row was read; 0 when it was not there
  Bytes value;
};

/// The interface between a device and whatever keeps its rows; `MemoryStore` and `SqliteStore` are
/// two, an app may write a third. Keys are 1 to 512 bytes, ordered as unsigned bytes; values up to
/// 16 MiB. The library seals every value before it comes here. One object serves one thread at a
/// time; several objects may stand over the same rows.
///
/// What a store must do, for no key to be used twice: it answers a commit only when the changes are
/// where a crash does not reach them; what it has answered once, it never takes back: neither
/// `revision` nor the revision of a row goes down while an object is open.
///
/// A store may be moved while devices stand on it, though not during a call: they follow it. Once
/// it has ended, or another was moved onto it, its devices answer `consumed`. It cannot be copied.
class Store {
 public:
  static constexpr std::size_t max_key_bytes = 512;
  static constexpr std::size_t max_value_bytes = std::size_t{16} << 20;

  Store() noexcept = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  Store(Store&& other) noexcept;
  Store& operator=(Store&& other) noexcept;
  virtual ~Store();

  /// The row of `key`, or nothing. What is returned stays valid until the next call on this object.
  /// Errors: `invalid_argument` (the key has a size that no key has), `store_failed`, `corrupted`
  /// (the row is one that no commit makes), `outcome_unknown`, `wrong_state`, `consumed`,
  /// `out_of_memory`.
  [[nodiscard]] virtual Result<std::optional<Row>> get(Bytes key) noexcept = 0;

  /// The first row whose key starts with `prefix` and lies behind `after`; either may be empty, and
  /// `after` need not be the key of a row. To walk a range, hand in the last key as `after`.
  /// Each call sees the rows as they are at that moment. Nothing holds a range still: a row that
  /// comes into it behind the walk, or goes, is not noticed, and no commit checks for it. Whoever
  /// needs a range to be unchanged checks a row that every writer of the range changes.
  /// What is returned stays valid until the next call on this object. Errors: as `get`.
  [[nodiscard]] virtual Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept = 0;

  /// Apply all changes, or none: `conflict` when any row is not at the revision expected of it.
  /// Once this returns, the changes outlive a crash as far as the store promises that. Returns the
  /// revision that the rows written have now.
  ///
  /// Errors, on all of which but `outcome_unknown` nothing has changed and never will by this call:
  /// `conflict`; `invalid_argument` (a key or value out of range, or a key twice in `changes`);
  /// `store_failed`; `corrupted`; `exhausted` (no revision is left); `wrong_state` (another process
  /// than the one that opened the object, after a fork); `consumed` (the object was moved from);
  /// `out_of_memory`. On `outcome_unknown` all or nothing has happened, and the store cannot say
  /// which: every call answers `outcome_unknown` until the store is sure, and the first that
  /// answers anything else shows what holds for good.
  [[nodiscard]] virtual Result<Revision> commit(std::span<const Change> changes) noexcept = 0;

  /// Make sure that nothing of what was erased or replaced so far is still in the store's files, or
  /// in the rows of a store in memory. Errors: `conflict` (somebody is reading or writing: later
  /// again), and those of `get`; the rows themselves are as they were.
  /// A store without such remains has nothing to do.
  [[nodiscard]] virtual Result<void> purge() noexcept { return {}; }

  /// The number of the last commit; at least the revision of every row. Errors: as `get`.
  [[nodiscard]] virtual Result<Revision> revision() noexcept = 0;

  /// What stood in the way of the last call that failed, for the app's log: which call, where, and
  /// what the system said. Not for people, and no secret in it. Zero-terminated; empty when nothing
  /// is known. Valid until the next call on this object.
  [[nodiscard]] virtual std::string_view failure() const noexcept { return ""; }

 private:
  friend class session::StoreLink;
  void end() noexcept;
  session::StorePlace* place_ = nullptr;  ///< where devices find it; null while there is none
};

}  // namespace sotto
