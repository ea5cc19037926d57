// SPDX-License-Identifier: MIT OR Apache-2.0
/// Secrets as valgrind's memcheck sees them: bytes whose value nobody may branch on or index with.
///
/// memcheck reports every branch and every address that depends on undefined memory. Marking
/// secrets undefined turns it into a checker of constant time (the idea is ctgrind's).
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include <valgrind/memcheck.h>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::ct {

/// From here on nothing may depend on these bytes.
inline void make_secret(Bytes bytes) noexcept {
  VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
}

/// These bytes are meant for everybody: a public key, a signature, a sealed message.
inline void publish(Bytes bytes) noexcept {
  VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
}

/// Bytes of a tape, all of them secret but four: so few are drawn for the id of a prekey alone,
/// which is public.
class SecretTape final : public Entropy {
 public:
  explicit SecretTape(std::uint64_t seed) noexcept : tape_(seed) {}

  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    const auto filled = tape_.fill(out);
    if (out.size() != sizeof(std::uint32_t)) make_secret(out);
    return filled;
  }

 private:
  testing::TapeEntropy tape_;
};

/// A secret of type `T` from a tape.
template <class T>
[[nodiscard]] T draw(SecretTape& tape) {
  return T::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
}

/// A run that did not do its work shows nothing about it.
inline void require(bool done, std::string_view what) {
  if (done) return;
  std::fprintf(stderr, "failed: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

/// How often a fact about secrets was let through `base::verdict` so far.
[[nodiscard]] unsigned verdicts() noexcept;

}  // namespace sotto::ct
