// SPDX-License-Identifier: MIT OR Apache-2.0
/// RingRTC's group frames under a hostile network, beside a model that is some sets.
#include <deque>
#include <map>
#include <optional>
#include <set>

#include <sotto/ringrtc.hpp>

#include "agreement.hpp"
#include "generators.hpp"

namespace sotto::prop {
namespace {

RingrtcSecret secret_of(int id) {
  Buffer bytes(32, static_cast<std::uint8_t>(id));
  bytes[0] = static_cast<std::uint8_t>(id >> 8);
  bytes[1] = 1;
  return RingrtcSecret(std::span<const std::uint8_t, 32>(bytes));
}

/// The secret `steps` steps on, by way of a sender, which steps as well.
RingrtcSecret secret_of(int id, int steps) {
  auto sender = must(RingrtcSender::create(secret_of(id)));
  for (int i = 0; i < steps; ++i) must(sender.ratchet());
  return sender.secret().duplicate();
}

/// A frame, and what it truly is.
struct Sealed {
  int id;
  int step;
  std::uint32_t counter;
  Buffer bytes;
};

/// What a receiver may do, said plainly. Steps are counted without an end.
class Model {
 public:
  explicit Model(const RingrtcLimits& limits) : limits_(limits) {}

  /// Whether the secret is taken.
  bool add(int id, int step) {
    for (const Held& one : held_)
      if (one.id == id) return false;
    for (const auto& [gone_id, head] : gone_)
      if (gone_id == id && step <= head) return false;
    if (held_.size() == limits_.max_secrets) drop(held_.begin());
    held_.push_back({id, step, {{step, {}}}, {}, {}});
    return true;
  }

  /// The error that a genuine frame must meet, or nothing; then it counts as opened.
  std::optional<Error> deliver(const Sealed& frame, Instant now) {
    bool any = false, tried = false;
    auto whose = held_.end();
    for (auto one = held_.begin(); one != held_.end(); ++one) {
      if (late(one->replaced, now)) continue;
      any = true;
      bool reaches = false;
      for (const auto& [step, replaced] : one->steps)
        if ((step - frame.step) % 256 == 0 && !late(replaced, now)) {
          tried = true;
          reaches = reaches || step == frame.step;
        }
      const int ahead = static_cast<int>(static_cast<std::uint8_t>(frame.step - one->head));
      if (ahead != 0 && ahead <= limits_.max_steps) {
        tried = true;
        reaches = reaches || one->head + ahead == frame.step;
      }
      if (reaches && one->id == frame.id) whose = one;
    }
    if (!any) return Error::unknown_key;
    if (whose == held_.end()) return tried ? Error::authentication_failed : Error::too_far_ahead;
    return judge(whose, frame, now);
  }

  [[nodiscard]] std::size_t size() const { return held_.size(); }

 private:
  struct Mark {
    std::uint32_t counter;
    Instant at;
  };
  struct Held {
    int id;
    int head;
    std::map<int, std::optional<Mark>> steps;
    std::set<std::uint32_t> seen;
    std::optional<Mark> replaced;
  };
  using Place = std::deque<Held>::iterator;

  std::optional<Error> judge(Place whose, const Sealed& frame, Instant now) {
    std::optional<Mark> replaced = whose->replaced;
    if (whose->steps.contains(frame.step) && whose->steps[frame.step])
      replaced = replaced ? std::min(*replaced, *whose->steps[frame.step], earlier)
                          : whose->steps[frame.step];
    if (replaced && frame.counter >= replaced->counter) return Error::authentication_failed;
    if (whose->seen.contains(frame.counter) ||
        (!whose->seen.empty() && *whose->seen.rbegin() > frame.counter &&
         *whose->seen.rbegin() - frame.counter >= ringrtc_replay_window))
      return Error::replayed;
    whose->seen.insert(frame.counter);
    for (int step = whose->head + 1; step <= frame.step; ++step) {
      whose->steps[step - 1] = whose->steps[step - 1].value_or(Mark{frame.counter, now});
      whose->steps[step];
    }
    whose->head = std::max(whose->head, frame.step);
    std::erase_if(whose->steps, [&](const auto& one) {
      return one.first < whose->head - limits_.max_old_steps ||
             past(one.second, frame.counter, now);
    });
    for (std::size_t i = static_cast<std::size_t>(whose - held_.begin()); i > 0; --i) {
      auto older = held_.begin() + static_cast<std::ptrdiff_t>(i - 1);
      older->replaced = older->replaced.value_or(Mark{frame.counter, now});
      if (past(older->replaced, frame.counter, now)) drop(older);
    }
    return std::nullopt;
  }

  static bool earlier(const Mark& a, const Mark& b) { return a.counter < b.counter; }
  [[nodiscard]] bool late(const std::optional<Mark>& mark, Instant now) const {
    return mark && now - mark->at >= limits_.max_old_age;
  }
  [[nodiscard]] bool past(const std::optional<Mark>& mark, std::uint32_t counter,
                          Instant now) const {
    return late(mark, now) ||
           (mark && counter >= mark->counter && counter - mark->counter >= limits_.max_old_frames);
  }
  void drop(Place place) {
    gone_.emplace_back(place->id, place->head);
    if (gone_.size() > 16) gone_.pop_front();
    held_.erase(place);
  }

  RingrtcLimits limits_;
  std::deque<Held> held_;                 ///< oldest first
  std::deque<std::pair<int, int>> gone_;  ///< and the step that each had come to
};

RingrtcLimits some_limits() {
  RingrtcLimits limits;
  limits.max_secrets = *within<std::uint8_t>(1, 6);
  limits.max_steps = *rc::gen::oneOf(within<std::uint8_t>(0, 12), rc::gen::just<std::uint8_t>(255));
  limits.max_old_steps = *within<std::uint8_t>(0, 6);
  limits.max_old_frames =
      *rc::gen::oneOf(within<std::uint32_t>(1, 40), rc::gen::just<std::uint32_t>(3000));
  limits.max_old_age = std::chrono::seconds(1);
  return limits;
}

/// A sender, its receiver, the model, and all that is on the way.
struct World {
  explicit World(const RingrtcLimits& limits)
      : model(limits),
        sender(must(RingrtcSender::create(secret_of(1)))),
        receiver(must(RingrtcReceiver::create(limits))) {
    tell();
  }

  /// The receiver learns the secret as it is now.
  void tell() {
    const auto added = receiver.add_secret(sender.step(), sender.secret().duplicate());
    RC_ASSERT(added.has_value() == model.add(id, step));
    if (!added) RC_ASSERT(added.error() == Error::conflict);
  }
  void seal() {
    // Now and then many at once, so that the window's edge is met.
    const int many = *rc::gen::weightedElement<int>({{40, 1}, {1, 1023}, {1, 1024}, {1, 1025}});
    for (int n = 0; n < many; ++n) {
      const auto counter = static_cast<std::uint32_t>(sender.next_counter());
      Buffer frame(3 + ringrtc_footer_bytes);
      must(sender.seal(frame, Buffer(3, 'x')));
      if (n == 0 || n + 1 == many) frames.push_back({id, step, counter, frame});
    }
  }
  void rekey() {
    must(sender.rekey(secret_of(++id)));
    step = 0;
    if (*within<int>(0, 4) != 0) tell();
  }
  void ratchet() {
    must(sender.ratchet());
    ++step;
  }
  /// A secret that was told before, at another step of it or the same.
  void tell_again() {
    const int old_id = *within<int>(std::max(1, id - 6), id + 1);
    const int old_step = *within<int>(0, old_id == id ? step + 3 : 2);
    const auto added =
        receiver.add_secret(static_cast<std::uint8_t>(old_step), secret_of(old_id, old_step));
    RC_ASSERT(added.has_value() == model.add(old_id, old_step));
  }
  void deliver() {
    // Mostly of late, so that there is something to open.
    const std::size_t back =
        *rc::gen::oneOf(within<std::size_t>(0, 8), within<std::size_t>(0, 200));
    const Sealed& frame = frames[frames.size() - 1 - std::min(back, frames.size() - 1)];
    const auto expected = model.deliver(frame, now);
    Buffer out(3);
    const auto opened = receiver.open(out, frame.bytes, now);
    RC_ASSERT(opened.has_value() == !expected);
    if (expected) RC_ASSERT(opened.error() == *expected);
    if (opened) RC_ASSERT(out == Buffer(3, 'x'));
    RC_ASSERT(receiver.secrets() == model.size());
  }

  int id = 1, step = 0;
  Model model;
  RingrtcSender sender;
  RingrtcReceiver receiver;
  Instant now{};
  std::vector<Sealed> frames;
};

RC_GTEST_PROP(Ringrtc, frames_open_as_sets_would_have_it, ()) {
  World world(some_limits());
  const auto steps = *within<int>(1, 150);
  for (int i = 0; i < steps; ++i) {
    const auto what = *within<int>(0, 24);
    if (what < 8 || world.frames.empty())
      world.seal();
    else if (what < 10)
      world.ratchet();
    else if (what < 11)
      world.rekey();
    else if (what < 12)
      world.tell_again();
    else if (what < 13)
      world.now += std::chrono::milliseconds(*within<int>(0, 600));
    else
      world.deliver();
  }
}

RC_GTEST_PROP(Ringrtc, nothing_opens_but_what_was_sealed, ()) {
  const std::uint32_t first =
      std::max(1U, *rc::gen::arbitrary<std::uint32_t>() >> *within<int>(0, 32));
  auto sender = must(RingrtcSender::create(secret_of(1), first));
  auto receiver = must(RingrtcReceiver::create());
  must(receiver.add_secret(0, secret_of(1)));
  for (int i = *within<int>(0, 4); i > 0; --i) must(sender.ratchet());
  const auto text = *buffers();
  Buffer frame(text.size() + ringrtc_footer_bytes);
  must(sender.seal(frame, text));

  Buffer altered = frame;
  switch (*within<int>(0, 4)) {
    case 0:
      flip(altered, *bits_of(frame.size()));
      break;
    case 1:
      altered.resize(*within<std::size_t>(0, frame.size()));
      break;
    case 2:
      altered.insert(altered.begin(), *rc::gen::arbitrary<std::uint8_t>());
      break;
    default:
      altered.erase(altered.begin());
      break;
  }
  Buffer out(frame.size() + 1, 0xa5);
  RC_ASSERT(!receiver.open(out, altered, {}));
  RC_ASSERT(std::ranges::all_of(out, [](auto b) { return b == 0xa5; }));
  const auto opened = receiver.open(out, frame, {});
  RC_ASSERT(opened.has_value());
  RC_ASSERT(same(*opened, text));
}

}  // namespace
}  // namespace sotto::prop
