// SPDX-License-Identifier: MIT OR Apache-2.0
#include "hostile_store.hpp"

#include <algorithm>

namespace sotto::prop::sim {
namespace {

bool starts_with(const Blob& key, Bytes prefix) {
  return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

}  // namespace

bool Disk::fits(std::span<const Change> changes) const {
  return std::ranges::all_of(changes, [&](const Change& change) {
    const auto row = now().rows.find(Blob(change.key.begin(), change.key.end()));
    return change.expected == (row == now().rows.end() ? Revision{} : row->second.revision);
  });
}

Result<Revision> Disk::apply(std::span<const Change> changes) {
  if (!fits(changes)) return std::unexpected(Error::conflict);
  State next = now();
  next.number = Revision{static_cast<std::uint64_t>(next.number) + 1};
  next.serial = ++serial_;
  for (const Change& change : changes) {
    const Blob key(change.key.begin(), change.key.end());
    const auto row = next.rows.find(key);
    if (change.kind == Change::Kind::erase && row != next.rows.end()) next.rows.erase(row);
    if (change.kind != Change::Kind::put) continue;
    const std::uint64_t born = row == next.rows.end() ? next.serial : row->second.born;
    next.rows[key] = {std::make_shared<const Blob>(change.value.begin(), change.value.end()),
                      next.number, born};
  }
  // Whatever was wrong is now part of what was committed.
  if (ahead_ || lied_) spoilt_ = true;
  ahead_.reset();
  for (const Change& change : changes) {
    const auto altered = tampered_.find(Blob(change.key.begin(), change.key.end()));
    if (altered == tampered_.end()) continue;
    spoilt_ = true;  // also by what was only read
    if (change.kind != Change::Kind::check) tampered_.erase(altered);
  }
  past_.push_back(std::move(next));
  return now().number;
}

void Disk::go_back(std::size_t n, bool keeps_number) {
  n = std::min(n, past_.size() - 1);
  if (n == 0) return;
  if (!ahead_) ahead_ = now();
  const Revision number = now().number;
  past_.resize(past_.size() - n);
  if (keeps_number) past_.back().number = number;
}

void Disk::change(const Blob& key, std::optional<Value> value) {
  auto& rows = past_.back().rows;
  const auto row = rows.find(key);
  if (!tampered_.contains(key))
    tampered_[key] = {row == rows.end() ? std::nullopt : std::optional(row->second), now().serial};
  if (value)
    rows[key] = *value;
  else
    rows.erase(key);
}

bool Disk::set_row_back(std::uint32_t pick, bool keeps_revision) {
  std::vector<std::pair<Blob, Value>> candidates;
  for (const auto& [key, value] : now().rows)
    for (std::size_t i = past_.size() - 1; i > 0; --i) {
      const auto old = past_[i - 1].rows.find(key);
      if (old == past_[i - 1].rows.end() || old->second.bytes == value.bytes) continue;
      candidates.emplace_back(key, old->second);
      if (keeps_revision) candidates.back().second.revision = value.revision;
      break;
    }
  if (candidates.empty()) return false;
  const auto& [key, value] = candidates[pick % candidates.size()];
  change(key, value);
  return true;
}

bool Disk::erase_rows(std::uint32_t pick) {
  if (now().rows.empty()) return false;
  std::vector<std::uint64_t> births;
  for (const auto& [key, value] : now().rows) births.push_back(value.born);
  std::ranges::sort(births);
  births.erase(std::unique(births.begin(), births.end()), births.end());
  const std::uint64_t born = births[pick % births.size()];
  const auto rows = now().rows;
  for (const auto& [key, value] : rows)
    if (value.born == born) change(key, std::nullopt);
  return true;
}

bool Disk::exchange_row(const Disk& other, std::uint32_t pick) {
  std::vector<std::pair<Blob, Value>> candidates;
  for (const auto& [key, value] : now().rows)
    if (const auto theirs = other.now().rows.find(key);
        theirs != other.now().rows.end() && *theirs->second.bytes != *value.bytes)
      candidates.emplace_back(key, Value{theirs->second.bytes, value.revision, value.born});
  if (candidates.empty()) return false;
  const auto& [key, value] = candidates[pick % candidates.size()];
  change(key, value);
  return true;
}

bool Disk::repair() {
  if (ahead_) past_.push_back(*std::exchange(ahead_, {}));
  for (const auto& [key, row] : tampered_)
    for (State& state : past_) {
      if (state.serial < row.since) continue;
      if (row.right)
        state.rows[key] = *row.right;
      else
        state.rows.erase(key);
    }
  tampered_.clear();
  return !lied_ && !spoilt_;
}

bool HostileStore::unavailable() noexcept {
  if (dead_) return true;
  if (unreadable_) failed_ = true;
  return unreadable_;
}

Result<std::optional<Row>> HostileStore::get(Bytes key) noexcept {
  if (unavailable()) return std::unexpected(Error::store_failed);
  const auto& rows = disk_->now().rows;
  const auto row = rows.find(Blob(key.begin(), key.end()));
  if (row == rows.end()) return std::optional<Row>();
  value_ = row->second.bytes;
  shown_ = std::max(shown_, disk_->now().serial);
  return Row{*value_, row->second.revision};
}

Result<std::optional<Entry>> HostileStore::next(Bytes prefix, Bytes after) noexcept {
  if (unavailable()) return std::unexpected(Error::store_failed);
  const auto& rows = disk_->now().rows;
  const Blob first(prefix.begin(), prefix.end());
  const Blob last(after.begin(), after.end());
  auto row = rows.lower_bound(std::max(first, last));
  if (!last.empty() && row != rows.end() && row->first == last) ++row;
  if (row == rows.end() || !starts_with(row->first, prefix)) return std::optional<Entry>();
  key_ = row->first;
  value_ = row->second.bytes;
  return Entry{key_, *value_, row->second.revision};
}

Result<Revision> HostileStore::commit(std::span<const Change> changes) noexcept {
  if (unavailable()) return std::unexpected(Error::store_failed);
  // Only what would have succeeded can go wrong here.
  if (!armed_ || !disk_->fits(changes)) return disk_->apply(changes);
  const auto fault = std::exchange(armed_, {});
  if (*fault == Fault::store_fails_after || *fault == Fault::killed_after_write ||
      (*fault == Fault::store_unreadable && wrote_))
    static_cast<void>(disk_->apply(changes));
  struck_->add(*fault);
  happened_ = fault;
  switch (*fault) {
    case Fault::store_lies:
      disk_->lied();
      return Revision{static_cast<std::uint64_t>(disk_->now().number) + 1};
    case Fault::store_conflict:
      conflicted_ = true;
      return std::unexpected(Error::conflict);
    case Fault::killed_before_write:
    case Fault::killed_after_write:
      dead_ = true;
      return std::unexpected(Error::store_failed);
    case Fault::store_unreadable:
      unreadable_ = true;
      [[fallthrough]];
    default:
      failed_ = true;
      return std::unexpected(Error::store_failed);
  }
}

/// Its rows leave no remains; what is remembered of them stands for backups.
Result<void> HostileStore::purge() noexcept {
  if (unavailable()) return std::unexpected(Error::store_failed);
  return {};
}

Result<Revision> HostileStore::revision() noexcept {
  if (unavailable()) return std::unexpected(Error::store_failed);
  return disk_->now().number;
}

}  // namespace sotto::prop::sim
