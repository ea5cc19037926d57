// SPDX-License-Identifier: MIT OR Apache-2.0
/// What keys cost: an end of SRTP, a key of SFrame, the messages of a call. The floor of the
/// messages is their Diffie-Hellman alone.
#include <sodium.h>

#include <sotto/sotto_call.hpp>

#include "media.hpp"

namespace sotto::bench {
namespace {

SframeBaseKey base_key() {
  return *SframeBaseKey::create(Buffer(32, 7));
}

[[maybe_unused]] const bool registered = [] {
  // All session keys of RTP and RTCP, and the state of both.
  for (const PacketProfile& profile : packet_profiles)
    benchmark::RegisterBenchmark((std::string("srtp_keys/") + profile.name).c_str(),
                                 [id = profile.id](State& state) {
                                   const Buffer key(srtp_sizes(id).key, 1);
                                   const Buffer salt(srtp_sizes(id).salt, 2);
                                   for ([[maybe_unused]] auto _ : state)
                                     must(SrtpSender::create(id, key, salt).has_value(), "create");
                                 });
  // The schedule of one key, and the cipher under it.
  for (const FrameSuite& suite : frame_suites)
    benchmark::RegisterBenchmark(
        (std::string("sframe_keys/") + suite.name).c_str(), [id = suite.id](State& state) {
          auto sender = *SframeSender::create(id, SframeKid{0}, base_key());
          for ([[maybe_unused]] auto _ : state)
            must(sender.rekey(SframeKid{0}, base_key()).has_value(), "rekey");
        });
  // What a join costs a sender and each of its receivers: a step of the chain, and that again.
  for (const FrameSuite& suite : frame_suites)
    benchmark::RegisterBenchmark(
        (std::string("sframe_ratchet/") + suite.name).c_str(), [id = suite.id](State& state) {
          auto sender = *SframeSender::create(id, SframeKid{0}, base_key());
          for ([[maybe_unused]] auto _ : state)
            if (!sender.ratchet({16}))
              must(sender.rekey(SframeKid{0}, base_key()).has_value(), "rekey");
        });
  return true;
}();

/// Both sides of a call, which is never held for longer than one benchmark.
struct Call {
  SystemEntropy entropy;
  CallId id;
  RosterHash roster;
  CallParty alice = party(1);
  CallParty bob = party(2);

  static CallParty party(std::uint32_t device) {
    SystemEntropy entropy;
    return {IdentityKeyPair::generate(entropy)->public_key(), device};
  }
  OutgoingCall place() { return *OutgoingCall::create(id, alice, {}, roster, entropy); }
  IncomingCall::Answered answer(const CallOffer& offer) {
    return *IncomingCall::read(offer)->answer(bob, alice.identity, roster, entropy);
  }
};

void call_offer(State& state) {
  Call call;
  for ([[maybe_unused]] auto _ : state)
    must(OutgoingCall::create(call.id, call.alice, {}, call.roster, call.entropy).has_value(),
         "create");
}

void call_answer(State& state) {
  Call call;
  const auto offer = call.place().offer();
  for ([[maybe_unused]] auto _ : state) {
    const auto ringing = IncomingCall::read(offer);
    must(ringing &&
             ringing->answer(call.bob, call.alice.identity, call.roster, call.entropy).has_value(),
         "answer");
  }
}

void call_accept(State& state) {
  Call call;
  std::vector<OutgoingCall> placed;
  std::vector<CallAnswer> answers;
  in_batches(
      state, 32,
      [&] {
        placed.clear();
        answers.clear();
        for (int i = 0; i < 32; ++i) {
          placed.push_back(call.place());
          answers.push_back(call.answer(placed.back().offer()).answer);
        }
      },
      [&](int i) {
        const auto at = static_cast<std::size_t>(i);
        must(placed[at].accept(answers[at], call.bob.identity).has_value(), "accept");
      });
}

/// Proposal, answer, and the proposer's new keys: what both sides do for one epoch.
void call_rekey(State& state) {
  Call call;
  auto placed = call.place();
  auto answered = call.answer(placed.offer());
  auto accepted = *placed.accept(answered.answer, call.bob.identity);
  must(answered.call.take(accepted.reveal, call.entropy, {}).has_value(), "take the reveal");
  for ([[maybe_unused]] auto _ : state) {
    const auto proposal = accepted.call.rekey(call.entropy);
    must(proposal.has_value(), "rekey");
    const auto news = answered.call.take(*proposal, call.entropy, {});
    must(news && news->reply, "take the proposal");
    must(accepted.call.take(*news->reply, call.entropy, {}).has_value(), "take the answer");
    static_cast<void>(answered.call.peer_sealed(answered.call.epoch(), {}));
  }
}

/// So many key pairs, then so many agreements.
void diffie_hellman(State& state) {
  std::array<std::uint8_t, 32> secret, ours, theirs, shared;
  crypto_box_keypair(theirs.data(), secret.data());
  for ([[maybe_unused]] auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      randombytes_buf(secret.data(), secret.size());
      crypto_scalarmult_curve25519_base(ours.data(), secret.data());
    }
    for (std::int64_t i = 0; i < state.range(1); ++i)
      must(crypto_scalarmult_curve25519(shared.data(), secret.data(), theirs.data()) == 0, "agree");
    benchmark::DoNotOptimize(shared);
  }
}

BENCHMARK(call_offer)->Name("call_offer/1/0");
BENCHMARK(diffie_hellman)->Name("call_offer:floor")->Args({1, 0});
BENCHMARK(call_answer)->Name("call_answer/1/1");
BENCHMARK(diffie_hellman)->Name("call_answer:floor")->Args({1, 1});
BENCHMARK(call_accept)->Name("call_accept/0/1")->Apply(batched);
BENCHMARK(diffie_hellman)->Name("call_accept:floor")->Args({0, 1});
BENCHMARK(call_rekey)->Name("call_rekey/2/2");
BENCHMARK(diffie_hellman)->Name("call_rekey:floor")->Args({2, 2});

}  // namespace
}  // namespace sotto::bench
