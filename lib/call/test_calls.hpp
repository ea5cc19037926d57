// SPDX-License-Identifier: MIT OR Apache-2.0
/// Both ends of a call, for tests.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sotto_call.hpp>

#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::call {

using Buffer = std::vector<std::uint8_t>;
using testing::error_of;
using testing::TapeEntropy;

inline constexpr Instant noon{std::chrono::hours(12)};

template <class T>
T filled(std::uint8_t byte) {
  std::array<std::uint8_t, T::size_bytes> bytes;
  bytes.fill(byte);
  return T(bytes);
}

inline const CallParty alice{filled<IdentityPublic>(0xa1), 1};
inline const CallParty bob{filled<IdentityPublic>(0xb0), 7};
inline const CallId call_id = filled<CallId>(0x11);
inline const RosterHash roster = filled<RosterHash>(0x77);

/// One side: the call, and the ends of its frames.
struct End {
  End(Call&& agreed, CallSendKeys&& send, CallReceiveKeys&& receive)
      : call(std::move(agreed)),
        sender(*send.frame_sender()),
        receiver(*receive.frame_receiver()) {}

  Buffer seal(std::string_view text) {
    Buffer frame(sender.sealed_size(text.size()));
    const Buffer plain(text.begin(), text.end());
    EXPECT_TRUE(sender.seal(frame, {}, plain));
    return frame;
  }
  /// What `frame` says, or why not.
  Result<Buffer> open(Bytes frame, Instant now = noon) {
    Buffer out(frame.size());
    const auto opened = receiver.open(out, {}, frame, now);
    if (!opened) return std::unexpected(opened.error());
    return Buffer(opened->begin(), opened->end());
  }
  /// Do what the news ask for.
  void heed(CallNews& news) {
    if (news.receive) {
      EXPECT_TRUE(news.receive->add_to(receiver));
    }
    if (news.send) {
      EXPECT_TRUE(news.send->rekey(sender));
    }
    if (news.retire) {
      EXPECT_TRUE(erase_call_epoch(receiver, *news.retire));
      for (std::uint32_t older = *news.retire; older > 0; --older)
        if (!erase_call_epoch(receiver, older - 1)) break;
    }
  }
  /// Open what the other end seals now, and say so to the call.
  void see(End& from, Instant now = noon) {
    const Buffer frame = from.seal("now");
    const auto header = parse_sframe_header(frame);
    EXPECT_TRUE(open(frame, now)) << "deaf";
    auto news = call.peer_sealed(static_cast<std::uint32_t>(header->kid), now);
    heed(news);
  }
  CallNews must_take(Bytes message, Entropy& entropy, Instant now = noon) {
    auto news = call.take(message, entropy, now);
    EXPECT_TRUE(news) << (news ? "" : name(news.error()));
    if (!news) return {};
    heed(*news);
    return std::move(*news);
  }

  Call call;
  SframeSender sender;
  SframeReceiver receiver;
};

/// A call that was answered; its reveal is not delivered yet.
struct TwoEnds {
  explicit TwoEnds(const CallTerms& terms = {}, std::uint64_t seed = 1) : tape(seed) {
    auto outgoing = *OutgoingCall::create(call_id, alice, terms, roster, tape);
    auto incoming = *IncomingCall::read(outgoing.offer());
    auto answered = *incoming.answer(bob, alice.identity, roster, tape);
    auto accepted = *outgoing.accept(answered.answer, bob.identity);
    reveal = accepted.reveal;
    caller.emplace(std::move(accepted.call), std::move(accepted.send), std::move(accepted.receive));
    callee.emplace(std::move(answered.call), std::move(answered.send), std::move(answered.receive));
  }
  /// Deliver the reveal.
  TwoEnds& revealed() {
    const auto news = callee->must_take(reveal, tape);
    EXPECT_TRUE(news.code_ready);
    return *this;
  }

  TapeEntropy tape;
  CallReveal reveal{};
  std::optional<End> caller;
  std::optional<End> callee;
};

/// Whether frames go both ways.
inline void expect_media(End& a, End& b) {
  EXPECT_EQ(b.open(a.seal("there")), Buffer({'t', 'h', 'e', 'r', 'e'}));
  EXPECT_EQ(a.open(b.seal("back")), Buffer({'b', 'a', 'c', 'k'}));
}

}  // namespace sotto::call
