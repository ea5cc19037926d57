// SPDX-License-Identifier: MIT OR Apache-2.0
// Encrypted header extensions [RFC 6904], alone and in packets of every profile.
#include "media/header_extension.hpp"

#include <algorithm>
#include <array>

#include "crypto/aes.hpp"
#include "media/cm_iv.hpp"
#include "media/srtp_kdf.hpp"
#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::every_srtp_profile;
using testing::unhex;

const Packet ids{1, 3, 4};

/// A packet with one extension block; `form` is "defined by profile".
Packet with_extension(std::uint16_t seq, std::uint16_t form, Packet elements,
                      std::uint8_t csrcs = 0) {
  Packet packet = testing::rtp({.seq = seq, .payload_bytes = 0, .csrcs = csrcs});
  packet[0] |= 0x10;
  while (elements.size() % 4 != 0) elements.push_back(0);
  for (const std::size_t value : {std::size_t{form}, elements.size() / 4}) {
    packet.push_back(static_cast<std::uint8_t>(value >> 8));
    packet.push_back(static_cast<std::uint8_t>(value));
  }
  packet.insert(packet.end(), elements.begin(), elements.end());
  packet.insert(packet.end(), 50, 0x77);
  return packet;
}

const Packet example = unhex("17414273a475262748220000c8308e4655996386b395fb00");

TEST(HeaderExtension, FiguresOfTheRfc) {  // RFC 6904 appendix A [RFC6904-3-1] [RFC6904-3-2]
  auto cipher = *ExtensionCipher::from_master(
      unhex("e1f97a0d3e018be0d64fa32c06de4139"),
      KdfSalt(testing::unhex_array<14>("0ec675ad498afeebb6960b3aabe6")), 14,
      *ExtensionIds::create(ids));
  Packet header = with_extension(0x1234, 0xbede, example);
  header.resize(12 + 4 + example.size());
  ASSERT_TRUE(ExtensionCipher::check(header));
  const Packet plain = header;
  const auto index = PacketIndex::of(0, 0x1234);
  cipher.apply(header, Ssrc{0xcafebabe}, index);
  EXPECT_TRUE(std::equal(header.begin(), header.begin() + 16, plain.begin()));
  EXPECT_EQ(Packet(header.begin() + 16, header.end()),
            unhex("17588a9270f4e15e1c220000c8309546a994f0bc54789700"));
  cipher.apply(header, Ssrc{0xcafebabe}, index);
  EXPECT_EQ(header, plain);
}

/// What the keystream of the first element is by the RFC's own words, from a salt of this size.
Packet first_keystream(Bytes key, const KdfSalt& salt, std::size_t salt_bytes, Ssrc ssrc,
                       PacketIndex index) {
  std::array<std::uint8_t, 32> k_he{};
  std::array<std::uint8_t, 14> k_hs{};
  derive_srtp(MutableBytes(k_he).first(key.size()), key, salt, SrtpLabel::header_encryption);
  derive_srtp(MutableBytes(k_hs).first(salt_bytes), key, salt, SrtpLabel::header_salt);
  Packet stream(16);
  crypto::aes_ctr(stream, Bytes(k_he).first(key.size()), cm_iv(k_hs, ssrc, index), stream);
  return stream;
}

TEST(HeaderExtension, SaltHasTheSizeOfTheProfiles) {  // [RFC6904-3-5]
  for (const SrtpProfile profile : every_srtp_profile) {
    const SrtpSizes sizes = srtp_sizes(profile);
    const Packet key(sizes.key, 0x31);
    const Packet salt(sizes.salt, 0x72);
    auto sender = *SrtpSender::create(profile, key, salt, {.encrypted_extensions = ids});
    const Packet plain = with_extension(0x1234, 0xbede, example);
    Packet wire(plain.size() + sender.overhead_bytes());
    ASSERT_TRUE(sender.protect(wire, plain));
    const Packet stream = first_keystream(
        key, KdfSalt::made_by([&](MutableBytes out) { std::ranges::copy(salt, out.begin()); }),
        sizes.salt, parse_rtp_header(plain)->ssrc, PacketIndex::of(0, 0x1234));
    for (std::size_t i = 1; i <= 8; ++i)
      ASSERT_EQ(wire[16 + i], plain[16 + i] ^ stream[i]) << sizes.salt << ' ' << i;
  }
}

struct Line {
  explicit Line(SrtpProfile profile, const Packet& encrypted = ids, const Packet& mki = {})
      : sender(*SrtpSender::create(profile, Packet(srtp_sizes(profile).key, 1),
                                   Packet(srtp_sizes(profile).salt, 2),
                                   {.mki = mki, .encrypted_extensions = encrypted})),
        receiver(*SrtpReceiver::create(profile, Packet(srtp_sizes(profile).key, 1),
                                       Packet(srtp_sizes(profile).salt, 2),
                                       {.mki = mki, .encrypted_extensions = encrypted})) {}

  Result<Packet> protect(const Packet& packet) {
    Packet out(packet.size() + sender.overhead_bytes());
    const auto sealed = sender.protect(out, packet);
    if (!sealed) return std::unexpected(sealed.error());
    return out;
  }
  Result<Packet> unprotect(Packet packet) {
    const auto opened = receiver.unprotect(packet, packet);
    if (!opened) return std::unexpected(opened.error());
    return Packet(opened->begin(), opened->end());
  }
  SrtpSender sender;
  SrtpReceiver receiver;
};

/// How many of an element's bytes are on the wire as they were.
std::ptrdiff_t same(const Packet& a, const Packet& b, std::size_t at, std::size_t size) {
  std::ptrdiff_t count = 0;
  for (std::size_t i = at; i < at + size; ++i) count += a[i] == b[i] ? 1 : 0;
  return count;
}

TEST(HeaderExtension, OnlyTheChosenElementsAreHidden) {  // [RFC6904-3-2] [RFC7714-8.3-1]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    for (const std::uint8_t csrcs : std::array<std::uint8_t, 3>{0, 1, 15}) {
      const Packet plain = with_extension(csrcs, 0xbede, example, csrcs);
      const Packet wire = *line.protect(plain);
      const std::size_t at = 16 + 4U * csrcs;
      EXPECT_EQ(same(plain, wire, 0, at + 1), static_cast<std::ptrdiff_t>(at + 1));
      EXPECT_LT(same(plain, wire, at + 1, 8), 4) << "element 1";
      EXPECT_EQ(same(plain, wire, at + 9, 5), 5) << "element 2 and the head of 3";
      EXPECT_LT(same(plain, wire, at + 16, 7), 4) << "element 4";
      EXPECT_EQ(wire[at + 23], 0) << "padding";
      EXPECT_EQ(*line.unprotect(wire), plain);
    }
  }
}

TEST(HeaderExtension, TwoByteFormAndLongElements) {  // [RFC6904-3.2-1]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile, {7, 255});
    Packet elements{7, 255};
    elements.insert(elements.end(), 255, 0x11);
    elements.insert(elements.end(), {0, 0, 9, 3, 0x22, 0x22, 0x22, 7, 0, 255, 5});
    elements.insert(elements.end(), 5, 0x33);
    const Packet plain = with_extension(1, 0x1003, elements);
    const Packet wire = *line.protect(plain);
    const std::size_t at = 16;
    EXPECT_LT(same(plain, wire, at + 2, 255), 20);
    EXPECT_EQ(same(plain, wire, at + 257, 11), 11);
    EXPECT_LT(same(plain, wire, at + 268, 5), 5);
    EXPECT_EQ(*line.unprotect(wire), plain);
  }
}

TEST(HeaderExtension, TwoPacketsHaveTwoKeystreams) {
  Line line(SrtpProfile::aead_aes_256_gcm);
  const Packet one = *line.protect(with_extension(1, 0xbede, example));
  const Packet two = *line.protect(with_extension(2, 0xbede, example));
  EXPECT_LT(same(one, two, 17, 8), 4);
}

TEST(HeaderExtension, EveryBitIsAuthentic) {  // [RFC6904-3-3] [RFC6904-3-4]
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile);
    const Packet plain = with_extension(1, 0xbede, example);
    const Packet wire = *line.protect(plain);
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
      Packet altered = wire;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_FALSE(line.unprotect(altered)) << bit;
    }
    // The extension stripped off, and the bit that tells of it cleared.
    Packet stripped = wire;
    stripped.erase(stripped.begin() + 12, stripped.begin() + 16 + 24);
    stripped[0] &= 0xef;
    EXPECT_EQ(error_of(line.unprotect(stripped)), Error::authentication_failed);
    EXPECT_EQ(*line.unprotect(wire), plain);
  }
}

TEST(HeaderExtension, BlocksThatCannotBeReadAreMalformedAtBothEnds) {
  struct Case {
    std::uint16_t form;
    Packet elements;
    bool good;
  };
  const Case cases[] = {
      {0xbede, {}, true},
      {0xbede, {0, 0, 0, 0}, true},
      {0xbede, {0x12, 1, 2, 3}, true},
      {0xbede, {0x13, 1, 2, 3}, false},     // one byte beyond the end
      {0xbede, {0xe0, 1, 0x10, 2}, true},   // 14 is the last id
      {0xbede, {0x10, 1, 0xf0, 2}, true},   // 15 ends the reading
      {0xbede, {0xff, 1, 2, 3}, true},      // whatever its length
      {0xbede, {0x02, 1, 2, 3}, true},      // and so does padding that has a length
      {0xbede, {0x00, 0, 0, 0x10}, false},  // a head without its byte
      {0x1000, {1, 2, 3, 4}, true},
      {0x100f, {1, 2, 3, 4}, true},
      {0x1000, {1, 3, 3, 4}, false},
      {0x1000, {1, 0, 0, 0}, true},
      {0x1000, {0, 0, 0, 1}, false},  // an id without its length
      {0x1010, {1, 2, 3, 4}, false},  // neither form
      {0xbedf, {0x12, 1, 2, 3}, false},
  };
  std::uint16_t seq = 0;
  for (const Case& test : cases) {
    Line line(SrtpProfile::aead_aes_256_gcm);
    const Packet plain = with_extension(++seq, test.form, test.elements);
    const auto sealed = line.protect(plain);
    if (test.good) {
      ASSERT_TRUE(sealed) << seq;
      EXPECT_EQ(*line.unprotect(*sealed), plain) << seq;
      continue;
    }
    EXPECT_EQ(error_of(sealed), Error::malformed) << seq;
    // The number was not spent, and where nothing is encrypted the same packet passes.
    EXPECT_TRUE(line.protect(testing::rtp({.seq = seq})));
    Line clear(SrtpProfile::aead_aes_256_gcm, {});
    const Packet wire = *clear.protect(plain);
    EXPECT_EQ(error_of(line.unprotect(wire)), Error::malformed) << seq;
    EXPECT_EQ(*clear.unprotect(wire), plain) << seq;
  }
}

// [RFC8285-4.2-1]
TEST(HeaderExtension, NothingIsReadBehindElement15NorPaddingWithALength) {
  for (const SrtpProfile profile : every_srtp_profile)
    for (const std::uint8_t end : std::array<std::uint8_t, 4>{0xf0, 0xff, 0x01, 0x0f}) {
      Line line(profile);
      const Packet plain =
          with_extension(end, 0xbede, {0x12, 9, 9, 9, end, 0x13, 9, 9, 9, 9, 0x1f, 9});
      const Packet wire = *line.protect(plain);
      EXPECT_LT(same(plain, wire, 17, 3), 3) << "before it";
      EXPECT_EQ(same(plain, wire, 20, 8), 8) << "behind it";
      EXPECT_EQ(*line.unprotect(wire), plain);
    }
  // In the two-byte form 15 is an id as any other, and 0 is one byte of padding.
  Line line(SrtpProfile::aead_aes_256_gcm, {15, 1});
  const Packet plain = with_extension(1, 0x1000, {15, 3, 9, 9, 9, 0, 1, 4, 9, 9, 9, 9});
  const Packet wire = *line.protect(plain);
  EXPECT_LT(same(plain, wire, 18, 3), 3);
  EXPECT_LT(same(plain, wire, 24, 4), 4);
  EXPECT_EQ(*line.unprotect(wire), plain);
}

TEST(HeaderExtension, KeysHaveTheSizeOfACipher) {
  for (const std::size_t size : {0U, 15U, 16U, 17U, 24U, 31U, 32U, 33U})
    for (const std::size_t salt : {0U, 11U, 12U, 13U, 14U, 15U})
      EXPECT_EQ(
          ExtensionCipher::from_master(Packet(size, 1), KdfSalt(std::array<std::uint8_t, 14>{}),
                                       salt, *ExtensionIds::create(ids))
              .has_value(),
          (size == 16 || size == 32) && (salt == 12 || salt == 14))
          << size << ' ' << salt;
}

TEST(HeaderExtension, IdZeroIsNone) {
  const Packet key(32, 1);
  const Packet salt(12, 1);
  const auto profile = SrtpProfile::aead_aes_256_gcm;
  const Packet zero{0};
  EXPECT_EQ(error_of(SrtpSender::create(profile, key, salt, {.encrypted_extensions = zero})),
            Error::malformed);
  EXPECT_EQ(error_of(SrtpReceiver::create(profile, key, salt, {.encrypted_extensions = zero})),
            Error::malformed);
}

TEST(HeaderExtension, GoesOnUnderTheNextKey) {
  const Packet mki{1};
  for (const SrtpProfile profile : every_srtp_profile) {
    Line line(profile, ids, mki);
    const Packet key(srtp_sizes(profile).key, 5);
    const Packet salt(srtp_sizes(profile).salt, 6);
    const Packet before = *line.protect(with_extension(1, 0xbede, example));
    ASSERT_TRUE(line.sender.rekey(profile, key, salt, Packet{2}));
    ASSERT_TRUE(line.receiver.add_key(profile, key, salt, Packet{2}));
    const Packet plain = with_extension(2, 0xbede, example);
    const Packet wire = *line.protect(plain);
    EXPECT_LT(same(plain, wire, 17, 8), 4);
    EXPECT_EQ(*line.unprotect(wire), plain);
    EXPECT_TRUE(line.unprotect(before));
  }
}

}  // namespace
}  // namespace sotto::media
