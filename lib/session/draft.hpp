// SPDX-License-Identifier: MIT OR Apache-2.0
/// One commit in the making: sealed rows, side by side, until the store takes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/store.hpp>

#include "session/growing.hpp"
#include "session/sealing.hpp"

namespace sotto::session {

/// Collects changes; nothing in it is secret, for values are sealed as they come in. The memory is
/// kept for the next commit.
class Draft {
 public:
  /// Errors: `out_of_memory`.
  [[nodiscard]] Result<void> put(const Sealer& sealer, Bytes name, Revision expected,
                                 Bytes value) noexcept;
  [[nodiscard]] Result<void> erase(Bytes name, Revision expected) noexcept;
  [[nodiscard]] Result<void> check(Bytes name, Revision expected) noexcept;

  /// Whether anything is to be written.
  [[nodiscard]] bool writes() const noexcept { return writes_; }

  /// Hand everything to the store. Errors: as `Store::commit`.
  [[nodiscard]] Result<Revision> commit(Store& store) noexcept;

  /// Start anew.
  void clear() noexcept;

 private:
  struct Part {
    Change::Kind kind;
    Revision expected;
    std::size_t name_bytes;
    std::size_t value_bytes;
  };
  [[nodiscard]] Result<void> add(Change::Kind kind, Bytes name, Revision expected,
                                 std::size_t value_bytes) noexcept;

  Growing<Part> parts_;
  Growing<Change> changes_;
  Held bytes_;  // name and sealed value of each part, one behind the other
  std::size_t used_ = 0;
  bool writes_ = false;
};

}  // namespace sotto::session
