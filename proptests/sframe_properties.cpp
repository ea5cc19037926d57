// SPDX-License-Identifier: MIT OR Apache-2.0
/// SFrame under a hostile network, beside a model that is a list and some sets.
#include <deque>
#include <map>
#include <set>

#include <sotto/sframe.hpp>

#include "agreement.hpp"
#include "generators.hpp"

namespace sotto::prop {
namespace {

constexpr std::array suites{1, 2, 3, 4, 5, 6, 7, 8, 0xf001};
constexpr SframeChain chain{8};

SframeBaseKey base_key(std::uint8_t fill) {
  return must(SframeBaseKey::create(Buffer(32, fill)));
}

/// What a receiver may do, said plainly: the keys it holds in order, and what each has opened.
class Model {
 public:
  Model(std::size_t max_keys, std::uint64_t max_steps)
      : max_keys_(max_keys), max_steps_(max_steps) {}

  void add(std::uint64_t kid) { add_behind(kid, held_.empty() ? kid : held_.back()); }

  /// A step is as old as the one before, whatever newer generations there are.
  void add_behind(std::uint64_t kid, std::uint64_t before) {
    const auto place = std::ranges::find(held_, before);
    held_.insert(place == held_.end() ? held_.begin() : place + 1, kid);
    opened_[kid];
    heads_[kid >> 8] = kid;
    forget();
  }

  /// The error that a genuine frame must meet, or nothing; then it counts as opened.
  std::optional<Error> deliver(std::uint64_t kid, std::uint64_t counter) {
    if (!opened_.contains(kid)) {
      const auto head = heads_.find(kid >> 8);
      if (head == heads_.end() || kid < head->second) return Error::unknown_key;
      if (kid - head->second > max_steps_) return Error::too_far_ahead;
      const std::uint64_t from = head->second;
      std::uint64_t before = from;
      for (std::uint64_t passed = from + 1; passed <= kid; ++passed)
        if (kid - passed < max_keys_) {
          add_behind(passed, before);
          before = passed;
        }
    }
    auto& seen = opened_[kid];
    if (seen.contains(counter)) return Error::replayed;
    if (!seen.empty() && *seen.rbegin() >= sframe_replay_window &&
        counter <= *seen.rbegin() - sframe_replay_window)
      return Error::replayed;
    seen.insert(counter);
    return std::nullopt;
  }

 private:
  void forget() {
    while (held_.size() > max_keys_) {
      const std::uint64_t kid = held_.front();
      held_.pop_front();
      opened_.erase(kid);
      if (heads_[kid >> 8] == kid) heads_.erase(kid >> 8);
    }
  }

  std::size_t max_keys_;
  std::uint64_t max_steps_;
  std::deque<std::uint64_t> held_;                           ///< oldest first
  std::map<std::uint64_t, std::set<std::uint64_t>> opened_;  ///< counters, of each key held
  std::map<std::uint64_t, std::uint64_t> heads_;             ///< newest key of each generation
};

RC_GTEST_PROP(Sframe, frames_open_as_a_set_would_have_it, ()) {
  const auto suite = static_cast<SframeSuite>(*rc::gen::elementOf(suites));
  SframeLimits limits;
  limits.max_keys = *within<std::uint8_t>(1, 6);
  limits.max_steps = *within<std::uint8_t>(1, 12);
  auto sender = must(SframeSender::create(suite, SframeKid{0x100}, base_key(1)));
  auto receiver = must(SframeReceiver::create(suite, limits));
  must(receiver.add_key(SframeKid{0x100}, base_key(1), chain));
  Model model(limits.max_keys, limits.max_steps);
  model.add(0x100);
  std::uint64_t generation = 1;
  std::vector<Buffer> frames;

  const auto steps = *within<int>(1, 150);
  for (int i = 0; i < steps; ++i) {
    const auto what = *within<int>(0, 20);
    if (what < 9 || frames.empty()) {
      // Now and then many at once, so that the window's edge is met.
      const int many = *rc::gen::weightedElement<int>({{30, 1}, {1, 1023}, {1, 1024}, {1, 1025}});
      for (int n = 0; n < many; ++n) {
        Buffer frame(sender.sealed_size(3));
        must(sender.seal(frame, {}, Buffer(3, 'x')));
        if (n == 0 || n + 1 == many) frames.push_back(frame);
      }
    } else if (what < 10) {
      RC_ASSERT(sender.ratchet(chain).has_value());
    } else if (what < 11 && generation < 200) {
      const SframeKid kid{++generation << 8};
      must(sender.rekey(kid, base_key(static_cast<std::uint8_t>(generation))));
      must(receiver.add_key(kid, base_key(static_cast<std::uint8_t>(generation)), chain));
      model.add(std::to_underlying(kid));
    } else {
      const Buffer& frame = frames[*within<std::size_t>(0, frames.size())];
      const auto header = must(parse_sframe_header(frame));
      const auto expected = model.deliver(std::to_underlying(header.kid), header.counter);
      Buffer out(frame.size());
      const auto opened = receiver.open(out, {}, frame, {});
      RC_ASSERT(opened.has_value() == !expected);
      if (expected) RC_ASSERT(opened.error() == *expected);
    }
  }
}

/// One frame of everything the sender did, and every key it had.
struct History {
  struct Key {
    SframeKid kid;
    Buffer bytes;
  };
  void keep_key(const SframeSender& sender) {
    const Bytes bytes = sender.base_key().expose();
    keys.push_back({sender.kid(), Buffer(bytes.begin(), bytes.end())});
  }
  std::vector<Key> keys;
  std::vector<Buffer> frames;
  std::set<std::size_t> opened;
};

// [RFC9605-9.3-2]
RC_GTEST_PROP(Sframe, no_frame_opens_twice_whatever_happens_to_keys, ()) {
  constexpr auto suite = SframeSuite::aes_128_gcm_sha256_128;
  SframeLimits limits;
  limits.max_keys = *within<std::uint8_t>(1, 8);
  auto sender = must(SframeSender::create(suite, SframeKid{0x100}, base_key(1)));
  auto receiver = must(SframeReceiver::create(suite, limits));
  History history;
  history.keep_key(sender);
  std::uint64_t generation = 1;
  Instant now{};
  const auto steps = *within<int>(1, 300);
  for (int i = 0; i < steps; ++i) {
    const auto what = *within<int>(0, 21);
    if (what < 4) {
      Buffer frame(sender.sealed_size(3));
      must(sender.seal(frame, {}, Buffer(3, 'x')));
      history.frames.push_back(frame);
    } else if (what < 7) {
      must(sender.ratchet(chain));
      history.keep_key(sender);
    } else if (what < 8) {
      ++generation;
      must(sender.rekey(SframeKid{generation << 8},
                        base_key(static_cast<std::uint8_t>(generation))));
      history.keep_key(sender);
    } else if (what < 11) {
      const auto& key = history.keys[*within<std::size_t>(0, history.keys.size())];
      auto base = must(SframeBaseKey::create(key.bytes));
      static_cast<void>(*rc::gen::arbitrary<bool>()
                            ? receiver.add_key(key.kid, std::move(base), chain)
                            : receiver.add_key(key.kid, std::move(base)));
    } else if (what < 12) {
      static_cast<void>(
          receiver.erase_key(history.keys[*within<std::size_t>(0, history.keys.size())].kid));
    } else if (what < 13) {
      now += std::chrono::seconds(*within<int>(0, 15));
    } else if (what < 14) {
      must(receiver.let_go());
    } else if (!history.frames.empty()) {
      const auto number = *within<std::size_t>(0, history.frames.size());
      Buffer out(history.frames[number].size());
      if (receiver.open(out, {}, history.frames[number], now))
        RC_ASSERT(history.opened.insert(number).second);
    }
  }
}

RC_GTEST_PROP(Sframe, nothing_opens_but_what_was_sealed, ()) {
  const auto suite = static_cast<SframeSuite>(*rc::gen::elementOf(suites));
  const std::uint64_t first = *rc::gen::arbitrary<std::uint64_t>() >> *within<int>(0, 64);
  const SframeKid kid{*rc::gen::arbitrary<std::uint64_t>() >> *within<int>(0, 64)};
  auto sender = must(SframeSender::create(suite, kid, base_key(1), first));
  auto receiver = must(SframeReceiver::create(suite));
  must(receiver.add_key(kid, base_key(1)));
  const auto text = *buffers();
  const auto metadata = *buffers();
  Buffer frame(sender.sealed_size(text.size()));
  must(sender.seal(frame, metadata, text));

  Buffer altered = frame;
  Buffer other = metadata;
  switch (*within<int>(0, 5)) {
    case 0:
      altered[*within<std::size_t>(0, frame.size())] ^=
          static_cast<std::uint8_t>(1U << *within<int>(0, 8));
      break;
    case 1:
      altered.resize(*within<std::size_t>(0, frame.size()));
      break;
    case 2:
      altered.push_back(*rc::gen::arbitrary<std::uint8_t>());
      break;
    case 3:
      other.push_back(0);
      break;
    default:
      if (metadata.empty())
        other.push_back(1);
      else
        other[*within<std::size_t>(0, other.size())] ^= 1;
      break;
  }
  Buffer out(altered.size(), 0xa5);
  RC_ASSERT(!receiver.open(out, other, altered, {}));
  RC_ASSERT(std::ranges::all_of(out, [](auto b) { return b == 0xa5 || b == 0; }));
  const auto opened = receiver.open(
      out.size() < frame.size() ? (out.resize(frame.size()), out) : out, metadata, frame, {});
  RC_ASSERT(opened.has_value());
  RC_ASSERT(same(*opened, text));
}

}  // namespace
}  // namespace sotto::prop
