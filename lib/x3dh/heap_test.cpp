// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts what the C++ heap gives out: this program replaces `operator new`.
#include <cstdlib>
#include <new>

#include "x3dh/test_parties.hpp"

namespace {
std::size_t given_out = 0;
}

void* operator new(std::size_t size) {
  ++given_out;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++given_out;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

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
