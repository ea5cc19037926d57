// SPDX-License-Identifier: MIT OR Apache-2.0
// There is no profile that leaves media in the clear.
#include <sotto/srtp.hpp>

sotto::SrtpProfile attempt() {
#ifdef ATTEMPT
  return sotto::SrtpProfile::null_hmac_sha1_80;  // refused
#else
  return sotto::SrtpProfile::aead_aes_256_gcm;
#endif
}
