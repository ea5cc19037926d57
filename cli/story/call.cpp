// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <array>

#include <sotto/sotto_call.hpp>

#include "demo/own_call.hpp"
#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

namespace {

constexpr std::size_t packets_each = 100;

/// One end of the call.
struct End {
  Call call;
  SrtpSender sender;
  SrtpReceiver receiver;

  template <class Agreed>
  explicit End(Agreed&& agreed)
      : call(std::move(agreed.call)),
        sender(need(agreed.send.srtp_sender(), "keys to send")),
        receiver(need(agreed.receive.srtp_receiver(), "keys to receive")) {}
};

/// The hash of both lists, as a device knows them.
RosterHash lists_of(World& world, Seat& seat, bool of_alice) {
  const auto hers = need(seat.messenger().roster(world.alice_user), "a list")->newest()->hash();
  const auto his = need(seat.messenger().roster(world.bob_user), "a list")->newest()->hash();
  return of_alice ? rosters_hash(hers, his) : rosters_hash(his, hers);
}

IdentityPublic known(Seat& seat, const UserDevice& who) {
  return need(seat.messenger().roster(who.user), "a list")->newest()->find(who.device)->identity;
}

/// A call's message, through the conversation; as the other side got it.
Blob carry(World& world, const Talks& talks, Seat& from, Seat& to, Bytes message) {
  static_cast<void>(world.heard(to));
  world.send(from, talks.private_talk, ContentKind::call, message);
  auto heard = world.heard(to);
  if (heard.size() != 1 || heard[0].head.kind != ContentKind::call)
    throw demo::Failure("a message of the call did not come");
  return std::move(heard[0].body);
}

Blob packet(std::uint16_t number) {
  Blob bytes(172, 0x5a);
  const std::array<std::uint8_t, 12> head{0x80, 111, static_cast<std::uint8_t>(number >> 8U),
                                          static_cast<std::uint8_t>(number)};
  std::ranges::copy(head, bytes.begin());
  return bytes;
}

/// How many packets arrive as they were, and how many altered ones are refused.
std::pair<std::size_t, std::size_t> speak(End& from, End& to) {
  std::pair<std::size_t, std::size_t> count{};
  for (std::uint16_t i = 0; i < packets_each; ++i) {
    const Blob plain = packet(i);
    Blob room(plain.size() + from.sender.overhead_bytes());
    const auto sealed = need(from.sender.protect(room, plain), "a packet");
    Blob altered(sealed.begin(), sealed.end());
    altered[plain.size() / 2] ^= 1;
    Blob out(sealed.size());
    if (!to.receiver.unprotect(out, altered)) ++count.second;
    const auto opened = to.receiver.unprotect(out, sealed);
    if (opened && std::ranges::equal(*opened, plain)) ++count.first;
  }
  return count;
}

}  // namespace

void tell_call(World& world, const Talks& talks, Teller& teller) {
  teller.chapter("A call");
  Seat& phone = world.phone;
  Seat& bob = world.bob;
  std::array<std::uint8_t, CallId::size_bytes> id{};
  need(world.entropy.fill(id), "a call id");
  auto outgoing =
      need(OutgoingCall::create(CallId(id), {phone.keys().identity.public_key(), 1}, CallTerms{},
                                lists_of(world, phone, true), world.entropy),
           "an offer");
  const Blob offer = carry(world, talks, phone, bob, outgoing.offer());
  const auto incoming = need(IncomingCall::read(offer), "an offer");
  const CallParty callee{bob.keys().identity.public_key(), 1};
  const IdentityPublic caller = known(bob, phone.self());
  const bool guarded = !incoming.answer(callee, caller, RosterHash{}, world.entropy);
  auto answered = need(incoming.answer(callee, caller, lists_of(world, bob, false), world.entropy),
                       "an answer");
  const Blob answer = carry(world, talks, bob, phone, answered.answer);
  auto accepted = need(outgoing.accept(answer, known(phone, bob.self())), "the answer");
  const Blob reveal = carry(world, talks, phone, bob, accepted.reveal);
  End there(std::move(answered));
  static_cast<void>(need(there.call.take(reveal, world.entropy, world.now()), "the reveal"));
  End here(std::move(accepted));
  const auto hers = need(here.call.code(), "the short code");
  teller.line("both phones", demo::shown_code(hers));
  teller.check("both see this code; with another list of devices the offer is refused",
               hers == need(there.call.code(), "the short code") && guarded);
  const auto [out, out_refused] = speak(here, there);
  const auto [back, back_refused] = speak(there, here);
  teller.check(
      "packets each way arrive; each with one bit altered is refused",
      out + back == 2 * packets_each && out_refused + back_refused == 2 * packets_each,
      of(out + back, 2 * packets_each) + ", " + of(out_refused + back_refused, 2 * packets_each));
}

}  // namespace sotto::story
