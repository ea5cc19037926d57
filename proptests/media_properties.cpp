// SPDX-License-Identifier: MIT OR Apache-2.0
/// Call keys, and SRTP under a hostile network.
#include <rapidcheck/state.h>

#include "agreement.hpp"
#include "generators.hpp"
#include "media_line.hpp"

namespace sotto::prop {

void showValue(const MediaEvent& event, std::ostream& out) {
  out << describe(event);
}

namespace {

struct Traffic {
  std::size_t on_the_way = 0;
};

class Step : public rc::state::Command<Traffic, MediaLine> {
 public:
  explicit Step(const MediaEvent& event) : event_(event) {}
  void run(const Traffic&, MediaLine& line) const override {
    const Complaint complaint = line.apply(event_);
    if (!complaint.empty()) RC_FAIL(complaint);
  }
  void show(std::ostream& out) const override { out << describe(event_); }

 private:
  MediaEvent event_;
};

rc::Gen<MediaEvent> event_of(MediaEvent::Kind kind, rc::Gen<std::uint32_t> a,
                             rc::Gen<std::uint32_t> b, rc::Gen<std::uint32_t> c) {
  return rc::gen::construct<MediaEvent>(rc::gen::just(kind), std::move(a), std::move(b),
                                        std::move(c));
}

rc::Gen<MediaEvent> events() {
  using Kind = MediaEvent::Kind;
  const auto zero = rc::gen::just(std::uint32_t{0});
  const auto below = [](std::uint32_t n) { return within<std::uint32_t>(0, n); };
  const auto choice = rc::gen::oneOf(zero, below(64));
  const auto stream = rc::gen::weightedOneOf<std::uint32_t>({{12, below(2)}, {1, below(40)}});
  // Steps as they should be, across a round, around the window's and the half round's edge, back.
  const auto step = rc::gen::weightedOneOf<std::uint32_t>(
      {{12, rc::gen::just(std::uint32_t{1})},
       {4, below(70)},
       {4, rc::gen::element<std::uint32_t>(1022, 1023, 1024, 1025, 16'000, 32'766, 32'767, 32'768,
                                           32'769, 65'535, 65'534, 64'513, 64'512, 0, 64'000)},
       {1, below(65'536)}});
  const auto any = rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>());
  return rc::gen::weightedOneOf<MediaEvent>({
      {12, event_of(Kind::protect, stream, step, any)},
      {9, event_of(Kind::deliver, choice, zero, zero)},
      {2, event_of(Kind::drop, choice, zero, zero)},
      {4, event_of(Kind::replay, choice, zero, zero)},
      {5, event_of(Kind::forge, choice, below(MediaEvent::forgeries), any)},
      {1, event_of(Kind::cramp, zero, zero, zero)},
  });
}

/// Every packet opens at most once, those in the window that were not seen always do, forgeries
/// change nothing of what follows, and no nonce seals twice.
RC_GTEST_PROP(Media, line_holds, ()) {
  const auto crowd = *rc::gen::weightedElement<unsigned>({{6, 0},
                                                          {1, srtp_max_streams - 3},
                                                          {1, srtp_max_streams - 2},
                                                          {1, srtp_max_streams - 1},
                                                          {1, srtp_max_streams}});
  MediaLine line(*seeds(), crowd);
  rc::state::check(Traffic{}, line, [](const Traffic&) {
    return rc::gen::map(events(), [](const MediaEvent& event) {
      return std::shared_ptr<const rc::state::Command<Traffic, MediaLine>>(
          std::make_shared<Step>(event));
    });
  });
}

/// All of a stream in any order within the window: each opens exactly once.
RC_GTEST_PROP(Media, any_order_within_the_window_opens_all, ()) {
  MediaLine line(*seeds(), 0);
  const auto first = *rc::gen::element<std::uint32_t>(0, 65'500, 65'535);
  const auto count = *within<std::uint32_t>(1, 200);
  RC_ASSERT(line.apply({MediaEvent::Kind::protect, 1, first, 0}).empty());
  RC_ASSERT(line.apply({MediaEvent::Kind::deliver}).empty());
  for (std::uint32_t i = 1; i < count; ++i)
    RC_ASSERT(line.apply({MediaEvent::Kind::protect, 1, 1, 2 * i}).empty());
  while (line.on_the_way() > 0) {
    const auto which = *within<std::uint32_t>(0, static_cast<std::uint32_t>(count));
    const Complaint complaint = line.apply({MediaEvent::Kind::deliver, which});
    if (!complaint.empty()) RC_FAIL(complaint);
  }
}

RC_GTEST_PROP(Media, same_tapes_same_bytes, ()) {
  const auto seed = *seeds();
  const auto script = *rc::gen::container<std::vector<MediaEvent>>(events());
  MediaLine first(seed, 0);
  MediaLine second(seed, 0);
  for (const MediaEvent& event : script) {
    RC_ASSERT(first.apply(event).empty());
    RC_ASSERT(second.apply(event).empty());
  }
  RC_ASSERT(first.transcript() == second.transcript());
}

RC_GTEST_PROP(Media, every_bit_of_a_packet_counts, ()) {
  MediaLine line(*seeds(), 0);
  const auto shape = *within<std::uint32_t>(0, 1'000'000);
  RC_ASSERT(line.apply({MediaEvent::Kind::protect, 1, 5, shape}).empty());
  if (*rc::gen::arbitrary<bool>()) {
    RC_ASSERT(line.apply({MediaEvent::Kind::deliver}).empty());
    RC_ASSERT(line.apply({MediaEvent::Kind::protect, 1, 1, shape}).empty());
  }
  const auto newest = static_cast<std::uint32_t>(line.ever_sent() - 1);
  // More bits than any packet here has; the rest wrap around.
  for (std::uint32_t bit = 0; bit < 8 * 250; ++bit) {
    const Complaint complaint = line.apply({MediaEvent::Kind::forge, newest, 0, bit});
    if (!complaint.empty()) RC_FAIL(complaint);
  }
  RC_ASSERT(line.apply({MediaEvent::Kind::deliver}).empty());
}

/// A packet of one end, or why it does not open at the other.
Result<MutableBytes> carry(SrtpSender& from, SrtpReceiver& to, Buffer& packet) {
  const std::size_t size = packet.size();
  packet.resize(size + srtp_overhead_bytes);
  const auto sealed = from.protect(packet, Bytes(packet).first(size));
  RC_ASSERT(sealed.has_value());
  return to.unprotect(MutableBytes(packet).first(size), packet);
}

Buffer small_packet() {
  Buffer packet(30);
  packet[0] = 0x80;
  packet[3] = 1;
  return packet;
}

/// Both ends agree on both directions; each direction has keys of its own; who names other
/// identities, or is sent another key, agrees on nothing.
RC_GTEST_PROP(Media, calls_agree_only_on_the_same_terms, ()) {
  testing::TapeEntropy tape(*seeds());
  const CallIdentities named{must(IdentityKeyPair::generate(tape)).public_key(),
                             must(IdentityKeyPair::generate(tape)).public_key()};
  const auto caller = must(CallKeyPair::generate(tape));
  const auto callee = must(CallKeyPair::generate(tape));
  const auto join = [](CallSide side, const CallKeyPair& ours, const CallPublic& theirs,
                       const CallIdentities& identities) {
    return agree_on_call(side, ours.duplicate(), theirs, identities);
  };
  auto near = must(join(CallSide::caller, caller, callee.public_key(), named));
  auto far = must(join(CallSide::callee, callee, caller.public_key(), named));
  Buffer out = small_packet();
  Buffer back = out;
  Buffer mirrored = out;
  RC_ASSERT(carry(near.sender, far.receiver, out).has_value());
  RC_ASSERT(carry(far.sender, near.receiver, back).has_value());

  auto near_again = must(join(CallSide::caller, caller, callee.public_key(), named));
  RC_ASSERT(!carry(near_again.sender, near_again.receiver, mirrored).has_value());

  // One thing is altered in what the callee believes.
  auto identities = named;
  auto theirs = array_of<32>(caller.public_key().bytes());
  auto bytes_of_caller = array_of<32>(named.caller.bytes());
  auto bytes_of_callee = array_of<32>(named.callee.bytes());
  const auto bit = *bits_of(96);
  if (bit < 256) {
    flip(theirs, bit);
  } else if (bit < 512) {
    flip(bytes_of_caller, bit - 256);
  } else {
    flip(bytes_of_callee, bit - 512);
  }
  identities = {IdentityPublic(bytes_of_caller), IdentityPublic(bytes_of_callee)};
  auto misled = join(CallSide::callee, callee, CallPublic(theirs), identities);
  if (!misled) return;  // refused at once: as good
  auto fresh = must(join(CallSide::caller, caller, callee.public_key(), named));
  Buffer there = small_packet();
  Buffer here = small_packet();
  RC_ASSERT(!carry(fresh.sender, misled->receiver, there).has_value());
  RC_ASSERT(!carry(misled->sender, fresh.receiver, here).has_value());
}

}  // namespace
}  // namespace sotto::prop
