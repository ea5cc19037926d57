// SPDX-License-Identifier: MIT OR Apache-2.0
/// Franking beside a platform that keeps a plain log of everything: a report is true when the log
/// says so [FR-1-1, FR-2-1, FR-3-3, FR-4-1, FR-4-2].
#include <optional>

#include <sotto/franking.hpp>

#include "generators.hpp"
#include "testing/error_of.hpp"
#include "testing/tape_entropy.hpp"
#include "twins.hpp"

namespace sotto::prop {
namespace {

using testing::error_of;

template <class Id>
Id id_of(int number) {
  std::array<std::uint8_t, Id::size_bytes> bytes{};
  bytes.back() = static_cast<std::uint8_t>(number);
  return Id(bytes);
}

/// One message that the platform has passed on, in the plain.
struct Logged {
  FrankingContext context;
  FrankingStamp stamp;
  std::array<std::uint8_t, 32> key;
  Buffer content;

  friend bool operator==(const Logged&, const Logged&) = default;
};

FrankingKey key_of(const Logged& entry) {
  return FrankingKey(entry.key);
}

Buffer plain(const FrankingContext& c) {
  const auto at = static_cast<std::uint64_t>(c.at.time_since_epoch().count());
  return twin::joined({c.sender.bytes(), twin::big_endian(c.sender_device, 4), c.recipient.bytes(),
                       c.conversation.bytes(), twin::big_endian(at, 8),
                       twin::big_endian(c.counter, 8)});
}

Buffer plain_stamp(Bytes platform, Bytes tag, const FrankingContext& context) {
  const std::string_view label = "sotto franking stamp 1";
  return twin::hmac_sha256(platform,
                           twin::joined({Buffer(label.begin(), label.end()), tag, plain(context)}));
}

/// A report of what is claimed, said plainly: in any order, of any number.
Buffer plain_report(const std::vector<Logged>& claims) {
  Buffer report = twin::joined(
      {Buffer{1}, claims.front().context.conversation.bytes(), twin::big_endian(claims.size(), 2)});
  for (const Logged& claim : claims) {
    const FrankingContext& c = claim.context;
    const auto at = static_cast<std::uint64_t>(c.at.time_since_epoch().count());
    report = twin::joined({report, twin::big_endian(c.counter, 8), twin::big_endian(at, 8),
                           c.sender.bytes(), twin::big_endian(c.sender_device, 4),
                           c.recipient.bytes(), claim.stamp.bytes(), claim.key,
                           twin::big_endian(claim.content.size(), 4), claim.content});
  }
  return report;
}

/// Some conversations between some people, as the platform has seen them.
class World {
 public:
  World() : platform(*keys()) {
    testing::TapeEntropy entropy(*seeds());
    std::array<std::uint64_t, 3> last{};
    const int messages = *within(1, 16);
    for (int i = 0; i < messages; ++i) {
      const int conversation = *within(0, 3), sender = *within(0, 3);
      Logged entry;
      entry.context.sender = id_of<UserId>(sender);
      entry.context.sender_device = *within<std::uint32_t>(0, 3);
      entry.context.recipient = id_of<UserId>(*within(0, 3));
      entry.context.conversation = id_of<ConversationId>(conversation);
      entry.context.at = Instant(std::chrono::milliseconds(*within(0, 1 << 30)));
      entry.context.counter = ++last[static_cast<std::size_t>(conversation)];
      const auto key = *new_franking_key(entropy);
      entry.key = array_of<32>(key.expose());
      entry.content = twin::joined({key.expose(), *buffers()});
      entry.stamp =
          *franking_stamp(PlatformKey(platform), frank(key, entry.content), entry.context);
      log.push_back(std::move(entry));
    }
  }

  std::array<std::uint8_t, 32> platform;
  std::vector<Logged> log;
};

/// What must come of a report of these claims.
std::optional<Error> judged(const World& world, std::vector<Logged> claims) {
  const ConversationId conversation = claims.front().context.conversation;
  std::uint64_t before = 0;
  for (Logged& claim : claims) {
    if (claim.context.counter <= before) return Error::malformed;
    before = claim.context.counter;
    claim.context.conversation = conversation;  // It is said once, for all.
  }
  for (const Logged& claim : claims)
    if (std::ranges::find(world.log, claim) == world.log.end()) return Error::authentication_failed;
  return std::nullopt;
}

void alter(const World& world, Logged& claim) {
  const Logged& other = world.log[*within<std::size_t>(0, world.log.size())];
  switch (*within(0, 12)) {
    case 0:
      return flip(claim.content, *bits_of(claim.content.size()));
    case 1:
      return claim.content.push_back(0);
    case 2:
      claim.content = other.content;
      return;
    case 3:
      claim.key = other.key;
      return;
    case 4:
      claim.key = other.key;
      claim.content = other.content;
      return;
    case 5:
      claim.stamp = other.stamp;
      return;
    case 6:
      claim.context.sender = id_of<UserId>(*within(0, 3));
      return;
    case 7:
      claim.context.sender_device = *within<std::uint32_t>(0, 3);
      return;
    case 8:
      claim.context.recipient = id_of<UserId>(*within(0, 3));
      return;
    case 9:
      claim.context.at += std::chrono::milliseconds(*within(0, 2));
      return;
    case 10:
      return std::swap(claim.context.sender, claim.context.recipient);
    default:
      claim.context.counter = *within<std::uint64_t>(1, 20);
      return;
  }
}

std::vector<ReportedMessage> as_reported(const std::vector<Logged>& claims) {
  std::vector<ReportedMessage> messages;
  messages.reserve(claims.size());
  for (const Logged& claim : claims)
    messages.push_back({claim.context, claim.stamp, key_of(claim), claim.content});
  return messages;
}

void is_what_the_log_says(const VerifiedReport& report, const std::vector<Logged>& claims) {
  RC_ASSERT(report.messages().size() == claims.size());
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const VerifiedMessage& message = report.messages()[i];
    RC_ASSERT(message.context == claims[i].context);
    RC_ASSERT(same(message.content, claims[i].content));
    RC_ASSERT(message.gap_before == claims[i].context.counter - before - 1);
    before = claims[i].context.counter;
  }
}

RC_GTEST_PROP(Franking, any_part_of_a_conversation_is_believed_as_it_was, ()) {
  const World world;
  const auto conversation = world.log.front().context.conversation;
  std::vector<Logged> claims;
  for (const Logged& entry : world.log)
    if (entry.context.conversation == conversation && *within(0, 3) != 0) claims.push_back(entry);
  RC_PRE(!claims.empty());

  const auto messages = as_reported(claims);
  Buffer report(report_size(messages).value());
  RC_ASSERT(write_report(report, messages).has_value());
  RC_ASSERT(report == plain_report(claims));
  const auto verified = VerifiedReport::verify(PlatformKey(world.platform), report);
  RC_ASSERT(verified.has_value());
  is_what_the_log_says(*verified, claims);
  const PlatformKey other(*keys());
  RC_ASSERT(error_of(VerifiedReport::verify(other, report)) == Error::authentication_failed);
}

RC_GTEST_PROP(Franking, nothing_is_believed_that_the_log_does_not_say, ()) {
  const World world;
  const int count = *within(1, 5);
  std::vector<Logged> claims;
  for (int i = 0; i < count; ++i)
    claims.push_back(world.log[*within<std::size_t>(0, world.log.size())]);
  if (*within(0, 4) != 0)
    std::ranges::sort(claims, {}, [](const Logged& one) { return one.context.counter; });
  const int alterations = *within(0, 3);
  for (int i = 0; i < alterations; ++i)
    alter(world, claims[*within<std::size_t>(0, claims.size())]);

  const Buffer report = plain_report(claims);
  const auto expected = judged(world, claims);
  const auto verified = VerifiedReport::verify(PlatformKey(world.platform), report);
  RC_ASSERT(error_of(verified) == expected);
  if (verified) is_what_the_log_says(*verified, claims);
  const bool of_one = std::ranges::all_of(claims, [&](const Logged& one) {
    return one.context.conversation == claims.front().context.conversation;
  });
  const bool writable = of_one && expected != Error::malformed;
  RC_ASSERT(report_size(as_reported(claims)).has_value() == writable);

  // Nor one of another size, or with any bit turned.
  Buffer other = report;
  if (*within(0, 2) == 0) {
    other.resize(*within<std::size_t>(0, 2 * report.size()));
    RC_PRE(other.size() != report.size());
  } else {
    flip(other, *bits_of(other.size()));
    RC_PRE(verified.has_value());
  }
  RC_ASSERT(!VerifiedReport::verify(PlatformKey(world.platform), other));
}

RC_GTEST_PROP(Franking, tags_and_stamps_are_those_of_the_twin, ()) {
  const World world;
  const Logged& entry = world.log.back();
  const FrankingTag tag = frank(key_of(entry), entry.content);
  RC_ASSERT(same(tag.bytes(), twin::hmac_sha256(entry.key, entry.content)));
  RC_ASSERT(same(entry.stamp.bytes(), plain_stamp(world.platform, tag.bytes(), entry.context)));

  RC_ASSERT(check_franking(key_of(entry), entry.content, tag).has_value());
  Logged other = entry;
  auto said = array_of<32>(tag.bytes());
  switch (*within(0, 3)) {
    case 0:
      flip(other.content, *bits_of(other.content.size()));
      break;
    case 1:
      flip(other.key, *bits_of(32));
      break;
    default:
      flip(said, *bits_of(32));
      break;
  }
  RC_ASSERT(error_of(check_franking(key_of(other), other.content, FrankingTag(said))) ==
            Error::authentication_failed);
}

}  // namespace
}  // namespace sotto::prop
