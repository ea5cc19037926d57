// SPDX-License-Identifier: MIT OR Apache-2.0
// Nothing but `verify` makes a verified report.
#include <memory>
#include <utility>

#include <sotto/franking.hpp>

void attempt(const sotto::PlatformKey& key, sotto::Bytes bytes) {
#ifdef ATTEMPT
  const sotto::VerifiedReport report(std::make_unique<sotto::VerifiedMessage[]>(1), 1);  // refused
  static_cast<void>(key), static_cast<void>(bytes);
#else
  const auto report = sotto::VerifiedReport::verify(key, bytes);
#endif
  static_cast<void>(report);
}
