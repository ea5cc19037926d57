// SPDX-License-Identifier: MIT OR Apache-2.0
// One sealed file opens to one file, which AES-GCM cannot promise: its "invisible salamander" is
// made here, by the equation that a tag of GCM is.
#include <array>

#include "conversation/test_attachment.hpp"
#include "crypto/aes_gcm.hpp"

namespace sotto::conversation {
namespace {

using Block = std::array<std::uint8_t, 16>;

/// An element of GCM's field; its first bit is the highest one here (NIST SP 800-38D §6.3).
struct Element {
  std::uint64_t high = 0, low = 0;

  friend Element operator+(Element a, Element b) { return {a.high ^ b.high, a.low ^ b.low}; }
  friend Element operator*(Element a, Element b) {
    Element product;
    for (unsigned bit = 0; bit < 128; ++bit) {
      const bool set = ((bit < 64 ? a.high >> (63 - bit) : a.low >> (127 - bit)) & 1) != 0;
      if (set) product = product + b;
      const bool carry = (b.low & 1) != 0;
      b = {b.high >> 1, b.low >> 1 | b.high << 63};
      if (carry) b.high ^= 0xe1ULL << 56;
    }
    return product;
  }
};

Element inverse(Element a) {  // a^(2^128 - 2)
  Element result{std::uint64_t{1} << 63, 0};
  for (int i = 0; i < 127; ++i) {
    a = a * a;
    result = result * a;
  }
  return result;
}

Element element_of(const Block& block) {
  Element e;
  for (std::size_t i = 0; i < 8; ++i) {
    e.high = e.high << 8 | block[i];
    e.low = e.low << 8 | block[8 + i];
  }
  return e;
}

Block block_of(Element e) {
  Block block;
  for (std::size_t i = 0; i < 8; ++i) {
    block[i] = static_cast<std::uint8_t>(e.high >> (56 - 8 * i));
    block[8 + i] = static_cast<std::uint8_t>(e.low >> (56 - 8 * i));
  }
  return block;
}

/// AES of one block: the keystream of that counter.
Element cipher(Bytes key, const Block& block) {
  Block out{};
  crypto::AesCtr::create(key)->apply(out, block, Block{});
  return element_of(out);
}

const Buffer key_a(32, 0xa1), key_b(32, 0xb2), nonce(12, 7);
const Block zero{}, first{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 1};

/// tag = C H^2 + L H + E(J0), for one block C of ciphertext and L its length in bits.
constexpr Element length{0, 128};

Element tag(Bytes key, Element ciphertext) {
  const Element h = cipher(key, zero);
  return ciphertext * h * h + length * h + cipher(key, first);
}

TEST(AttachmentCommitment, UnderGcmOneCiphertextOpensTwice) {
  const Element a = cipher(key_a, zero), b = cipher(key_b, zero);
  const Element ciphertext =
      (length * (a + b) + cipher(key_a, first) + cipher(key_b, first)) * inverse(a * a + b * b);
  const Block block = block_of(ciphertext), mac = block_of(tag(key_a, ciphertext));
  Buffer sealed(block.begin(), block.end());
  sealed.insert(sealed.end(), mac.begin(), mac.end());
  Buffer for_recipient(16), for_platform(16);
  const crypto::AesGcm::Nonce n = std::span(nonce).first<12>();
  ASSERT_TRUE(crypto::AesGcm::create(key_a)->open(for_recipient, n, sealed, {}));
  ASSERT_TRUE(crypto::AesGcm::create(key_b)->open(for_platform, n, sealed, {}));
  EXPECT_NE(for_recipient, for_platform);
}

TEST(AttachmentCommitment, ASealedFileOpensUnderOneKey) {  // [AT-3-2]
  const auto sealed = seal_file(file_of(100));
  for (const Buffer& other : {key_a, key_b}) {
    const AttachmentReference reference{AttachmentKey(std::span(other).first<32>()),
                                        sealed.reference.digest, sealed.reference.size};
    EXPECT_EQ(open_in_parts(reference, sealed.bytes, 10000).error, Error::authentication_failed);
    // Who made both keys may give the other file tags and a digest of its own; not the same.
    SealedFile forged{sealed.bytes, copy_of(reference)};
    TestKeys(reference.key, reference.size).tag_again(forged);
    EXPECT_EQ(open_file(forged).error, Error::malformed) << "its padding is none";
    EXPECT_NE(forged.bytes, sealed.bytes);
    EXPECT_NE(forged.reference.digest, sealed.reference.digest);
  }
}

TEST(AttachmentCommitment, AndAtOneSize) {  // [AT-3-2]
  Buffer file = file_of(100);
  file.back() = 0;
  auto sealed = seal_file(file);
  ASSERT_EQ(open_file(sealed).error, std::nullopt);
  sealed.reference.size = 99;
  EXPECT_EQ(open_file(sealed).error, Error::authentication_failed)
      << "its last byte would be padding";
  sealed.reference.size = 101;
  EXPECT_EQ(open_file(sealed).error, Error::authentication_failed);
}

}  // namespace
}  // namespace sotto::conversation
