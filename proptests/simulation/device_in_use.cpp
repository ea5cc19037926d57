// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device that is used in two places at once, and one that moves while it is used.
#include <thread>
#include <utility>

#include "device_under_test.hpp"

namespace sotto::prop::sim {

std::vector<Result<Sealed>> DeviceUnderTest::two_at_once(const PeerName& peer, Bytes plaintext,
                                                         Instant now) {
  std::vector<Result<Sealed>> results;
  auto first = device_->begin();
  Result<Transaction> second = std::unexpected(Error::not_set_up);
  std::thread([&] { second = device_->begin(); }).join();
  for (Result<Transaction>* const tx : {&first, &second}) {
    if (!*tx) {
      results.emplace_back(std::unexpected(tx->error()));
      continue;
    }
    const auto unsent = (*tx)->encrypt(address_of(peer), plaintext, now);
    if (!unsent) {
      results.emplace_back(std::unexpected(unsent.error()));
      continue;
    }
    const auto committed = std::move(**tx).commit();
    if (committed)
      results.push_back(released(*unsent, *committed));
    else
      results.emplace_back(std::unexpected(committed.error()));
  }
  return results;
}

Result<Sealed> DeviceUnderTest::encrypt_while_moved(const PeerName& peer, Bytes plaintext,
                                                    Instant now) {
  auto tx = device_->begin();
  if (!tx) return std::unexpected(tx.error());
  std::vector<Device> held;
  held.push_back(std::move(*device_));
  const auto left = device_->begin();
  held.reserve(held.capacity() + 1);
  Transaction moved = *std::move(tx);
  const auto unsent = moved.encrypt(address_of(peer), plaintext, now);
  *device_ = std::move(held.front());
  held.clear();
  if (left || left.error() != Error::consumed) return std::unexpected(Error::not_set_up);
  if (!unsent) return std::unexpected(unsent.error());
  const auto committed = std::move(moved).commit();
  if (!committed) return std::unexpected(committed.error());
  return released(*unsent, *committed);
}

}  // namespace sotto::prop::sim
