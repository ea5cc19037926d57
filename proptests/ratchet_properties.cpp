// SPDX-License-Identifier: MIT OR Apache-2.0
/// Conversations under a hostile network.
#include <rapidcheck/state.h>

#include "conversation.hpp"
#include "generators.hpp"

namespace sotto::prop {

void showValue(const Event& event, std::ostream& out) {
  out << describe(event);
}

void showValue(const Start& start, std::ostream& out) {
  const RatchetLimits& limits = start.limits;
  out << "seed " << start.seed << (start.one_time_prekey ? ", OPK" : ", no OPK") << ", jump "
      << limits.max_forward_jump << ", skipped " << limits.max_skipped_per_chain << "/"
      << limits.max_skipped_total << ", chains " << limits.max_receiving_chains << ", age "
      << limits.max_skipped_age.count() << " ms";
}

namespace {

/// What decides whether an event can happen: messages on their way and ever sent, by receiver.
struct Traffic {
  std::array<std::size_t, 2> on_the_way{};
  std::array<std::size_t, 2> ever_sent{};
};

class Step : public rc::state::Command<Traffic, Conversation> {
 public:
  explicit Step(const Event& event) : event_(event) {}

  void checkPreconditions(const Traffic& traffic) const override {
    switch (event_.kind) {
      case Event::Kind::deliver:
      case Event::Kind::duplicate:
      case Event::Kind::drop:
      case Event::Kind::starve:
        RC_PRE(traffic.on_the_way[event_.side] > 0);
        break;
      case Event::Kind::replay:
        RC_PRE(traffic.ever_sent[event_.side] > 0);
        break;
      default:
        break;
    }
  }

  void apply(Traffic& traffic) const override {
    if (event_.kind == Event::Kind::send) {
      ++traffic.on_the_way[1 - event_.side];
      ++traffic.ever_sent[1 - event_.side];
    }
    if (event_.kind == Event::Kind::deliver || event_.kind == Event::Kind::drop)
      --traffic.on_the_way[event_.side];
  }

  void run(const Traffic&, Conversation& conversation) const override {
    const Complaint complaint = conversation.apply(event_);
    if (!complaint.empty()) RC_FAIL(complaint);
  }

  void show(std::ostream& out) const override { out << describe(event_); }

 private:
  Event event_;
};

rc::Gen<Event> event_of(Event::Kind kind, rc::Gen<std::uint32_t> a, rc::Gen<std::uint32_t> b,
                        rc::Gen<std::uint32_t> c) {
  return rc::gen::map(
      rc::gen::tuple(within(0, 2), std::move(a), std::move(b), std::move(c)),
      [kind](const std::tuple<int, std::uint32_t, std::uint32_t, std::uint32_t>& t) {
        return Event{kind, static_cast<std::uint8_t>(std::get<0>(t)), std::get<1>(t),
                     std::get<2>(t), std::get<3>(t)};
      });
}

rc::Gen<Event> events() {
  using Kind = Event::Kind;
  const auto zero = rc::gen::just(std::uint32_t{0});
  // In order, near the front, or from anywhere.
  const auto choice =
      rc::gen::oneOf(zero, within<std::uint32_t>(0, 4), within<std::uint32_t>(0, 64));
  const auto size = rc::gen::element<std::uint32_t>(0, 1, 15, 16, 17, 31, 32, 200);
  const auto forgery = within<std::uint32_t>(0, Event::forgeries);
  const auto any =
      rc::gen::oneOf(within<std::uint32_t>(0, 40), within<std::uint32_t>(0, 1000),
                     rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()),
                     rc::gen::element<std::uint32_t>(0xffffffff, 0xfffffffe, 0x80000000));
  return rc::gen::weightedOneOf<Event>({
      {12, event_of(Kind::send, size, zero, zero)},
      {10, event_of(Kind::deliver, choice, zero, zero)},
      {2, event_of(Kind::duplicate, choice, zero, zero)},
      {2, event_of(Kind::drop, choice, zero, zero)},
      {3, event_of(Kind::replay, choice, zero, zero)},
      {5, event_of(Kind::forge, choice, forgery, any)},
      {1, event_of(Kind::starve, choice, zero, zero)},
      {1, event_of(Kind::cramp, zero, zero, zero)},
      {2, event_of(Kind::restart, zero, zero, zero)},
      {1, event_of(Kind::wait, within<std::uint32_t>(0, 60), zero, zero)},
  });
}

/// Limits so small that conversations of a few messages pass all of them.
rc::Gen<RatchetLimits> small_limits() {
  const auto below = [](std::uint32_t n) { return within<std::uint32_t>(0, n); };
  return rc::gen::map(
      rc::gen::tuple(below(8), below(5), below(7), within<std::uint32_t>(1, 4),
                     rc::gen::element(100'000, 100, 30)),
      [](const std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, int>& t) {
        return RatchetLimits{.max_forward_jump = std::get<0>(t),
                             .max_skipped_per_chain = std::get<1>(t),
                             .max_skipped_total = std::get<2>(t),
                             .max_receiving_chains = std::get<3>(t),
                             .max_skipped_age = std::chrono::milliseconds(std::get<4>(t))};
      });
}

rc::Gen<Start> starts(rc::Gen<RatchetLimits> limits) {
  return rc::gen::construct<Start>(seeds(), rc::gen::arbitrary<bool>(), rc::gen::just(true),
                                   std::move(limits));
}

void hold_conversation(const Start& start) {
  Conversation conversation(start);
  // Some messages are under way at once, so that overtaking begins with the first delivery.
  Traffic traffic;
  for (const std::uint8_t side : {std::uint8_t{0}, std::uint8_t{1}})
    for (auto n = *within(0, 12); n > 0; --n) {
      const Event event{Event::Kind::send, side, 5};
      const Complaint complaint = conversation.apply(event);
      if (!complaint.empty()) RC_FAIL(complaint);
      Step(event).apply(traffic);
    }
  rc::state::check(traffic, conversation, [](const Traffic&) {
    return rc::gen::map(events(), [](const Event& event) {
      return std::shared_ptr<const rc::state::Command<Traffic, Conversation>>(
          std::make_shared<Step>(event));
    });
  });
  const Complaint complaint = conversation.settle();
  if (!complaint.empty()) RC_FAIL(complaint);
}

/// With the limits as they come: what arrives opens, once; what is forged leaves no trace.
RC_GTEST_PROP(Ratchet, conversation_holds, ()) {
  hold_conversation(*starts(rc::gen::just(RatchetLimits{})));
}

/// At and beyond every limit: the same, and each refusal is the one that a few lists foretell.
RC_GTEST_PROP(Ratchet, conversation_holds_at_its_limits, ()) {
  hold_conversation(*starts(small_limits()));
}

/// The same tapes and events give the same bytes, on the wire and in both states.
RC_GTEST_PROP(Ratchet, same_tapes_same_bytes, ()) {
  const auto start = *starts(rc::gen::just(RatchetLimits{}));
  const auto script = *rc::gen::container<std::vector<Event>>(events());
  Conversation first(start);
  Conversation second(start);
  for (const Event& event : script) {
    RC_ASSERT(first.apply(event).empty());
    RC_ASSERT(second.apply(event).empty());
  }
  RC_ASSERT(first.transcript() == second.transcript());
  Start other = start;
  ++other.seed;
  RC_ASSERT(Conversation(other).transcript() != Conversation(start).transcript());
}

/// Every single bit of a message counts.
RC_GTEST_PROP(Ratchet, every_bit_of_a_message_counts, ()) {
  Conversation conversation(*starts(rc::gen::just(RatchetLimits{})));
  const auto side = static_cast<std::uint8_t>(*within(0, 2));
  const auto other = static_cast<std::uint8_t>(1 - side);
  const auto warm = *within(0, 3);
  // Some turns first, so that all positions of a session are met; Alice has to begin.
  for (int i = 0; i < warm; ++i)
    for (const std::uint8_t from : {std::uint8_t{0}, std::uint8_t{1}}) {
      RC_ASSERT(conversation.apply({Event::Kind::send, from, 1}).empty());
      RC_ASSERT(
          conversation.apply({Event::Kind::deliver, static_cast<std::uint8_t>(1 - from)}).empty());
    }
  RC_ASSERT(conversation.apply({Event::Kind::send, other, 3}).empty());
  const auto newest = static_cast<std::uint32_t>(conversation.ever_sent(side) - 1);
  // One bit of each byte in one case; all of them in some.
  const auto first = *within<std::uint32_t>(0, 8);
  for (std::uint32_t bit = first; bit < 8 * Ratchet::encrypted_size(3); bit += 8) {
    const Complaint complaint = conversation.apply({Event::Kind::forge, side, newest, 0, bit});
    if (!complaint.empty()) RC_FAIL(complaint);
  }
  RC_ASSERT(conversation.apply({Event::Kind::deliver, side}).empty());
}

}  // namespace
}  // namespace sotto::prop
