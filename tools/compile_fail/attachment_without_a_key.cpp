// SPDX-License-Identifier: MIT OR Apache-2.0
// A file is opened by its whole reference, which holds a key and a digest.
#include <sotto/attachment.hpp>

void attempt(const sotto::AttachmentReference& reference) {
#ifdef ATTEMPT
  static_cast<void>(sotto::AttachmentOpener::create(reference.digest));  // refused
#else
  static_cast<void>(sotto::AttachmentOpener::create(reference));
#endif
}
