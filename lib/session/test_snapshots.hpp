// SPDX-License-Identifier: MIT OR Apache-2.0
/// Snapshots as spec/storage.md says them, read and written without the code that is tested; and
/// devices of one account.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/snapshot.hpp>

#include "crypto/aes_gcm_siv.hpp"
#include "crypto/hmac.hpp"
#include "session/test_devices.hpp"

namespace sotto::session {

/// Who knows what `spec/storage.md` says and 32 bytes that are, or are not, the snapshot key.
class SnapshotBySpec {
 public:
  using Buffer = std::vector<std::uint8_t>;

  /// Of the device with this identity, number and registration.
  SnapshotBySpec(std::array<std::uint8_t, 32> key, const IdentityPublic& identity,
                 std::uint32_t device, std::uint32_t registration)
      : key_(key), owner_(identity.bytes().begin(), identity.bytes().end()) {
    for (const std::uint32_t number : {device, registration})
      for (int shift = 24; shift >= 0; shift -= 8)
        owner_.push_back(static_cast<std::uint8_t>(number >> shift));
  }

  [[nodiscard]] std::optional<Buffer> open(Bytes snapshot) const {
    Buffer content(snapshot.size() - 46);
    const auto opened = crypto::AesGcmSiv::create(key_)->open(
        content, snapshot.subspan<18, 12>(), snapshot.subspan(30), associated(snapshot.first(18)));
    return opened ? std::optional(content) : std::nullopt;
  }

  [[nodiscard]] Buffer seal(Bytes header, Bytes content) const {
    const Buffer with = associated(header);
    const std::string_view label = "sotto snapshot nonce";
    std::array<std::uint8_t, 32> mac;
    crypto::HmacSha256Key(key_).mac(mac, {bytes_of(label), with, content});
    Buffer out(content.size() + 46);
    std::ranges::copy(header, out.begin());
    std::ranges::copy(Bytes(mac).first(12), out.begin() + 18);
    crypto::AesGcmSiv::create(key_)->seal(MutableBytes(out).subspan(30),
                                          Bytes(out).subspan<18, 12>(), content, with);
    return out;
  }

 private:
  [[nodiscard]] Buffer associated(Bytes header) const {
    Buffer all(header.begin(), header.end());
    all.insert(all.end(), owner_.begin(), owner_.end());
    return all;
  }

  std::array<std::uint8_t, 32> key_;
  Buffer owner_;
};

/// Make of `party`, which has the identity of `seed`, another device with that identity, over an
/// empty store.
inline void make_sibling(Party& party, std::uint64_t seed, DeviceId number,
                         RegistrationId registration) {
  testing::TapeEntropy tape(seed);
  party.rows = *MemoryStore::create();
  party.device = *Device::create(party.store, storage_key(), *IdentityKeyPair::generate(tape),
                                 number, registration, party.limits);
}

}  // namespace sotto::session
