// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys of an epoch become ends, of packets and of frames, and change under them.
#include "call/test_calls.hpp"
#include "testing/rtp.hpp"

namespace sotto::call {
namespace {

/// Both ends of what the caller sends, and of what proves a rekey.
struct Lines {
  explicit Lines(SrtpProfile profile = SrtpProfile::aead_aes_128_gcm) : tape(5) {
    auto outgoing = *OutgoingCall::create(call_id, alice, {.srtp = profile}, roster, tape);
    auto incoming = *IncomingCall::read(outgoing.offer());
    auto answered = *incoming.answer(bob, alice.identity, roster, tape);
    auto accepted = *outgoing.accept(answered.answer, bob.identity);
    caller.emplace(std::move(accepted.call));
    callee.emplace(std::move(answered.call));
    send.emplace(std::move(accepted.send));
    receive.emplace(std::move(answered.receive));
    EXPECT_TRUE(callee->take(accepted.reveal, tape, noon));
  }
  /// The caller's next keys, at both ends.
  void next_epoch() {
    auto answered = *callee->take(*caller->rekey(tape), tape, noon);
    auto done = *caller->take(*answered.reply, tape, noon);
    send.emplace(std::move(*done.send));
    receive.emplace(std::move(*answered.receive));
  }
  TapeEntropy tape;
  std::optional<Call> caller, callee;
  std::optional<CallSendKeys> send;
  std::optional<CallReceiveKeys> receive;
};

Buffer sealed(SrtpSender& sender, std::uint16_t seq) {
  const auto packet = testing::rtp({.seq = seq});
  Buffer out(packet.size() + sender.overhead_bytes());
  EXPECT_TRUE(sender.protect(out, packet));
  return out;
}
Result<std::size_t> opened(SrtpReceiver& receiver, Bytes packet) {
  Buffer out(packet.size());
  const auto plain = receiver.unprotect(out, packet);
  if (!plain) return std::unexpected(plain.error());
  return plain->size();
}

TEST(CallMediaKeys, PacketsNameTheirEpoch) {  // [MK-5-3]
  for (const auto profile : {SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm}) {
    Lines lines(profile);
    auto sender = *lines.send->srtp_sender();
    auto receiver = *lines.receive->srtp_receiver();
    EXPECT_TRUE(opened(receiver, sealed(sender, 1)));
    const Buffer early = sealed(sender, 2);

    lines.next_epoch();
    EXPECT_EQ(lines.send->epoch(), 1U);
    EXPECT_EQ(lines.receive->epoch(), 1U);
    ASSERT_TRUE(lines.send->rekey(sender));
    const Buffer late = sealed(sender, 3);
    EXPECT_EQ(Buffer(early.end() - 4, early.end()), Buffer({0, 0, 0, 0}));
    EXPECT_EQ(Buffer(late.end() - 4, late.end()), Buffer({0, 0, 0, 1}));
    EXPECT_EQ(error_of(opened(receiver, late)), Error::unknown_key);
    ASSERT_TRUE(lines.receive->add_to(receiver));
    EXPECT_TRUE(opened(receiver, late));
    EXPECT_TRUE(opened(receiver, early)) << "on its way when the keys changed";
    const Buffer later = [&] {
      auto again = sealed(sender, 4);
      again[again.size() - 1] = 0;  // in the name of the epoch before
      return again;
    }();
    EXPECT_EQ(error_of(opened(receiver, later)), Error::authentication_failed);

    ASSERT_TRUE(erase_call_epoch(receiver, 0));
    EXPECT_EQ(error_of(opened(receiver, early)), Error::unknown_key);
    EXPECT_EQ(error_of(erase_call_epoch(receiver, 0)), Error::unknown_key);
  }
}

TEST(CallMediaKeys, EachHalfServesOnce) {  // [MK-5-2]
  Lines lines;
  auto sender = *lines.send->srtp_sender();
  auto receiver = *lines.receive->srtp_receiver();
  EXPECT_EQ(error_of(lines.send->srtp_sender()), Error::weak_key);
  EXPECT_EQ(error_of(lines.send->rekey(sender)), Error::weak_key);
  EXPECT_EQ(error_of(lines.receive->srtp_receiver()), Error::weak_key);
  EXPECT_EQ(error_of(lines.receive->add_to(receiver)), Error::weak_key);
  auto frames = *lines.send->frame_sender();
  auto frame_receiver = *lines.receive->frame_receiver();
  EXPECT_EQ(error_of(lines.send->rekey(frames)), Error::weak_key);
  EXPECT_EQ(error_of(lines.receive->add_to(frame_receiver)), Error::weak_key);
  EXPECT_TRUE(opened(receiver, sealed(sender, 1))) << "what failed changed nothing";
}

TEST(CallMediaKeys, AnEpochAgainIsRefusedAndNotSpent) {
  Lines lines;
  Lines same;  // The same entropy: the same call.
  auto receiver = *lines.receive->srtp_receiver();
  EXPECT_EQ(error_of(same.receive->add_to(receiver)), Error::conflict);
  auto fresh = same.receive->srtp_receiver();
  ASSERT_TRUE(fresh) << "the keys are still there";
  auto sender = *same.send->srtp_sender();
  EXPECT_TRUE(opened(*fresh, sealed(sender, 1)));
}

}  // namespace
}  // namespace sotto::call
