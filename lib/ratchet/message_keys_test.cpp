// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/message_keys.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/aes.hpp"
#include "ratchet/associated_data.hpp"
#include "ratchet/test_bytes.hpp"

namespace sotto::ratchet {
namespace {

MessageKeys keys_of(std::uint8_t seed, const Suite& suite = signal_v3) {
  return MessageKeys::derive(suite, filled<MessageSeed>(seed), crypto::zero_salt());
}

const Buffer ad = bytes_of("associated data");

Buffer sealed(const MessageKeys& keys, const Buffer& plaintext, const Buffer& before,
              const Buffer& after, std::size_t mac_bytes = 8) {
  Buffer message = before;
  message.resize(before.size() + crypto::cbc_padded_size(plaintext.size()));
  message.insert(message.end(), after.begin(), after.end());
  message.resize(message.size() + mac_bytes);
  keys.seal_into(message, before.size(), plaintext, ad);
  return message;
}

Result<MutableBytes> open(const MessageKeys& keys, Buffer& out, const Buffer& message,
                          std::size_t before, std::size_t after, const Buffer& associated = ad,
                          std::size_t mac_bytes = 8) {
  const Bytes ciphertext =
      Bytes(message).subspan(before, message.size() - before - after - mac_bytes);
  out.assign(ciphertext.size(), 0xa5);
  return keys.open(out, message, ciphertext, associated);
}

// [DR-3.1-5] [DR-5.2-5] [DR-5.2-6] [DR-6.6-1]
TEST(MessageKeys, SealIsCbcThenHmacOverAssociatedDataAndMessage) {
  const auto keys = keys_of(1);
  const Buffer message = sealed(keys, bytes_of("hello"), bytes_of("head"), bytes_of("tail"));
  Buffer body(16);
  crypto::aes256_cbc_encrypt(body, keys.cipher_key(), keys.iv(), bytes_of("hello"));
  EXPECT_TRUE(std::equal(body.begin(), body.end(), message.begin() + 4));
  Buffer mac(32);
  crypto::HmacSha256Key(keys.mac_key())
      .mac(std::span(mac).first<32>(), {ad, Bytes(message).first(message.size() - 8)});
  EXPECT_TRUE(std::equal(mac.begin(), mac.begin() + 8, message.end() - 8));
}

TEST(MessageKeys, OpensWhatWasSealed) {
  const auto keys = keys_of(1);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 64U, 1000U}) {
    const Buffer plaintext(size, 0x5a);
    const Buffer message = sealed(keys, plaintext, bytes_of("head"), bytes_of("tail"));
    Buffer out;
    const auto opened = open(keys, out, message, 4, 4);
    ASSERT_TRUE(opened) << size;
    EXPECT_TRUE(std::ranges::equal(*opened, plaintext)) << size;
  }
}

// [DR-3.1-6]
TEST(MessageKeys, EveryFlippedBitIsRefused) {
  const auto keys = keys_of(1);
  Buffer message = sealed(keys, bytes_of("hello"), bytes_of("head"), bytes_of("tail"));
  Buffer out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      message[i] ^= static_cast<std::uint8_t>(1 << bit);
      const auto opened = open(keys, out, message, 4, 4);
      ASSERT_FALSE(opened) << i << '.' << bit;
      EXPECT_EQ(opened.error(), Error::authentication_failed);
      EXPECT_EQ(out, Buffer(16, 0xa5)) << "decrypted before it was authentic";
      message[i] ^= static_cast<std::uint8_t>(1 << bit);
    }
  }
}

TEST(MessageKeys, OtherKeysOrAssociatedDataAreRefused) {
  const Buffer message = sealed(keys_of(1), bytes_of("hello"), {}, {});
  Buffer out;
  EXPECT_FALSE(open(keys_of(2), out, message, 0, 0));
  EXPECT_FALSE(open(keys_of(1), out, message, 0, 0, bytes_of("associated dat4")));
  EXPECT_FALSE(open(keys_of(1), out, message, 0, 0, {}));
  EXPECT_TRUE(open(keys_of(1), out, message, 0, 0));
}

TEST(MessageKeys, ShorterThanItsMacIsRefused) {
  Buffer out;
  const Buffer message(7);
  const auto opened = keys_of(1).open(out, message, {}, ad);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Error::authentication_failed);
}

TEST(MessageKeys, SuiteSetsMacSizeAndLabelAndSaltEnters) {
  Suite other = signal_v3;
  other.mac_bytes = 16;
  const auto keys = keys_of(1, other);
  const Buffer message = sealed(keys, bytes_of("hello"), {}, {}, 16);
  Buffer out;
  EXPECT_TRUE(open(keys, out, message, 0, 0, ad, 16));
  EXPECT_FALSE(open(keys_of(1), out, message, 0, 0));

  other.message_keys_info = "another label";
  EXPECT_NE(to_hex(keys_of(1, other).mac_key()), to_hex(keys_of(1).mac_key()));
  const auto salted = MessageKeys::derive(signal_v3, filled<MessageSeed>(1),
                                          crypto::HmacSha256Key(bytes_of("salt")));
  EXPECT_NE(to_hex(salted.mac_key()), to_hex(keys_of(1).mac_key()));
}

// [DR-3.1-8] [DR-5.1-2]
TEST(AssociatedData, SenderThenReceiverEachWithItsType) {
  const auto from = filled<IdentityPublic>(1), to = filled<IdentityPublic>(2);
  const std::string ones = to_hex(from.bytes()), twos = to_hex(to.bytes());
  EXPECT_EQ(to_hex(AssociatedData(signal_v3, from, to).bytes()), "05" + ones + "05" + twos);
  EXPECT_EQ(to_hex(AssociatedData(signal_v3, to, from).bytes()), "05" + twos + "05" + ones);
  Suite bare = signal_v3;
  bare.key_type.reset();
  EXPECT_EQ(to_hex(AssociatedData(bare, from, to).bytes()), ones + twos);
}

}  // namespace
}  // namespace sotto::ratchet
