// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of lib/base: comparing, moving and wiping secrets.
#include <array>
#include <utility>

#include <sotto/secret.hpp>

#include "base/verdict.hpp"
#include "ct/taint.hpp"

using namespace sotto;

int main() {
  using Key = Secret<struct KeyRole, 32>;
  ct::SecretTape tape(1);
  Key key = ct::draw<Key>(tape);
  const Key same = key.duplicate();
  const Key other = ct::draw<Key>(tape);

  ct::require(base::equal_ct(key.expose(), same.expose()), "a copy equals its source");
  ct::require(!base::equal_ct(key.expose(), other.expose()), "two keys differ");
  ct::require(!base::is_zero_ct(key.expose()), "a key is not zero");
  ct::require(ct::verdicts() == 3, "one verdict for each question");

  Key moved = std::move(key);
  moved = std::move(moved).into<struct OtherRole>().into<struct KeyRole>();
  ct::require(base::equal_ct(moved.expose(), same.expose()), "moving keeps the bytes");

  std::array<std::uint8_t, 48> zeros{};
  ct::make_secret(zeros);
  ct::require(base::is_zero_ct(zeros), "zeros are zero");
  return 0;
}
