// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a signal carries, kept so that it can be said again.
#pragma once

#include <array>
#include <cstdlib>
#include <cstring>

#include <sotto/call_setup.hpp>

namespace sotto::conversation {

class CallBody {
 public:
  void keep(Bytes bytes) noexcept {
    if (bytes.size() > bytes_.size()) std::abort();  // Checked where it came in.
    if (!bytes.empty()) std::memmove(bytes_.data(), bytes.data(), bytes.size());
    size_ = bytes.size();
  }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, call_signal_max_body> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace sotto::conversation
