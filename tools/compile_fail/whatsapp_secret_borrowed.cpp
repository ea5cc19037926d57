// SPDX-License-Identifier: MIT OR Apache-2.0
// A call consumes its secret: a second call under the same would repeat the keystream.
#include <utility>

#include <sotto/whatsapp.hpp>

void attempt(sotto::WhatsappCallSecret& secret, const sotto::WhatsappParticipants& participants) {
#ifdef ATTEMPT
  static_cast<void>(sotto::start_whatsapp_media(secret, participants));  // refused
#else
  static_cast<void>(sotto::start_whatsapp_media(std::move(secret), participants));
#endif
}
