// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who a message is from and to, as its MAC names them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <sotto/bytes.hpp>
#include <sotto/keys.hpp>

#include "ratchet/suite.hpp"

namespace sotto::ratchet {

/// AD of the messages of one direction [DR-5.1-2, DR-3.1-8]: the sender's identity key, then the
/// receiver's, each with its type byte if the suite has one. Neither direction's bytes pass for the
/// other's, so that a message sent back to its sender does not open.
class AssociatedData {
 public:
  AssociatedData(const Suite& suite, const IdentityPublic& from,
                 const IdentityPublic& to) noexcept {
    put(suite, from);
    put(suite, to);
  }

  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

 private:
  void put(const Suite& suite, const IdentityPublic& identity) noexcept {
    if (suite.key_type) bytes_[size_++] = *suite.key_type;
    std::memcpy(bytes_.data() + size_, identity.bytes().data(), IdentityPublic::size_bytes);
    size_ += IdentityPublic::size_bytes;
  }

  std::array<std::uint8_t, 2 * (1 + IdentityPublic::size_bytes)> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace sotto::ratchet
