// SPDX-License-Identifier: MIT OR Apache-2.0
// A bundle leaves the transaction that made it only after the commit.
#include <utility>

#include <sotto/device.hpp>

sotto::Result<sotto::wire::DeviceBundle> attempt(sotto::Transaction& tx) {
  const auto pending = tx.bundle();
  if (!pending) return std::unexpected(pending.error());
#ifdef ATTEMPT
  return *pending;  // refused
#else
  const auto committed = std::move(tx).commit();
  if (!committed) return std::unexpected(committed.error());
  return pending->release(*committed);
#endif
}
