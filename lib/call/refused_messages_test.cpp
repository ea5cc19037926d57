// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages of a call that no end sends, one for each clause of their form (spec/media_keys.md):
/// each differs from one that is read in what the clause forbids, and no more.
#include "call/messages.hpp"
#include "call/test_calls.hpp"
#include "call/test_heads.hpp"
#include "testing/refused.hpp"

namespace sotto::call {
namespace {

using testing::BadRecord;
using testing::byte;
using testing::lengthen;
using testing::refuse_each;
using testing::shorten;

/// What every message has: a version, a kind that is `kind`, and one size.
std::vector<BadRecord> bad_forms(Kind kind) {
  std::vector<BadRecord> table{
      {"no version", byte(0, 0), Error::unsupported_version},
      {"a version to come", byte(0, 2), Error::unsupported_version},
      {"nothing", [](Buffer& message) { message.clear(); }, Error::malformed},
      {"cut in its head", [](Buffer& message) { message.resize(1); }, Error::malformed},
      {"a byte too few", shorten, Error::malformed},
      {"a byte too many", lengthen, Error::malformed},
  };
  const bool renews = kind == Kind::rekey || kind == Kind::rekey_answer;
  for (std::uint8_t other = 0; other <= 6; ++other) {
    const bool is_other_of_pair = renews && (other == 4 || other == 5);
    if (other != std::to_underlying(kind) && !is_other_of_pair)
      table.push_back({"another kind", byte(1, other), Error::malformed});
  }
  return table;
}

template <std::size_t size>
Buffer buffer_of(const std::array<std::uint8_t, size>& message) {
  return {message.begin(), message.end()};
}

TEST(Refused, forms_of_messages_of_a_call) {  // [MK-2-1]
  TapeEntropy tape(1);
  const auto outgoing = *OutgoingCall::create(call_id, alice, {}, roster, tape);
  const auto incoming = *IncomingCall::read(outgoing.offer());
  const auto answered = *incoming.answer(bob, alice.identity, roster, tape);
  constexpr std::size_t flags_at = 26;
  const BadRecord bad_flags[]{
      {"a flag that is none", byte(flags_at, 2), Error::malformed},
      {"and with one that is", byte(flags_at, 3), Error::malformed},
      {"the last flag", byte(flags_at, 0x80), Error::malformed},
  };
  auto table = bad_forms(Kind::offer);
  table.insert(table.end(), std::begin(bad_flags), std::end(bad_flags));
  refuse_each(buffer_of(outgoing.offer()), table,
              [](const Buffer& message) { return error_of(read_offer(message)); });
  table = bad_forms(Kind::answer);
  table.insert(table.end(), std::begin(bad_flags), std::end(bad_flags));
  refuse_each(buffer_of(answered.answer), table,
              [](const Buffer& message) { return error_of(read_answer(message)); });

  TwoEnds ends;
  refuse_each(buffer_of(ends.reveal), bad_forms(Kind::reveal),
              [](const Buffer& message) { return error_of(read_reveal(message)); });
  ends.revealed();
  const auto rekey = *ends.caller->call.rekey(ends.tape);
  const auto answer = ends.callee->must_take(rekey, ends.tape).reply;
  for (const auto& [kind, message] :
       {std::pair(Kind::rekey, rekey), std::pair(Kind::rekey_answer, answer.value())})
    refuse_each(buffer_of(message), bad_forms(kind),
                [](const Buffer& bytes) { return error_of(read_rekey(bytes)); });
}

TEST(Refused, kinds_of_messages_of_a_call) {  // [MK-2-1]
  const Buffer good(call_rekey_bytes, 1);
  refuse_each(good, bad_heads(6), [](const Buffer& message) { return error_of(kind_of(message)); });
}

TEST(Refused, reveals_of_another_call) {
  TwoEnds ends;
  refuse_each(buffer_of(ends.reveal), {{"another call", byte(2, 0x12), Error::malformed}},
              [&](const Buffer& message) {
                TwoEnds other;
                return error_of(other.callee->call.take(message, other.tape, noon));
              });
  EXPECT_EQ(error_of(ends.caller->call.take(ends.reveal, ends.tape, noon)), Error::malformed)
      << "it is the caller's to say";
}

/// Whatever comes to a call that was answered: an offer or an answer is none of its messages.
TEST(Refused, kinds_by_the_state_of_a_call) {
  TwoEnds ends;
  for (End* const end : {&*ends.caller, &*ends.callee})
    for (std::uint8_t kind = 0; kind <= 6; ++kind) {
      if (kind == std::to_underlying(Kind::reveal) || kind == 4 || kind == 5) continue;
      for (const std::size_t size :
           {call_offer_bytes, call_answer_bytes, call_reveal_bytes, call_rekey_bytes}) {
        Buffer message(size);
        message[0] = 1;
        message[1] = kind;
        EXPECT_EQ(error_of(end->call.take(message, ends.tape, noon)), Error::malformed);
      }
    }
  ends.revealed();
  expect_media(*ends.caller, *ends.callee);
}

}  // namespace
}  // namespace sotto::call
