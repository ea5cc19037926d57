// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a caller of a store may hand in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include <sotto/store.hpp>

namespace sotto::store {

inline bool is_key(Bytes key) noexcept {
  return !key.empty() && key.size() <= Store::max_key_bytes;
}
inline bool is_value(Bytes value) noexcept {
  return value.size() <= Store::max_value_bytes;
}
/// The start of a key, or nothing.
inline bool is_part_of_key(Bytes part) noexcept {
  return part.size() <= Store::max_key_bytes;
}

/// Of most commits every pair is compared, which takes no memory.
inline constexpr std::size_t pairs_up_to = 16;

inline bool has_twins(std::span<const Change> few) noexcept {
  for (std::size_t i = 1; i < few.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (std::ranges::equal(few[i].key, few[j].key)) return true;
  return false;
}

/// Sizes within their limits, and no key twice. Errors: `invalid_argument`, `out_of_memory`.
inline Result<void> check_arguments(std::span<const Change> changes) noexcept {
  for (const Change& change : changes)
    if (!is_key(change.key) || !is_value(change.value))
      return std::unexpected(Error::invalid_argument);
  if (changes.size() <= pairs_up_to) {
    if (has_twins(changes)) return std::unexpected(Error::invalid_argument);
    return {};
  }
  const std::unique_ptr<Bytes[]> keys(new (std::nothrow) Bytes[changes.size()]);
  if (!keys) return std::unexpected(Error::out_of_memory);
  const std::span<Bytes> sorted(keys.get(), changes.size());
  std::ranges::transform(changes, sorted.begin(), &Change::key);
  const auto equal = [](Bytes a, Bytes b) { return std::ranges::equal(a, b); };
  std::ranges::sort(sorted,
                    [](Bytes a, Bytes b) { return std::ranges::lexicographical_compare(a, b); });
  if (std::ranges::adjacent_find(sorted, equal) != sorted.end())
    return std::unexpected(Error::invalid_argument);
  return {};
}

}  // namespace sotto::store
