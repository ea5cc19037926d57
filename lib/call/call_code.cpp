// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/call_code.hpp>

#include "call/code_lists.hpp"

namespace sotto {

CallCode call_code_of(std::span<const std::uint8_t, 32> bytes) noexcept {
  constexpr std::uint64_t modulus = 1'000'000;
  constexpr std::size_t number_bytes = 8;
  CallCode code{};
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes.first<number_bytes>()) number = number << 8 | byte;
  number %= modulus;
  for (std::size_t i = call_code_digits; i-- > 0; number /= 10)
    code.digits[i] = static_cast<char>('0' + number % 10);
  auto next = bytes.begin() + number_bytes;
  for (std::size_t i = 0; i < call_code_emoji; ++i) {
    const call::Emoji& emoji = call::emoji_list[*next++ % call::emoji_list.size()];
    code.emoji[i] = emoji.picture;
    code.emoji_names[i] = emoji.name;
  }
  for (std::string_view& word : code.words) word = call::word_list[*next++];
  return code;
}

}  // namespace sotto
