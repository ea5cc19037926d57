// SPDX-License-Identifier: MIT OR Apache-2.0
// What seals a file does not open it, nor give out its key before the end.
#include <sotto/attachment.hpp>

void attempt(sotto::AttachmentSealer& sealer, sotto::MutableBytes out, sotto::Bytes plaintext) {
#ifdef ATTEMPT
  static_cast<void>(sealer.open(out, plaintext));  // refused
#else
  static_cast<void>(sealer.seal(out, plaintext));
#endif
}
