// SPDX-License-Identifier: MIT OR Apache-2.0
/// A conversation with one person, as its store has it, and what is said in it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chat/screen.hpp"
#include "talk/member.hpp"

namespace sotto::chat {

/// The two people, by the names that they were given here.
struct People {
  std::string us;
  std::string them;
  UserId us_id;
  UserId them_id;
  [[nodiscard]] std::string name(const UserId& user) const {
    return user == us_id ? us : user == them_id ? them : "somebody else";
  }
  [[nodiscard]] std::string name(const UserDevice& device) const {
    return name(device.user) + "/" + std::to_string(static_cast<std::uint32_t>(device.device));
  }
};

class Talk {
 public:
  Talk(talk::Member& member, const People& people, Screen& screen)
      : member_(&member), people_(people), screen_(&screen) {}

  /// Say a text to all devices of the conversation, which begins with it if there is none. Whether
  /// it could be said; if not, the screen has said why.
  bool say(const std::string& text, const std::optional<TimerSetting>& timer = {});
  bool send(ContentKind kind, Bytes body, const std::optional<TimerSetting>& timer = {});
  /// What came of what came.
  void show(const talk::Heard& heard);
  void show_erased(const std::vector<Erased>& erased);
  /// The last of what is kept.
  void show_history(std::size_t most);
  void show_devices();
  void show_number();
  /// Such as "bob:1,2", or "all".
  void choose(const std::string& words);

 private:
  /// The conversations with them, by id.
  [[nodiscard]] std::vector<ConversationId> all();
  /// The one that is spoken in: of several that were begun at once, the same on both sides.
  [[nodiscard]] std::optional<ConversationId> current();
  void saw(const talk::Heard& heard);

  talk::Member* member_;
  People people_;
  Screen* screen_;
  std::set<std::pair<UserDevice, std::uint64_t>> refused_;  ///< which the screen has told of
};

}  // namespace sotto::chat
