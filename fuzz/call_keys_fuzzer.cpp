// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as each message of sotto's own call: what is read is written again as it was; what
/// nobody sent is refused by a call, whose next message is taken all the same.
#include <cstring>

#include <sotto/sotto_call.hpp>

#include "agreement.hpp"
#include "call/messages.hpp"
#include "crypto/sha2.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::require;

template <std::size_t N, class Message>
void reads_back(Bytes bytes, const Result<Message>& read, std::size_t mac) {
  if (!read) return;
  std::array<std::uint8_t, N> again{};
  call::write(again, *read);
  require(bytes.size() == N &&
              std::equal(again.begin(), again.end() - static_cast<long>(mac), bytes.begin()),
          "what was read is written otherwise");
}

CallParty party(std::uint8_t byte) {
  std::array<std::uint8_t, 32> identity;
  identity.fill(byte);
  return {IdentityPublic(identity), byte};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  reads_back<call_offer_bytes>(bytes, call::read_offer(bytes), 0);
  reads_back<call_answer_bytes>(bytes, call::read_answer(bytes), call::mac_bytes);
  reads_back<call_reveal_bytes>(bytes, call::read_reveal(bytes), call::mac_bytes);
  reads_back<call_rekey_bytes>(bytes, call::read_rekey(bytes), call::mac_bytes);

  // Keys of its own for each input: what the fuzzer saw of one call is a forgery in another.
  const auto digest = crypto::sha256(bytes);
  std::uint64_t seed = 0;
  std::memcpy(&seed, digest.data(), sizeof seed);
  testing::TapeEntropy tape(seed);
  const RosterHash roster;
  auto outgoing = prop::must(OutgoingCall::create(CallId(), party(1), {}, roster, tape));
  require(!outgoing.accept(bytes, party(2).identity), "an answer that nobody made is accepted");
  if (const auto incoming = IncomingCall::read(bytes); incoming) {
    const auto answered = incoming->answer(party(2), party(1).identity, incoming->roster(), tape);
    require(answered.has_value(), "an offer that was read cannot be answered");
  }
  const auto ours = prop::must(IncomingCall::read(outgoing.offer()));
  auto answered = prop::must(ours.answer(party(2), party(1).identity, roster, tape));
  auto accepted = prop::must(outgoing.accept(answered.answer, party(2).identity));
  require(!answered.call.take(bytes, tape, Instant{}), "a message that nobody made is taken");
  require(!accepted.call.take(bytes, tape, Instant{}), "a message that nobody made is taken");
  require(answered.call.take(accepted.reveal, tape, Instant{}).has_value(), "the reveal is lost");
  require(!answered.call.take(bytes, tape, Instant{}), "a message that nobody made is taken");
  return 0;
}
