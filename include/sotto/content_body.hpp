// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bodies of contents, kind by kind. What is read is a view of the bytes handed in.
///
/// Errors of all: `malformed` (a size or text that the kind does not allow); of writers also
/// `buffer_too_small`, and then `out` is untouched up to where it ended. Text is UTF-8 in its one
/// valid form: shortest, no surrogates, up to U+10FFFF [CN-5-1].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sotto/bytes.hpp>
#include <sotto/content.hpp>

namespace sotto {

inline constexpr std::size_t content_max_text = 65'536;
inline constexpr std::size_t content_max_reference = 1024;
inline constexpr std::size_t content_max_file_name = 255;
inline constexpr std::size_t content_max_media_type = 127;
inline constexpr std::size_t content_max_reaction = 32;
inline constexpr std::size_t content_max_receipts = 256;
inline constexpr std::size_t content_max_call = 1024;
inline constexpr std::size_t content_max_device_note = 16'384;

/// Text, 1 to 65,536 bytes: the body itself [CN-5-2].
[[nodiscard]] Result<std::string_view> read_text(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_text(MutableBytes out, std::string_view text) noexcept;

/// A file that was sealed and put somewhere [CN-5-3].
struct AttachmentBody {
  Viewed<Bytes> reference;        ///< 1 to 1,024 bytes: place, key, digest, sizes; holds a secret
  Viewed<std::string_view> name;  ///< UTF-8, at most 255 bytes, no path and no control character
  Viewed<std::string_view> media_type;  ///< visible ASCII, at most 127 bytes
};
[[nodiscard]] Result<AttachmentBody> read_attachment(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_attachment(MutableBytes out,
                                                    const AttachmentBody& attachment) noexcept;

/// [CN-5-4]
[[nodiscard]] Result<TimerSetting> read_timer_change(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_timer_change(MutableBytes out,
                                                      const TimerSetting& setting) noexcept;

/// [CN-5-5]
struct ReactionBody {
  MessageId to;
  Viewed<std::string_view> emoji;  ///< UTF-8, at most 32 bytes; empty takes the reaction back
};
[[nodiscard]] Result<ReactionBody> read_reaction(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_reaction(MutableBytes out,
                                                  const ReactionBody& reaction) noexcept;

/// [CN-5-6]
struct EditBody {
  MessageId of;
  Viewed<std::string_view> text;  ///< as in `read_text`
};
[[nodiscard]] Result<EditBody> read_edit(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_edit(MutableBytes out, const EditBody& edit) noexcept;

/// [CN-5-7]
[[nodiscard]] Result<MessageId> read_delete(Bytes body) noexcept;
[[nodiscard]] Result<MutableBytes> write_delete(MutableBytes out, const MessageId& of) noexcept;

/// The messages that a receipt names, 1 to 256, ascending [CN-5-8].
class ReceiptView {
 public:
  /// Of a body that `read_receipt` took.
  explicit ReceiptView(Bytes ids) noexcept : ids_(ids) {}

  [[nodiscard]] std::size_t size() const noexcept { return ids_.size() / MessageId::size_bytes; }
  /// `i` below `size()`.
  [[nodiscard]] MessageId operator[](std::size_t i) const noexcept {
    constexpr std::size_t each = MessageId::size_bytes;
    return MessageId(ids_.subspan(i * each).first<each>());
  }

 private:
  Bytes ids_;
};
[[nodiscard]] Result<ReceiptView> read_receipt(Bytes body) noexcept;
/// `ids` ascend, none twice.
[[nodiscard]] Result<MutableBytes> write_receipt(MutableBytes out,
                                                 std::span<const MessageId> ids) noexcept;

/// Call signals (1 to 1,024 bytes) and device notes (1 to 16,384) are their bodies, and are not
/// looked into here [CN-5-9]. Unknown kinds may have any body of up to 66,560 bytes.
[[nodiscard]] bool is_body_of(ContentKind kind, Bytes body) noexcept;

}  // namespace sotto
