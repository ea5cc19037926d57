// SPDX-License-Identifier: MIT OR Apache-2.0
// The bodies of contents: limits on both sides.
#include <numeric>

#include <gtest/gtest.h>

#include "conversation/test_contents.hpp"
#include "conversation/utf8.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::body_of;
using testing::Buffer;
using testing::buffer_of;
using testing::error_of;
using testing::message;

bool is_utf8(std::string_view text) {
  return conversation::is_utf8(conversation::bytes_of(text));
}

TEST(Utf8, BothSidesOfEveryLimit) {  // [CN-5-1]
  using std::string_view_literals::operator""sv;
  for (const auto good : {""sv, "\0"sv, "\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv,
                          "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xef\xbf\xbf"sv,
                          "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv, "a\xc3\xa4z"sv})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto bad : {"\x80"sv,
                         "\xbf"sv,
                         "\xc0\x80"sv,
                         "\xc1\xbf"sv,
                         "\xc2"sv,
                         "\xc2\x7f"sv,
                         "\xc2\xc0"sv,
                         "\xe0\x9f\xbf"sv,
                         "\xe0\xa0"sv,
                         "\xe0\xa0\x7f"sv,
                         "\xe1\x7f\x80"sv,
                         "\xed\xa0\x80"sv,
                         "\xed\xbf\xbf"sv,
                         "\xf0\x8f\xbf\xbf"sv,
                         "\xf0\x90\x80"sv,
                         "\xf0\x90\x80\xc0"sv,
                         "\xf4\x90\x80\x80"sv,
                         "\xf5\x80\x80\x80"sv,
                         "\xff"sv,
                         "a\xc3"sv})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Utf8, EveryCodePointHasOneForm) {  // [CN-5-1]
  std::size_t good = 0;
  for (std::uint32_t code = 0; code < 0x110000; code += code < 0x12000 ? 1 : 97) {
    std::string text;
    const auto tail = [&](int shift) {
      text.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f)));
    };
    if (code < 0x80) {
      text.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      text.push_back(static_cast<char>(0xc0 | code >> 6));
    } else if (code < 0x10000) {
      text.push_back(static_cast<char>(0xe0 | code >> 12));
      tail(6);
    } else {
      text.push_back(static_cast<char>(0xf0 | code >> 18));
      tail(12);
      tail(6);
    }
    if (code >= 0x80) tail(0);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    ASSERT_EQ(is_utf8(text), !surrogate) << code;
    good += surrogate ? 0 : 1;
  }
  EXPECT_GT(good, 70000U);
}

TEST(ContentBody, Text) {  // [CN-5-2]
  Buffer room(content_max_text);
  EXPECT_EQ(error_of(write_text(room, "")), Error::malformed);
  EXPECT_EQ(error_of(write_text(room, "\xff")), Error::malformed);
  EXPECT_EQ(error_of(write_text(room, std::string(content_max_text + 1, 'a'))), Error::malformed);
  EXPECT_EQ(write_text(room, std::string(content_max_text, 'a'))->size(), content_max_text);
  EXPECT_EQ(read_text(room)->size(), content_max_text);
  room.push_back('a');
  EXPECT_EQ(error_of(read_text(room)), Error::malformed);
  EXPECT_EQ(error_of(read_text({})), Error::malformed);
  EXPECT_EQ(error_of(write_text(MutableBytes(room).first(2), "abc")), Error::buffer_too_small);
}

Result<MutableBytes> attachment(std::size_t reference, std::string_view name,
                                std::string_view type) {
  static Buffer room(2048);
  const Buffer bytes(reference, 1);
  return write_attachment(room, {bytes, name, type});
}

TEST(ContentBody, AttachmentBytes) {  // [CN-5-3]
  const Buffer expected{0, 3,   9,   8,   7,   5,   'a', '.', 'p', 'n', 'g',
                        9, 'i', 'm', 'a', 'g', 'e', '/', 'p', 'n', 'g'};
  EXPECT_EQ(body_of(ContentKind::attachment), expected);
  const auto read = read_attachment(expected);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->name, "a.png");
  EXPECT_EQ(read->media_type, "image/png");
  EXPECT_TRUE(std::ranges::equal(read->reference, Buffer{9, 8, 7}));
}

TEST(ContentBody, AttachmentLimits) {  // [CN-5-3]
  const auto taken = [](std::size_t reference, std::string_view name, std::string_view type) {
    const auto written = attachment(reference, name, type);
    EXPECT_TRUE(written || written.error() == Error::malformed);
    return written && read_attachment(*written).has_value();
  };
  const std::string name(255, 'n'), type(127, 't');
  EXPECT_TRUE(taken(1, "", ""));
  EXPECT_TRUE(taken(1024, name, type));
  // Nor is any of these written.
  EXPECT_EQ(error_of(attachment(1, name + "n", "")), Error::malformed);
  EXPECT_EQ(error_of(attachment(1, "a/b", "")), Error::malformed);
  EXPECT_FALSE(taken(0, name, type));
  EXPECT_FALSE(taken(1025, name, type));
  EXPECT_FALSE(taken(1, name + "n", ""));
  EXPECT_FALSE(taken(1, "", type + "t"));
  for (const char* elsewhere :
       {"a/b", "a\\b", "..", ".", "a\n", "a\x1f", "\x1b[2J", "a\x7f", "\xff"})
    EXPECT_FALSE(taken(1, elsewhere, "")) << elsewhere;
  EXPECT_TRUE(taken(1, "...", ""));
  for (const char* other : {"a b", "\x7f", "\xc3\xa4"}) EXPECT_FALSE(taken(1, "", other)) << other;
  EXPECT_TRUE(taken(1, "", "!~"));
}

TEST(ContentBody, AttachmentsOfOthersAreHeldToTheSame) {  // [CN-5-3]
  Buffer bytes = body_of(ContentKind::attachment);
  bytes[7] = '/';
  EXPECT_EQ(error_of(read_attachment(bytes)), Error::malformed);
  bytes[7] = 'p';
  bytes.push_back(0);
  EXPECT_EQ(error_of(read_attachment(bytes)), Error::malformed);
  EXPECT_EQ(error_of(read_attachment(Buffer{0, 0, 0, 0})), Error::malformed);
  for (std::size_t size = 0; size < 21; ++size)
    EXPECT_EQ(error_of(read_attachment(Bytes(bytes).first(size))), Error::malformed) << size;
}

TEST(ContentBody, TimerChange) {  // [CN-5-4]
  Buffer room(13);
  const TimerSetting setting{TimerType::after_send, 0x010203,
                             Instant(std::chrono::milliseconds(5))};
  ASSERT_TRUE(write_timer_change(room, setting));
  EXPECT_EQ(room, (Buffer{3, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 5}));
  EXPECT_EQ(read_timer_change(room), setting);
  Buffer longer = room;
  longer.push_back(0);
  EXPECT_EQ(error_of(read_timer_change(longer)), Error::malformed);
  EXPECT_EQ(error_of(write_timer_change(room, {TimerType::after_send, 0, Instant{}})),
            Error::malformed);
  room[4] = 0;
  room[3] = 0;
  room[2] = 0;
  EXPECT_EQ(error_of(read_timer_change(room)), Error::malformed);
  EXPECT_EQ(error_of(read_timer_change(Bytes(room).first(12))), Error::malformed);
}

TEST(ContentBody, Reaction) {  // [CN-5-5]
  Buffer room(64);
  const std::string longest(32, 'a'), too_long(33, 'a');
  const auto written = write_reaction(room, {message(7), longest});
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(written->size(), 16 + 1 + 32U);
  EXPECT_EQ(read_reaction(*written)->to, message(7));
  EXPECT_EQ(read_reaction(*written)->emoji, longest);
  EXPECT_EQ(error_of(write_reaction(room, {message(7), too_long})), Error::malformed);
  EXPECT_EQ(error_of(write_reaction(room, {message(7), "\xff"})), Error::malformed);
  const auto removal = write_reaction(room, {message(7), ""});
  EXPECT_EQ(removal->size(), 17U);
  EXPECT_EQ(read_reaction(*removal)->emoji, "");
  Buffer long_one(17 + 33, 'a');
  long_one[16] = 33;
  EXPECT_EQ(error_of(read_reaction(long_one)), Error::malformed);
  long_one[16] = 32;
  EXPECT_EQ(error_of(read_reaction(long_one)), Error::malformed);
  long_one.pop_back();
  EXPECT_TRUE(read_reaction(long_one).has_value());
}

TEST(ContentBody, EditAndDelete) {  // [CN-5-6, CN-5-7]
  const Buffer edit = body_of(ContentKind::edit);
  EXPECT_EQ(edit.size(), 22U);
  EXPECT_EQ(read_edit(edit)->of, message(1));
  EXPECT_EQ(read_edit(edit)->text, "better");
  EXPECT_EQ(error_of(read_edit(Bytes(edit).first(16))), Error::malformed);
  EXPECT_EQ(error_of(read_edit(Bytes(edit).first(15))), Error::malformed);
  Buffer room(content_max_text + 17, 'a');
  EXPECT_EQ(error_of(read_edit(room)), Error::malformed);
  room.pop_back();
  EXPECT_TRUE(read_edit(room).has_value());
  EXPECT_EQ(error_of(write_edit(room, {message(1), ""})), Error::malformed);
  const std::string longest(content_max_text, 'a');
  EXPECT_TRUE(write_edit(room, {message(1), longest}).has_value());
  const Buffer deletion = body_of(ContentKind::delete_for_all);
  EXPECT_EQ(deletion, Buffer(16, 1));
  EXPECT_EQ(read_delete(deletion), message(1));
  for (const std::size_t size : {0U, 15U, 17U})
    EXPECT_EQ(error_of(read_delete(Buffer(size))), Error::malformed);
}

TEST(ContentBody, Receipts) {  // [CN-5-8]
  std::vector<MessageId> ids;
  for (unsigned i = 0; i < content_max_receipts + 1; ++i) {
    std::array<std::uint8_t, 16> id{};
    id[0] = static_cast<std::uint8_t>(i >> 8);
    id[1] = static_cast<std::uint8_t>(i);
    ids.emplace_back(id);
  }
  const std::span all(ids);
  Buffer room(2 + 16 * 257);
  EXPECT_EQ(error_of(write_receipt(room, {})), Error::malformed);
  EXPECT_EQ(error_of(write_receipt(room, all)), Error::malformed);
  const auto most = write_receipt(room, all.first(256));
  ASSERT_EQ(most->size(), 2 + 16 * 256U);
  const auto read = read_receipt(*most);
  ASSERT_EQ(read->size(), 256U);
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ((*read)[i], ids[i]);
  EXPECT_EQ(error_of(read_receipt(Bytes(*most).first(most->size() - 1))), Error::malformed);
  EXPECT_EQ(error_of(read_receipt(Bytes(room).first(most->size() + 1))), Error::malformed);
  const std::array twice{message(1), message(1)}, back{message(2), message(1)};
  EXPECT_EQ(error_of(write_receipt(room, twice)), Error::malformed);
  EXPECT_EQ(error_of(write_receipt(room, back)), Error::malformed);
  Buffer bytes = body_of(ContentKind::read_receipt);
  std::fill_n(bytes.begin() + 18, 16, std::uint8_t{1});
  EXPECT_EQ(error_of(read_receipt(bytes)), Error::malformed);
  EXPECT_EQ(error_of(read_receipt(Buffer{0, 0})), Error::malformed);
  Buffer many(2 + 16 * 257);
  many[0] = 1;
  many[1] = 1;
  for (std::size_t i = 0; i < 257; ++i) {
    many[2 + 16 * i] = static_cast<std::uint8_t>(i >> 8);
    many[3 + 16 * i] = static_cast<std::uint8_t>(i);
  }
  EXPECT_EQ(error_of(read_receipt(many)), Error::malformed);
}

TEST(ContentBody, OpaqueOnes) {  // [CN-5-9]
  for (const auto& [kind, most] : {std::pair(ContentKind::call, content_max_call),
                                   std::pair(ContentKind::device_note, content_max_device_note)}) {
    EXPECT_FALSE(is_body_of(kind, {}));
    EXPECT_TRUE(is_body_of(kind, Buffer(1)));
    EXPECT_TRUE(is_body_of(kind, Buffer(most)));
    EXPECT_FALSE(is_body_of(kind, Buffer(most + 1)));
  }
}

TEST(ContentBody, NoKindTakesNothing) {  // [CN-1-2]
  for (std::uint16_t number = 1; number <= 9; ++number) {
    const auto kind = static_cast<ContentKind>(number);
    EXPECT_TRUE(is_body_of(kind, body_of(kind))) << number;
    EXPECT_FALSE(is_body_of(kind, {})) << number;
  }
}

}  // namespace
}  // namespace sotto
