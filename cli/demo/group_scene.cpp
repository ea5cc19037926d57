// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/group_scene.hpp"

#include <algorithm>
#include <string>

#include "demo/meeting.hpp"
#include "demo/own_call.hpp"

namespace sotto::demo {
namespace {

constexpr std::size_t alice = 0, bob = 1, carol = 2, dan = 3, erin = 4;
constexpr std::uint32_t frames_each = 5;

std::string of(std::size_t some, std::size_t all) {
  return std::to_string(some) + " of " + std::to_string(all);
}

bool are_one(const std::vector<CallCode>& codes, std::size_t wanted) {
  return codes.size() == wanted &&
         std::ranges::all_of(codes, [&](const CallCode& code) { return code == codes.front(); });
}

}  // namespace

std::vector<Claim> play_group(Narrator& narrator) {
  Meeting meeting(5);
  meeting.see({alice, bob, carol, dan});
  const auto first = meeting.speak(frames_each);
  std::size_t heard = meeting.heard(first);
  std::size_t wanted = 4 * 3 * frames_each;
  const auto codes = meeting.codes();
  narrator.line("Group", "Alice, Bob, Carol and Dan call: each opens the others' frames, " +
                             of(heard, wanted));
  if (!codes.empty())
    narrator.line("Group", "they see the short code " + shown_code(codes.front()));

  meeting.see({alice, bob, carol, dan, erin});
  const auto with_erin = meeting.speak(frames_each);
  heard += meeting.heard(with_erin);
  wanted += 5 * 4 * frames_each;
  const std::size_t before = meeting.opened_by(erin, first);
  narrator.line("Group", "Erin joins, and tries what was said before: " + of(before, first.size()) +
                             " frames opened");

  meeting.see({alice, bob, carol, erin});
  meeting.pass(group_switch_delay);
  const auto without_dan = meeting.speak(frames_each);
  heard += meeting.heard(without_dan);
  wanted += 4 * 3 * frames_each;
  const std::size_t after = meeting.opened_by(dan, without_dan);
  narrator.line("Group", "Dan leaves, and 2 s later tries what is said: " +
                             of(after, without_dan.size()) + " frames opened");
  const auto new_codes = meeting.codes();
  const auto split = meeting.codes(erin);

  return {
      {"all in the group call heard all", heard == wanted,
       of(heard, wanted) + ", by " + std::to_string(meeting.messages()) + " keys through sessions"},
      {"who joined opened nothing from before", before == 0 && !first.empty(),
       of(before, first.size()) + " frames"},
      {"who left opened nothing from after", after == 0 && !without_dan.empty(),
       of(after, without_dan.size()) + " frames, 2 s after"},
      {"the group sees one short code",
       are_one(codes, 4) && are_one(new_codes, 4) && codes.front() != new_codes.front(),
       std::to_string(codes.size()) + " compared, and " + std::to_string(new_codes.size()) +
           " once the members changed"},
      {"no code if one sees other members", split.empty(), of(split.size(), 4) + " came to one"}};
}

}  // namespace sotto::demo
