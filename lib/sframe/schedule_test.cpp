// SPDX-License-Identifier: MIT OR Apache-2.0
// The step of a chain in figures that were made elsewhere: HKDF of RFC 5869 in Python's hmac
// module.
#include "sframe/schedule.hpp"

#include <numeric>

#include "sframe/test_frames.hpp"
#include "testing/hex.hpp"

namespace sotto::sframe {
namespace {

// HKDF-Expand(HKDF-Extract("", 00 01 .. 1f), "SFrame 1.0 Ratchet", size of the hash)
// [RFC9605-5.1-1]
constexpr const char* after_sha256 =
    "1e31370b2f041d5c893dbba4b27bc3e67956a51ae6221a427445cab04059fd65";
constexpr const char* after_sha512 =
    "bfb9f8aab9aacc7cad670563bcb29181af952b8e279a8673ded8b2dea3249e05"
    "12e38ae7d77aa9d85851602358b2968d9a81b34aa33deedf4f95d5edf0660d67";

TEST(Schedule, TheNextBaseKeyOfEachSuite) {
  Buffer first(32);
  std::iota(first.begin(), first.end(), std::uint8_t{0});
  for (const SframeSuite id : all_suites) {
    const Suite& suite = *find_suite(id);
    const Buffer want =
        testing::unhex(suite.hash == Suite::Hash::sha256 ? after_sha256 : after_sha512);
    const auto next = next_base_key(suite, first);
    EXPECT_EQ(Buffer(next.expose().begin(), next.expose().end()), want)
        << static_cast<int>(std::to_underlying(id));
    auto sender = *SframeSender::create(id, SframeKid{0x100}, *SframeBaseKey::create(first));
    ASSERT_TRUE(sender.ratchet(SframeChain{8}));
    const Bytes told = sender.base_key().expose();
    EXPECT_EQ(Buffer(told.begin(), told.end()), want);
  }
}

}  // namespace
}  // namespace sotto::sframe
