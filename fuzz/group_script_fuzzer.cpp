// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bytes as a message to a member of a group call: what is read is written again as it was, and
/// what no member can have said is refused. Then the bytes as a script of a whole call.
#include "call/group_messages.hpp"
#include "group_talk.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::require;

void reads_back(Bytes bytes) {
  fuzz::Buffer room(group_max_message_bytes);
  if (const auto key = call::read_group_key(bytes); key) {
    const auto again = call::write_group_key(room, key->head, key->key);
    require(again && std::ranges::equal(*again, bytes), "a key is written otherwise");
  }
  if (const auto said = call::read_group_roster(bytes); said) {
    const auto again = call::write_group_roster(room, *said);
    require(again && std::ranges::equal(*again, bytes), "a roster is written otherwise");
  }
}

void is_taken_or_refused(Bytes bytes) {
  testing::TapeEntropy tape(1);
  MemberId us;
  MemberId other;
  other.device = 1;
  const std::array both{us, other};
  const Instant now{std::chrono::hours(1)};
  auto call =
      GroupCall::create({CallId(), SframeSuite::aes_128_gcm_sha256_128, us}, 1, both, tape, now);
  require(call.has_value(), "a call cannot be made");
  const auto kid = call->kid();
  const auto taken = call->take(other, bytes, tape, now);
  require(call->kid() == kid, "a first message steps the chain");
  require(taken || call->keys_of(other) == 0, "a refused message leaves a key");
  require(!call->take(us, bytes, tape, now), "a message of our own is taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  reads_back(bytes);
  is_taken_or_refused(bytes);

  fuzz::Input in(data, size);
  prop::GroupTalk talk(in.byte());
  for (int events = 0; !in.empty() && events < 200; ++events) {
    const std::uint8_t what = in.byte();
    const std::uint8_t which = in.byte();
    require(talk.apply(what, which));
  }
  require(talk.settle());
  return 0;
}
