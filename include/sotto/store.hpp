// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a device keeps its state: rows of bytes that change all together or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto {

namespace session {
class StoreLink;
struct StorePlace;
}  // namespace session

/// When a row was last written: the number of the commit that did it. It rises with every commit of
/// the store and never comes twice, so that a row erased and written anew is not taken for the old
/// one. 0 is the revision of a row that is not there.
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
  /// Errors: `store_failed`, `out_of_memory`.
  [[nodiscard]] virtual Result<std::optional<Row>> get(Bytes key) noexcept = 0;

  /// The first row whose key starts with `prefix` and lies behind `after` (which may be empty).
  /// What is returned stays valid until the next call on this object. Errors: as `get`.
  [[nodiscard]] virtual Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept = 0;

  /// Apply all changes, or none: `conflict` when any row is not at the revision expected of it.
  /// Once this returns, the changes outlive a crash as far as the store promises that. No key
  /// stands in `changes` twice. Returns the revision that the rows written have now. Errors:
  /// `conflict`, `store_failed`, `out_of_memory`; on any of them nothing has changed.
  [[nodiscard]] virtual Result<Revision> commit(std::span<const Change> changes) noexcept = 0;

  /// Make sure that nothing of what was erased or replaced so far is still somewhere in the store's
  /// files or memory. Errors: `conflict` (somebody is reading: later again), `store_failed`; the
  /// rows themselves are as they were. A store without such remains has nothing to do.
  [[nodiscard]] virtual Result<void> purge() noexcept { return {}; }

  /// The number of the last commit. Errors: `store_failed`.
  [[nodiscard]] virtual Result<Revision> revision() noexcept = 0;

 private:
  friend class session::StoreLink;
  void end() noexcept;
  session::StorePlace* place_ = nullptr;  ///< where devices find it; null while there is none
};

}  // namespace sotto
