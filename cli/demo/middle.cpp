// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/middle.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <sotto/sotto_call.hpp>

#include "demo/failure.hpp"
#include "demo/narrator.hpp"
#include "demo/own_call.hpp"
#include "demo/person.hpp"
#include "demo/told.hpp"
#include "demo/video.hpp"

namespace sotto::demo {
namespace {

/// One end of a call, with its media.
struct End {
  Call call;
  SrtpSender sender;
  SrtpReceiver receiver;

  template <class Agreed>
  explicit End(Agreed&& agreed)
      : call(std::move(agreed.call)),
        sender(need(agreed.send.srtp_sender(), "keys to send")),
        receiver(need(agreed.receive.srtp_receiver(), "keys to receive")) {}

  Blob seal(Bytes packet) {
    Blob out(packet.size() + sender.overhead_bytes());
    const auto sealed = need(sender.protect(out, packet), "a media packet");
    return {sealed.begin(), sealed.end()};
  }
  std::optional<Blob> open(Bytes packet) {
    Blob out(packet.size());
    const auto opened = receiver.unprotect(out, packet);
    if (!opened) return std::nullopt;
    return Blob(opened->begin(), opened->end());
  }
  [[nodiscard]] CallCode code() const { return need(call.code(), "the short code"); }
};

/// A person and the name under which the other end of its call is known to it.
struct Seat {
  Person& person;
  std::string peer;
};

Content content(Kind kind, Bytes bytes) {
  return {kind, Blob(bytes.begin(), bytes.end())};
}

/// What `from` says to `to`, through their session.
Content carry(const Seat& from, const Seat& to, const Content& what) {
  return need(to.person.read(to.peer, from.person.write(from.peer, what)), "a message");
}

/// A session in which both have written, so that no more prekey messages go.
void meet(const Seat& caller, const Seat& callee) {
  caller.person.connect(caller.peer, callee.person.publish());
  const Content hello{Kind::text, {'h', 'i'}};
  static_cast<void>(carry(caller, callee, hello));
  static_cast<void>(carry(callee, caller, hello));
}

OutgoingCall offer_of(const Seat& caller) {
  std::array<std::uint8_t, CallId::size_bytes> id{};
  need(caller.person.entropy().fill(id), "a call id");
  return need(OutgoingCall::create(CallId(id), {caller.person.identity(), phone}, CallTerms{},
                                   RosterHash{}, caller.person.entropy()),
              "an offer");
}

IncomingCall::Answered answer_of(const Seat& callee, const Content& offer) {
  const auto incoming = need(IncomingCall::read(offer.body), "an offer");
  return need(incoming.answer({callee.person.identity(), phone}, callee.person.known(callee.peer),
                              incoming.roster(), callee.person.entropy()),
              "an answer");
}

struct Pair {
  End caller;
  End callee;
};

/// A whole call between two who have a session with each other.
Pair call(const Seat& caller, const Seat& callee) {
  auto outgoing = offer_of(caller);
  auto answered = answer_of(callee, carry(caller, callee, content(Kind::offer, outgoing.offer())));
  const auto answer = carry(callee, caller, content(Kind::answer, answered.answer));
  auto accepted =
      need(outgoing.accept(answer.body, caller.person.known(caller.peer)), "the answer");
  const auto reveal = carry(caller, callee, content(Kind::reveal, accepted.reveal));
  End there(std::move(answered));
  static_cast<void>(
      need(there.call.take(reveal.body, callee.person.entropy(), now()), "the reveal"));
  return {End(std::move(accepted)), std::move(there)};
}

/// The middle.
class Middle {
 public:
  explicit Middle(bool plain) : narrator_(plain) {}

  bool run() {
    narrator_.heading("Somebody on the line between Alice and Bob");
    on_the_line();
    narrator_.heading("Somebody whose keys both took for the other's");
    meet(alice_, towards_alice_);
    meet(towards_bob_, bob_);
    pass_on_offers();
    run_two_calls();
    narrator_.heading("Summary");
    bool good = true;
    for (const Claim& claim : claims_) {
      narrator_.row(claim.what, (claim.held ? "yes   " : "NO    ") + claim.detail);
      good &= claim.held;
    }
    narrator_.row("what tells",
                  "nothing but the codes, or identity keys compared: who sits in the "
                  "middle of both sessions hears it all");
    return good;
  }

 private:
  /// Sessions are honest; he has only the bytes that pass.
  void on_the_line() {
    Person alice(11);
    Person bob(12);
    const Seat caller{alice, "bob"};
    const Seat callee{bob, "alice"};
    meet(caller, callee);
    const auto outgoing = offer_of(caller);
    const Letter letter = alice.write("bob", content(Kind::offer, outgoing.offer()));
    std::size_t refused = 0;
    for (std::size_t i = 0; i < letter.message.size(); ++i) {
      Letter altered = letter;
      altered.message[i] ^= 1;
      if (!bob.read("alice", altered)) ++refused;
    }
    const auto genuine = bob.read("alice", letter);
    const bool whole = genuine && std::ranges::equal(genuine->body, outgoing.offer());
    narrator_.line("Middle", "alters a bit of each byte of the message with Alice's offer in turn");
    narrator_.line("Bob", "refuses " + std::to_string(refused) + " of " +
                              std::to_string(letter.message.size()) +
                              ", and reads the one as Alice sent it");
    claims_.push_back({"an offer altered on the line is refused",
                       refused == letter.message.size() && whole,
                       std::to_string(refused) + " of " + std::to_string(letter.message.size()) +
                           " altered copies"});
    const Pair pair = call(caller, callee);
    claims_.push_back({"without him both see one code", pair.caller.code() == pair.callee.code(),
                       digits(pair.caller) + " and " + digits(pair.callee)});
  }

  /// Inside sessions of his own he passes Alice's offer on: as it is, and with a key of his own.
  void pass_on_offers() {
    std::string verdicts;
    std::size_t refused = 0;
    for (const bool replace : {false, true}) {
      auto outgoing = offer_of(alice_);
      Content offer = carry(alice_, towards_alice_, content(Kind::offer, outgoing.offer()));
      if (replace) {
        constexpr std::size_t key_at = 27;  // version, kind, call id, device, terms before it
        const auto own = need(CallKeyPair::generate(towards_bob_.person.entropy()), "a call key");
        std::ranges::copy(own.public_key().bytes(), offer.body.begin() + key_at);
      }
      const auto answered = answer_of(bob_, carry(towards_bob_, bob_, offer));
      const auto answer = carry(bob_, towards_bob_, content(Kind::answer, answered.answer));
      const auto heard = carry(towards_alice_, alice_, answer);
      const auto accepted = outgoing.accept(heard.body, alice_.person.known("bob"));
      const std::string verdict(accepted ? "ACCEPTED" : name(accepted.error()));
      narrator_.line("Middle", replace ? "passes an offer of Alice's on with a key of his own in it"
                                       : "passes Alice's offer and Bob's answer on as they are");
      narrator_.line("Alice", "on Bob's answer: " + verdict);
      verdicts += (verdicts.empty() ? "" : ", ") + verdict;
      if (!accepted && accepted.error() == Error::authentication_failed) ++refused;
    }
    claims_.push_back({"an offer passed on or altered gets no call", refused == 2, verdicts});
  }

  void run_two_calls() {
    narrator_.line("Middle",
                   "answers Alice himself, calls Bob himself, and passes on what they say");
    Pair left = call(alice_, towards_alice_);
    Pair right = call(towards_bob_, bob_);
    constexpr std::uint32_t frames = 30;
    std::size_t sent = 0;
    const std::size_t there =
        pass_media(left.caller, left.callee, right.caller, right.callee, 1, frames, sent);
    const std::size_t back =
        pass_media(right.callee, right.caller, left.callee, left.caller, 2, frames, sent);
    claims_.push_back({"his call goes through, read by him", there + back == sent && sent > 0,
                       std::to_string(there + back) + " of " + std::to_string(sent) +
                           " packets, as they were sent"});
    narrator_.line("Alice", "sees the short code " + shown_code(left.caller.code()));
    narrator_.line("Bob", "sees the short code " + shown_code(right.callee.code()));
    const bool differ = left.caller.code() != right.callee.code() &&
                        left.caller.code() == left.callee.code() &&
                        right.caller.code() == right.callee.code();
    if (differ) narrator_.line("Alice", "and Bob read them to each other, and hang up");
    claims_.push_back({"Alice and Bob see different codes", differ,
                       digits(left.caller) + " and " + digits(right.callee)});
  }

  /// From `speaker` through both of his ends to `listener`; how many he and the listener read as
  /// they were.
  static std::size_t pass_media(End& speaker, End& in, End& out, End& listener, std::uint32_t ssrc,
                                std::uint32_t frames, std::size_t& sent) {
    VideoSource source(ssrc);
    std::size_t passed = 0;
    for (std::uint32_t i = 0; i < frames; ++i)
      for (const Blob& packet : source.next_frame()) {
        ++sent;
        const auto read = in.open(speaker.seal(packet));
        if (!read || *read != packet) continue;
        const auto heard = listener.open(out.seal(*read));
        if (heard && *heard == packet) ++passed;
      }
    return passed;
  }

  static std::string digits(const End& end) {
    const CallCode code = end.code();
    return {code.digits.begin(), code.digits.end()};
  }

  Narrator narrator_;
  std::vector<Claim> claims_;
  Person alices_{1}, bobs_{2}, as_bob_{3}, as_alice_{4};
  Seat alice_{alices_, "bob"}, bob_{bobs_, "alice"};
  Seat towards_alice_{as_bob_, "alice"};  ///< the middle, whom Alice takes for Bob
  Seat towards_bob_{as_alice_, "bob"};    ///< and whom Bob takes for Alice
};

}  // namespace

bool run_middle(bool plain) {
  return Middle(plain).run();
}

}  // namespace sotto::demo
