// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the demo puts bundles, initiations and its own small messages into bytes. This is the
/// demo's format, made to be read in a minute; it is no part of the library.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>
#include <sotto/x3dh.hpp>

namespace sotto::demo {

using Blob = std::vector<std::uint8_t>;

/// Takes fixed-size pieces from the front of some bytes; nothing when they are too few.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] std::optional<Bytes> take(std::size_t n) noexcept;
  [[nodiscard]] std::optional<std::uint32_t> take_u32() noexcept;
  /// One byte that is 0 or 1.
  [[nodiscard]] std::optional<bool> take_flag() noexcept;
  template <class T>
  [[nodiscard]] std::optional<T> take_public() noexcept {
    const auto bytes = take(T::size_bytes);
    if (!bytes) return std::nullopt;
    return T(bytes->template first<T::size_bytes>());
  }
  [[nodiscard]] Bytes rest() const noexcept { return rest_; }

 private:
  Bytes rest_;
};

void put(Blob& out, Bytes bytes);
void put_u32(Blob& out, std::uint32_t value);

/// identity 32 || signed prekey id 4 || signed prekey 32 || signature 64 || flag 1 [|| id 4 || 32].
[[nodiscard]] Blob encode(const Bundle& bundle);
[[nodiscard]] std::optional<Bundle> decode_bundle(Bytes bytes);

/// identity 32 || base key 32 || signed prekey id 4 || flag 1 [|| one-time prekey id 4].
[[nodiscard]] Blob encode(const Initiation& initiation);
[[nodiscard]] std::optional<Initiation> take_initiation(Cursor& cursor);

/// What two people send each other inside encrypted messages.
enum class Kind : std::uint8_t {
  text = 't',       ///< UTF-8
  receipt = 'r',    ///< UTF-8: what the other side understood
  offer = 'o',      ///< a call public key, 32 bytes
  answer = 'a',     ///< a call public key, 32 bytes
  media_end = 'e',  ///< number of media packets sent, 4 bytes
};

struct Content {
  Kind kind;
  Blob body;
};

[[nodiscard]] Blob encode(const Content& content);
[[nodiscard]] std::optional<Content> decode_content(Bytes bytes);

/// FNV-1a, 64 bits, as 16 digits: lets a receipt name what was understood. Not cryptography.
[[nodiscard]] std::string checksum(Bytes bytes);

}  // namespace sotto::demo
