// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "testing/counting_new.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

TEST(Heap, an_agreement_takes_none) {
  Party alice(1), bob(2);
  const std::size_t before = given_out;
  const auto prekey = SignedPrekey::generate(SignedPrekeyId{1}, bob.identity, bob.tape);
  const auto one_time = OneTimePrekey::generate(OneTimePrekeyId{1}, bob.tape);
  const auto initiated = alice.reach(publish(bob.identity.public_key(), *prekey, &*one_time));
  const auto agreed = respond(bob.identity, *prekey, &*one_time, initiated->initiation);
  const auto refused = respond(bob.identity, *prekey, nullptr, initiated->initiation);
  const std::size_t after = given_out;
  EXPECT_TRUE(agreed && !refused);
  EXPECT_EQ(before, after);
  EXPECT_GT(after, 0U);  // The counter counts.
}

}  // namespace
}  // namespace sotto::x3dh
