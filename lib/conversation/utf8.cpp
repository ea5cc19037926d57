// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/utf8.hpp"

#include <array>
#include <cstddef>

namespace sotto::conversation {
namespace {

/// The lead bytes `first` to `last` are followed by `more` bytes, the first of them between `low`
/// and `high`, the others between 0x80 and 0xbf. [RFC 3629, section 4]
struct Form {
  std::uint8_t first;
  std::uint8_t last;
  std::uint8_t more;
  std::uint8_t low;
  std::uint8_t high;
};

constexpr std::array forms{
    Form{0x00, 0x7f, 0, 0x80, 0xbf}, Form{0xc2, 0xdf, 1, 0x80, 0xbf},
    Form{0xe0, 0xe0, 2, 0xa0, 0xbf}, Form{0xe1, 0xec, 2, 0x80, 0xbf},
    Form{0xed, 0xed, 2, 0x80, 0x9f}, Form{0xee, 0xef, 2, 0x80, 0xbf},
    Form{0xf0, 0xf0, 3, 0x90, 0xbf}, Form{0xf1, 0xf3, 3, 0x80, 0xbf},
    Form{0xf4, 0xf4, 3, 0x80, 0x8f},
};

/// How many bytes the character in front has; 0 when there is none.
std::size_t character_size(Bytes bytes) noexcept {
  for (const Form& form : forms) {
    if (bytes[0] < form.first || bytes[0] > form.last) continue;
    if (bytes.size() <= form.more) return 0;
    for (std::size_t i = 1; i <= form.more; ++i) {
      const std::uint8_t low = i == 1 ? form.low : std::uint8_t{0x80};
      const std::uint8_t high = i == 1 ? form.high : std::uint8_t{0xbf};
      if (bytes[i] < low || bytes[i] > high) return 0;
    }
    return form.more + std::size_t{1};
  }
  return 0;
}

}  // namespace

bool is_utf8(Bytes bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

}  // namespace sotto::conversation
