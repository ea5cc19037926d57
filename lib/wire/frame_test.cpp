// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <sotto/session.hpp>

#include "wire/test_messages.hpp"

namespace sotto::wire {
namespace {

constexpr std::uint8_t mark = 0xa5;

SignalHeader header_of(std::uint32_t counter = 300, std::uint32_t previous = 7) {
  return {key_of<RatchetPublic>(0x11), counter, previous};
}

PrekeyHeader prekey_of(std::optional<OneTimePrekeyId> one_time = OneTimePrekeyId{0},
                       std::uint32_t registration = 9956, std::uint32_t id = 0xffff'ffff) {
  return {RegistrationId{registration}, one_time, SignedPrekeyId{id}, key_of<EphemeralPublic>(0x22),
          key_of<IdentityPublic>(0x33)};
}

/// Laid out, and its ciphertext and MAC filled in as the tests' messages have them.
Buffer filled(const SignalHeader& header, const PrekeyHeader* prekey, std::size_t n) {
  Buffer out(framed_size(header, prekey, n), mark);
  const auto layout = lay_out(out, header, prekey, n);
  if (!layout) return {};
  EXPECT_EQ(layout->whole.data(), out.data());
  EXPECT_EQ(layout->whole.size(), out.size());
  // Nothing is written where ciphertext and MAC will stand.
  const MutableBytes room = layout->message.subspan(layout->ciphertext_at, n);
  const MutableBytes tag = layout->message.last(mac_bytes);
  EXPECT_TRUE(std::ranges::all_of(room, [](auto byte) { return byte == mark; }));
  EXPECT_TRUE(std::ranges::all_of(tag, [](auto byte) { return byte == mark; }));
  EXPECT_EQ(room.data() + room.size(), tag.data());
  std::ranges::fill(room, std::uint8_t{0xcc});
  std::ranges::copy(mac(), tag.begin());
  return out;
}

TEST(Frame, a_message_is_laid_out_byte_by_byte) {
  EXPECT_EQ(testing::hex(filled(header_of(), nullptr, 16)),
            testing::hex(signal_message(signal_fields())));
}

TEST(Frame, a_prekey_message_is_laid_out_byte_by_byte) {
  const PrekeyHeader prekey = prekey_of();
  EXPECT_EQ(testing::hex(filled(header_of(), &prekey, 16)),
            testing::hex(prekey_message(prekey_fields())));
  const PrekeyHeader no_one_time = prekey_of(std::nullopt);
  EXPECT_EQ(testing::hex(filled(header_of(), &no_one_time, 16)),
            testing::hex(prekey_message(without(prekey_fields(), 0))));
}

TEST(Frame, what_is_laid_out_is_read_back_and_has_the_size_that_was_said) {
  const std::uint32_t numbers[] = {
      0, 1, 127, 128, 16'383, 16'384, 0x1f'ffff, 0x20'0000, 0xfff'ffff, 0x1000'0000, 0xffff'ffff};
  for (const std::uint32_t number : numbers) {
    for (const std::size_t n : {16U, 48U, 64U, 80U, 112U, 128U, 16'320U, 16'336U, 16'384U}) {
      const SignalHeader header = header_of(number, ~number);
      const Buffer plain = filled(header, nullptr, n);
      const auto message = parse_signal_message(plain);
      ASSERT_TRUE(message) << number << " " << n;
      EXPECT_EQ(message->counter, number);
      EXPECT_EQ(message->previous_counter, ~number);
      EXPECT_EQ(message->ratchet_key, header.ratchet_key);
      EXPECT_EQ(message->ciphertext.size(), n);
      EXPECT_EQ(message->ciphertext.front(), 0xcc);

      const PrekeyHeader prekey = prekey_of(OneTimePrekeyId{number}, ~number, number);
      const Buffer first = filled(header, &prekey, n);
      const auto outer = parse_prekey_message(first);
      ASSERT_TRUE(outer);
      EXPECT_EQ(outer->registration, RegistrationId{~number});
      EXPECT_EQ(outer->one_time_prekey_id, OneTimePrekeyId{number});
      EXPECT_EQ(outer->signed_prekey_id, SignedPrekeyId{number});
      EXPECT_EQ(outer->base_key, prekey.base_key);
      EXPECT_EQ(outer->identity, prekey.identity);
      EXPECT_EQ(testing::hex(outer->message.whole), testing::hex(plain));
    }
  }
}

TEST(Frame, a_buffer_one_byte_short_is_refused_and_untouched) {
  const PrekeyHeader prekey = prekey_of();
  for (const PrekeyHeader* given : {static_cast<const PrekeyHeader*>(nullptr), &prekey}) {
    const std::size_t size = framed_size(header_of(), given, 32);
    Buffer out(size + 3, mark);
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, size - 1}) {
      EXPECT_EQ(error_of(lay_out(MutableBytes(out).first(n), header_of(), given, 32)),
                Error::buffer_too_small);
      EXPECT_TRUE(std::ranges::all_of(out, [](auto byte) { return byte == mark; }));
    }
    const auto roomy = lay_out(out, header_of(), given, 32);
    ASSERT_TRUE(roomy);
    EXPECT_EQ(roomy->whole.size(), size);
    EXPECT_EQ(out[size], mark);
  }
}

TEST(Frame, what_no_reader_would_take_is_not_laid_out) {
  Buffer out(max_message_bytes + 64);
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{17},
                              max_message_bytes, max_message_bytes + 16, ~std::size_t{15}})
    EXPECT_EQ(error_of(lay_out(out, header_of(), nullptr, n)), Error::malformed) << n;
  // Version 1, key 35, counter 3, previous counter 2, ciphertext 5 and n, MAC 8.
  const std::size_t most = max_message_bytes - 64;
  ASSERT_EQ(framed_size(header_of(), nullptr, most), most + 54);
  EXPECT_TRUE(lay_out(out, header_of(), nullptr, most));
  EXPECT_EQ(error_of(lay_out(out, header_of(), nullptr, most + 16)), Error::malformed);
  const PrekeyHeader prekey = prekey_of();
  EXPECT_EQ(error_of(lay_out(out, header_of(), &prekey, most)), Error::malformed);
}

TEST(Frame, no_message_is_larger_than_the_app_was_told) {
  const SignalHeader largest = header_of(0xffff'ffff, 0xffff'ffff);
  const PrekeyHeader prekey = prekey_of(OneTimePrekeyId{0xffff'ffff}, 0xffff'ffff, 0xffff'ffff);
  for (const std::size_t plaintext : {std::size_t{0}, std::size_t{15}, std::size_t{16},
                                      std::size_t{1'000}, max_message_bytes - 300}) {
    const std::size_t n = (plaintext / 16 + 1) * 16;
    EXPECT_LE(framed_size(largest, &prekey, n), max_message_size(plaintext));
  }
}

}  // namespace
}  // namespace sotto::wire
