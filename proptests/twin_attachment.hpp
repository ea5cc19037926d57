// SPDX-License-Identifier: MIT OR Apache-2.0
/// The slow twin of attachments: a whole file at once, as spec/attachments.md words it, from a
/// block of AES and from SHA-256. Nothing of it is shared with the library's chunks.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <sotto/attachment.hpp>

#include "crypto/aes_ctr.hpp"
#include "crypto/sha2.hpp"
#include "generators.hpp"

namespace sotto::prop {

class TwinAttachment {
 public:
  TwinAttachment(Bytes key, std::uint64_t size) : size_(size) {
    Buffer info = text("sotto attachment 1");
    join(info, header);
    join(info, number(size));
    const Buffer prk = hmac(Buffer(32), key);
    Buffer first = info;
    first.push_back(1);
    cipher_key_ = hmac(prk, first);
    Buffer second = cipher_key_;
    join(second, info);
    second.push_back(2);
    mac_key_ = hmac(prk, second);
  }

  struct Sealed {
    std::vector<Buffer> pieces;  ///< the header, then the chunks
    Buffer digest;
  };

  [[nodiscard]] Sealed seal(Bytes file) const {
    Buffer padded = copy(file);
    padded.resize(padded_size());
    Sealed sealed{{copy(header)}, {}};
    for (std::size_t at = 0; at < padded.size(); at += chunk) {
      const std::size_t size = std::min(chunk, padded.size() - at);
      Buffer piece(padded.begin() + static_cast<std::ptrdiff_t>(at),
                   padded.begin() + static_cast<std::ptrdiff_t>(at + size));
      keystream(piece, at / chunk);
      join(piece, tag(at / chunk, at + size == padded.size(), piece));
      sealed.pieces.push_back(std::move(piece));
    }
    sealed.digest = digest(sealed.pieces);
    return sealed;
  }

  /// Tags and digest for pieces that have the sizes they must have, whatever is in them.
  void tag_again(Sealed& sealed) const {
    for (std::size_t i = 1; i < sealed.pieces.size(); ++i) {
      Buffer& piece = sealed.pieces[i];
      piece.resize(piece.size() - 32);
      join(piece, tag(i - 1, i + 1 == sealed.pieces.size(), piece));
    }
    sealed.digest = digest(sealed.pieces);
  }

  struct Opened {
    Buffer plaintext;            ///< of all good chunks at the front
    std::optional<Error> error;  ///< why not all of the file
    std::uint64_t bytes = 0;     ///< taken before that
  };

  [[nodiscard]] Opened open(Bytes expected_digest, Bytes sealed) const {
    Opened opened;
    std::vector<Buffer> pieces{copy(header)};
    for (std::size_t i = 0; i < 2; ++i) {
      if (sealed.size() <= i) return refused(opened, Error::malformed);
      if (sealed[i] != header[i]) return refused(opened, Error::unsupported_version);
    }
    opened.bytes = 2;
    const std::uint64_t padded = padded_size();
    for (std::uint64_t at = 0; at < padded; at += chunk) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, padded - at));
      const bool last = at + size == padded;
      const Bytes rest = sealed.subspan(static_cast<std::size_t>(opened.bytes));
      if (rest.size() < size + 32) return refused(opened, Error::malformed);
      Buffer piece = copy(rest.first(size));
      if (!same(tag(at / chunk, last, piece), rest.subspan(size, 32)))
        return refused(opened, Error::authentication_failed);
      pieces.push_back(copy(rest.first(size + 32)));
      keystream(piece, at / chunk);
      const std::uint64_t ours = at >= size_ ? 0 : std::min<std::uint64_t>(size, size_ - at);
      for (std::size_t i = static_cast<std::size_t>(ours); i < piece.size(); ++i)
        if (piece[i] != 0) return refused(opened, Error::malformed);
      if (last && !same(digest(pieces), expected_digest))
        return refused(opened, Error::authentication_failed);
      piece.resize(static_cast<std::size_t>(ours));
      join(opened.plaintext, piece);
      opened.bytes += size + 32;
    }
    if (opened.bytes != sealed.size()) return refused(opened, Error::malformed);
    return opened;
  }

  /// The size to which `size` is padded: rounded up, bit by bit, until no low bit is set.
  [[nodiscard]] std::uint64_t padded_size() const {
    if (size_ <= 4096) return 4096;
    unsigned exponent = 0, kept = 1;
    while (size_ >> (exponent + 1) != 0) ++exponent;
    while (exponent >> kept != 0) ++kept;
    std::uint64_t padded = size_;
    for (unsigned bit = 0; bit < exponent - kept; ++bit)
      if ((padded >> bit & 1) != 0) padded += std::uint64_t{1} << bit;
    return padded;
  }

 private:
  static constexpr std::size_t chunk = 65536;
  static constexpr std::array<std::uint8_t, 2> header{1, 16};

  static Opened& refused(Opened& opened, Error error) {
    opened.error = error;
    return opened;
  }
  static Buffer text(std::string_view label) { return {label.begin(), label.end()}; }
  static void join(Buffer& front, Bytes back) {
    front.insert(front.end(), back.begin(), back.end());
  }
  static Buffer number(std::uint64_t value) {
    Buffer bytes(8);
    for (std::size_t i = 8; i > 0; --i, value >>= 8) bytes[i - 1] = value & 0xff;
    return bytes;
  }

  /// HMAC-SHA256 (RFC 2104) of whole messages; no key here is longer than a block.
  static Buffer hmac(Bytes key, Bytes message) {
    Buffer inner(64), outer(64);
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint8_t byte = i < key.size() ? key[i] : 0;
      inner[i] = byte ^ 0x36;
      outer[i] = byte ^ 0x5c;
    }
    join(inner, message);
    join(outer, crypto::sha256(inner));
    return copy(crypto::sha256(outer));
  }

  [[nodiscard]] Buffer tag(std::uint64_t at, bool last, Bytes ciphertext) const {
    Buffer message = number(at);
    message.push_back(last ? 1 : 0);
    join(message, ciphertext);
    return hmac(mac_key_, message);
  }

  [[nodiscard]] static Buffer digest(const std::vector<Buffer>& pieces) {
    Buffer message = text("sotto attachment digest 1");
    join(message, pieces.front());
    for (std::size_t i = 1; i < pieces.size(); ++i) join(message, Bytes(pieces[i]).last(32));
    return copy(crypto::sha256(message));
  }

  /// One block of keystream after the other, each under a counter of its own.
  void keystream(MutableBytes piece, std::uint64_t at) const {
    const auto cipher = *crypto::AesCtr::create(cipher_key_);
    for (std::uint64_t block = 0; block * 16 < piece.size(); ++block) {
      Buffer counter = number(at);
      join(counter, number(block));
      const auto offset = static_cast<std::size_t>(block * 16);
      const MutableBytes part =
          piece.subspan(offset, std::min<std::size_t>(16, piece.size() - offset));
      cipher.apply(part, std::span<const std::uint8_t>(counter).first<16>(), part);
    }
  }

  std::uint64_t size_;
  Buffer cipher_key_, mac_key_;
};

}  // namespace sotto::prop
