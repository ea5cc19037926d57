// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `SframeSender` is made of.
#pragma once

#include "base/door.hpp"
#include "sframe/cipher.hpp"

namespace sotto::sframe {

class Sealer {
 public:
  Sealer(const Suite& suite, SframeKid kid, SframeBaseKey&& key, Cipher&& cipher,
         std::uint64_t first_counter) noexcept
      : suite_(&suite),
        kid_(kid),
        base_key_(std::move(key)),
        cipher_(std::move(cipher)),
        next_(first_counter) {}

  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes metadata,
                                          Bytes plaintext) noexcept;
  [[nodiscard]] Result<void> rekey(SframeKid kid, SframeBaseKey&& key) noexcept;
  [[nodiscard]] Result<void> ratchet(SframeChain chain) noexcept;

  [[nodiscard]] std::size_t header_size() const noexcept;
  [[nodiscard]] std::size_t sealed_size(std::size_t plaintext) const noexcept {
    return header_size() + plaintext + suite_->tag_bytes;
  }
  [[nodiscard]] SframeKid kid() const noexcept { return kid_; }
  [[nodiscard]] std::uint64_t next_counter() const noexcept { return next_; }
  [[nodiscard]] const SframeBaseKey& base_key() const noexcept { return base_key_; }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  const Suite* suite_;
  SframeKid kid_;
  SframeBaseKey base_key_;
  Cipher cipher_;
  std::uint64_t next_;  ///< one for all keys: it never starts again [RFC9605-9.1-1]
  bool exhausted_ = false;
  base::Door door_;
};

}  // namespace sotto::sframe
