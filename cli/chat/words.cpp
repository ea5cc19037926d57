// SPDX-License-Identifier: MIT OR Apache-2.0
#include "chat/words.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace sotto::chat {

std::vector<std::string> sentences(const Notices& notices, const std::string& who) {
  static constexpr std::array<std::pair<Notice, const char*>, 10> all{{
      {Notice::conversation_begun, "begins a conversation"},
      {Notice::devices_chosen, "chose which devices it goes to: see /devices"},
      {Notice::first_identity, "is met for the first time: compare /number"},
      {Notice::our_roster_ahead, "knows a newer list of our devices"},
      {Notice::their_roster_ahead, "was written with a newer list of devices"},
      {Notice::ghost_device, "WAS SHOWN A DEVICE OF OURS THAT IS NONE: see /devices, /number"},
      {Notice::forked_roster, "HAS ANOTHER LIST OF DEVICES THAN WE WERE SHOWN: compare /number"},
      {Notice::withheld_roster, "is kept from the newest list of our devices"},
      {Notice::withheld_removal, "STILL WRITES TO A DEVICE THAT WE REMOVED: it is not told"},
      {Notice::session_returned, "writes in an older session again"},
  }};
  std::vector<std::string> said;
  for (const auto& [notice, text] : all)
    if (notices.has(notice)) said.push_back(who + " " + text);
  return said;
}

std::vector<std::string> sentences(const RostersTaken& taken, const std::string& who) {
  std::vector<std::string> said;
  switch (taken.news.event) {
    case RosterEvent::first:
      said.push_back(who + " is here");
      break;
    case RosterEvent::forked:
      said.push_back(
          who + " HAS TWO LISTS OF DEVICES THAT CONTRADICT EACH OTHER: the newer is not taken");
      break;
    case RosterEvent::reset:
      said.push_back(who + " HAS BEGUN ANEW, or somebody in their name: ask them, then /accept");
      break;
    case RosterEvent::same:
    case RosterEvent::extended:
    case RosterEvent::older:
    case RosterEvent::gap:
      break;
  }
  for (const RosterChange& change : taken.news.changes()) {
    const auto number = [](DeviceId device) {
      return std::to_string(static_cast<std::uint32_t>(device));
    };
    const char* what = change.kind == RosterChangeKind::added     ? " has a new device "
                       : change.kind == RosterChangeKind::removed ? " has no more the device "
                                                                  : " set up anew the device ";
    said.push_back(who + what + number(change.device) + ", says device " + number(change.by));
  }
  for (const std::string& sentence : sentences(taken.notices, "somebody")) said.push_back(sentence);
  return said;
}

std::string words_of(const TimerSetting& timer) {
  switch (timer.type) {
    case TimerType::off:
      return {};
    case TimerType::seen_once:
      return "to be seen once";
    case TimerType::after_read:
      return std::to_string(timer.seconds) + " s after reading";
    case TimerType::after_send:
      return "for " + std::to_string(timer.seconds) + " s";
  }
  return {};
}

std::optional<TimerSetting> read_timer_words(const std::string& words, Instant now) {
  if (words == "off") return TimerSetting{TimerType::off, 0, now};
  if (words == "once") return TimerSetting{TimerType::seen_once, 0, now};
  std::string_view number = words;
  const bool after_read = number.starts_with("read ");
  if (after_read) number.remove_prefix(5);
  TimerSetting timer{after_read ? TimerType::after_read : TimerType::after_send, 0, now};
  const auto [end, fault] =
      std::from_chars(number.data(), number.data() + number.size(), timer.seconds);
  if (fault != std::errc() || end != number.data() + number.size() || !is_valid(timer))
    return std::nullopt;
  return timer;
}

}  // namespace sotto::chat
