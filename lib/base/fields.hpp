// SPDX-License-Identifier: MIT OR Apache-2.0
/// A reader that remembers a failure, so that a run of fields is checked once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sotto/bytes.hpp>

#include "base/reader.hpp"

namespace sotto::base {

/// Reads fields of fixed size. One that is not there reads as zero and makes `failed` true for
/// good.
class Fields {
 public:
  explicit Fields(Bytes bytes) noexcept : reader_(bytes) {}

  template <class T>
  [[nodiscard]] T uint() noexcept {
    const auto value = reader_.take_uint<T>();
    failed_ = failed_ || !value;
    return value ? *value : T{};
  }
  [[nodiscard]] std::chrono::milliseconds milliseconds() noexcept {
    return std::chrono::milliseconds(static_cast<std::int64_t>(uint<std::uint64_t>()));
  }
  template <class T>
  [[nodiscard]] T public_value() noexcept {
    const auto value = reader_.take_public<T>();
    failed_ = failed_ || !value;
    return value ? *value : T{};
  }
  template <class T>
  [[nodiscard]] T secret() noexcept {
    return T::made_by([&](MutableBytes out) { bytes(out); });
  }
  void bytes(MutableBytes out) noexcept {
    const auto value = reader_.take(out.size());
    failed_ = failed_ || !value;
    if (value) std::memcpy(out.data(), value->data(), out.size());
  }
  /// A view of the next `n` bytes; empty when they are not there.
  [[nodiscard]] Bytes view(std::size_t n) noexcept {
    const auto value = reader_.take(n);
    failed_ = failed_ || !value;
    return value ? *value : Bytes{};
  }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] bool finished() const noexcept { return !failed_ && reader_.remaining() == 0; }
  [[nodiscard]] std::size_t remaining() const noexcept { return reader_.remaining(); }
  [[nodiscard]] Bytes rest() const noexcept { return reader_.rest(); }

 private:
  Reader reader_;
  bool failed_ = false;
};

}  // namespace sotto::base
