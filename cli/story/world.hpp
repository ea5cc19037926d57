// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whom the story is about: Alice with a phone and a tablet, Bob with a phone, and a service
/// between them that keeps everything. Devices keep theirs in SQLite files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/account_number.hpp>
#include <sotto/sqlite_store.hpp>

#include "demo/folder.hpp"
#include "talk/hub.hpp"
#include "talk/member.hpp"

namespace sotto::story {

using talk::Blob;
using talk::Heard;
using talk::Member;

/// A device with its file.
class Seat {
 public:
  Seat(const std::string& file, const UserDevice& self, talk::Hub& hub,
       std::function<Instant()> clock);

  [[nodiscard]] Member& member() noexcept { return member_; }
  [[nodiscard]] Messenger& messenger() noexcept { return member_.messenger(); }
  [[nodiscard]] UserDevice self() const noexcept { return member_.self(); }
  [[nodiscard]] const talk::Keys& keys() const noexcept { return keys_; }
  /// Every row, sealed as it stands in the file.
  [[nodiscard]] std::map<Blob, Blob> rows();
  /// All that stands in the database file and beside it.
  [[nodiscard]] Blob bytes_on_disk() const;

  /// Texts of a conversation that are kept, in the order in which they are shown.
  [[nodiscard]] std::vector<std::string> shown(const ConversationId& conversation);
  /// The number of two accounts, as this device knows their devices.
  [[nodiscard]] AccountNumber number(const UserId& ours, const UserId& theirs);

 private:
  SystemEntropy entropy_;
  std::string file_;
  SqliteStore store_;
  talk::Keys keys_;
  talk::HubPost post_;
  Member member_;
};

class World {
 public:
  World();

  /// Say a text; it reaches everybody whom it is for.
  MessageId say(Seat& who, const ConversationId& where, std::string_view text,
                const std::optional<TimerSetting>& timer = {});
  MessageId send(Seat& who, const ConversationId& where, ContentKind kind, Bytes body,
                 const std::optional<TimerSetting>& timer = {});
  /// Let everybody hand over and take all there is; what `who` heard of it.
  void pass();
  /// What a device has heard since it was asked last.
  [[nodiscard]] std::vector<Heard> heard(Seat& who);
  [[nodiscard]] ConversationId begin(const ChosenDevices& one, const ChosenDevices& other);
  void wait(std::chrono::milliseconds time) { now_ += time; }
  [[nodiscard]] Instant now() const noexcept { return now_; }
  /// Everything that was said: what nobody may find at the service.
  [[nodiscard]] const std::vector<std::string>& said() const noexcept { return said_; }

 private:
  Instant now_;
  demo::Folder folder_;
  std::map<UserDevice, std::vector<Heard>> heard_;
  std::vector<std::string> said_;

 public:
  talk::Hub hub;
  Seat phone;
  Seat tablet;
  Seat bob;
  UserId alice_user;
  UserId bob_user;
  SystemEntropy entropy;
};

[[nodiscard]] Blob bytes_of(std::string_view text);
[[nodiscard]] std::string text_of(Bytes bytes);
[[nodiscard]] bool holds(Bytes hay, Bytes needle);

}  // namespace sotto::story
