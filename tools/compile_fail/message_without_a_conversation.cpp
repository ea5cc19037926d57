// SPDX-License-Identifier: MIT OR Apache-2.0
// What is said is said in a conversation, whose devices and keys it goes to: not to a user.
#include <sotto/messenger.hpp>

void attempt(sotto::Messenger& messenger, const sotto::ConversationId& where,
             const sotto::UserId& whom, sotto::Bytes text, sotto::Entropy& entropy,
             sotto::Instant now) {
  static_cast<void>(where), static_cast<void>(whom);
#ifdef ATTEMPT
  static_cast<void>(
      messenger.send(whom, sotto::ContentKind::text, text, {}, entropy, now));  // refused
#else
  static_cast<void>(messenger.send(where, sotto::ContentKind::text, text, {}, entropy, now));
#endif
}
