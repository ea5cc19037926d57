// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <functional>

#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

namespace {

/// What Bob keeps of one message of Alice's; `room` holds its content.
ReportedMessage evidence(World& world, const ConversationId& where, const MessageId& id,
                         Blob& room) {
  room.resize(content_max_padded);
  const auto kept =
      need(world.bob.messenger().kept(room, where, {world.alice_user, id}), "what is kept");
  if (!kept) throw demo::Failure("Bob has not kept what he wants to report");
  return {{world.alice_user, static_cast<std::uint32_t>(kept->place.device), world.bob_user, where,
           kept->stamped_at, kept->counter},
          kept->stamp,
          FrankingKey(kept->content.franking_key),
          kept->content.franked};
}

Blob report_of(std::span<const ReportedMessage> messages) {
  Blob report(need(report_size(messages), "a report"));
  static_cast<void>(need(write_report(report, messages), "a report"));
  return report;
}

/// How many of the ways to alter a true report the platform refuses, of how many.
std::pair<std::size_t, std::size_t> refused(World& world, const Blob& report) {
  const auto& platform = world.hub.platform();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < report.size(); ++i) {
    Blob altered = report;
    altered[i] ^= 1;
    if (!VerifiedReport::verify(platform, altered)) ++refused;
  }
  return {refused, report.size()};
}

/// The same messages, under another sender, time or conversation.
std::size_t moved(World& world, const ReportedMessage& message) {
  const std::array<std::function<void(FrankingContext&)>, 3> ways{
      [&](FrankingContext& context) { context.sender = world.bob_user; },
      [](FrankingContext& context) { context.at += std::chrono::days(1); },
      [](FrankingContext& context) { context.conversation = ConversationId{}; }};
  std::size_t refused = 0;
  for (const auto& way : ways) {
    ReportedMessage other{message.context, message.stamp, message.key.duplicate(), message.content};
    way(other.context);
    if (!VerifiedReport::verify(world.hub.platform(), report_of(std::span(&other, 1)))) ++refused;
  }
  return refused;
}

}  // namespace

void tell_report(World& world, const Talks& talks, Teller& teller) {
  teller.chapter("Report");
  const std::array texts{"Pay me by Friday.", "Nice weather, too.", "Or I tell your boss."};
  std::array<MessageId, 3> ids;
  for (std::size_t i = 0; i < texts.size(); ++i)
    ids[i] = world.say(world.phone, talks.open, texts[i]);
  std::array<Blob, 2> rooms;
  const std::array<ReportedMessage, 2> chosen{evidence(world, talks.open, ids[0], rooms[0]),
                                              evidence(world, talks.open, ids[2], rooms[1])};
  const Blob report = report_of(chosen);
  teller.line("Bob", "reports the first and the third of three texts, " +
                         std::to_string(report.size()) + " bytes, and nothing else");
  const auto verified = VerifiedReport::verify(world.hub.platform(), report);
  bool holds_true = verified && verified->messages().size() == 2;
  for (std::size_t i = 0; holds_true && i < 2; ++i) {
    const VerifiedMessage& message = verified->messages()[i];
    const auto content = read_franked_content(message.content);
    holds_true = content && text_of(content->body) == texts[2 * i] &&
                 message.context.sender == world.alice_user;
  }
  holds_true = holds_true && verified->messages()[1].gap_before == 1;
  teller.check("the platform knows: Alice's, in this order, one text between them left out",
               holds_true);
  const auto [altered, all] = refused(world, report);
  const std::size_t elsewhere = moved(world, chosen[0]);
  teller.check("any byte altered, or another sender, time or conversation: refused",
               altered == all && elsewhere == 3, of(altered + elsewhere, all + 3));
}

}  // namespace sotto::story
