// SPDX-License-Identifier: MIT OR Apache-2.0
// Each function's name is found by what goes wrong with it alone: a wrong answer of all ciphers
// accuses what they share, a wrong one of a single cipher that cipher.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "crypto/hex_literal.hpp"
#include "crypto/known_answers.hpp"

namespace sotto::crypto {
namespace {

/// A structure of BoringSSL with bytes behind it that must stay as they are: the library's
/// structure is no larger than its header says.
template <class Structure>
class Guarded {
 public:
  Guarded() noexcept { behind_.fill(mark); }
  [[nodiscard]] Structure& value() noexcept { return value_; }
  [[nodiscard]] bool intact() const noexcept {
    return std::ranges::all_of(behind_, [](std::uint8_t byte) { return byte == mark; });
  }

 private:
  static constexpr std::uint8_t mark = 0xa5;
  Structure value_{};
  std::array<std::uint8_t, 64> behind_;
};

constexpr std::array<std::uint8_t, 3> abc = {'a', 'b', 'c'};

/// "abc" with its padding: one block [FIPS 180-4 §5.1].
template <std::size_t block_bytes>
constexpr std::array<std::uint8_t, block_bytes> padded_abc() noexcept {
  std::array<std::uint8_t, block_bytes> block{'a', 'b', 'c', 0x80};
  block.back() = 24;
  return block;
}

/// Words as the big-endian bytes of a digest.
template <class Word, std::size_t n>
std::array<std::uint8_t, n * sizeof(Word)> big_endian(std::array<Word, n> words) noexcept {
  static_assert(std::endian::native == std::endian::little);
  for (Word& word : words) word = std::byteswap(word);
  return std::bit_cast<std::array<std::uint8_t, n * sizeof(Word)>>(words);
}

// SHA-1, SHA-256, SHA-512: initial values [FIPS 180-4 §5.3] and the digests of "abc" [NIST's
// examples for FIPS 180-4]

constexpr std::array<std::uint32_t, 5> sha1_initial = {0x67452301, 0xefcdab89, 0x98badcfe,
                                                       0x10325476, 0xc3d2e1f0};
constexpr std::array<std::uint32_t, 5> sha1_abc = {0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c,
                                                   0x9cd0d89d};
constexpr std::array<std::uint32_t, 8> sha256_initial = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::array<std::uint32_t, 8> sha256_abc = {
    0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
constexpr std::array<std::uint64_t, 8> sha512_initial = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr std::array<std::uint64_t, 8> sha512_abc = {
    0xddaf35a193617aba, 0xcc417349ae204131, 0x12e6fa4e89a97ea2, 0x0a9eeee64b55d39a,
    0x2192992a274fc1a8, 0x36ba3c23a3feebbd, 0x454d4423643ce80e, 0x2a9ac94fa54ca49f};

const char* wrong_sha256(const Boring& lib) noexcept {
  auto state = sha256_initial;
  const auto block = padded_abc<64>();
  lib.sha256_transform_blocks(state.data(), block.data(), 1);
  return state == sha256_abc ? nullptr : "SHA256_TransformBlocks";
}

struct HashNames {
  const char* init;
  const char* update;
  const char* final;
};

// The chaining value stands in a union of BoringSSL's.
// NOLINTBEGIN(cppcoreguidelines-pro-type-union-access)
/// The padded block leaves the digest of "abc" in the chaining value, before any finish.
template <class Context, std::size_t block_bytes, class Word, std::size_t n>
const char* wrong_hash(const auto init, const auto update, const auto final,
                       const std::array<Word, n>& initial, const std::array<Word, n>& digest,
                       const HashNames& names) noexcept {
  Guarded<Context> context;
  if (init(&context.value()) != 1 || !std::ranges::equal(context.value().h, initial) ||
      !context.intact())
    return names.init;
  const auto block = padded_abc<block_bytes>();
  if (update(&context.value(), block.data(), block.size()) != 1 ||
      !std::ranges::equal(context.value().h, digest))
    return names.update;
  std::array<std::uint8_t, n * sizeof(Word)> out{};
  if (init(&context.value()) != 1 || update(&context.value(), abc.data(), abc.size()) != 1 ||
      final(out.data(), &context.value()) != 1 || out != big_endian(digest) || !context.intact())
    return names.final;
  return nullptr;
}
// NOLINTEND(cppcoreguidelines-pro-type-union-access)

const char* wrong_hashes(const Boring& lib) noexcept {
  if (const char* const name = wrong_sha256(lib)) return name;
  if (const char* const name =
          wrong_hash<SHA_CTX, 64>(lib.sha1_init, lib.sha1_update, lib.sha1_final, sha1_initial,
                                  sha1_abc, {"SHA1_Init", "SHA1_Update", "SHA1_Final"}))
    return name;
  return wrong_hash<SHA512_CTX, 128>(lib.sha512_init, lib.sha512_update, lib.sha512_final,
                                     sha512_initial, sha512_abc,
                                     {"SHA512_Init", "SHA512_Update", "SHA512_Final"});
}

// AES: two blocks in CBC and CTR [SP 800-38A, F.2.5, F.2.6, F.5.1, F.5.5]

using TwoBlocks = std::array<std::uint8_t, 32>;

constexpr TwoBlocks key_128 =
    bytes_of<32>("2b7e151628aed2a6abf7158809cf4f3c00000000000000000000000000000000");
constexpr TwoBlocks key_256 =
    bytes_of<32>("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
constexpr auto cbc_iv = bytes_of<16>("000102030405060708090a0b0c0d0e0f");
constexpr auto ctr_first = bytes_of<16>("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
constexpr TwoBlocks plain =
    bytes_of<32>("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
constexpr TwoBlocks cbc_256 =
    bytes_of<32>("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
constexpr TwoBlocks ctr_128 =
    bytes_of<32>("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff");
constexpr TwoBlocks ctr_256 =
    bytes_of<32>("601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5");

/// A key schedule that a function sets up. One that was not set up must not be used: its number of
/// rounds steers a loop.
bool sets_up(const auto expand, Guarded<AES_KEY>& key) noexcept {
  constexpr unsigned most_rounds = 14;
  key.value().rounds = most_rounds + 1;
  return expand(key_256.data(), 256, &key.value()) == 0 && key.value().rounds > 0 &&
         key.value().rounds <= most_rounds && key.intact();
}

TwoBlocks cbc(const Boring& lib, const TwoBlocks& in, const AES_KEY& key, int direction) noexcept {
  TwoBlocks out{};
  auto iv = cbc_iv;
  lib.aes_cbc_encrypt(in.data(), out.data(), in.size(), &key, iv.data(), direction);
  return out;
}

const char* wrong_aes(const Boring& lib) noexcept {
  Guarded<AES_KEY> to_encrypt;
  Guarded<AES_KEY> to_decrypt;
  if (!sets_up(lib.aes_set_encrypt_key, to_encrypt)) return "AES_set_encrypt_key";
  if (!sets_up(lib.aes_set_decrypt_key, to_decrypt)) return "AES_set_decrypt_key";
  TwoBlocks out{};
  auto counter = ctr_first;
  std::array<std::uint8_t, 16> keystream{};
  unsigned used = 0;
  lib.aes_ctr128_encrypt(plain.data(), out.data(), out.size(), &to_encrypt.value(), counter.data(),
                         keystream.data(), &used);
  const bool counts = out == ctr_256;
  const bool chains = cbc(lib, plain, to_encrypt.value(), AES_ENCRYPT) == cbc_256;
  if (!counts) return chains ? "AES_ctr128_encrypt" : "AES_set_encrypt_key";
  if (!chains) return "AES_cbc_encrypt";
  if (cbc(lib, cbc_256, to_decrypt.value(), AES_DECRYPT) != plain) return "AES_set_decrypt_key";
  return nullptr;
}

const char* wrong_cipher(const Boring& lib) noexcept {
  struct Case {
    decltype(&::EVP_aes_128_ctr) kind;
    const char* name;
    const TwoBlocks* key;
    const TwoBlocks* answer;
  };
  const Case cases[] = {{lib.aes_128_ctr, "EVP_aes_128_ctr", &key_128, &ctr_128},
                        {lib.aes_256_ctr, "EVP_aes_256_ctr", &key_256, &ctr_256}};
  const char* wrong = nullptr;
  std::size_t wrongs = 0;
  for (const Case& each : cases) {
    const EVP_CIPHER* const kind = each.kind();
    if (kind == nullptr) return each.name;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(lib.cipher_free)> context(lib.cipher_new(),
                                                                             lib.cipher_free);
    if (context == nullptr) return "EVP_CIPHER_CTX_new";
    if (lib.encrypt_init(context.get(), kind, nullptr, each.key->data(), nullptr) != 1 ||
        context->cipher != kind ||
        lib.encrypt_init(context.get(), nullptr, nullptr, nullptr, ctr_first.data()) != 1)
      return "EVP_EncryptInit_ex";
    TwoBlocks out{};
    int written = 0;
    if (lib.encrypt_update(context.get(), out.data(), &written, plain.data(),
                           static_cast<int>(plain.size())) == 1 &&
        written == static_cast<int>(plain.size()) && out == *each.answer)
      continue;
    wrong = each.name;
    ++wrongs;
  }
  return wrongs == std::size(cases) ? "EVP_EncryptUpdate" : wrong;
}

// AEADs: one block under a key of zeros [McGrew and Viega, "The Galois/Counter Mode of
// Operation", cases 2 and 14]; eight bytes [RFC 8452, C.2, the second]

struct AeadCase {
  decltype(&::EVP_aead_aes_128_gcm) kind;
  const char* name;
  std::array<std::uint8_t, 32> key;
  std::size_t key_bytes;
  std::array<std::uint8_t, 12> nonce;
  std::array<std::uint8_t, 16> plain;
  std::size_t plain_bytes;
  std::array<std::uint8_t, 32> sealed;
};

constexpr std::size_t tag_bytes = 16;

bool seals(const Boring& lib, const EVP_AEAD_CTX& context, const AeadCase& each) noexcept {
  std::array<std::uint8_t, 32> out{};
  std::size_t written = 0;
  const std::size_t size = each.plain_bytes + tag_bytes;
  return lib.aead_seal(&context, out.data(), &written, size, each.nonce.data(), each.nonce.size(),
                       each.plain.data(), each.plain_bytes, nullptr, 0) == 1 &&
         written == size && std::equal(out.begin(), out.begin() + size, each.sealed.begin());
}

/// The published answer opens to the published plaintext, and no longer with a bit of its tag
/// turned.
bool opens(const Boring& lib, const EVP_AEAD_CTX& context, const AeadCase& each) noexcept {
  auto sealed = each.sealed;
  std::array<std::uint8_t, 16> out;
  out.fill(0xff);
  std::size_t written = 0;
  const std::size_t size = each.plain_bytes + tag_bytes;
  const auto open = [&] {
    return lib.aead_open(&context, out.data(), &written, each.plain_bytes, each.nonce.data(),
                         each.nonce.size(), sealed.data(), size, nullptr, 0);
  };
  if (open() != 1 || written != each.plain_bytes ||
      !std::equal(out.begin(), out.begin() + each.plain_bytes, each.plain.begin()))
    return false;
  sealed[size - 1] ^= 1;
  return open() == 0;
}

const char* wrong_aead(const Boring& lib) noexcept {
  const AeadCase cases[] = {
      {lib.aead_aes_128_gcm,
       "EVP_aead_aes_128_gcm",
       {},
       16,
       {},
       {},
       16,
       bytes_of<32>("0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf")},
      {lib.aead_aes_256_gcm,
       "EVP_aead_aes_256_gcm",
       {},
       32,
       {},
       {},
       16,
       bytes_of<32>("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")},
      {lib.aead_aes_256_gcm_siv,
       "EVP_aead_aes_256_gcm_siv",
       {1},
       32,
       {3},
       {1},
       8,
       bytes_of<32>("c2ef328e5c71c83b843122130f7364b761e0b97427e3df280000000000000000")}};
  const char* wrong_kind = nullptr;
  std::size_t no_init = 0;
  std::size_t no_seal = 0;
  for (const AeadCase& each : cases) {
    const EVP_AEAD* const kind = each.kind();
    if (kind == nullptr) return each.name;
    Guarded<EVP_AEAD_CTX> context;
    if (lib.aead_init(&context.value(), kind, each.key.data(), each.key_bytes, tag_bytes,
                      nullptr) != 1 ||
        context.value().aead != kind || !context.intact()) {
      ++no_init;
      wrong_kind = each.name;
      continue;
    }
    const bool sealed = seals(lib, context.value(), each);
    const bool opened = opens(lib, context.value(), each);
    lib.aead_cleanup(&context.value());
    if (context.value().aead != nullptr) return "EVP_AEAD_CTX_cleanup";
    if (sealed && !opened) return "EVP_AEAD_CTX_open";
    if (sealed) continue;
    ++no_seal;
    wrong_kind = each.name;
  }
  if (no_init == std::size(cases)) return "EVP_AEAD_CTX_init";
  return no_seal == std::size(cases) ? "EVP_AEAD_CTX_seal" : wrong_kind;
}

/// A key of a wrong size leaves an error in this thread's queue [BoringSSL, aead.h, err.h].
const char* wrong_errors(const Boring& lib) noexcept {
  lib.err_clear_error();
  if (lib.err_peek_error() != 0) return "ERR_clear_error";
  Guarded<EVP_AEAD_CTX> context;
  if (lib.aead_init(&context.value(), lib.aead_aes_256_gcm(), key_256.data(), 1, tag_bytes,
                    nullptr) != 0)
    return "EVP_AEAD_CTX_init";
  if (lib.err_peek_error() == 0) return "ERR_peek_error";
  lib.err_clear_error();
  return lib.err_peek_error() == 0 ? nullptr : "ERR_clear_error";
}

// Numbers: the field and the constant d = -121665 / 121666 of edwards25519 [RFC 7748 §4.1],
// little-endian

using Number = std::array<std::uint8_t, 32>;

constexpr Number field =
    bytes_of<32>("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
constexpr Number edwards_d =
    bytes_of<32>("a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352");
constexpr BN_ULONG above = 121666;

const char* wrong_numbers(const Boring& lib) noexcept {
  using Bn = std::unique_ptr<BIGNUM, decltype(lib.bn_free)>;
  const std::unique_ptr<BN_CTX, decltype(lib.bn_ctx_free)> context(lib.bn_ctx_new(),
                                                                   lib.bn_ctx_free);
  if (context == nullptr) return "BN_CTX_new";
  const auto number = [&](const Number& bytes) {
    return Bn(lib.bn_le2bn(bytes.data(), bytes.size(), nullptr), lib.bn_free);
  };
  const auto is = [&](const Bn& n, const Number& value) {
    Number out{};
    return lib.bn_bn2le_padded(out.data(), out.size(), n.get()) == 1 && out == value;
  };
  const Bn p = number(field);
  const Bn n = number({1});
  const Bn minus_one = number(field);
  if (p == nullptr || n == nullptr || minus_one == nullptr) return "BN_le2bn";
  if (!is(p, field)) return "BN_bn2le_padded";
  if (lib.bn_add_word(n.get(), above - 1) != 1 || !is(n, {0x42, 0xdb, 0x01})) return "BN_add_word";
  Number negative = field;
  negative[0] = 0xec;
  if (lib.bn_sub_word(minus_one.get(), 1) != 1 || !is(minus_one, negative)) return "BN_sub_word";
  const Bn product = number(field);
  if (product == nullptr ||
      lib.bn_mod_mul(product.get(), minus_one.get(), minus_one.get(), p.get(), context.get()) !=
          1 ||
      !is(product, {1}))
    return "BN_mod_mul";
  if (lib.bn_sub_word(minus_one.get(), above - 2) != 1) return "BN_sub_word";
  const BIGNUM* const inverse = lib.bn_mod_inverse(n.get(), n.get(), p.get(), context.get());
  if (inverse != n.get() ||
      lib.bn_mod_mul(n.get(), n.get(), minus_one.get(), p.get(), context.get()) != 1 ||
      !is(n, edwards_d))
    return "BN_mod_inverse";
  return nullptr;
}

const char* wrong_version(const Boring& lib) noexcept {
  const char* const text = lib.version(OPENSSL_VERSION);
  if (text == nullptr || std::strcmp(text, "BoringSSL") != 0) return "OpenSSL_version";
  return lib.version_num() == OPENSSL_VERSION_NUMBER ? nullptr : "OpenSSL_version_num";
}

}  // namespace

const char* first_wrong_answer(const Boring& table) noexcept {
  for (const auto wrong : {wrong_version, wrong_hashes, wrong_aes, wrong_cipher, wrong_aead,
                           wrong_errors, wrong_numbers})
    if (const char* const name = wrong(table)) return name;
  return nullptr;
}

}  // namespace sotto::crypto
