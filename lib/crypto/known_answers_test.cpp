// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/known_answers.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sotto::crypto {
namespace {

/// What has no answer that could be wrong.
const std::set<std::string> frees = {"EVP_CIPHER_CTX_free", "BN_CTX_free", "BN_free"};

/// Functions of any type that do nothing: one answers zero or null, the other claims a success.
template <class R, class... A>
R answers_zero(A...) {
  return R();
}
template <class... A>
int answers_one(A...) {
  return 1;
}

template <class R, class... A>
void plant_zero(R (*&entry)(A...)) {
  entry = &answers_zero<R, A...>;
}

/// False when this function's answer is no number of that kind.
template <class R, class... A>
bool plant_one(R (*&entry)(A...)) {
  if constexpr (std::is_same_v<R, int>) entry = &answers_one<A...>;
  return std::is_same_v<R, int>;
}

std::string wrong_in(const auto& table) {
  const char* const name = first_wrong_answer(table);
  return name == nullptr ? "none" : name;
}

/// Plants each kind of wrong function into each entry of a copy of `good`; returns how many entries
/// there are.
template <class Table, class Visit>
std::size_t plant_each(const Table& good, Visit visit_each) {
  std::size_t count = 0;
  Table names = good;
  visit_each(names, [&](auto&, const char*) { ++count; });
  for (std::size_t planted = 0; planted < count; ++planted) {
    for (const bool one : {false, true}) {
      Table table = good;
      std::size_t at = 0;
      std::string expected;
      visit_each(table, [&](auto& entry, const char* name) {
        if (at++ != planted || frees.contains(name)) return;
        if (!one)
          plant_zero(entry);
        else if (!plant_one(entry))
          return;
        expected = name;
      });
      if (expected.empty()) continue;
      EXPECT_EQ(wrong_in(table), expected) << "answers " << (one ? "one" : "zero");
    }
  }
  return count;
}

TEST(KnownAnswers, each_wrong_function_of_boringssl_is_named) {
  const Boring& good = boring();
  EXPECT_EQ(wrong_in(good), "none");
  const std::size_t entries =
      plant_each(good, [](Boring& table, auto visit) { for_each_function(table, visit); });
  EXPECT_EQ(entries, sizeof(Boring) / sizeof(void (*)())) << "an entry is not visited";
}

TEST(KnownAnswers, each_wrong_function_of_libsodium_is_named) {
  const SodiumFunctions good;
  EXPECT_EQ(wrong_in(good), "none");
  const std::size_t entries = plant_each(
      good, [](SodiumFunctions& table, auto visit) { for_each_sodium_function(table, visit); });
  EXPECT_EQ(entries, sizeof(SodiumFunctions) / sizeof(void (*)())) << "an entry is not visited";
}

TEST(KnownAnswers, a_function_in_the_place_of_its_sibling_is_named) {
  const Boring& good = boring();
  const auto with = [&](auto Boring::* entry, auto Boring::* sibling) {
    Boring table = good;
    table.*entry = good.*sibling;
    return wrong_in(table);
  };
  EXPECT_EQ(with(&Boring::aes_128_ctr, &Boring::aes_256_ctr), "EVP_aes_128_ctr");
  EXPECT_EQ(with(&Boring::aes_256_ctr, &Boring::aes_128_ctr), "EVP_aes_256_ctr");
  EXPECT_EQ(with(&Boring::aead_aes_128_gcm, &Boring::aead_aes_256_gcm), "EVP_aead_aes_128_gcm");
  EXPECT_EQ(with(&Boring::aead_aes_256_gcm, &Boring::aead_aes_128_gcm), "EVP_aead_aes_256_gcm");
  EXPECT_EQ(with(&Boring::aead_aes_256_gcm, &Boring::aead_aes_256_gcm_siv), "EVP_aead_aes_256_gcm");
  EXPECT_EQ(with(&Boring::aead_aes_256_gcm_siv, &Boring::aead_aes_256_gcm),
            "EVP_aead_aes_256_gcm_siv");
  EXPECT_EQ(with(&Boring::aes_set_encrypt_key, &Boring::aes_set_decrypt_key),
            "AES_set_encrypt_key");
  EXPECT_EQ(with(&Boring::aes_set_decrypt_key, &Boring::aes_set_encrypt_key),
            "AES_set_decrypt_key");
  EXPECT_EQ(with(&Boring::bn_add_word, &Boring::bn_sub_word), "BN_add_word");
  EXPECT_EQ(with(&Boring::bn_sub_word, &Boring::bn_add_word), "BN_sub_word");
}

/// Writes one byte behind what the header says that the structure is.
template <class Structure>
void write_behind(Structure* structure) {
  reinterpret_cast<std::uint8_t*>(structure)[sizeof(Structure)] = 0;
}

TEST(KnownAnswers, a_structure_larger_than_its_header_says_is_refused) {
  Boring table = boring();
  table.sha1_init = [](SHA_CTX* context) {
    write_behind(context);
    return boring().sha1_init(context);
  };
  EXPECT_EQ(wrong_in(table), "SHA1_Init");
  table = boring();
  table.sha512_init = [](SHA512_CTX* context) {
    write_behind(context);
    return boring().sha512_init(context);
  };
  EXPECT_EQ(wrong_in(table), "SHA512_Init");
  table = boring();
  table.aes_set_encrypt_key = [](const std::uint8_t* key, unsigned bits, AES_KEY* schedule) {
    write_behind(schedule);
    return boring().aes_set_encrypt_key(key, bits, schedule);
  };
  EXPECT_EQ(wrong_in(table), "AES_set_encrypt_key");
  table = boring();
  table.aes_set_decrypt_key = [](const std::uint8_t* key, unsigned bits, AES_KEY* schedule) {
    write_behind(schedule);
    return boring().aes_set_decrypt_key(key, bits, schedule);
  };
  EXPECT_EQ(wrong_in(table), "AES_set_decrypt_key");
  table = boring();
  table.aead_init = [](EVP_AEAD_CTX* context, const EVP_AEAD* aead, const std::uint8_t* key,
                       std::size_t key_bytes, std::size_t tag_bytes, ENGINE* engine) {
    write_behind(context);
    return boring().aead_init(context, aead, key, key_bytes, tag_bytes, engine);
  };
  EXPECT_EQ(wrong_in(table), "EVP_AEAD_CTX_init");
}

TEST(KnownAnswers, only_a_libsodium_that_has_what_the_headers_say_fits) {
  constexpr int major = SODIUM_LIBRARY_VERSION_MAJOR, minor = SODIUM_LIBRARY_VERSION_MINOR;
  EXPECT_TRUE(sodium_version_fits(major, minor));
  EXPECT_TRUE(sodium_version_fits(major, minor + 1));
  EXPECT_FALSE(sodium_version_fits(major, minor - 1));
  EXPECT_FALSE(sodium_version_fits(major + 1, minor));
  EXPECT_FALSE(sodium_version_fits(major - 1, minor + 1));
}

}  // namespace
}  // namespace sotto::crypto
