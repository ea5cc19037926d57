// SPDX-License-Identifier: MIT OR Apache-2.0
/// Erasing a device: all rows of its store, whatever stands in them.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <sotto/device.hpp>

#include "session/growing.hpp"
#include "session/rows.hpp"
#include "session/store_link.hpp"

namespace sotto {
namespace {

using session::Growing;
using session::Held;
using session::RowName;
using session::StoreVisit;

/// How often all rows are read anew because others wrote meanwhile.
constexpr int most_attempts = 16;
/// After so many rows of a walk it is seen whether others have committed: a walk that they have
/// made worthless ends, though they add rows ahead of it for as long as it goes on.
constexpr std::size_t rows_between_looks = 64;

/// The names and revisions of all rows, as they were at one moment.
class AllRows {
 public:
  /// Errors: `conflict` when others wrote meanwhile, and as `Store::next`.
  [[nodiscard]] Result<void> read(Store& store) noexcept {
    if (const auto begun = store.begin_reading(); !begun) return begun;
    const struct Reading {
      Store* store;
      ~Reading() { store->end_reading(); }
    } reading{&store};
    const auto before = store.revision();
    if (!before) return std::unexpected(before.error());
    moment_ = *before;
    if (const auto walked = walk(store, *before); !walked) return walked;
    const auto after = store.revision();
    if (!after) return std::unexpected(after.error());
    // A store that cannot read one moment reads row by row.
    if (*after != *before) return std::unexpected(Error::conflict);
    return {};
  }

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Of the device's own row; 0 when there is none.
  [[nodiscard]] Revision device() const noexcept { return device_; }
  /// The store's, when the rows were so.
  [[nodiscard]] Revision moment() const noexcept { return moment_; }

  /// Every commit of a device changes the head row, so that a row which came since is a conflict.
  /// Errors: `conflict`, and as `Store::commit`.
  [[nodiscard]] Result<Revision> erase(Store& store) noexcept {
    Growing<Change> changes;
    if (const auto room = changes.reserve(rows_.size()); !room)
      return std::unexpected(room.error());
    Bytes names = names_.bytes();
    for (const Found& row : rows_) {
      changes.append({Change::Kind::erase, names.first(row.name_bytes), row.revision, {}});
      names = names.subspan(row.name_bytes);
    }
    return store.commit({changes.begin(), changes.size()});
  }

 private:
  struct Found {
    std::size_t name_bytes;
    Revision revision;
  };

  /// Errors: `conflict` once the store's revision is not `before` any more, and as `Store::next`.
  [[nodiscard]] Result<void> walk(Store& store, Revision before) noexcept {
    const RowName own = session::device_row();
    for (RowName last = RowName::copy({});;) {
      if (rows_.size() % rows_between_looks == rows_between_looks - 1) {
        const auto now = store.revision();
        if (!now) return std::unexpected(now.error());
        if (*now != before) return std::unexpected(Error::conflict);
      }
      const auto next = store.next({}, last.bytes());
      if (!next) return std::unexpected(next.error());
      const std::optional<Entry>& entry = *next;
      if (!entry) return {};
      last = RowName::copy(entry->key);
      if (std::ranges::equal(last.bytes(), own.bytes())) device_ = entry->revision;
      if (const auto kept = keep(last.bytes(), entry->revision); !kept) return kept;
    }
  }

  [[nodiscard]] Result<void> keep(Bytes name, Revision revision) noexcept {
    const std::size_t used = names_.bytes().size();
    const std::size_t size = used + name.size();
    if (size > names_.room())
      if (const auto room = names_.reserve(std::max(size, 2 * names_.room())); !room) return room;
    std::ranges::copy(name, names_.resize(size).subspan(used).begin());
    return rows_.push({name.size(), revision});
  }

  Growing<Found> rows_;
  Held names_;  // one behind the other
  Revision device_{};
  Revision moment_{};
};

/// Which device is to be erased: the one that stands there at first.
class Target {
 public:
  /// Errors: as `Store::revision`.
  [[nodiscard]] static Result<Target> in(Store& store) noexcept {
    const auto start = store.revision();
    if (!start) return std::unexpected(start.error());
    const auto own = store.get(session::device_row().bytes());
    if (!own) return Target(*start, std::nullopt);
    const std::optional<Row>& row = *own;
    return Target(*start, row ? row->revision : Revision{});
  }

  /// Whether these rows are its own.
  [[nodiscard]] bool owns(const AllRows& rows) noexcept {
    // While nobody has come, what a walk finds counts, though it be found by no key.
    if (device_ == Revision{} && rows.moment() == start_) device_ = rows.device();
    if (!device_) device_ = rows.device();
    return device_ == rows.device();
  }

 private:
  Target(Revision start, std::optional<Revision> device) noexcept
      : start_(start), device_(device) {}

  Revision start_;
  std::optional<Revision> device_;  ///< the revision of its row; 0 when there is none
};

/// What a store holds after a commit that was to empty it.
enum class Left : std::uint8_t { nothing, some_rows, not_known };

Left left_in(Store& store) noexcept {
  const auto first = store.next({}, {});
  if (!first) return Left::not_known;
  return *first ? Left::some_rows : Left::nothing;
}

/// Whether it is known that nobody has committed since the store's revision was `last`.
bool nobody_came_after(Store& store, Revision last) noexcept {
  const auto now = store.revision();
  return now && *now == last;
}

}  // namespace

Result<void> Device::erase(Store& store) noexcept {
  const auto visit = StoreVisit::to(store);
  if (!visit) return std::unexpected(visit.error());
  Store& under = visit->store();
  auto target = Target::in(under);
  if (!target) return std::unexpected(target.error());
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    AllRows rows;
    if (const auto read = rows.read(under); !read) {
      if (read.error() != Error::conflict) return read;
      continue;
    }
    if (rows.empty()) return {};
    // What another process has set up since is not what was to be erased.
    if (!target->owns(rows)) return std::unexpected(Error::conflict);
    const auto done = rows.erase(under);
    // A commit that failed may have happened.
    const Left left = left_in(under);
    if (left == Left::nothing) return {};
    if (!done && done.error() != Error::conflict) return std::unexpected(done.error());
    if (nobody_came_after(under, done.value_or(rows.moment()))) {
      // The store does not find rows that a walk finds, or a walk does not find all: an index whose
      // order is broken.
      if (!done || left == Left::some_rows) return std::unexpected(Error::corrupted);
    }
    if (done) return {};
  }
  return std::unexpected(Error::conflict);
}

}  // namespace sotto
