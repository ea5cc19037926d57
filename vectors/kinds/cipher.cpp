// SPDX-License-Identifier: MIT OR Apache-2.0
// AES in the modes that are used here.
#include <algorithm>
#include <optional>

#include "crypto/aes.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/aes_gcm_siv.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Block = std::array<std::uint8_t, 16>;

/// What output buffers are filled with, to see what a refusal leaves in them.
constexpr std::uint8_t untouched = 0x5a;

/// A refusal leaves its output untouched or zeroed, all of it.
void check_nothing_left(Checks& checks, Bytes out) {
  const auto all = [&](std::uint8_t value) {
    return std::ranges::all_of(out, [=](std::uint8_t byte) { return byte == value; });
  };
  checks.require(all(untouched) || all(0), "a refusal leaves something in the output");
}

/// AES-256-CBC over whole blocks, as standards print it. Ours pads, so what it makes is one block
/// longer; that block is checked by opening it again.
struct Aes256Cbc {
  std::array<std::uint8_t, 32> key;
  Block iv;
  Blob plaintext;
  Blob ciphertext;

  static Aes256Cbc read(Fields& fields) {
    Aes256Cbc test{fields.hex_of<32>("key"), fields.hex_of<16>("iv"), fields.hex("plaintext"),
                   fields.hex("ciphertext")};
    if (test.plaintext.empty() || test.plaintext.size() % 16 != 0)
      fields.wrong("plaintext", "is not whole blocks");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Blob sealed(crypto::cbc_padded_size(plaintext.size()));
    crypto::aes256_cbc_encrypt(sealed, key, iv, plaintext);
    checks.equal("ciphertext", Bytes(sealed).first(plaintext.size()), ciphertext);
    Blob out(sealed.size());
    const auto opened = crypto::aes256_cbc_decrypt(out, key, iv, sealed);
    if (!opened) return std::unexpected(opened.error());
    checks.equal("plaintext", *opened, plaintext);
    return {};
  }
};

/// AES-256-CBC with the padding of PKCS #7: `ciphertext` is all of it.
struct Aes256CbcPkcs7 {
  std::array<std::uint8_t, 32> key;
  Block iv;
  std::optional<Blob> plaintext;
  Blob ciphertext;

  static Aes256CbcPkcs7 read(Fields& fields) {
    Aes256CbcPkcs7 test{fields.hex_of<32>("key"), fields.hex_of<16>("iv"), std::nullopt,
                        fields.hex("ciphertext")};
    if (!refused(fields)) test.plaintext = fields.hex("plaintext");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Blob out(ciphertext.size(), untouched);
    const auto opened = crypto::aes256_cbc_decrypt(out, key, iv, ciphertext);
    if (!opened) {
      check_nothing_left(checks, out);
      return std::unexpected(opened.error());
    }
    if (!plaintext) return {};
    checks.equal("plaintext", *opened, *plaintext);
    Blob sealed(crypto::cbc_padded_size(plaintext->size()));
    crypto::aes256_cbc_encrypt(sealed, key, iv, *plaintext);
    checks.equal("ciphertext", sealed, ciphertext);
    return {};
  }
};

/// AES-CTR from a whole counter block.
struct AesCtr {
  Blob key;
  Block counter;
  Blob plaintext;
  Blob ciphertext;

  static AesCtr read(Fields& fields) {
    AesCtr test{fields.hex("key"), fields.hex_of<16>("counter"), fields.hex("plaintext"),
                fields.hex("ciphertext")};
    if (test.key.size() != 16 && test.key.size() != 32)
      fields.wrong("key", "has neither 16 nor 32 bytes");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Blob out(plaintext.size());
    crypto::aes_ctr(out, key, counter, plaintext);
    checks.equal("ciphertext", out, ciphertext);
    crypto::aes_ctr(out, key, counter, out);
    checks.equal("plaintext, in place", out, plaintext);
    return {};
  }
};

/// AES-GCM or AES-GCM-SIV with a nonce of 12 and a tag of 16 bytes.
template <class Cipher>
struct Aead {
  Blob key;
  std::array<std::uint8_t, 12> nonce;
  Blob associated;
  std::optional<Blob> plaintext;
  Blob ciphertext;
  Block tag;

  static Aead read(Fields& fields) {
    Aead test{fields.hex("key"), fields.hex_of<12>("nonce"), fields.hex("associated"),
              std::nullopt,      fields.hex("ciphertext"),   fields.hex_of<16>("tag")};
    if (!refused(fields)) test.plaintext = fields.hex("plaintext");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto aead = Cipher::create(key);
    if (!aead) return std::unexpected(aead.error());
    Blob sealed = ciphertext;
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    Blob out(ciphertext.size(), untouched);
    if (const auto opened = aead->open(out, nonce, sealed, associated); !opened) {
      check_nothing_left(checks, out);
      return opened;
    }
    if (!plaintext) return {};
    checks.equal("plaintext", out, *plaintext);
    Blob made(plaintext->size() + Cipher::tag_bytes);
    aead->seal(made, nonce, *plaintext, associated);
    checks.equal("ciphertext and tag", made, sealed);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"aes256_cbc", run_case<Aes256Cbc>},
    {"aes256_cbc_pkcs7", run_case<Aes256CbcPkcs7>},
    {"aes_ctr", run_case<AesCtr>},
    {"aes_gcm", run_case<Aead<crypto::AesGcm>>},
    {"aes_gcm_siv", run_case<Aead<crypto::AesGcmSiv>>},
};

}  // namespace

std::span<const Kind> cipher_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
