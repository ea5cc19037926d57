// SPDX-License-Identifier: MIT OR Apache-2.0
/// Tables of records that are never written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/error.hpp>

namespace sotto::testing {

using Buffer = std::vector<std::uint8_t>;

/// What a clause of the format forbids, as a change to a record that is read.
struct BadRecord {
  const char* clause;
  std::function<void(Buffer&)> change;
  Error error = Error::corrupted;
};

inline std::function<void(Buffer&)> byte(std::size_t at, std::uint8_t value) {
  return [=](Buffer& record) { record.at(at) = value; };
}
inline std::function<void(Buffer&)> zeros(std::size_t at, std::size_t size) {
  return [=](Buffer& record) { std::ranges::fill(std::span(record).subspan(at, size), 0); };
}
inline void shorten(Buffer& record) {
  record.pop_back();
}
inline void lengthen(Buffer& record) {
  record.push_back(0);
}

/// `read` takes a record and says which error comes of it.
template <class Read>
void refuse_each(const Buffer& good, const std::vector<BadRecord>& table, Read&& read) {
  ASSERT_EQ(read(good), std::nullopt);
  for (const BadRecord& bad : table) {
    Buffer record = good;
    bad.change(record);
    ASSERT_NE(record, good) << bad.clause;
    EXPECT_EQ(read(record), bad.error) << bad.clause;
  }
}

}  // namespace sotto::testing
