// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>

#include <sotto/account_number.hpp>
#include <sotto/backend.hpp>

#include "base/writer.hpp"
#include "conversation/fingerprint.hpp"

namespace sotto {
namespace {

using conversation::half_bytes;

constexpr std::string_view devices_label = "sotto account devices 1";
constexpr std::string_view number_label = "sotto account number 1";
constexpr std::string_view magic = "sotto-an";
constexpr std::uint8_t version = 1;
constexpr std::size_t ours_at = 9;
constexpr std::size_t theirs_at = ours_at + half_bytes;

constexpr std::size_t device_bytes = 4 + 32;
constexpr std::size_t list_max_bytes = 32 + 2 + account_max_devices * device_bytes;

Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One side's digest, or nothing for a list that there is not. The list is hashed once, so that
/// each iteration costs the same however many devices there are [SN-3-1].
std::optional<crypto::Sha512Digest> stretch(const AccountSide& side,
                                            std::uint32_t iterations) noexcept {
  const std::size_t count = side.devices.size();
  if (count == 0 || count > account_max_devices) return std::nullopt;
  std::array<AccountDevice, account_max_devices> room;
  std::ranges::copy(side.devices, room.begin());
  const auto sorted = std::span(room).first(count);
  std::ranges::sort(sorted, {}, &AccountDevice::device);
  if (std::ranges::adjacent_find(sorted, {}, &AccountDevice::device) != sorted.end())
    return std::nullopt;  // [SN-3-2]

  std::array<std::uint8_t, list_max_bytes> list;
  base::Writer writer(list);
  writer.put(side.user.bytes());
  writer.put_uint(static_cast<std::uint16_t>(count));
  for (const AccountDevice& one : sorted) {
    writer.put_uint(one.device);
    writer.put(one.identity.bytes());
  }
  const std::size_t used = 32 + 2 + count * device_bytes;
  const auto devices = crypto::sha512({as_bytes(devices_label), Bytes(list).first(used)});
  auto digest = crypto::sha512({as_bytes(number_label), devices});
  for (std::uint32_t i = 1; i < iterations; ++i) digest = crypto::sha512({digest, devices});
  return digest;
}

}  // namespace

Result<AccountNumber> account_number(const AccountSide& ours, const AccountSide& theirs,
                                     std::uint32_t iterations) noexcept {
  if (!conversation::are_iterations(iterations)) return std::unexpected(Error::malformed);
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  const auto our_digest = stretch(ours, iterations);
  const auto their_digest = stretch(theirs, iterations);
  if (!our_digest || !their_digest) return std::unexpected(Error::malformed);

  AccountNumber number{conversation::digits_of(*our_digest, *their_digest), {}};
  base::Writer writer(number.scannable);
  writer.put(as_bytes(magic));
  writer.put_uint(version);
  writer.put(Bytes(*our_digest).first(half_bytes));
  writer.put(Bytes(*their_digest).first(half_bytes));
  return number;
}

// [SN-3-3]
Result<SafetyComparison> compare_account_number(const AccountNumber& ours, Bytes scanned) noexcept {
  if (scanned.size() <= magic.size() ||
      !std::ranges::equal(scanned.first(magic.size()), as_bytes(magic)))
    return std::unexpected(Error::malformed);
  if (scanned[magic.size()] != version) return std::unexpected(Error::unsupported_version);
  if (scanned.size() != ours.scannable.size()) return std::unexpected(Error::malformed);
  return conversation::compare_codes(ours.scannable, scanned, ours_at, theirs_at);
}

}  // namespace sotto
