// SPDX-License-Identifier: MIT OR Apache-2.0
/// Where a device keeps its state: rows of bytes that change all together or not at all.
#pragma once

#include <atomic>
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

/// The number of the commit that last wrote a row. Each commit of a store has a higher number than
/// all commits before it; numbers may be skipped, and none is used twice. So a row that was erased
/// and written again has another revision than before. 0 means that there is no row.
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
    check,  ///< leave the row as it is; only `expected` counts
    put,    ///< write `value`
    erase,  ///< erase the row
  };
  Kind kind;
  Bytes key;
  Revision expected;  ///< the revision at which the row was read; 0 when it was not there
  Bytes value;
};

/// What keeps a device's rows. `MemoryStore` and `SqliteStore` are such stores, and an app may
/// write its own. A key has 1 to 512 bytes; keys are ordered as unsigned bytes. A value has at most
/// 16 MiB. The library seals every value before it hands it to a store. Several objects may share
/// the same rows.
///
/// So that no key is used twice, a store must keep two promises. It reports a commit as done only
/// when the changes survive a crash. And it never takes back what it reported: while an object is
/// open, neither `revision` nor the revision of a row goes down.
///
/// A store object serves one thread at a time. Devices that stand on one store object see to that
/// between them: while one is inside a function, the others answer `wrong_state`. An app that calls
/// the object itself sees to it for its own calls. Any error that a function does not list counts
/// as `store_failed`.
///
/// A store may be moved while devices use it, but not during a call; the devices follow it. A class
/// of the app's whose move is written by hand moves its `Store` too. Once a store is destroyed, or
/// another store is moved onto it, its devices answer `consumed`. It cannot be copied.
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
  /// Errors: `invalid_argument` (the key is empty or too long), `store_failed`, `corrupted` (a row
  /// that no commit can have written), `outcome_unknown`, `wrong_state` (a forked process),
  /// `consumed` (the object was moved from), `out_of_memory`.
  [[nodiscard]] virtual Result<std::optional<Row>> get(Bytes key) noexcept = 0;

  /// The first row whose key starts with `prefix` and lies behind `after`. Either may be empty, and
  /// `after` need not be the key of a row. To walk a range, hand in the last key as `after`. Each
  /// call sees the rows as they are at that moment. A row that is added behind the walk, or erased,
  /// is not noticed here, and no commit checks for it; `Transaction` asks again for what it has
  /// walked over. If a range must be unchanged at a commit, let every writer of the range change
  /// one certain row, and check that row. What is returned stays valid until the next call on this
  /// object. Errors: as `get`, where `invalid_argument` is a `prefix` or `after` that is too long.
  [[nodiscard]] virtual Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept = 0;

  /// Apply all changes, or none. Once this returns, the changes survive a crash as far as the store
  /// promises that. Returns the revision of the rows that were written.
  ///
  /// On `outcome_unknown`, either all changes were applied or none, and the store cannot say which.
  /// Every call then answers `outcome_unknown` until the store is sure; what the first other answer
  /// shows is final. On every other error, nothing has changed, and nothing will change later.
  ///
  /// Errors: `conflict` (a row is not at the revision expected of it), `invalid_argument` (a key or
  /// value out of range, or a key twice in `changes`), `store_failed`, `corrupted`, `exhausted` (no
  /// revision is left), `wrong_state` (a forked process), `consumed` (the object was moved from),
  /// `outcome_unknown`, `out_of_memory`.
  [[nodiscard]] virtual Result<Revision> commit(std::span<const Change> changes) noexcept = 0;

  /// Remove what is left of erased and replaced values from the store's files, or from memory. The
  /// rows stay as they are. A store that leaves nothing behind has nothing to do. Errors:
  /// `conflict` (another connection reads or writes: try later), and as `get`.
  [[nodiscard]] virtual Result<void> purge() noexcept { return {}; }

  /// The number of the last commit; at least the revision of every row. Errors: as `get`.
  [[nodiscard]] virtual Result<Revision> revision() noexcept = 0;

  /// Until `end_reading`, let `get`, `next` and `revision` show the rows of one moment, whatever
  /// others commit. So a walk over all rows ends, however often they do. Until then, `commit`,
  /// `purge` and `begin_reading` of this object answer `wrong_state`. A store that cannot do this
  /// leaves these two functions as they are here, and a walk that others disturb is begun again, at
  /// most 16 times. `end_reading` drops nothing that the app has written meanwhile by other means.
  /// Errors: `wrong_state` (also: a reading has begun, or the object shows rows of an earlier
  /// moment and nothing newer until the app has ended what it does there), and as `get`.
  [[nodiscard]] virtual Result<void> begin_reading() noexcept { return {}; }
  virtual void end_reading() noexcept {}

  /// Why the last failed call on this object failed, for the app's log: the call, the file, and the
  /// system's reason. It may be an earlier call's, since a device finds many errors without its
  /// store. It holds no secret. Zero-terminated; empty if nothing is known. Valid until the next
  /// call on this object.
  [[nodiscard]] virtual std::string_view failure() const noexcept { return ""; }

 private:
  friend class session::StoreLink;
  void follow(Store& other) noexcept;
  void end() noexcept;
  std::atomic<session::StorePlace*> place_ = nullptr;  ///< where devices find it; or null
};

}  // namespace sotto
