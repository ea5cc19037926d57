// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "wire/test_messages.hpp"

namespace sotto::wire {
namespace {

std::optional<Error> refusal(const Buffer& bytes) {
  return error_of(parse_prekey_message(bytes));
}

Buffer inside(std::uint8_t version) {
  return signal_message(signal_fields(), version);
}

/// As version 4 has it: with what a KEM adds.
std::vector<Buffer> version_4_fields() {
  auto fields = prekey_fields(inside(0x44));
  fields.push_back(pb::number(7, 0xffff'ffff));
  fields.push_back(pb::bytes(8, Buffer(1'569, 0x88)));
  return fields;
}

TEST(PrekeyMessage, is_read_as_it_is_written_down) {
  const Buffer bytes = testing::unhex(
      "33"
      " 0800"
      " 1221 05 2222222222222222222222222222222222222222222222222222222222222222"
      " 1a21 05 3333333333333333333333333333333333333333333333333333333333333333"
      " 2243 33"
      " 0a21 05 1111111111111111111111111111111111111111111111111111111111111111"
      " 10ac02 1807 2210 cccccccccccccccccccccccccccccccc f0f1f2f3f4f5f6f7"
      " 28e44d 30ffffffff0f");
  ASSERT_EQ(testing::hex(bytes), testing::hex(prekey_message(prekey_fields())));
  const auto message = parse_prekey_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->version, 3);
  EXPECT_EQ(message->current_version, 3);
  EXPECT_EQ(message->registration, RegistrationId{9956});
  EXPECT_EQ(message->one_time_prekey_id, OneTimePrekeyId{0});
  EXPECT_EQ(message->signed_prekey_id, SignedPrekeyId{0xffff'ffff});
  EXPECT_EQ(message->base_key, key_of<EphemeralPublic>(0x22));
  EXPECT_EQ(message->identity, key_of<IdentityPublic>(0x33));
  EXPECT_EQ(message->kem_prekey_id, std::nullopt);
  EXPECT_TRUE(message->kem_ciphertext.empty());
  EXPECT_EQ(message->message.whole.data(), bytes.data() + 75);
  EXPECT_EQ(testing::hex(message->message.whole), testing::hex(inside(0x33)));
  EXPECT_EQ(message->message.counter, 300U);
}

TEST(PrekeyMessage, versions_are_3_and_4_and_the_message_inside_has_the_same) {
  for (unsigned outer = 0; outer < 16; ++outer) {
    for (unsigned inner = 0; inner < 16; ++inner) {
      const auto first = [](unsigned version) {
        return static_cast<std::uint8_t>(version << 4 | 4);
      };
      auto fields = version_4_fields();
      fields[3] = pb::bytes(4, inside(first(inner)));
      const auto refused = refusal(prekey_message(fields, first(outer)));
      if (outer != 3 && outer != 4) {
        EXPECT_EQ(refused, Error::unsupported_version);
      } else if (inner != outer) {
        EXPECT_EQ(refused, Error::malformed) << outer << " " << inner;
      } else {
        EXPECT_EQ(refused, std::nullopt);
      }
    }
  }
  EXPECT_EQ(refusal({}), Error::malformed);
  // The low half is what the sender could speak, and may differ.
  EXPECT_EQ(refusal(prekey_message(prekey_fields(inside(0x34)), 0x33)), std::nullopt);
}

TEST(PrekeyMessage, what_is_required_and_what_is_not) {
  for (const std::size_t i : {1U, 2U, 3U, 5U})
    EXPECT_EQ(refusal(prekey_message(without(prekey_fields(), i))), Error::malformed) << i;
  const Buffer no_one_time = prekey_message(without(prekey_fields(), 0));
  const auto first = parse_prekey_message(no_one_time);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->one_time_prekey_id, std::nullopt);
  const Buffer no_registration = prekey_message(without(prekey_fields(), 4));
  const auto second = parse_prekey_message(no_registration);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->registration, std::nullopt);
}

TEST(PrekeyMessage, a_kem_prekey_comes_with_its_ciphertext_and_version_4_with_both) {
  const auto both = version_4_fields();
  const Buffer bytes = prekey_message(both, 0x44);
  const auto message = parse_prekey_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->kem_prekey_id, 0xffff'ffffU);
  EXPECT_EQ(message->kem_ciphertext.size(), 1'569U);

  EXPECT_EQ(refusal(prekey_message(without(both, 6), 0x44)), Error::malformed);
  EXPECT_EQ(refusal(prekey_message(without(both, 7), 0x44)), Error::malformed);
  EXPECT_EQ(refusal(prekey_message(without(without(both, 7), 6), 0x44)), Error::malformed);
  EXPECT_EQ(refusal(prekey_message(with(both, 7, pb::bytes(8, {})), 0x44)), Error::malformed);

  const auto at_3 = with(both, 3, pb::bytes(4, inside(0x33)));
  EXPECT_EQ(refusal(prekey_message(at_3)), std::nullopt);
  EXPECT_EQ(refusal(prekey_message(without(at_3, 6))), Error::malformed);
  EXPECT_EQ(refusal(prekey_message(without(at_3, 7))), Error::malformed);
}

TEST(PrekeyMessage, no_part_of_one_is_one_unless_it_ends_behind_what_is_required) {
  const Buffer bytes = prekey_message(prekey_fields());
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_EQ(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}),
              Error::malformed)
        << n;
}

TEST(PrekeyMessage, every_part_of_the_message_inside_is_refused) {
  const Buffer whole = inside(0x33);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(refusal(prekey_message(prekey_fields(cut))), Error::malformed) << n;
  }
}

TEST(PrekeyMessage, a_refused_version_inside_is_malformed) {
  EXPECT_EQ(refusal(prekey_message(prekey_fields(inside(0x23)))), Error::malformed);
}

TEST(PrekeyMessage, keys_are_33_bytes_that_begin_with_05) {
  for (const std::size_t i : {1U, 2U}) {
    for (std::size_t n = 0; n < 70; ++n) {
      Buffer key(n, 0x11);
      if (n > 0) key[0] = 0x05;
      const auto fields = with(prekey_fields(), i, pb::bytes(i + 1, key));
      EXPECT_EQ(parse_prekey_message(prekey_message(fields)).has_value(), n == 33) << n;
    }
    Buffer other = key33(1);
    other[0] = 0x04;
    EXPECT_EQ(refusal(prekey_message(with(prekey_fields(), i, pb::bytes(i + 1, other)))),
              Error::malformed);
  }
}

TEST(PrekeyMessage, numbers_have_32_bits_in_the_fewest_bytes) {
  for (const std::size_t number : {1U, 5U, 6U, 7U}) {
    const auto refused = [&](std::uint64_t value, std::size_t least_bytes = 1) {
      return refusal(prekey_message(
          with(version_4_fields(), number - 1, pb::number(number, value, least_bytes)), 0x44));
    };
    EXPECT_EQ(refused(0), std::nullopt);
    EXPECT_EQ(refused(0xffff'ffff), std::nullopt);
    EXPECT_EQ(refused(std::uint64_t{1} << 32), Error::malformed);
    EXPECT_EQ(refused(~std::uint64_t{0}), Error::malformed);
    EXPECT_EQ(refused(1, 2), Error::malformed);
    EXPECT_EQ(refused(1, 10), Error::malformed);
  }
}

TEST(PrekeyMessage, a_field_stands_once_and_is_of_its_type) {
  const auto once = version_4_fields();
  for (std::size_t i = 0; i < once.size(); ++i) {
    for (std::size_t at = 0; at <= once.size(); ++at)
      EXPECT_EQ(refusal(prekey_message(inserted(once, at, once[i]), 0x44)), Error::malformed) << i;
    const bool is_number = i == 0 || (i >= 4 && i <= 6);
    for (const Buffer& other : {is_number ? pb::bytes(i + 1, ciphertext()) : pb::number(i + 1, 1),
                                pb::fixed32(i + 1), pb::fixed64(i + 1)})
      EXPECT_EQ(refusal(prekey_message(with(once, i, other), 0x44)), Error::malformed) << i;
  }
}

TEST(PrekeyMessage, unknown_fields_are_passed_over_and_what_is_no_field_is_malformed) {
  const auto fields = prekey_fields();
  for (std::size_t at = 0; at <= fields.size(); ++at) {
    for (const Buffer& unknown : unknown_fields())
      EXPECT_EQ(refusal(prekey_message(inserted(fields, at, unknown))), std::nullopt) << at;
    for (const Buffer& wrong : no_fields())
      EXPECT_EQ(refusal(prekey_message(inserted(fields, at, wrong))), Error::malformed)
          << at << " " << testing::hex(wrong);
  }
}

TEST(PrekeyMessage, fields_come_in_any_order) {
  auto fields = version_4_fields();
  std::ranges::reverse(fields);
  const Buffer bytes = prekey_message(fields, 0x44);
  const auto message = parse_prekey_message(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->base_key, key_of<EphemeralPublic>(0x22));
  EXPECT_EQ(message->message.counter, 300U);
}

TEST(PrekeyMessage, of_16_mib_is_read_and_one_byte_more_is_not) {
  const std::size_t used = prekey_message(prekey_fields()).size() + 2 + 4;
  for (const std::size_t more : {0U, 1U}) {
    auto fields = prekey_fields();
    fields.push_back(pb::bytes(99, Buffer(max_message_bytes - used + more)));
    const Buffer bytes = prekey_message(fields);
    ASSERT_EQ(bytes.size(), max_message_bytes + more);
    EXPECT_EQ(refusal(bytes).has_value(), more == 1);
  }
}

}  // namespace
}  // namespace sotto::wire
