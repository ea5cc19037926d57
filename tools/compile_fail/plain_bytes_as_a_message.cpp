// SPDX-License-Identifier: MIT OR Apache-2.0
// A message to be sent comes from `encrypt`; plaintext does not pass for one.
#include <sotto/device.hpp>

sotto::Result<sotto::Message> attempt(sotto::Device& device, sotto::MutableBytes out,
                                      const sotto::Address& to, sotto::Bytes plaintext,
                                      sotto::Instant now) {
  static_cast<void>(device), static_cast<void>(out), static_cast<void>(to), static_cast<void>(now);
#ifdef ATTEMPT
  return plaintext;  // refused
#else
  return device.encrypt(out, to, plaintext, now);
#endif
}
