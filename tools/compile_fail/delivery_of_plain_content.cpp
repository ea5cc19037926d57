// SPDX-License-Identifier: MIT OR Apache-2.0
// A content cannot be handed to a messenger as what is to be delivered: only sealed bytes come out.
#include <sotto/messenger.hpp>

void attempt(sotto::Messenger& messenger, const sotto::ContentView& content,
             sotto::MutableBytes out, sotto::Instant now) {
  static_cast<void>(content);
#ifdef ATTEMPT
  static_cast<void>(messenger.next_delivery(out, content, now));  // refused
#else
  static_cast<void>(messenger.next_delivery(out, std::nullopt, now));
#endif
}
