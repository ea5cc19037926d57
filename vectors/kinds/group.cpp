// SPDX-License-Identifier: MIT OR Apache-2.0
// One member's side of a group call (spec/group_calls.md), through the public interface [GC-2-1]
// [GC-7-1].
#include <algorithm>
#include <optional>
#include <vector>

#include <sotto/group_call.hpp>

#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

MemberId read_member(Fields& fields) {
  return {MemberIdentity(fields.hex_of<32>("identity")),
          static_cast<std::uint32_t>(fields.number("device", 0xffff'ffff))};
}

Instant instant(std::uint64_t milliseconds) {
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

/// A roster that this member is told, what it says of it, and what it seals then.
struct GroupEvent {
  static constexpr std::uint64_t last_time = std::uint64_t{1} << 48;

  std::uint64_t number = 0;
  Instant at;
  Blob entropy;
  std::vector<MemberId> members;
  Blob roster_hash;
  std::uint64_t told = 0;  ///< how many are told the key
  Blob key_message;
  Instant sealed_at;
  Blob frame;

  static GroupEvent read(Fields& fields) {
    GroupEvent event;
    event.number = fields.number("number", ~std::uint64_t{0});
    event.at = instant(fields.number("at", last_time));
    event.entropy = fields.hex("entropy");
    for (Fields* member : fields.objects("members")) event.members.push_back(read_member(*member));
    event.roster_hash = fields.hex("roster_hash");
    event.told = fields.number("told", group_max_members);
    event.key_message = fields.hex("key_message");
    event.sealed_at = instant(fields.number("sealed_at", last_time));
    event.frame = fields.hex("frame");
    return event;
  }
};

struct GroupCallCase {
  GroupTerms terms;
  Blob metadata;
  Blob text;
  std::vector<GroupEvent> events;

  static GroupCallCase read(Fields& fields) {
    GroupCallCase test;
    test.terms.id = CallId(fields.hex_of<16>("call_id"));
    test.terms.suite = static_cast<SframeSuite>(fields.number("suite", 0xffff));
    test.terms.self = read_member(fields);
    test.metadata = fields.hex("metadata");
    test.text = fields.hex("text");
    for (Fields* event : fields.objects("events")) test.events.push_back(GroupEvent::read(*event));
    if (test.events.empty()) fields.wrong("events", "are none");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    std::optional<GroupCall> call;
    for (const GroupEvent& event : events) {
      FixedEntropy entropy(event.entropy);
      if (!call) {
        auto made = GroupCall::create(terms, event.number, event.members, entropy, event.at);
        if (!made) return std::unexpected(made.error());
        call = *std::move(made);
      } else if (const auto set = call->set_roster(event.number, event.members, entropy, event.at);
                 !set) {
        return set;
      }
      checks.equal("roster_hash", call->roster_hash().bytes(), event.roster_hash);
      if (const auto said = messages(checks, *call, event); !said) return said;
      Blob room(call->max_sealed_size(text.size()));
      const auto sealed = call->seal(room, metadata, text, event.sealed_at);
      if (!sealed) return std::unexpected(sealed.error());
      checks.equal("frame", *sealed, event.frame);
    }
    return {};
  }

  [[nodiscard]] static Result<void> messages(Checks& checks, GroupCall& call,
                                             const GroupEvent& event) {
    std::uint64_t told = 0;
    Blob room(group_max_message_bytes);
    while (true) {
      const auto said = call.next_message(room);
      if (!said) return std::unexpected(said.error());
      const std::optional<GroupMessage>& message = *said;
      if (!message) break;
      ++told;
      checks.equal("key_message", message->bytes, event.key_message);
    }
    checks.require(told == event.told, "others are told");
    return {};
  }
};

constexpr Kind kinds[] = {{"group_call", run_case<GroupCallCase>}};

}  // namespace

std::span<const Kind> group_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
