// SPDX-License-Identifier: MIT OR Apache-2.0
// The two directions of a call are two types: the sending end cannot open.
#include <sotto/srtp.hpp>

void attempt(sotto::SrtpSender& sender, sotto::SrtpReceiver& receiver, sotto::MutableBytes out,
             sotto::Bytes packet) {
#ifdef ATTEMPT
  static_cast<void>(sender.unprotect(out, packet));  // refused
#else
  static_cast<void>(receiver.unprotect(out, packet));
  static_cast<void>(sender);
#endif
}
