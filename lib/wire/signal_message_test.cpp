// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "wire/test_messages.hpp"

namespace sotto::wire {
namespace {

std::optional<Error> refusal(const Buffer& bytes) {
  return error_of(parse_signal_message(bytes));
}

TEST(SignalMessage, is_read_as_it_is_written_down) {
  // Every byte by hand: 300 is ac 02.
  const Buffer bytes = testing::unhex(
      "33"
      " 0a21 05 1111111111111111111111111111111111111111111111111111111111111111"
      " 10ac02 1807"
      " 2210 cccccccccccccccccccccccccccccccc"
      " f0f1f2f3f4f5f6f7");
  ASSERT_EQ(bytes, signal_message(signal_fields()));
  const auto message = parse_signal_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->version, 3);
  EXPECT_EQ(message->current_version, 3);
  EXPECT_EQ(message->ratchet_key, key_of<RatchetPublic>(0x11));
  EXPECT_EQ(message->counter, 300U);
  EXPECT_EQ(message->previous_counter, 7U);
  EXPECT_EQ(message->ciphertext.data(), bytes.data() + 43);
  EXPECT_EQ(message->ciphertext.size(), 16U);
  EXPECT_EQ(message->mac.data(), bytes.data() + bytes.size() - 8);
  EXPECT_EQ(message->mac.size(), 8U);
  EXPECT_EQ(message->whole.data(), bytes.data());
  EXPECT_EQ(message->whole.size(), bytes.size());
  EXPECT_TRUE(message->pq_ratchet.empty());
  EXPECT_TRUE(message->addresses.empty());
}

TEST(SignalMessage, only_the_high_half_of_the_first_byte_decides_on_the_version) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto message =
        parse_signal_message(signal_message(signal_fields(), static_cast<std::uint8_t>(byte)));
    if (byte >> 4 == 3 || byte >> 4 == 4) {
      ASSERT_TRUE(message) << byte;
      EXPECT_EQ(message->version, byte >> 4);
      EXPECT_EQ(message->current_version, byte & 15);
    } else {
      EXPECT_EQ(error_of(message), Error::unsupported_version) << byte;
    }
  }
  EXPECT_EQ(refusal({}), Error::malformed);
  EXPECT_EQ(refusal({0x23}), Error::unsupported_version);
}

TEST(SignalMessage, key_counter_and_ciphertext_are_required_and_the_previous_counter_is_not) {
  for (const std::size_t i : {0U, 1U, 3U})
    EXPECT_EQ(refusal(signal_message(without(signal_fields(), i))), Error::malformed) << i;
  const Buffer bytes = signal_message(without(signal_fields(), 2));
  const auto message = parse_signal_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->previous_counter, 0U);
}

TEST(SignalMessage, no_part_of_one_is_one) {
  const Buffer bytes = signal_message(signal_fields());
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_EQ(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}),
              Error::malformed)
        << n;
}

TEST(SignalMessage, a_key_is_33_bytes_that_begin_with_05) {
  for (std::size_t n = 0; n < 70; ++n) {
    Buffer key(n, 0x11);
    if (n > 0) key[0] = 0x05;
    const auto fields = with(signal_fields(), 0, pb::bytes(1, key));
    EXPECT_EQ(parse_signal_message(signal_message(fields)).has_value(), n == 33) << n;
  }
  for (unsigned type = 0; type < 256; ++type) {
    Buffer key = key33(0x11);
    key[0] = static_cast<std::uint8_t>(type);
    const auto fields = with(signal_fields(), 0, pb::bytes(1, key));
    EXPECT_EQ(parse_signal_message(signal_message(fields)).has_value(), type == 5) << type;
  }
}

TEST(SignalMessage, a_ciphertext_is_whole_blocks_and_at_least_one) {
  for (std::size_t n = 0; n <= 200; ++n) {
    const auto fields = with(signal_fields(), 3, pb::bytes(4, ciphertext(n)));
    EXPECT_EQ(parse_signal_message(signal_message(fields)).has_value(), n > 0 && n % 16 == 0) << n;
  }
}

TEST(SignalMessage, counters_have_32_bits_in_the_fewest_bytes) {
  for (const std::size_t i : {1U, 2U}) {
    const auto refused = [&](std::uint64_t value, std::size_t least_bytes = 1) {
      return refusal(
          signal_message(with(signal_fields(), i, pb::number(i + 1, value, least_bytes))));
    };
    for (const std::uint64_t good :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{0xffff'ffff}})
      EXPECT_EQ(refused(good), std::nullopt) << good;
    for (const std::uint64_t beyond : {std::uint64_t{1} << 32, (std::uint64_t{1} << 32) + 300,
                                       std::uint64_t{1} << 63, ~std::uint64_t{0}})
      EXPECT_EQ(refused(beyond), Error::malformed) << beyond;
    for (const std::size_t padded : {3U, 5U, 9U, 10U, 11U})
      EXPECT_EQ(refused(300, padded), Error::malformed) << padded;
    EXPECT_EQ(refused(300, 2), std::nullopt);
  }
}

TEST(SignalMessage, lengths_are_in_the_fewest_bytes) {
  EXPECT_EQ(refusal(signal_message(with(signal_fields(), 0, pb::bytes(1, key33(1), 0, 2)))),
            Error::malformed);
  EXPECT_EQ(refusal(signal_message(with(signal_fields(), 3, pb::bytes(4, ciphertext(), 0, 5)))),
            Error::malformed);
  // As 32 bits this length would be right.
  EXPECT_EQ(refusal(signal_message(
                with(signal_fields(), 3, pb::bytes(4, ciphertext(), std::uint64_t{1} << 32)))),
            Error::malformed);
}

TEST(SignalMessage, a_field_stands_once_and_is_of_its_type) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto once = signal_fields();
    for (std::size_t at = 0; at <= 4; ++at)
      EXPECT_EQ(refusal(signal_message(inserted(once, at, once[i]))), Error::malformed) << i;
    const bool is_number = i == 1 || i == 2;
    for (const Buffer& other : {is_number ? pb::bytes(i + 1, ciphertext()) : pb::number(i + 1, 1),
                                pb::fixed32(i + 1), pb::fixed64(i + 1)})
      EXPECT_EQ(refusal(signal_message(with(once, i, other))), Error::malformed) << i;
  }
}

TEST(SignalMessage, fields_come_in_any_order) {
  std::vector<std::size_t> order = {0, 1, 2, 3};
  std::size_t orders = 0;
  do {
    std::vector<Buffer> fields;
    for (const std::size_t i : order) fields.push_back(signal_fields()[i]);
    const Buffer bytes = signal_message(fields);
    const auto message = parse_signal_message(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->counter, 300U);
    EXPECT_EQ(message->ratchet_key, key_of<RatchetPublic>(0x11));
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(orders, 24U);
}

TEST(SignalMessage, unknown_fields_are_passed_over_and_what_is_no_field_is_malformed) {
  for (std::size_t at = 0; at <= 4; ++at) {
    for (const Buffer& unknown : unknown_fields())
      EXPECT_EQ(refusal(signal_message(inserted(signal_fields(), at, unknown))), std::nullopt)
          << at << " " << testing::hex(unknown);
    for (const Buffer& wrong : no_fields())
      EXPECT_EQ(refusal(signal_message(inserted(signal_fields(), at, wrong))), Error::malformed)
          << at << " " << testing::hex(wrong);
  }
}

TEST(SignalMessage, what_version_4_adds_is_unknown_to_version_3) {
  auto fields = signal_fields();
  fields.push_back(pb::bytes(5, Buffer(37, 0x55)));
  fields.push_back(pb::bytes(6, Buffer(36, 0x66)));
  const Buffer four = signal_message(fields, 0x44);
  const auto message = parse_signal_message(four);
  ASSERT_TRUE(message);
  EXPECT_EQ(testing::hex(message->pq_ratchet), testing::hex(Buffer(37, 0x55)));
  EXPECT_EQ(testing::hex(message->addresses), testing::hex(Buffer(36, 0x66)));

  const Buffer three = signal_message(fields, 0x34);
  const auto older = parse_signal_message(three);
  ASSERT_TRUE(older);
  EXPECT_TRUE(older->pq_ratchet.empty());
  EXPECT_TRUE(older->addresses.empty());

  for (const std::size_t number : {5U, 6U}) {
    const std::size_t i = number - 1;
    const auto refused = [&](std::vector<Buffer> changed, std::uint8_t version) {
      return refusal(signal_message(changed, version));
    };
    EXPECT_EQ(refused(inserted(fields, i, fields[i]), 0x44), Error::malformed);
    EXPECT_EQ(refused(inserted(fields, i, fields[i]), 0x33), std::nullopt);
    EXPECT_EQ(refused(with(fields, i, pb::number(number, 1)), 0x44), Error::malformed);
    EXPECT_EQ(refused(with(fields, i, pb::number(number, 1)), 0x33), std::nullopt);
    EXPECT_EQ(refused(without(fields, i), 0x44), std::nullopt);
  }
  for (std::size_t n = 0; n < 80; ++n)
    EXPECT_EQ(
        parse_signal_message(signal_message(with(fields, 5, pb::bytes(6, Buffer(n, 0x66))), 0x44))
            .has_value(),
        n == 36);
}

TEST(SignalMessage, of_16_mib_is_read_and_one_byte_more_is_not) {
  // Version 1, key 35, counter 3, previous counter 2, ciphertext 5 and n, MAC 8, and an unknown
  // field of the bytes that are left: tag 2, length 1, content.
  const std::size_t n = max_message_bytes - 64;
  const std::size_t rest = max_message_bytes - (1 + 35 + 3 + 2 + 5 + n + 8) - 3;
  ASSERT_LT(rest, 128U);
  for (const std::size_t more : {0U, 1U}) {
    auto fields = with(signal_fields(), 3, pb::bytes(4, ciphertext(n)));
    fields.push_back(pb::bytes(99, Buffer(rest + more)));
    const Buffer bytes = signal_message(fields);
    ASSERT_EQ(bytes.size(), max_message_bytes + more);
    EXPECT_EQ(refusal(bytes).has_value(), more == 1);
  }
}

}  // namespace
}  // namespace sotto::wire
