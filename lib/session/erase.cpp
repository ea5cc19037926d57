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

  /// Every commit of a device changes the head row, so that a row which came since is a conflict.
  /// Errors: `conflict`, and as `Store::commit`.
  [[nodiscard]] Result<void> erase(Store& store) noexcept {
    Growing<Change> changes;
    if (const auto room = changes.reserve(rows_.size()); !room) return room;
    Bytes names = names_.bytes();
    for (const Found& row : rows_) {
      changes.append({Change::Kind::erase, names.first(row.name_bytes), row.revision, {}});
      names = names.subspan(row.name_bytes);
    }
    const auto done = store.commit({changes.begin(), changes.size()});
    if (!done) return std::unexpected(done.error());
    return {};
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
};

/// Whether the store is empty now, although a commit that was to make it so has failed. A store
/// that does not say has not become empty, as far as we know.
bool is_empty(Store& store) noexcept {
  const auto first = store.next({}, {});
  return first && !*first;
}

}  // namespace

Result<void> Device::erase(Store& store) noexcept {
  const auto visit = StoreVisit::to(store);
  if (!visit) return std::unexpected(visit.error());
  Store& under = visit->store();
  std::optional<Revision> device;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    AllRows rows;
    if (const auto read = rows.read(under); !read) {
      if (read.error() != Error::conflict) return read;
      continue;
    }
    if (rows.empty()) return {};
    // What another process has set up since is not what was to be erased.
    if (device.value_or(rows.device()) != rows.device()) return std::unexpected(Error::conflict);
    device = rows.device();
    const auto done = rows.erase(under);
    if (done || is_empty(under)) return {};
    if (done.error() != Error::conflict) return done;
  }
  return std::unexpected(Error::conflict);
}

}  // namespace sotto
