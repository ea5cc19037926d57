// SPDX-License-Identifier: MIT OR Apache-2.0
// A key alone opens no file: the digest and the size say which one it is.
#include <sotto/attachment.hpp>

void attempt(const sotto::AttachmentReference& reference) {
#ifdef ATTEMPT
  static_cast<void>(sotto::AttachmentOpener::create(reference.key));  // refused
#else
  static_cast<void>(sotto::AttachmentOpener::create(reference));
#endif
}
