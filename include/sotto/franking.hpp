// SPDX-License-Identifier: MIT OR Apache-2.0
/// Franking: a recipient can report messages to the platform, which can tell that they were sent,
/// by whom and in what order, and learns nothing about any other message. Specified in
/// spec/franking.md.
///
///   sender       new_franking_key, frank            tag beside the ciphertext
///   platform     franking_stamp                     stamp beside the tag, to all who get it
///   recipient    check_franking, before display     keeps key, content, context, stamp
///   who reports  write_report                       some messages of one conversation
///   platform     VerifiedReport::verify             a pure function
///
/// Nobody but the platform can tell a true report from an invented one: it proves nothing to anyone
/// else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/ids.hpp>
#include <sotto/secret.hpp>

namespace sotto {

/// The key of one message's tag. It stands inside that message's content: fresh for each message,
/// the same for all devices that get it.
using FrankingKey = Secret<struct FrankingKeyRole, 32>;

/// What commits a sender to one content. Says nothing about it to who has not the key.
using FrankingTag = Public<struct FrankingTagRole, 32>;

/// The platform's own key. It never leaves the platform.
using PlatformKey = Secret<struct PlatformKeyRole, 32>;

/// What only the platform can make and check: that it passed on a message of this tag, from whom,
/// to whom and when.
using FrankingStamp = Public<struct FrankingStampRole, 32>;

/// What the platform itself knows of a message that it passes on.
struct FrankingContext {
  UserId sender;                    ///< whom the platform took the message from
  std::uint32_t sender_device = 0;  ///< and on which device
  UserId recipient;
  ConversationId conversation;
  Instant at{};               ///< by the platform's clock, not before 1970
  std::uint64_t counter = 0;  ///< the platform's number in this conversation, from 1, without gaps

  friend bool operator==(const FrankingContext&, const FrankingContext&) noexcept = default;
};

/// A key for one message. Errors: `entropy_failed`.
[[nodiscard]] Result<FrankingKey> new_franking_key(Entropy& entropy) noexcept;

/// The tag of a message: HMAC-SHA256 under `key` of the whole content, without padding, which holds
/// `key` itself [FR-1-1].
[[nodiscard]] FrankingTag frank(const FrankingKey& key, Bytes content) noexcept;

/// Whether `tag` is that of `content` under the key that stands in it. A recipient calls this
/// before anything of the message is shown, and drops the message when it fails: it could not be
/// reported [FR-1-2]. Constant time in all but the size. Errors: `authentication_failed`,
/// `backend_unavailable`.
[[nodiscard]] Result<void> check_franking(const FrankingKey& key, Bytes content,
                                          const FrankingTag& tag) noexcept;

/// The platform's side: stamp a tag that it passes on, once for each message [FR-2-1]. Errors:
/// `malformed` (counter 0 or above 2^63 - 1, a time before 1970), `backend_unavailable`.
[[nodiscard]] Result<FrankingStamp> franking_stamp(const PlatformKey& platform,
                                                   const FrankingTag& tag,
                                                   const FrankingContext& context) noexcept;

/// A message that somebody reports. Its key is made public by that.
struct ReportedMessage {
  FrankingContext context;
  FrankingStamp stamp;
  FrankingKey key;
  Viewed<Bytes> content;  ///< 1 to 65,536 bytes
};

inline constexpr std::size_t report_max_messages = 256;
inline constexpr std::size_t report_max_content_bytes = 65'536;

/// The size of a report's beginning, and of each message beside its content [FR-3-1].
inline constexpr std::size_t report_head_bytes = 1 + 32 + 2;
inline constexpr std::size_t report_message_bytes = 8 + 8 + 32 + 4 + 32 + 32 + 32 + 4;

/// How many bytes the report of these messages has. Errors: `malformed`, as `write_report`.
[[nodiscard]] Result<std::size_t> report_size(std::span<const ReportedMessage> messages) noexcept;

/// Write the report of 1 to 256 messages of one conversation, whoever sent them, in the order of
/// their counters [FR-3-1]. Errors: `malformed` (none or too many, of several conversations, not in
/// strictly ascending order, a context that nobody stamps, no content or too much),
/// `buffer_too_small`, `buffers_overlap`.
[[nodiscard]] Result<MutableBytes> write_report(MutableBytes out,
                                                std::span<const ReportedMessage> messages) noexcept;

/// A message of a report, as the platform may believe it.
struct VerifiedMessage {
  FrankingContext context;
  /// Messages of the conversation between the one before in the report, or the conversation's
  /// beginning, and this one: what was left out.
  std::uint64_t gap_before = 0;
  Bytes content;  ///< a view of the report
};

/// A report that is true: each of its messages passed this platform as it says. Move-only.
class VerifiedReport {
 public:
  /// Check a report; `report` must outlive the answer. The work is one pass over its bytes. Errors:
  /// `unsupported_version`, `malformed`, `authentication_failed` (at least one message was not
  /// passed on so), `out_of_memory`, `backend_unavailable` [FR-4-1].
  [[nodiscard]] static Result<VerifiedReport> verify(const PlatformKey& platform,
                                                     Bytes report) noexcept;

  /// In the order in which the platform passed them on.
  [[nodiscard]] std::span<const VerifiedMessage> messages() const noexcept {
    return {messages_.get(), count_};
  }
  [[nodiscard]] const ConversationId& conversation() const noexcept {
    return messages_[0].context.conversation;
  }

 private:
  VerifiedReport(std::unique_ptr<VerifiedMessage[]> messages, std::size_t count) noexcept
      : messages_(std::move(messages)), count_(count) {}

  std::unique_ptr<VerifiedMessage[]> messages_;
  std::size_t count_;
};

}  // namespace sotto
