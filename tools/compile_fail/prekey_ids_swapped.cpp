// SPDX-License-Identifier: MIT OR Apache-2.0
// The two kinds of prekey ids are two types, and no number becomes one by itself.
#include <sotto/x3dh.hpp>

void attempt(sotto::Initiation& initiation, sotto::OneTimePrekeyId id) {
#ifdef ATTEMPT
  initiation.signed_prekey_id = id;  // refused
#else
  initiation.one_time_prekey_id = id;
#endif
}
