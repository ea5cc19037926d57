// SPDX-License-Identifier: MIT OR Apache-2.0
// Only a commit shows that there was one.
#include <utility>

#include <sotto/device.hpp>

sotto::Result<sotto::Committed> attempt(sotto::Transaction& tx) {
#ifdef ATTEMPT
  static_cast<void>(tx);
  return sotto::Committed(sotto::Revision{1}, 1, nullptr, 0);  // refused
#else
  return std::move(tx).commit();
#endif
}
