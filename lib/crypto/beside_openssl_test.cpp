// SPDX-License-Identifier: MIT OR Apache-2.0
// In a process that has OpenSSL's 1,800 equal names in its global scope, before BoringSSL is loaded
// and after: both must go on giving their own right answers (docs/decisions/0002). It has a program
// of its own because the order of loading is the point. Its own dlopen stands in front of the
// system's and refuses to bind deeply, as a sanitizer's does.
#include <array>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <sotto/backend.hpp>

#include "crypto/aes_gcm.hpp"
#include "crypto/sha2.hpp"
#include "crypto/xeddsa.hpp"
#include "testing/hex.hpp"
#include "testing/tape_entropy.hpp"

extern "C" void* dlopen(const char* file, int flags) noexcept {
  if ((flags & RTLD_DEEPBIND) != 0) return nullptr;
  static const auto system =
      reinterpret_cast<void* (*)(const char*, int)>(dlsym(RTLD_NEXT, "dlopen"));
  return system(file, flags);
}

namespace sotto::crypto {
namespace {

constexpr std::uint8_t abc[] = {'a', 'b', 'c'};
constexpr const char* abc_digest =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

using OneShotDigest = unsigned char*(const unsigned char*, std::size_t, unsigned char*);

TEST(BesideOpenssl, both_libraries_keep_to_themselves) {
  void* const openssl = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_GLOBAL);
  if (openssl == nullptr) GTEST_SKIP() << "OpenSSL 3 is not installed";
  const auto theirs = reinterpret_cast<OneShotDigest*>(dlsym(openssl, "SHA256"));
  ASSERT_NE(theirs, nullptr);

  std::array<std::uint8_t, 32> digest;
  theirs(abc, sizeof abc, digest.data());
  EXPECT_EQ(testing::hex(digest), abc_digest);

  ASSERT_TRUE(check_backend());
  EXPECT_EQ(testing::hex(sha256(abc)), abc_digest);
  testing::TapeEntropy tape(1);
  const auto keys = IdentityKeyPair::generate(tape);
  const auto signature = sign(*keys, abc, tape);
  ASSERT_TRUE(signature);
  EXPECT_TRUE(xeddsa_verify(keys->public_key().bytes(), abc, *signature));
  const auto gcm = AesGcm::create(keys->public_key().bytes());
  std::array<std::uint8_t, 19> sealed;
  std::array<std::uint8_t, 3> opened;
  const std::array<std::uint8_t, 12> nonce{};
  gcm->seal(sealed, nonce, abc, {});
  EXPECT_TRUE(gcm->open(opened, nonce, sealed, {}));
  sealed[0] ^= 1;
  EXPECT_FALSE(gcm->open(opened, nonce, sealed, {}));  // Walks through the error queue as well.

  theirs(abc, sizeof abc, digest.data());
  EXPECT_EQ(testing::hex(digest), abc_digest);
}

}  // namespace
}  // namespace sotto::crypto
