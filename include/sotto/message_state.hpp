// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is to be shown of a message after edits, deletions and reactions, in whatever order and
/// however often they come: the same on every device that took the same contents. Specified in
/// spec/content.md, section 6.
///
/// It holds names and orders, no text: the texts stay with the contents, where the app keeps them.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <sotto/content.hpp>
#include <sotto/content_body.hpp>

namespace sotto {

/// The message that a content speaks of: of a reaction, edit or deletion the one named in its body,
/// of text, attachments and unknown kinds itself; of all others none. `content` was read by
/// `read_content`.
[[nodiscard]] std::optional<MessageId> concerns(const ContentView& content) noexcept;

/// Which content of a person something was said in.
struct ContentMark {
  std::uint64_t order = 0;
  DeviceId device{};
  MessageId content;

  friend auto operator<=>(const ContentMark&, const ContentMark&) noexcept = default;
};

/// All that one person has said with, or of, a message's id. Only the last edit and the last
/// reaction count [CN-6-1].
struct MessagePerson {
  UserId who;
  std::optional<ContentMark> sent;  ///< they sent a message of this id
  ContentKind kind{};               ///< of that message
  bool deleted = false;             ///< they deleted it; then they have no edit
  std::optional<ContentMark> edit;
  std::optional<ContentMark> reaction;
  std::uint8_t emoji_bytes = 0;  ///< 0: taken back
  std::array<std::uint8_t, content_max_reaction> emoji{};

  friend bool operator==(const MessagePerson&, const MessagePerson&) noexcept = default;
};

enum class StateChange : std::uint8_t {
  changed,    ///< to be stored
  nothing,    ///< taken before, or outdone by what was taken before
  id_reused,  ///< the sender gives a second message an id of theirs: nothing changes [CN-6-5]
};

/// What to show of one message.
struct ShownMessage {
  OrderKey at;  ///< its place in the conversation
  ContentKind kind{};
  bool deleted = false;  ///< say so instead of showing it, and erase all its texts
  bool edited = false;
  MessageId text;  ///< the content whose text is shown: its own, or its last edit's
};

/// What is known of one message id. An edit, deletion or reaction that comes before its message
/// waits here. A content is taken by at most one state, so there are no more states than contents.
class MessageState {
 public:
  /// People who speak of one message [CN-6-6].
  static constexpr std::size_t max_people = 32;
  static constexpr std::size_t max_bytes =
      1 + 16 + 1 + max_people * (32 + 1 + 8 + 4 + 2 + 2 * (8 + 4 + 16) + 1 + content_max_reaction);

  explicit MessageState(const MessageId& id) noexcept : id_(id) {}

  /// Take a content that `concerns` this message, from a device of `sender`, who is a member of the
  /// conversation. Errors: `malformed` (it concerns another), `exhausted` (too many people).
  [[nodiscard]] Result<StateChange> take(const UserId& sender, DeviceId device,
                                         const ContentView& content) noexcept;

  /// The message of `author` under this id; none when it has not come.
  [[nodiscard]] std::optional<ShownMessage> shown(const UserId& author) const noexcept;
  /// The reaction of `who`; empty when there is none, or no message to show it at.
  [[nodiscard]] std::string_view reaction(const UserId& who) const noexcept;

  [[nodiscard]] const MessageId& id() const noexcept { return id_; }
  /// In the order of their names.
  [[nodiscard]] std::span<const MessagePerson> people() const noexcept {
    return std::span(people_).first(count_);
  }

  /// The state as bytes [CN-6-7], to be kept in a row. Errors: `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;
  /// Errors: `malformed`, `unsupported_version`.
  [[nodiscard]] static Result<MessageState> restore(Bytes bytes) noexcept;

 private:
  [[nodiscard]] const MessagePerson* find(const UserId& who) const noexcept;

  MessageId id_;
  std::array<MessagePerson, max_people> people_{};
  std::size_t count_ = 0;
};

/// The timer that new messages of a conversation get. Of all changes the one with the largest key
/// stands [CN-6-8]; a message's own timer is what counts for that message.
class TimerDefault {
 public:
  static constexpr std::size_t size_bytes = 1 + 8 + 32 + 4 + 16 + 13;

  /// Whether it changed. Errors: `malformed` (a setting that is not valid, order 0).
  [[nodiscard]] Result<bool> take(const OrderKey& by, const TimerSetting& setting) noexcept;

  [[nodiscard]] const TimerSetting& setting() const noexcept { return setting_; }
  /// The change that stands; its order is 0 when there was none.
  [[nodiscard]] const OrderKey& by() const noexcept { return by_; }

  /// Errors: `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;
  /// Errors: `malformed`, `unsupported_version`.
  [[nodiscard]] static Result<TimerDefault> restore(Bytes bytes) noexcept;

 private:
  OrderKey by_;
  TimerSetting setting_;
};

}  // namespace sotto
