// SPDX-License-Identifier: MIT OR Apache-2.0
// Two copies of a sender would seal two packets under one nonce.
#include <sotto/srtp.hpp>

sotto::SrtpSender attempt(sotto::SrtpSender& sender) {
#ifdef ATTEMPT
  return sender;  // refused
#else
  return std::move(sender);
#endif
}
