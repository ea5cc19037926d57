// SPDX-License-Identifier: MIT OR Apache-2.0
// Contents: the head, the padding, the order.
#include <gtest/gtest.h>

#include "conversation/test_contents.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using testing::body_of;
using testing::Buffer;
using testing::buffer_of;
using testing::content_of;
using testing::error_of;
using testing::filled;
using testing::franking_key;
using testing::head_of;
using testing::message;

constexpr auto unknown_kind = static_cast<ContentKind>(0x0a00);

void append(Buffer& out, std::size_t count, std::uint8_t byte) {
  out.insert(out.end(), count, byte);
}

void append(Buffer& out, const Buffer& bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

TEST(Content, EveryByteOfTheHead) {  // [CN-1-1]
  Buffer expected{1, 0, 1, 0};
  append(expected, 16, 0x11);
  append(expected, 32, 0x22);
  append(expected, Buffer{0, 0, 0, 1, 2, 3, 4, 5});
  append(expected, Buffer{0, 0, 0, 0, 0, 0, 0, 0x33, 0, 0, 0, 0, 0, 0, 0, 0x44});
  append(expected, Buffer{0, 0, 0, 0, 0, 0, 0, 5});
  append(expected, 32, 0x55);
  append(expected, Buffer{0, 0, 0, 0, 0, 0, 0, 6});
  append(expected, 32, 0x66);
  append(expected, Buffer{2, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0x0a, 0x0b, 0x0c});
  append(expected, 32, 0x77);
  append(expected, Buffer{0, 0, 0, 2, 0x68, 0x69});
  ASSERT_EQ(expected.size(), content_head_bytes + 2);
  ContentHead head = head_of(ContentKind::text);
  head.timer.seconds = 0x01020304;
  const Buffer written = content_of(head, buffer_of("hi"));
  ASSERT_EQ(written.size(), 512U);
  EXPECT_EQ(Buffer(written.begin(), written.begin() + 207), expected);
  EXPECT_TRUE(std::all_of(written.begin() + 207, written.end(), [](auto b) { return b == 0; }));
}

TEST(Content, WhatIsWrittenIsRead) {  // [CN-1-1, CN-2-2]
  for (std::uint16_t number = 1; number <= 12; ++number) {
    const auto kind = static_cast<ContentKind>(number);
    EXPECT_EQ(is_known(kind), number <= 9);
    const ContentHead head = head_of(kind);
    const Buffer body = body_of(kind);
    const Buffer written = content_of(head, body);
    const auto read = read_content(written);
    ASSERT_TRUE(read.has_value()) << number;
    EXPECT_EQ(read->head, head);
    EXPECT_TRUE(std::ranges::equal(read->body, body));
    EXPECT_TRUE(std::ranges::equal(read->franking_key, franking_key().expose()));
    EXPECT_EQ(read->franked.data(), written.data());
    EXPECT_EQ(read->franked.size(), content_head_bytes + body.size());
    const auto reported = read_franked_content(read->franked);
    ASSERT_TRUE(reported.has_value());
    EXPECT_EQ(reported->head, head);
  }
}

TEST(Content, AKindOfANewerVersionKeepsItsBody) {  // [CN-2-2]
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, content_max_body}) {
    const Buffer body(size, 0xff);
    const Buffer written = content_of(head_of(unknown_kind), body);
    const auto read = read_content(written);
    ASSERT_TRUE(read.has_value());
    EXPECT_FALSE(is_known(read->head.kind));
    EXPECT_EQ(content_of(read->head, read->body), written);
  }
  const Buffer body(content_max_body + 1);
  Buffer room(content_max_padded + 8192);
  EXPECT_EQ(error_of(write_content(room, head_of(unknown_kind), franking_key(), body)),
            Error::malformed);
  room = content_of(head_of(unknown_kind), Buffer(content_max_body));
  room[201 + 3] = 1;  // A body of one byte more, which the padding has room for.
  EXPECT_EQ(error_of(read_content(room)), Error::malformed);
}

TEST(Content, SizeClasses) {  // [CN-3-1]
  EXPECT_EQ(padded_content_size(1), 512U);
  EXPECT_EQ(padded_content_size(512), 512U);
  EXPECT_EQ(padded_content_size(513), 1024U);
  EXPECT_EQ(padded_content_size(4096), 4096U);
  EXPECT_EQ(padded_content_size(4097), 4608U);
  EXPECT_EQ(padded_content_size(8192), 8192U);
  EXPECT_EQ(padded_content_size(8193), 9216U);
  EXPECT_EQ(padded_content_size(65536), 65536U);
  EXPECT_EQ(padded_content_size(65537), 73728U);
  EXPECT_EQ(content_max_padded, 73728U);
  std::size_t classes = 0;
  for (std::size_t size = content_head_bytes, last = 0;
       size <= content_head_bytes + content_max_body; ++size) {
    const std::size_t padded = padded_content_size(size);
    ASSERT_GE(padded, size);
    ASSERT_LT(padded - size, std::max<std::size_t>(512, size / 8));
    ASSERT_EQ(padded_content_size(padded), padded);
    classes += padded != last ? 1 : 0;
    last = padded;
  }
  EXPECT_EQ(classes, 41U);
}

TEST(Content, PaddingHasOneForm) {  // [CN-3-2]
  const ContentHead head = head_of(unknown_kind);
  for (const std::size_t size : {std::size_t{0}, 512 - content_head_bytes, std::size_t{308}}) {
    const Buffer good = content_of(head, Buffer(size, 1));
    for (std::size_t at = content_head_bytes + size; at < good.size(); ++at) {
      Buffer altered = good;
      altered[at] = 1;
      ASSERT_EQ(error_of(read_content(altered)), Error::malformed) << at;
    }
    for (const std::size_t other : {good.size() - 1, good.size() + 1, good.size() + 512}) {
      Buffer longer = good;
      longer.resize(other);
      EXPECT_EQ(error_of(read_content(longer)), Error::malformed);
    }
    const auto bare = Bytes(good).first(content_head_bytes + size);
    EXPECT_EQ(error_of(read_content(bare)).has_value(), bare.size() != 512);
    EXPECT_TRUE(read_franked_content(bare).has_value());
    if (bare.size() != good.size()) {
      EXPECT_EQ(error_of(read_franked_content(good)), Error::malformed);
    }
  }
}

TEST(Content, CutAnywhere) {  // [CN-1-2]
  const Buffer good = content_of(head_of(ContentKind::text), buffer_of("hello"));
  const Bytes franked = Bytes(good).first(content_head_bytes + 5);
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(error_of(read_content(Bytes(good).first(size))), Error::malformed) << size;
  for (std::size_t size = 0; size < franked.size(); ++size)
    ASSERT_EQ(error_of(read_franked_content(franked.first(size))), Error::malformed) << size;
  // Nor is one without a body, which some kind may allow.
  const Buffer bodiless = content_of(head_of(unknown_kind), {});
  for (std::size_t size = 0; size < content_head_bytes; ++size)
    ASSERT_EQ(error_of(read_franked_content(Bytes(bodiless).first(size))), Error::malformed);
  EXPECT_EQ(error_of(read_content(Buffer{2})), Error::unsupported_version) << "whatever follows";
}

/// The error of a good content with the byte at `at` set to `byte`.
std::optional<Error> with(std::size_t at, std::uint8_t byte) {
  Buffer bytes = content_of(head_of(ContentKind::text), buffer_of("hello"));
  bytes[at] = byte;
  const auto read = read_content(bytes);
  const auto franked = read_franked_content(Bytes(bytes).first(content_head_bytes + 5));
  EXPECT_EQ(error_of(read), error_of(franked));
  return error_of(read);
}

TEST(Content, FieldsThatAreRefused) {  // [CN-1-2, CN-2-1]
  EXPECT_EQ(with(0, 1), std::nullopt);
  for (const std::uint8_t version : Buffer{0, 2, 255})
    EXPECT_EQ(with(0, version), Error::unsupported_version);
  EXPECT_EQ(with(2, 0), Error::malformed);  // no kind
  EXPECT_EQ(with(3, 1), Error::malformed);  // flags
  EXPECT_EQ(with(3, 0x80), Error::malformed);
  EXPECT_EQ(with(52, 0x7f), std::nullopt);
  EXPECT_EQ(with(52, 0x80), Error::malformed);  // sent at
  EXPECT_EQ(with(67, 0), Error::malformed);     // order
  EXPECT_EQ(with(156, 4), Error::malformed);    // timer
  EXPECT_EQ(with(156, 0), Error::malformed);    // off, with seconds
  EXPECT_EQ(with(161, 0x80), Error::malformed);
  EXPECT_EQ(with(201, 1), Error::malformed);  // size
  EXPECT_EQ(with(204, 4), Error::malformed);  // "o" would be padding
}

TEST(Content, HeadsThatAreNotWritten) {  // [CN-1-2]
  const Buffer body = buffer_of("hello");
  const auto written = [&body](auto change) {
    ContentHead head = head_of(ContentKind::text);
    change(head);
    Buffer room(512, 0xaa);
    const auto error = error_of(write_content(room, head, franking_key(), body));
    if (error) {
      EXPECT_EQ(room, Buffer(512, 0xaa));
    }
    return error;
  };
  EXPECT_EQ(written([](ContentHead&) {}), std::nullopt);
  EXPECT_EQ(written([](ContentHead& h) { h.order = 0; }), Error::malformed);
  EXPECT_EQ(written([](ContentHead& h) { h.kind = ContentKind{}; }), Error::malformed);
  EXPECT_EQ(written([](ContentHead& h) { h.kind = ContentKind::reaction; }), Error::malformed);
  EXPECT_EQ(written([](ContentHead& h) { h.sent_at = Instant(milliseconds(-1)); }),
            Error::malformed);
  EXPECT_EQ(written([](ContentHead& h) { h.timer.seconds = 0; }), Error::malformed);
}

TEST(Content, RoomForIt) {
  const ContentHead head = head_of(ContentKind::text);
  Buffer room(511, 0xaa);
  EXPECT_EQ(error_of(write_content(room, head, franking_key(), buffer_of("hello"))),
            Error::buffer_too_small);
  EXPECT_EQ(room, Buffer(511, 0xaa));
  Buffer both(1024, 'a');
  const Bytes inside = Bytes(both).subspan(1023, 1);
  EXPECT_EQ(error_of(write_content(both, head, franking_key(), inside)), Error::buffers_overlap);
  EXPECT_EQ(both, Buffer(1024, 'a'));
  EXPECT_TRUE(write_content(MutableBytes(both).first(1023), head, franking_key(), inside));
}

TEST(Content, OrderIsTheSameEverywhere) {  // [CN-4-1, CN-4-2]
  const auto key = [](std::uint64_t order, std::uint8_t user, std::uint32_t device,
                      std::uint8_t id) {
    ContentHead head = head_of(ContentKind::text);
    head.order = order;
    head.id = message(id);
    return order_key(head, filled<UserId>(user), DeviceId{device});
  };
  EXPECT_LT(key(1, 9, 9, 9), key(2, 1, 1, 1));
  EXPECT_LT(key(2, 1, 9, 9), key(2, 2, 1, 1));
  EXPECT_LT(key(2, 2, 1, 9), key(2, 2, 2, 1));
  EXPECT_LT(key(2, 2, 2, 1), key(2, 2, 2, 2));
  EXPECT_EQ(key(2, 2, 2, 2), key(2, 2, 2, 2));
  ContentHead earlier = head_of(ContentKind::text);
  earlier.sent_at = Instant{};  // What a clock says orders nothing.
  EXPECT_EQ(order_key(earlier, UserId{}, DeviceId{}),
            order_key(head_of(ContentKind::text), UserId{}, DeviceId{}));
  EXPECT_EQ(next_order(0), 1U);
  EXPECT_EQ(next_order(UINT64_MAX - 1), UINT64_MAX);
  EXPECT_EQ(next_order(UINT64_MAX), UINT64_MAX);
}

}  // namespace
}  // namespace sotto
