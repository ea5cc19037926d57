// SPDX-License-Identifier: MIT OR Apache-2.0
/// Hashes and ciphers against their twins.
#include <algorithm>

#include "crypto/aes.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha2.hpp"
#include "generators.hpp"
#include "twins.hpp"

namespace sotto::prop {
namespace {

bool all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](auto byte) { return byte == 0; });
}

RC_GTEST_PROP(Crypto, sha256_over_pieces_is_sha256, ()) {
  const auto message = *blocky_buffers(64, 5);
  const Buffer expected = twin::sha256(message);
  RC_ASSERT(same(crypto::sha256(message), expected));

  crypto::Sha256 hash;
  Bytes rest = message;
  while (!rest.empty()) {
    const auto n = *within<std::size_t>(0, rest.size() + 1);
    hash.update(rest.first(n));
    const crypto::Sha256 so_far = hash;  // a copy goes on as the original would
    hash = so_far;
    rest = rest.subspan(n == 0 ? 0 : n);
    if (n == 0) {
      hash.update(rest.first(1));
      rest = rest.subspan(1);
    }
  }
  crypto::Sha256Digest digest;
  hash.finish(digest);
  RC_ASSERT(same(digest, expected));
}

RC_GTEST_PROP(Crypto, hmac_is_its_definition, ()) {
  const auto key = *blocky_buffers(64, 2);
  const auto message = *blocky_buffers(64, 3);
  const auto cut = *within<std::size_t>(0, message.size() + 1);
  const crypto::HmacSha256Key ready(key);
  const Buffer expected = twin::hmac_sha256(key, message);
  crypto::Sha256Digest mac;
  ready.mac(mac, {message});
  RC_ASSERT(same(mac, expected));
  ready.mac(mac, {Bytes(message).first(cut), Bytes(), Bytes(message).subspan(cut)});
  RC_ASSERT(same(mac, expected));
}

RC_GTEST_PROP(Crypto, hkdf_is_its_definition, ()) {
  const auto salt = *blocky_buffers(64, 2);
  const auto input = *blocky_buffers(32, 3);
  const auto info = *buffers();
  const auto n = *within<std::size_t>(0, 300);
  Buffer out(n);
  crypto::hkdf_sha256(out, crypto::HmacSha256Key(salt), input, info);
  RC_ASSERT(same(out, twin::hkdf(salt, input, info, n)));
  crypto::hkdf_sha256(out, crypto::zero_salt(), input, info);
  RC_ASSERT(same(out, twin::hkdf(Buffer(32), input, info, n)));
  crypto::hkdf_sha256_expand(out, crypto::HmacSha256Key(input), info);
  RC_ASSERT(same(out, twin::hkdf_expand(input, info, n)));
}

RC_GTEST_PROP(Crypto, both_aes_modes_use_one_block_cipher, ()) {
  const auto key = *keys();
  const auto block = array_of<16>(*buffers_of(16));
  RC_ASSERT(twin::aes_by_ctr(key, block) == twin::aes256_by_cbc(key, block));
}

RC_GTEST_PROP(Crypto, ctr_is_a_block_for_each_count, ()) {
  const auto key = *rc::gen::oneOf(buffers_of(16), buffers_of(32));
  auto counter = array_of<16>(*buffers_of(16));
  // Counters that carry through several bytes are the ones that go wrong.
  const auto full = *within<std::size_t>(0, 17);
  std::fill(counter.end() - static_cast<std::ptrdiff_t>(full), counter.end(), std::uint8_t{0xff});
  const auto in = *blocky_buffers(16, 6);
  Buffer out(in.size());
  crypto::aes_ctr(out, key, counter, in);

  Buffer expected = in;
  for (std::size_t at = 0; at < in.size(); at += 16) {
    const auto stream = twin::aes_by_ctr(key, counter);
    for (std::size_t i = 0; i < 16 && at + i < in.size(); ++i) expected[at + i] ^= stream[i];
    twin::count_up(counter, 16);
  }
  RC_ASSERT(out == expected);
}

RC_GTEST_PROP(Crypto, cbc_is_its_definition_and_opens, ()) {
  const auto key = *keys();
  const auto iv = array_of<16>(*buffers_of(16));
  const auto plaintext = *blocky_buffers(16, 6);
  Buffer sealed(crypto::cbc_padded_size(plaintext.size()));
  crypto::aes256_cbc_encrypt(sealed, key, iv, plaintext);
  RC_ASSERT(sealed == twin::cbc_encrypt(key, iv, plaintext));
  Buffer opened(sealed.size(), 0xee);
  const auto used = crypto::aes256_cbc_decrypt(opened, key, iv, sealed);
  RC_ASSERT(used.has_value());
  RC_ASSERT(same(*used, plaintext));
}

RC_GTEST_PROP(Crypto, cbc_takes_exactly_the_good_paddings, ()) {
  const auto key = *keys();
  const auto iv = array_of<16>(*buffers_of(16));
  // A last block with nearly good padding: `count` bytes of value `count`, one perhaps altered.
  auto plain = *buffers_of(32);
  const auto count = *within<std::size_t>(1, 17);
  std::fill(plain.end() - static_cast<std::ptrdiff_t>(count), plain.end(),
            static_cast<std::uint8_t>(count));
  const auto at = *within<std::size_t>(16, 32);
  plain[at] = *rc::gen::oneOf(rc::gen::just(plain[at]), within<std::uint8_t>(0, 20));

  const std::size_t last = plain.back();
  const bool good =
      last >= 1 && last <= 16 &&
      std::all_of(plain.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(last, 16)),
                  plain.end(), [&](auto byte) { return byte == last; });
  Buffer sealed(48);
  crypto::aes256_cbc_encrypt(sealed, key, iv, plain);
  sealed.resize(32);  // drop the good padding block that was added
  Buffer out(32, 0xee);
  const auto used = crypto::aes256_cbc_decrypt(out, key, iv, sealed);
  RC_ASSERT(used.has_value() == good);
  if (good) {
    RC_ASSERT(same(*used, Bytes(plain).first(32 - last)));
  } else {
    RC_ASSERT(used.error() == Error::authentication_failed);
    RC_ASSERT(all_zero(out));
  }
}

RC_GTEST_PROP(Crypto, cbc_refuses_odd_sizes_and_zeroes, ()) {
  const auto sealed = *rc::gen::suchThat(
      blocky_buffers(16, 4), [](const Buffer& b) { return b.empty() || b.size() % 16 != 0; });
  Buffer out(sealed.size(), 0xee);
  const auto opened = crypto::aes256_cbc_decrypt(out, *keys(), twin::Block{}, sealed);
  RC_ASSERT(!opened.has_value());
  RC_ASSERT(opened.error() == Error::authentication_failed);
  RC_ASSERT(all_zero(out));
}

RC_GTEST_PROP(Crypto, gcm_is_its_definition_and_opens, ()) {
  const auto key = *rc::gen::oneOf(buffers_of(16), buffers_of(32));
  const auto nonce = array_of<12>(*buffers_of(12));
  const auto plaintext = *blocky_buffers(16, 8);
  const auto associated = *blocky_buffers(16, 3);
  const auto gcm = crypto::AesGcm::create(key);
  RC_ASSERT(gcm.has_value());
  Buffer sealed(plaintext.size() + 16);
  gcm->seal(sealed, nonce, plaintext, associated);
  RC_ASSERT(sealed == twin::gcm_seal(key, nonce, plaintext, associated));

  Buffer in_place = plaintext;
  in_place.resize(plaintext.size() + 16);
  gcm->seal(in_place, nonce, Bytes(in_place).first(plaintext.size()), associated);
  RC_ASSERT(in_place == sealed);

  Buffer opened(plaintext.size(), 0xee);
  RC_ASSERT(gcm->open(opened, nonce, sealed, associated).has_value());
  RC_ASSERT(opened == plaintext);
}

RC_GTEST_PROP(Crypto, gcm_refuses_every_altered_bit, ()) {
  const auto key = *keys();
  auto nonce = array_of<12>(*buffers_of(12));
  auto associated = *buffers();
  const auto plaintext = *buffers();
  const auto gcm = crypto::AesGcm::create(key);
  RC_ASSERT(gcm.has_value());
  Buffer sealed(plaintext.size() + 16);
  gcm->seal(sealed, nonce, plaintext, associated);

  const auto bit = *bits_of(12 + associated.size() + sealed.size());
  if (bit < 96) {
    flip(nonce, bit);
  } else if (bit < 96 + 8 * associated.size()) {
    flip(associated, bit - 96);
  } else {
    flip(sealed, bit - 96 - 8 * associated.size());
  }
  Buffer out(plaintext.size(), 0xee);
  const auto opened = gcm->open(out, nonce, sealed, associated);
  RC_ASSERT(!opened.has_value());
  RC_ASSERT(opened.error() == Error::authentication_failed);
  RC_ASSERT(all_zero(out));
}

}  // namespace
}  // namespace sotto::prop
