// SPDX-License-Identifier: MIT OR Apache-2.0
// A sender of frames cannot open them, nor say anything in the clear: there is nothing but `seal`.
#include <sotto/ringrtc.hpp>

void attempt(sotto::RingrtcSender& sender, sotto::RingrtcReceiver& receiver,
             sotto::MutableBytes out, sotto::Bytes frame, sotto::Instant now) {
#ifdef ATTEMPT
  static_cast<void>(sender.open(out, frame, now));  // refused
#else
  static_cast<void>(receiver.open(out, frame, now));
  static_cast<void>(sender);
#endif
}
