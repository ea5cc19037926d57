// SPDX-License-Identifier: MIT OR Apache-2.0
// There is no profile without a tag.
#include <sotto/srtp.hpp>

sotto::SrtpProfile attempt() {
#ifdef ATTEMPT
  return sotto::SrtpProfile::aes_cm_128_null_auth;  // refused
#else
  return sotto::SrtpProfile::aes_cm_128_hmac_sha1_80;
#endif
}
