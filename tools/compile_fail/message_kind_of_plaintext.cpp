// SPDX-License-Identifier: MIT OR Apache-2.0
// No kind of message means that it is not encrypted.
#include <sotto/messenger.hpp>

sotto::MessageKind attempt() {
#ifdef ATTEMPT
  return sotto::MessageKind::plaintext;  // refused
#else
  return sotto::MessageKind::signal;
#endif
}
