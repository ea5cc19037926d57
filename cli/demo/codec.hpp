// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the demo puts its own small messages into bytes. This is the demo's format, made to be read
/// in a minute; it is no part of the library.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>
#include <sotto/session.hpp>

namespace sotto::demo {

using Blob = std::vector<std::uint8_t>;

/// Takes fixed-size pieces from the front of some bytes; nothing when they are too few.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] std::optional<Bytes> take(std::size_t n) noexcept;
  [[nodiscard]] std::optional<std::uint32_t> take_u32() noexcept;
  [[nodiscard]] Bytes rest() const noexcept { return rest_; }

 private:
  Bytes rest_;
};

void put(Blob& out, Bytes bytes);
void put_u32(Blob& out, std::uint32_t value);

/// What the relay carries: a message under the number that its sender gave it, which says nothing
/// but which acknowledgement belongs to which message.
struct Letter {
  std::uint32_t number;
  MessageKind kind;
  Blob message;
};

/// number 4 || kind 1 || message.
[[nodiscard]] Blob encode(const Letter& letter);
[[nodiscard]] std::optional<Letter> decode_letter(Bytes bytes);

/// What two people send each other inside encrypted messages.
enum class Kind : std::uint8_t {
  text = 't',       ///< UTF-8
  receipt = 'r',    ///< UTF-8: what the other side understood
  offer = 'o',      ///< a `CallOffer`
  answer = 'a',     ///< a `CallAnswer`
  reveal = 'v',     ///< a `CallReveal`
  rekey = 'k',      ///< a `CallRekey`: new keys proposed, or taken
  group = 'g',      ///< a message of a `GroupCall`
  media_end = 'e',  ///< numbers of speech and of video packets sent, 4 bytes each
};

struct Content {
  Kind kind;
  Blob body;
};

[[nodiscard]] Blob encode(const Content& content);
[[nodiscard]] std::optional<Content> decode_content(Bytes bytes);

/// FNV-1a, 64 bits, as 16 digits: lets a receipt name what was understood. Not cryptography.
[[nodiscard]] std::string checksum(Bytes bytes);
[[nodiscard]] std::uint64_t short_sum(Bytes bytes);

}  // namespace sotto::demo
