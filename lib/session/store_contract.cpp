// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/store_contract.hpp"

#include <algorithm>
#include <cstdint>

namespace sotto::session {
namespace {

enum class Call : std::uint8_t { reading, committing, purging };

bool is_of_a_store(Error error, Call call) noexcept {
  switch (error) {
    case Error::store_failed:
    case Error::corrupted:
    case Error::outcome_unknown:
    case Error::out_of_memory:
      return true;
    case Error::conflict:  // Nobody who reads is in another's way.
      return call != Call::reading;
    case Error::wrong_state:  // At a commit these would be taken for the transaction's.
    case Error::consumed:
      return call != Call::committing;
    default:
      return false;
  }
}

/// Whether a commit can have written it.
bool is_stored(Bytes value, Revision revision) noexcept {
  return value.size() <= Store::max_value_bytes && revision != Revision{};
}

template <class T>
Result<T> checked(Result<T>&& answer, Call call) noexcept {
  if (!answer && !is_of_a_store(answer.error(), call)) return std::unexpected(Error::store_failed);
  return std::move(answer);
}

}  // namespace

Result<std::optional<Row>> StoreContract::get(Bytes key) noexcept {
  auto answer = checked(under_->get(key), Call::reading);
  if (!answer) return answer;
  if (const std::optional<Row>& row = *answer; row && !is_stored(row->value, row->revision))
    return std::unexpected(Error::store_failed);
  return answer;
}

Result<std::optional<Entry>> StoreContract::next(Bytes prefix, Bytes after) noexcept {
  auto answer = checked(under_->next(prefix, after), Call::reading);
  if (!answer) return answer;
  const std::optional<Entry>& entry = *answer;
  if (!entry) return answer;
  // A walk that does not get ahead would not end.
  const Bytes found = entry->key;
  const bool right = !found.empty() && found.size() <= max_key_bytes &&
                     found.size() >= prefix.size() &&
                     std::ranges::equal(found.first(prefix.size()), prefix) &&
                     std::ranges::lexicographical_compare(after, found) &&
                     is_stored(entry->value, entry->revision);
  if (!right) return std::unexpected(Error::store_failed);
  return answer;
}

Result<Revision> StoreContract::commit(std::span<const Change> changes) noexcept {
  return checked(under_->commit(changes), Call::committing);
}

Result<void> StoreContract::purge() noexcept {
  return checked(under_->purge(), Call::purging);
}

Result<Revision> StoreContract::revision() noexcept {
  return checked(under_->revision(), Call::reading);
}

Result<void> StoreContract::begin_reading() noexcept {
  return checked(under_->begin_reading(), Call::reading);
}

void StoreContract::end_reading() noexcept {
  under_->end_reading();
}

}  // namespace sotto::session
