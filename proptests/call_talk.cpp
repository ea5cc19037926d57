// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call_talk.hpp"

#include <algorithm>
#include <utility>

#include "agreement.hpp"

namespace sotto::prop {
namespace {

using Buffer = CallTalk::Buffer;

template <class T>
T all_of_byte(std::uint8_t byte) {
  std::array<std::uint8_t, T::size_bytes> bytes;
  bytes.fill(byte);
  return T(bytes);
}

/// Ages are judged by the call here, not by the receiver.
constexpr SframeLimits limits{.max_old_age = std::chrono::hours(24 * 365)};

/// What may be answered to a message that was genuine but comes at the wrong time.
bool is_timely(Error error) {
  return error == Error::replayed || error == Error::too_far_ahead || error == Error::malformed ||
         error == Error::conflict;
}

}  // namespace

CallTalk::CallTalk(std::uint64_t seed) : tape_(seed) {
  const CallParty caller{all_of_byte<IdentityPublic>(0xa1), 1};
  const CallParty callee{all_of_byte<IdentityPublic>(0xb0), 2};
  const auto roster = all_of_byte<RosterHash>(3);
  auto outgoing = must(OutgoingCall::create(all_of_byte<CallId>(4), caller, {}, roster, tape_));
  auto answered = must(
      must(IncomingCall::read(outgoing.offer())).answer(callee, caller.identity, roster, tape_));
  auto accepted = must(outgoing.accept(answered.answer, callee.identity));
  reveal_.assign(accepted.reveal.begin(), accepted.reveal.end());
  messages_[1].push_back(reveal_);
  ends_.push_back({std::move(accepted.call),
                   must(accepted.send.frame_sender()),
                   must(accepted.receive.frame_receiver(limits)),
                   {0},
                   {},
                   0});
  ends_.push_back({std::move(answered.call),
                   must(answered.send.frame_sender()),
                   must(answered.receive.frame_receiver(limits)),
                   {0},
                   {},
                   0});
}

std::uint32_t CallTalk::epoch() const {
  return std::min(ends_[0].call.epoch(), ends_[1].call.epoch());
}

CallTalk::Complaint CallTalk::apply(std::uint8_t what, std::uint8_t which) {
  const std::size_t side = which % 2;
  const std::size_t place = which / 2;
  switch (what % 9) {
    case 0:
      return propose(side);
    case 1:
      return deliver(side, place, false);
    case 2:
      return deliver(side, place, true);
    case 3:
      if (!messages_[side].empty())
        messages_[side].erase(messages_[side].begin() +
                              static_cast<std::ptrdiff_t>(place % messages_[side].size()));
      return {};
    case 4:
      return alter(side, place, what);
    case 5:
      return seal(side);
    case 6:
    case 7:
      return open(side, place);
    default:
      return pass(std::chrono::milliseconds(which * 25));
  }
}

CallTalk::Complaint CallTalk::propose(std::size_t side) {
  End& end = ends_[side];
  const auto& pending = end.call.pending();
  const bool waits = pending.has_value();
  if (waits) {  // Say it again.
    messages_[1 - side].emplace_back(pending->begin(), pending->end());
    return {};
  }
  const auto message = end.call.rekey(tape_);
  if (!message) {
    const bool unrevealed = side == 1 && !end.call.code();
    return unrevealed && message.error() == Error::conflict ? "" : "a proposal is refused";
  }
  messages_[1 - side].emplace_back(message->begin(), message->end());
  return {};
}

CallTalk::Complaint CallTalk::deliver(std::size_t to, std::size_t which, bool keep) {
  auto& queue = messages_[to];
  if (queue.empty()) return {};
  const std::size_t place = which % queue.size();
  const Buffer message = queue[place];
  if (!keep) queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(place));
  End& end = ends_[to];
  const std::uint32_t before = end.call.epoch();
  auto news = end.call.take(message, tape_, now_);
  if (!news) {
    if (end.call.epoch() != before) return "a refused message moved the epoch";
    if (!is_timely(news.error()))
      return "a genuine message is refused: " + std::string(name(news.error()));
    return {};
  }
  if (end.call.epoch() > before + 1) return "an epoch was passed over";
  if (const auto& reply = news->reply; reply)
    messages_[1 - to].emplace_back(reply->begin(), reply->end());
  if (Complaint wrong = heed(to, *news); !wrong.empty()) return wrong;
  return agree();
}

CallTalk::Complaint CallTalk::alter(std::size_t to, std::size_t which, std::uint8_t bit) {
  if (messages_[to].empty()) return {};
  Buffer message = messages_[to][which % messages_[to].size()];
  message[bit % message.size()] ^= static_cast<std::uint8_t>(1U << which % 8);
  End& end = ends_[to];
  const std::uint32_t before = end.call.epoch();
  if (end.call.take(message, tape_, now_)) return "an altered message is taken";
  if (end.call.epoch() != before) return "an altered message moved the epoch";
  return agree();
}

CallTalk::Complaint CallTalk::seal(std::size_t side) {
  End& end = ends_[side];
  const Buffer text{1, 2, 3};
  Buffer frame(end.sender.sealed_size(text.size()));
  if (!end.sender.seal(frame, {}, text)) return "a frame is not sealed";
  const auto header = parse_sframe_header(frame);
  if (!header || header->kid != SframeKid{end.sealing}) return "a frame is under another epoch";
  frames_[side].push_back({end.sealing, std::move(frame)});
  // Whatever was lost, held back or repeated, and however late it is.
  if (!ends_[1 - side].held.contains(end.sealing)) return "sealed under keys that the peer has not";
  return {};
}

CallTalk::Complaint CallTalk::open(std::size_t to, std::size_t which) {
  const auto& frames = frames_[1 - to];
  if (frames.empty()) return {};
  // Recent ones, so that none has left the window.
  const std::size_t back = which % std::min<std::size_t>(frames.size(), 64);
  const std::size_t number = frames.size() - 1 - back;
  const Frame& frame = frames[number];
  End& end = ends_[to];
  const bool may = end.held.contains(frame.epoch) && !end.opened.contains(number);
  Buffer out(frame.sealed.size());
  const bool opened = end.receiver.open(out, {}, frame.sealed, now_).has_value();
  if (opened && !may) return "a frame opens that must not";
  if (!opened && may) return "a frame does not open that must";
  if (!opened) return {};
  end.opened.insert(number);
  auto news = end.call.peer_sealed(frame.epoch, now_);
  return heed(to, news);
}

CallTalk::Complaint CallTalk::pass(std::chrono::milliseconds time) {
  now_ += time;
  for (std::size_t side = 0; side < 2; ++side) {
    const auto due = ends_[side].call.next_deadline();
    auto news = ends_[side].call.tick(now_);
    const bool did = news.send || news.retire;
    if (did && !(due && *due <= now_)) return "something is done before it is due";
    if (!did && due && *due <= now_) return "a deadline passes and nothing is done";
    if (Complaint wrong = heed(side, news); !wrong.empty()) return wrong;
  }
  return {};
}

CallTalk::Complaint CallTalk::heed(std::size_t side, CallNews& news) {
  End& end = ends_[side];
  if (news.receive) {
    const std::uint32_t epoch = news.receive->epoch();
    if (!news.receive->add_to(end.receiver)) return "new keys are not taken";
    end.held.insert(epoch);
  }
  if (news.send) {
    const std::uint32_t epoch = news.send->epoch();
    if (epoch <= end.sealing) return "sealing goes back to an old epoch";
    if (!news.send->rekey(end.sender)) return "a sender does not take new keys";
    end.sealing = epoch;
  }
  if (const auto retire = news.retire; retire) {
    if (!erase_call_epoch(end.receiver, *retire)) return "retired keys are not there";
    while (!end.held.empty() && *end.held.begin() < *retire) {
      if (!erase_call_epoch(end.receiver, *end.held.begin())) return "older keys are not there";
      end.held.erase(end.held.begin());
    }
    end.held.erase(*retire);
  }
  if (end.held.size() > 3) return "more than three epochs are held";
  return {};
}

CallTalk::Complaint CallTalk::agree() const {
  const std::uint32_t caller = ends_[0].call.epoch();
  const std::uint32_t callee = ends_[1].call.epoch();
  if (caller > callee + 1 || callee > caller + 1) return "the ends are two epochs apart";
  const auto shown = ends_[1].call.code();
  if (shown && *shown != *ends_[0].call.code()) return "the codes differ";
  return {};
}

CallTalk::Complaint CallTalk::settle() {
  for (int round = 0; round < 8; ++round) {
    if (!ends_[1].call.code()) messages_[1].push_back(reveal_);  // It was lost.
    for (std::size_t side = 0; side < 2; ++side) {
      while (!messages_[side].empty())
        if (Complaint wrong = deliver(side, 0, false); !wrong.empty()) return wrong;
      if (ends_[side].call.pending())
        if (Complaint wrong = propose(side); !wrong.empty()) return wrong;
    }
  }
  for (const End& end : ends_)
    if (end.call.pending()) return "a proposal is never answered";
  if (ends_[0].call.epoch() != ends_[1].call.epoch()) return "the ends have different epochs";
  for (int round = 0; round < 2; ++round)
    for (std::size_t side = 0; side < 2; ++side) {
      if (Complaint wrong = seal(side); !wrong.empty()) return wrong;
      if (Complaint wrong = open(1 - side, 0); !wrong.empty()) return wrong;
    }
  if (Complaint wrong = pass(call_old_keys_age); !wrong.empty()) return wrong;
  for (std::size_t side = 0; side < 2; ++side) {
    if (ends_[side].sealing != epoch()) return "the newest keys are not in use";
    if (Complaint wrong = seal(side); !wrong.empty()) return wrong;
    if (Complaint wrong = open(1 - side, 0); !wrong.empty()) return wrong;
    if (!ends_[1 - side].opened.contains(frames_[side].size() - 1)) return "the last frame is lost";
  }
  for (const End& end : ends_)
    if (end.held.size() != 1) return "old keys are still held";
  return {};
}

}  // namespace sotto::prop
