// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/own_call.hpp"

#include <algorithm>
#include <charconv>

#include <sotto/primitives.hpp>

#include "demo/failure.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

template <class Words>
std::string joined(const Words& words) {
  std::string all;
  for (const std::string_view word : words) all += (all.empty() ? "" : " ") + std::string(word);
  return all;
}

std::string digits_of(const CallCode& code) {
  return {code.digits.begin(), code.digits.end()};
}

Blob blob(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string shown_code(const CallCode& code) {
  return digits_of(code) + ", or " + joined(code.emoji_names) + ", or " + joined(code.words);
}

std::uint64_t code_number(const CallCode& code) {
  const std::string all = shown_code(code) + joined(code.emoji);
  const std::string sum = checksum(Blob(all.begin(), all.end()));
  std::uint64_t number = 0;
  std::from_chars(sum.data(), sum.data() + sum.size(), number, 16);
  return number;
}

RosterHash roster_of(const CallParty& caller, const CallParty& callee) {
  Blob list;
  for (const CallParty& party : {caller, callee}) {
    put(list, party.identity.bytes());
    put_u32(list, party.device);
  }
  constexpr std::string_view label = "sotto demo roster";
  const Blob info(label.begin(), label.end());
  std::array<std::uint8_t, 32> hash{};
  need(primitives::hkdf_sha256(hash, {}, list, info), "the hash of the devices");
  return RosterHash(hash);
}

OwnCall::OwnCall(CallSide side, Link& link, MediaLine& media)
    : side_(side), link_(link), media_(media) {
  media_.on_opened([this](std::uint32_t epoch) { heed(call_->peer_sealed(epoch, now_)); });
}

RosterHash OwnCall::roster() const {
  const CallParty us{link_.ours(), phone};
  const CallParty them{link_.theirs(), phone};
  return side_ == CallSide::caller ? roster_of(us, them) : roster_of(them, us);
}

void OwnCall::place() {
  std::array<std::uint8_t, CallId::size_bytes> id{};
  need(entropy_.fill(id), "a call id");
  outgoing_ =
      need(OutgoingCall::create(CallId(id), {link_.ours(), phone}, CallTerms{}, roster(), entropy_),
           "an offer");
  say("calls Bob: sends one offer with a fresh key to his phone and to his tablet, each in a "
      "session");
  link_.reach_second();
  link_.second().send({Kind::offer, blob(outgoing_->offer())});
  link_.send({Kind::offer, blob(outgoing_->offer())});
}

bool OwnCall::take(const Content& content) {
  switch (content.kind) {
    case Kind::offer:
      answer(content);
      return true;
    case Kind::answer:
      accept(content);
      return true;
    case Kind::reveal:
    case Kind::rekey:
      if (!call_) throw Failure("a message of a call that there is not");
      heed(need(call_->take(content.body, entropy_, now_), "a message of the call"));
      return true;
    default:
      return false;
  }
}

void OwnCall::answer(const Content& offer) {
  const auto incoming = need(IncomingCall::read(offer.body), "Alice's offer");
  auto answered =
      need(incoming.answer({link_.ours(), phone}, link_.theirs(), roster(), entropy_), "an answer");
  say("answers the call with a fresh key of his own");
  tell("offer", short_sum(offer.body));
  call_.emplace(std::move(answered.call));
  link_.send({Kind::answer, blob(answered.answer)});
  media_.start(std::move(answered.send), std::move(answered.receive));
}

void OwnCall::accept(const Content& answer) {
  auto accepted = need(outgoing_.value().accept(answer.body, link_.theirs()), "Bob's answer");
  call_.emplace(std::move(accepted.call));
  link_.send({Kind::reveal, blob(accepted.reveal)});
  media_.start(std::move(accepted.send), std::move(accepted.receive));
  show_code();
}

void OwnCall::hear_second() {
  if (!call_) return;  // What came meanwhile waits.
  while (const auto received = link_.second().next()) {
    const auto accepted = outgoing_.value().accept(received->content.body, received->identity);
    say("refuses the tablet's answer, for the phone has the call: " +
        std::string(accepted ? "ACCEPTED" : name(accepted.error())));
    tell(accepted ? "second-accepted" : "second-refused");
  }
}

void OwnCall::rekey() {
  say("proposes new keys in the midst of the call");
  link_.send({Kind::rekey, blob(need(call_->rekey(entropy_), "new keys"))});
}

void OwnCall::pass(std::chrono::milliseconds time) {
  now_ += time;
  if (call_) heed(call_->tick(now_));
}

void OwnCall::pass_until_deadline() {
  const auto due = call_ ? call_->next_deadline() : std::nullopt;
  if (due) pass(std::max(*due - now_, std::chrono::milliseconds(0)));
}

void OwnCall::heed(CallNews&& news) {
  // What the peer may seal from the reply on must open here first.
  if (news.receive) media_.open_under(*std::move(news.receive));
  if (news.reply) link_.send({Kind::rekey, blob(*news.reply)});
  if (news.send) {
    const std::uint32_t epoch = news.send->epoch();
    media_.seal_under(*std::move(news.send));
    say("seals its media under the keys of epoch " + std::to_string(epoch));
  }
  if (news.retire) media_.retire(*news.retire);
  if (news.code_ready) show_code();
}

void OwnCall::show_code() const {
  const CallCode code = need(call_->code(), "the short code");
  say("sees the short code " + shown_code(code));
  tell("code", code_number(code));
  std::uint64_t digits = 0;
  std::from_chars(code.digits.data(), code.digits.data() + code.digits.size(), digits);
  tell("code-digits", digits);
}

}  // namespace sotto::demo
