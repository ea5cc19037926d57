// SPDX-License-Identifier: MIT OR Apache-2.0
/// What allocates and what does not, and what happens when there is no memory.
#include <array>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/call.hpp>
#include <sotto/srtp.hpp>

#include "alloc/heap.hpp"
#include "crypto/boring.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto {
namespace {

using ratchet::Buffer;
using testing::HeapWatch;

std::size_t allocations_of(auto&& operation) {
  HeapWatch watch;
  operation();
  return watch.count();
}

TEST(HeapWatch, counts_what_the_language_and_the_backends_allocate) {
  EXPECT_EQ(allocations_of([] { ::operator delete(::operator new(100)); }), 1U);
  const auto& lib = crypto::boring();
  EXPECT_EQ(allocations_of([&] { lib.cipher_free(lib.cipher_new()); }), 1U);
  const HeapWatch none(0);
  EXPECT_EQ(std::unique_ptr<int>(new (std::nothrow) int(1)), nullptr);
  EXPECT_EQ(lib.cipher_new(), nullptr);
}

TEST(Allocation, none_in_encrypt_and_in_decrypt_in_order) {
  ratchet::Pair pair;
  pair.settle();
  // The first of a chain brings a new ratchet key, which is another matter.
  ASSERT_EQ(pair.bob.receive(pair.alice.send("first")), "first");
  for (const std::size_t size : {0U, 64U, 1024U, 16384U}) {
    const Buffer plaintext(size, 7);
    Buffer message(Ratchet::encrypted_size(size));
    Buffer out(message.size());
    bool done = false;
    EXPECT_EQ(
        allocations_of([&] { done = pair.alice.ratchet.encrypt(message, plaintext).has_value(); }),
        0U);
    ASSERT_TRUE(done);
    EXPECT_EQ(allocations_of([&] {
                done =
                    pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now).has_value();
              }),
              0U);
    ASSERT_TRUE(done);
    // A forged one costs no more.
    pair.alice.ratchet.encrypt(message, plaintext).value();
    message.back() ^= 1;
    EXPECT_EQ(allocations_of([&] {
                done =
                    pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now).has_value();
              }),
              0U);
    ASSERT_FALSE(done);
    message.back() ^= 1;
    ASSERT_TRUE(pair.bob.ratchet.decrypt(out, message, pair.bob.tape, pair.bob.now));
  }
}

SrtpMaster master() {
  return {SrtpMasterKey(std::array<std::uint8_t, 32>{1}),
          SrtpMasterSalt(std::array<std::uint8_t, 12>{2})};
}

Buffer rtp(std::uint8_t sequence, std::size_t payload) {
  Buffer packet(12 + payload, 0x11);
  packet[0] = 0x80;
  packet[1] = 111;
  packet[2] = 0;
  packet[3] = sequence;
  return packet;
}

TEST(Allocation, none_in_protect_and_unprotect_from_the_first_packet_on) {
  auto sender = SrtpSender::create(master());
  auto receiver = SrtpReceiver::create(master());
  ASSERT_TRUE(sender && receiver);
  for (std::uint8_t sequence = 1; sequence < 20; ++sequence) {
    const Buffer packet = rtp(sequence, sequence % 2 == 0 ? 160 : 1200);
    Buffer sealed(packet.size() + srtp_overhead_bytes);
    Buffer out(packet.size());
    bool done = false;
    EXPECT_EQ(allocations_of([&] { done = sender->protect(sealed, packet).has_value(); }), 0U);
    ASSERT_TRUE(done);
    EXPECT_EQ(allocations_of([&] { done = receiver->unprotect(out, sealed).has_value(); }), 0U);
    ASSERT_TRUE(done);
    EXPECT_EQ(out, packet);
  }
}

/// Runs `attempt(fail_at)` for every allocation it makes; it answers whether it succeeded. Returns
/// how many allocations there were.
std::size_t at_every_allocation(auto&& attempt) {
  for (std::size_t fail_at = 0; fail_at < 100; ++fail_at)
    if (attempt(fail_at)) return fail_at;
  ADD_FAILURE() << "never succeeds";
  return 0;
}

/// `end` opens `message` in the end, and every failure before leaves it as it was.
std::size_t decrypt_short_of_memory(ratchet::End& end, const Buffer& message) {
  return at_every_allocation([&](std::size_t fail_at) {
    const Buffer before = ratchet::image_of(end.ratchet);
    Buffer out(message.size(), 0xa5);
    Result<MutableBytes> opened;
    {
      const HeapWatch watch(fail_at);
      opened = end.ratchet.decrypt(out, message, end.tape, end.now);
    }
    if (opened) return true;
    EXPECT_EQ(opened.error(), Error::out_of_memory) << fail_at;
    EXPECT_EQ(ratchet::image_of(end.ratchet), before) << fail_at;
    for (const std::uint8_t byte : out) EXPECT_TRUE(byte == 0xa5 || byte == 0);
    return false;
  });
}

TEST(OutOfMemory, skipping_messages_fails_whole_or_not_at_all) {
  ratchet::Pair pair;
  pair.settle();
  std::vector<Buffer> sent;
  for (int i = 0; i < 60; ++i) sent.push_back(pair.alice.send(std::to_string(i)));
  EXPECT_GE(decrypt_short_of_memory(pair.bob, sent[3]), 2U);   // a new key and skipped ones
  EXPECT_GE(decrypt_short_of_memory(pair.bob, sent[10]), 2U);  // more, and more room for them
  EXPECT_GE(decrypt_short_of_memory(pair.bob, sent[59]), 2U);
  EXPECT_EQ(decrypt_short_of_memory(pair.bob, sent[5]), 0U);  // a late one needs no memory
  EXPECT_EQ(pair.bob.ratchet.skipped_keys(), 56U);
}

TEST(OutOfMemory, starting_a_ratchet_keeps_the_agreement) {
  const ratchet::Agreed agreed;
  auto initiator = agreed.initiator();
  auto responder = agreed.responder();
  testing::TapeEntropy tape(9);
  const auto points = [&](auto&& start, const auto& agreement) {
    return at_every_allocation([&](std::size_t fail_at) {
      const HeapWatch watch(fail_at);
      const auto started = start();
      if (!started) {
        EXPECT_EQ(started.error(), Error::out_of_memory);
        EXPECT_TRUE(std::ranges::equal(agreement.root_key.expose(), agreed.root.expose()));
      }
      return started.has_value();
    });
  };
  EXPECT_EQ(points([&] { return Ratchet::start(std::move(initiator), tape); }, initiator), 2U);
  EXPECT_EQ(points([&] { return Ratchet::start(std::move(responder)); }, responder), 1U);
}

TEST(OutOfMemory, media_keys_are_kept_until_both_ends_stand) {
  testing::TapeEntropy tape(10);
  auto keys = CallKeyPair::generate(tape);
  const auto theirs = CallKeyPair::generate(tape)->public_key();
  const CallIdentities identities{IdentityKeyPair::generate(tape)->public_key(),
                                  IdentityKeyPair::generate(tape)->public_key()};
  const std::size_t points = at_every_allocation([&](std::size_t fail_at) {
    const HeapWatch watch(fail_at);
    const auto media = agree_on_call(CallSide::caller, std::move(*keys), theirs, identities);
    if (!media) {
      EXPECT_EQ(media.error(), Error::out_of_memory) << fail_at;
      EXPECT_NE(keys->secret_key().expose()[31], 0) << fail_at;  // clamped, so never zero
    }
    return media.has_value();
  });
  EXPECT_GE(points, 4U);
}

}  // namespace
}  // namespace sotto
