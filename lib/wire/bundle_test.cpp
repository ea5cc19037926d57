// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "wire/test_messages.hpp"

namespace sotto::wire {
namespace {

std::optional<Error> refusal(const Buffer& bytes) {
  return error_of(parse_bundle(bytes));
}

DeviceBundle device_bundle() {
  std::array<std::uint8_t, 64> signature;
  signature.fill(0x66);
  return {RegistrationId{9956}, DeviceId{2},
          Bundle{key_of<IdentityPublic>(0x33), SignedPrekeyId{300},
                 key_of<SignedPrekeyPublic>(0x55), Signature(signature),
                 Bundle::OneTime{OneTimePrekeyId{0}, key_of<OneTimePrekeyPublic>(0x88)}}};
}

TEST(WireBundle, is_written_and_read_byte_by_byte) {
  std::array<std::uint8_t, max_bundle_bytes> room;
  const auto written = write_bundle(room, device_bundle());
  ASSERT_TRUE(written);
  const Buffer bytes = bundle(bundle_fields());
  EXPECT_EQ(testing::hex(*written), testing::hex(bytes));
  EXPECT_EQ(testing::hex(Bytes(bytes).first(8)), "3308e44d10021a21");
  EXPECT_EQ(parse_bundle(bytes), device_bundle());

  DeviceBundle without_one_time = device_bundle();
  without_one_time.keys.one_time.reset();
  const auto shorter = write_bundle(room, without_one_time);
  ASSERT_TRUE(shorter);
  EXPECT_EQ(testing::hex(*shorter), testing::hex(bundle(without(without(bundle_fields(), 7), 6))));
  EXPECT_EQ(parse_bundle(*shorter), without_one_time);
}

TEST(WireBundle, fits_into_the_bytes_that_are_said_and_not_into_fewer_than_it_has) {
  DeviceBundle largest = device_bundle();
  largest.registration = RegistrationId{0xffff'ffff};
  largest.device = DeviceId{0xffff'ffff};
  largest.keys.signed_prekey_id = SignedPrekeyId{0xffff'ffff};
  largest.keys.one_time->id = OneTimePrekeyId{0xffff'ffff};
  std::array<std::uint8_t, max_bundle_bytes> room;
  const auto written = write_bundle(room, largest);
  ASSERT_TRUE(written);
  const std::size_t size = written->size();
  EXPECT_EQ(size, 196U);
  EXPECT_EQ(parse_bundle(*written), largest);
  for (std::size_t n = 0; n < size; ++n) {
    room.fill(0xa5);
    EXPECT_EQ(error_of(write_bundle(MutableBytes(room).first(n), largest)),
              Error::buffer_too_small);
    EXPECT_TRUE(std::ranges::all_of(room, [](auto byte) { return byte == 0xa5; })) << n;
  }
  EXPECT_TRUE(write_bundle(MutableBytes(room).first(size), largest));
}

TEST(WireBundle, has_version_3) {
  for (unsigned byte = 0; byte < 256; ++byte)
    EXPECT_EQ(refusal(bundle(bundle_fields(), static_cast<std::uint8_t>(byte))),
              byte >> 4 == 3 ? std::nullopt : std::optional(Error::unsupported_version));
  EXPECT_EQ(refusal({}), Error::malformed);
}

TEST(WireBundle, all_but_the_one_time_prekey_is_required_and_that_has_both_parts) {
  const auto fields = bundle_fields();
  for (std::size_t i = 0; i < fields.size(); ++i)
    EXPECT_EQ(refusal(bundle(without(fields, i))), Error::malformed) << i;
}

TEST(WireBundle, no_part_of_one_is_one_but_the_one_without_one_time_prekey) {
  const Buffer bytes = bundle(bundle_fields());
  const std::size_t shorter = bundle(without(without(bundle_fields(), 7), 6)).size();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_EQ(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}),
              n == shorter ? std::nullopt : std::optional(Error::malformed))
        << n;
}

TEST(WireBundle, keys_and_signature_have_their_size) {
  for (const std::size_t number : {3U, 5U, 8U}) {
    for (std::size_t n = 0; n < 70; ++n) {
      Buffer key(n, 0x11);
      if (n > 0) key[0] = 0x05;
      EXPECT_EQ(parse_bundle(bundle(with(bundle_fields(), number - 1, pb::bytes(number, key))))
                    .has_value(),
                n == 33);
    }
    Buffer other = key33(1);
    other[0] = 0x08;
    EXPECT_EQ(refusal(bundle(with(bundle_fields(), number - 1, pb::bytes(number, other)))),
              Error::malformed);
  }
  for (std::size_t n = 0; n < 130; ++n)
    EXPECT_EQ(parse_bundle(bundle(with(bundle_fields(), 5, pb::bytes(6, Buffer(n))))).has_value(),
              n == 64);
}

TEST(WireBundle, a_field_stands_once_is_of_its_type_and_of_32_bits) {
  const auto once = bundle_fields();
  for (std::size_t i = 0; i < once.size(); ++i) {
    for (std::size_t at = 0; at <= once.size(); ++at)
      EXPECT_EQ(refusal(bundle(inserted(once, at, once[i]))), Error::malformed) << i;
    const bool is_number = i == 0 || i == 1 || i == 3 || i == 6;
    const Buffer other = is_number ? pb::bytes(i + 1, ciphertext()) : pb::number(i + 1, 1);
    EXPECT_EQ(refusal(bundle(with(once, i, other))), Error::malformed) << i;
    if (!is_number) continue;
    EXPECT_EQ(refusal(bundle(with(once, i, pb::number(i + 1, 0xffff'ffff)))), std::nullopt);
    EXPECT_EQ(refusal(bundle(with(once, i, pb::number(i + 1, std::uint64_t{1} << 32)))),
              Error::malformed);
    EXPECT_EQ(refusal(bundle(with(once, i, pb::number(i + 1, 1, 2)))), Error::malformed);
  }
}

TEST(WireBundle, unknown_fields_are_passed_over_and_what_is_no_field_is_malformed) {
  const auto fields = bundle_fields();
  for (std::size_t at = 0; at <= fields.size(); ++at) {
    for (const Buffer& unknown : unknown_fields())
      EXPECT_EQ(parse_bundle(bundle(inserted(fields, at, unknown))), device_bundle()) << at;
    // Where a KEM prekey will stand.
    for (const std::size_t number : {9U, 10U, 11U})
      EXPECT_EQ(parse_bundle(bundle(inserted(fields, at, pb::bytes(number, Buffer(1'569))))),
                device_bundle());
    for (const Buffer& wrong : no_fields())
      EXPECT_EQ(refusal(bundle(inserted(fields, at, wrong))), Error::malformed) << at;
  }
}

TEST(WireBundle, of_16_mib_is_read_and_one_byte_more_is_not) {
  const std::size_t used = bundle(bundle_fields()).size() + 2 + 4;
  for (const std::size_t more : {0U, 1U}) {
    auto fields = bundle_fields();
    fields.push_back(pb::bytes(99, Buffer(max_message_bytes - used + more)));
    EXPECT_EQ(refusal(bundle(fields)).has_value(), more == 1);
  }
}

TEST(KeyForms, are_two_functions_and_length_decides_nothing) {
  const Buffer signal = key33(0x11);
  const Buffer raw(32, 0x11);
  EXPECT_EQ(from_signal_key<IdentityPublic>(signal), key_of<IdentityPublic>(0x11));
  EXPECT_EQ(from_raw_key<IdentityPublic>(raw), key_of<IdentityPublic>(0x11));
  EXPECT_EQ(error_of(from_signal_key<IdentityPublic>(raw)), Error::malformed);
  EXPECT_EQ(error_of(from_raw_key<IdentityPublic>(signal)), Error::malformed);
  EXPECT_EQ(error_of(from_raw_key<IdentityPublic>(Bytes(raw).first(31))), Error::malformed);
  const auto again = signal_key(key_of<IdentityPublic>(0x11));
  EXPECT_EQ(testing::hex(again), testing::hex(signal));
}

}  // namespace
}  // namespace sotto::wire
