// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>

#include <sotto/memory_store.hpp>

#include "base/process.hpp"
#include "store/arguments.hpp"
#include "store/block.hpp"

namespace sotto {
namespace {

using store::Block;

struct Stored {
  Block key;
  Block value;
  Revision revision{};
};

bool before(Bytes a, Bytes b) noexcept {
  return std::ranges::lexicographical_compare(a, b);
}

bool starts_with(Bytes key, Bytes prefix) noexcept {
  return key.size() >= prefix.size() && std::ranges::equal(key.first(prefix.size()), prefix);
}

}  // namespace

/// Rows in the order of their keys.
struct MemoryStore::Rows {
  std::mutex lock;
  std::size_t handles = 1;
  std::unique_ptr<std::unique_ptr<Stored>[]> slots;
  std::size_t size = 0;
  std::size_t capacity = 0;
  std::uint64_t commits = 0;

  /// The place of the first row that is not before `key`.
  [[nodiscard]] std::size_t place_of(Bytes key) const noexcept {
    const auto* const found = std::lower_bound(
        slots.get(), slots.get() + size, key,
        [](const std::unique_ptr<Stored>& row, Bytes k) { return before(row->key.bytes(), k); });
    return static_cast<std::size_t>(found - slots.get());
  }
  [[nodiscard]] Stored* find(Bytes key) const noexcept {
    const std::size_t place = place_of(key);
    if (place == size || !std::ranges::equal(slots[place]->key.bytes(), key)) return nullptr;
    return slots[place].get();
  }
  [[nodiscard]] bool reserve(std::size_t rows) noexcept {
    if (rows <= capacity) return true;
    const std::size_t more = std::max(rows, capacity * 2);
    std::unique_ptr<std::unique_ptr<Stored>[]> larger(new (std::nothrow)
                                                          std::unique_ptr<Stored>[more]);
    if (!larger) return false;
    std::move(slots.get(), slots.get() + size, larger.get());
    slots = std::move(larger);
    capacity = more;
    return true;
  }
  /// There is room for it.
  void insert(std::unique_ptr<Stored> row) noexcept {
    const std::size_t place = place_of(row->key.bytes());
    std::move_backward(slots.get() + place, slots.get() + size, slots.get() + size + 1);
    slots[place] = std::move(row);
    ++size;
  }
  void erase(Bytes key) noexcept {
    const std::size_t place = place_of(key);
    std::move(slots.get() + place + 1, slots.get() + size, slots.get() + place);
    slots[--size].reset();
  }

  /// The rows of the first changes of a commit, which are most or all of them, so that each is
  /// looked for once.
  using Found = std::array<Stored*, 8>;

  /// The row of a change, or null.
  [[nodiscard]] Stored* row_of(std::span<const Change> changes, std::size_t i,
                               const Found& found) const noexcept {
    return i < found.size() ? found[i] : find(changes[i].key);
  }

  /// How many rows come with `changes`, if all may be made. Errors: `conflict`.
  [[nodiscard]] Result<std::size_t> check(std::span<const Change> changes,
                                          Found& found) const noexcept {
    std::size_t added = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      Stored* const row = find(change.key);
      if (i < found.size()) found[i] = row;
      if ((row == nullptr ? Revision{} : row->revision) != change.expected)
        return std::unexpected(Error::conflict);
      added += row == nullptr && change.kind == Change::Kind::put ? 1 : 0;
    }
    return added;
  }

  /// All memory that the changes need, so that making them cannot fail; new rows go to `fresh`.
  [[nodiscard]] bool make_room(std::span<const Change> changes, const Found& found,
                               std::unique_ptr<Stored>* fresh) const noexcept {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      if (change.kind != Change::Kind::put) continue;
      Stored* row = row_of(changes, i, found);
      if (row == nullptr) {
        fresh->reset(new (std::nothrow) Stored);
        row = (fresh++)->get();
        if (row == nullptr || !row->key.keep(change.key)) return false;
      }
      if (!row->value.reserve(change.value.size())) return false;
    }
    return true;
  }

  Revision apply(std::span<const Change> changes, const Found& found,
                 std::unique_ptr<Stored>* fresh) noexcept {
    const Revision revision{++commits};
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      Stored* row = row_of(changes, i, found);
      if (change.kind == Change::Kind::erase && row != nullptr) erase(change.key);
      if (change.kind != Change::Kind::put) continue;
      if (row == nullptr) {
        row = fresh->get();
        insert(std::move(*fresh++));
      }
      row->value.assign(change.value);
      row->revision = revision;
    }
    return revision;
  }
};

/// Counted by hand, for a shared_ptr throws where there is no memory.
struct MemoryStore::Handle {
  base::Process process;
  Rows* rows = nullptr;
  Block key;  // what the last call returned a view of
  Block value;

  Handle() noexcept = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (rows == nullptr) return;
    // In a process that was forked, the lock may be held by a thread that is not here: then nobody
    // can have it, and the copy of the rows stays until the process ends.
    std::unique_lock guard(rows->lock, std::defer_lock);
    if (process.here())
      guard.lock();
    else if (!guard.try_lock())
      return;
    const bool last = --rows->handles == 0;
    guard.unlock();
    if (last) delete rows;
  }
};

MemoryStore::MemoryStore(std::unique_ptr<Handle> handle) noexcept : handle_(std::move(handle)) {
}
MemoryStore::MemoryStore(MemoryStore&&) noexcept = default;
MemoryStore& MemoryStore::operator=(MemoryStore&&) noexcept = default;
MemoryStore::~MemoryStore() = default;

Result<void> MemoryStore::ready() const noexcept {
  if (!handle_) return std::unexpected(Error::consumed);
  if (!handle_->process.here()) return std::unexpected(Error::wrong_state);
  return {};
}

Result<MemoryStore> MemoryStore::create() noexcept {
  std::unique_ptr<Handle> handle(new (std::nothrow) Handle);
  if (!handle) return std::unexpected(Error::out_of_memory);
  handle->rows = new (std::nothrow) Rows;
  if (handle->rows == nullptr) return std::unexpected(Error::out_of_memory);
  return MemoryStore(std::move(handle));
}

Result<MemoryStore> MemoryStore::share() const noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  std::unique_ptr<Handle> handle(new (std::nothrow) Handle);
  if (!handle) return std::unexpected(Error::out_of_memory);
  const std::lock_guard guard(handle_->rows->lock);
  handle->rows = handle_->rows;
  ++handle->rows->handles;
  return MemoryStore(std::move(handle));
}

Result<MemoryStore> MemoryStore::clone() const noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  auto copy = create();
  if (!copy) return copy;
  const std::lock_guard guard(handle_->rows->lock);
  const Rows& from = *handle_->rows;
  Rows& to = *copy->handle_->rows;
  if (!to.reserve(from.size)) return std::unexpected(Error::out_of_memory);
  for (; to.size < from.size; ++to.size) {
    const Stored& row = *from.slots[to.size];
    std::unique_ptr<Stored> twin(new (std::nothrow) Stored);
    if (!twin || !twin->key.keep(row.key.bytes()) || !twin->value.keep(row.value.bytes()))
      return std::unexpected(Error::out_of_memory);
    twin->revision = row.revision;
    to.slots[to.size] = std::move(twin);
  }
  to.commits = from.commits;
  return copy;
}

Result<std::optional<Row>> MemoryStore::get(Bytes key) noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  if (!store::is_key(key)) return std::unexpected(Error::invalid_argument);
  const std::lock_guard guard(handle_->rows->lock);
  const Stored* const row = handle_->rows->find(key);
  if (row == nullptr) return std::optional<Row>();
  if (!handle_->value.keep(row->value.bytes())) return std::unexpected(Error::out_of_memory);
  return std::optional<Row>(Row{handle_->value.bytes(), row->revision});
}

Result<std::optional<Entry>> MemoryStore::next(Bytes prefix, Bytes after) noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  if (!store::is_part_of_key(prefix) || !store::is_part_of_key(after))
    return std::unexpected(Error::invalid_argument);
  const std::lock_guard guard(handle_->rows->lock);
  const Rows& rows = *handle_->rows;
  std::size_t place = rows.place_of(before(prefix, after) ? after : prefix);
  if (place < rows.size && !after.empty() &&
      std::ranges::equal(rows.slots[place]->key.bytes(), after))
    ++place;
  if (place == rows.size || !starts_with(rows.slots[place]->key.bytes(), prefix))
    return std::optional<Entry>();
  const Stored& row = *rows.slots[place];
  if (!handle_->key.keep(row.key.bytes()) || !handle_->value.keep(row.value.bytes()))
    return std::unexpected(Error::out_of_memory);
  return std::optional<Entry>(Entry{handle_->key.bytes(), handle_->value.bytes(), row.revision});
}

Result<Revision> MemoryStore::commit(std::span<const Change> changes) noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  if (const auto right = store::check_arguments(changes); !right)
    return std::unexpected(right.error());
  const std::lock_guard guard(handle_->rows->lock);
  Rows& rows = *handle_->rows;
  Rows::Found found{};
  const auto added = rows.check(changes, found);
  if (!added) return std::unexpected(added.error());
  std::unique_ptr<std::unique_ptr<Stored>[]> fresh;
  if (*added > 0) {
    fresh.reset(new (std::nothrow) std::unique_ptr<Stored>[*added]);
    if (!fresh || !rows.reserve(rows.size + *added)) return std::unexpected(Error::out_of_memory);
  }
  if (!rows.make_room(changes, found, fresh.get())) return std::unexpected(Error::out_of_memory);
  return rows.apply(changes, found, fresh.get());
}

/// Rows are wiped when they go; what is left is what this handle returned last.
Result<void> MemoryStore::purge() noexcept {
  if (const auto can = ready(); !can) return can;
  handle_->key.clear();
  handle_->value.clear();
  return {};
}

Result<Revision> MemoryStore::revision() noexcept {
  if (const auto can = ready(); !can) return std::unexpected(can.error());
  const std::lock_guard guard(handle_->rows->lock);
  return Revision{handle_->rows->commits};
}

std::size_t MemoryStore::rows() const noexcept {
  if (!ready()) return 0;
  const std::lock_guard guard(handle_->rows->lock);
  return handle_->rows->size;
}

std::size_t MemoryStore::bytes() const noexcept {
  if (!ready()) return 0;
  const std::lock_guard guard(handle_->rows->lock);
  std::size_t total = 0;
  for (std::size_t i = 0; i < handle_->rows->size; ++i) {
    const Stored& row = *handle_->rows->slots[i];
    total += row.key.bytes().size() + row.value.bytes().size();
  }
  return total;
}

}  // namespace sotto
