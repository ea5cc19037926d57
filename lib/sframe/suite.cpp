// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/suite.hpp"

#include <array>
#include <limits>

namespace sotto::sframe {
namespace {

using enum SframeSuite;
using enum Suite::Hash;
using enum Suite::Cipher;

constexpr std::array suites{
    Suite{aes_128_ctr_hmac_sha256_80, sha256, ctr_hmac, 16, 10},
    Suite{aes_128_ctr_hmac_sha256_64, sha256, ctr_hmac, 16, 8},
    Suite{aes_128_ctr_hmac_sha256_32, sha256, ctr_hmac, 16, 4},
    Suite{aes_128_gcm_sha256_128, sha256, gcm, 16, 16},
    Suite{aes_256_gcm_sha512_128, sha512, gcm, 32, 16},
    Suite{aes_256_ctr_hmac_sha512_80, sha512, ctr_hmac, 32, 10},
    Suite{aes_256_ctr_hmac_sha512_64, sha512, ctr_hmac, 32, 8},
    Suite{aes_256_ctr_hmac_sha512_32, sha512, ctr_hmac, 32, 4},
    Suite{sotto_aes_256_ctr_hmac_sha512_256, sha512, ctr_hmac, 32, 32},
};

}  // namespace

const Suite* find_suite(SframeSuite id) noexcept {
  for (const Suite& suite : suites)
    if (suite.id == id) return &suite;
  return nullptr;
}

std::uint64_t forgery_budget(const Suite& suite) noexcept {
  switch (suite.tag_bytes) {
    case 4:
      return sframe_forgeries_4;
    case 8:
      return sframe_forgeries_8;
    case 10:
      return sframe_forgeries_10;
    default:
      return std::numeric_limits<std::uint64_t>::max();
  }
}

}  // namespace sotto::sframe
