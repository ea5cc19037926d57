// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/prekey_record.hpp"

#include <algorithm>
#include <utility>

#include "session/rows.hpp"

namespace sotto::session {
namespace {

constexpr std::size_t secret_at = 1;

Result<void> check(Bytes record, std::size_t size) noexcept {
  if (const auto right = check_prekey_format(record); !right) return right;
  if (record.size() != size) return std::unexpected(Error::corrupted);
  return {};
}

/// Secret and public key, side by side from `at` on.
template <class Pair>
Result<Pair> read_pair(Bytes record, std::size_t at) noexcept {
  using Key = std::remove_cvref_t<decltype(std::declval<Pair>().secret_key())>;
  auto pair = Pair::from_secret(Key(record.subspan(at).first<32>()));
  if (!pair && pair.error() == Error::backend_unavailable) return std::unexpected(pair.error());
  if (!pair || !std::ranges::equal(pair->public_key().bytes(), record.subspan(at + 32).first<32>()))
    return std::unexpected(Error::corrupted);
  return pair;
}

template <class Pair>
void write_pair(MutableBytes out, const Pair& pair) noexcept {
  std::ranges::copy(pair.secret_key().expose(), out.begin());
  std::ranges::copy(pair.public_key().bytes(), out.begin() + 32);
}

}  // namespace

Result<void> check_prekey_format(Bytes record) noexcept {
  if (record.empty() || record[0] == 0) return std::unexpected(Error::corrupted);
  if (record[0] < prekey_format) return std::unexpected(Error::old_format);
  if (record[0] > prekey_format) return std::unexpected(Error::unsupported_version);
  return {};
}

Result<OneTimePrekey> read_one_time(Bytes record, OneTimePrekeyId id) noexcept {
  if (const auto right = check(record, one_time_record_bytes); !right)
    return std::unexpected(right.error());
  auto keys = read_pair<OneTimePrekeyPair>(record, secret_at);
  if (!keys) return std::unexpected(keys.error());
  return OneTimePrekey{id, *std::move(keys)};
}

Result<SignedPrekey> read_signed(Bytes record, SignedPrekeyId id) noexcept {
  if (const auto right = check(record, signed_record_bytes); !right)
    return std::unexpected(right.error());
  auto keys = read_pair<SignedPrekeyPair>(record, secret_at);
  if (!keys) return std::unexpected(keys.error());
  return SignedPrekey{id, *std::move(keys), Signature(record.last<64>())};
}

Result<Bundle::OneTime> read_public(Bytes record, OneTimePrekeyId id) noexcept {
  if (const auto right = check(record, one_time_record_bytes); !right)
    return std::unexpected(right.error());
  return Bundle::OneTime{id, OneTimePrekeyPublic(record.last<32>())};
}

Result<Bundle> read_public(Bytes record, SignedPrekeyId id,
                           const IdentityPublic& identity) noexcept {
  if (const auto right = check(record, signed_record_bytes); !right)
    return std::unexpected(right.error());
  return Bundle{identity, id, SignedPrekeyPublic(record.subspan(secret_at + 32).first<32>()),
                Signature(record.last<64>()), std::nullopt};
}

Result<EphemeralPublic> read_used(Bytes record) noexcept {
  if (const auto right = check(record, used_record_bytes); !right)
    return std::unexpected(right.error());
  return EphemeralPublic(record.last<32>());
}

Result<NameUses> read_count(Bytes record) noexcept {
  if (const auto right = check(record, count_record_bytes); !right)
    return std::unexpected(right.error());
  NameUses uses{{}, number_at(record.subspan(33))};
  std::ranges::copy(record.subspan<1, 32>(), uses.name.begin());
  if (uses.count == 0) return std::unexpected(Error::corrupted);
  return uses;
}

void write(MutableBytes out, const OneTimePrekey& prekey) noexcept {
  out[0] = prekey_format;
  write_pair(out.subspan(secret_at), prekey.keys);
}

void write(MutableBytes out, const SignedPrekey& prekey) noexcept {
  out[0] = prekey_format;
  write_pair(out.subspan(secret_at), prekey.keys);
  std::ranges::copy(prekey.signature.bytes(), out.last<64>().begin());
}

void write(MutableBytes out, const EphemeralPublic& base_key) noexcept {
  out[0] = prekey_format;
  std::ranges::copy(base_key.bytes(), out.last<32>().begin());
}

void write(MutableBytes out, const NameUses& uses) noexcept {
  out[0] = prekey_format;
  std::ranges::copy(uses.name, out.subspan(1).begin());
  for (std::size_t i = 0; i < 4; ++i)
    out[33 + i] = static_cast<std::uint8_t>(uses.count >> (24 - 8 * i));
}

}  // namespace sotto::session
