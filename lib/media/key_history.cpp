// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/key_history.hpp"

#include <algorithm>

#include "base/verdict.hpp"
#include "crypto/sha2.hpp"

namespace sotto::media {

KeyPrint print_of(Bytes master_key, Bytes master_salt) noexcept {
  crypto::Sha256 hash;
  hash.update(master_key);
  hash.update(master_salt);
  crypto::Sha256Digest digest;
  hash.finish(digest);
  KeyPrint print;
  std::ranges::copy(Bytes(digest).first(print.size()), print.begin());
  return print;
}

bool KeyHistory::holds(const KeyPrint& print) const noexcept {
  for (std::size_t i = 0; i < used_; ++i)
    if (base::equal_ct(prints_[i], print)) return true;
  return false;
}

bool KeyHistory::add(const KeyPrint& print) noexcept {
  if (used_ == most) return false;
  prints_[used_++] = print;
  return true;
}

}  // namespace sotto::media
