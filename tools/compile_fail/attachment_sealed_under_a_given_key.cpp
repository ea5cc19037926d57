// SPDX-License-Identifier: MIT OR Apache-2.0
// A sealer draws its key: one that served for another file would repeat the keystream.
#include <sotto/attachment.hpp>

void attempt(const sotto::AttachmentKey& key, sotto::Entropy& entropy) {
#ifdef ATTEMPT
  static_cast<void>(sotto::AttachmentSealer::create(1000, key));  // refused
#else
  static_cast<void>(sotto::AttachmentSealer::create(1000, entropy));
  static_cast<void>(key);
#endif
}
