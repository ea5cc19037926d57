// SPDX-License-Identifier: MIT OR Apache-2.0
/// Field numbers of what goes over the wire, as Signal's peers use them; bundles are our own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::wire {

namespace signal_field {
inline constexpr std::uint32_t ratchet_key = 1;
inline constexpr std::uint32_t counter = 2;
inline constexpr std::uint32_t previous_counter = 3;
inline constexpr std::uint32_t ciphertext = 4;
inline constexpr std::uint32_t pq_ratchet = 5;  ///< from version 4 on
inline constexpr std::uint32_t addresses = 6;   ///< from version 4 on
}  // namespace signal_field

namespace prekey_field {
inline constexpr std::uint32_t one_time_prekey_id = 1;
inline constexpr std::uint32_t base_key = 2;
inline constexpr std::uint32_t identity = 3;
inline constexpr std::uint32_t message = 4;
inline constexpr std::uint32_t registration = 5;
inline constexpr std::uint32_t signed_prekey_id = 6;
inline constexpr std::uint32_t kem_prekey_id = 7;
inline constexpr std::uint32_t kem_ciphertext = 8;
}  // namespace prekey_field

namespace bundle_field {
inline constexpr std::uint32_t registration = 1;
inline constexpr std::uint32_t device = 2;
inline constexpr std::uint32_t identity = 3;
inline constexpr std::uint32_t signed_prekey_id = 4;
inline constexpr std::uint32_t signed_prekey = 5;
inline constexpr std::uint32_t signature = 6;
inline constexpr std::uint32_t one_time_prekey_id = 7;
inline constexpr std::uint32_t one_time_prekey = 8;
}  // namespace bundle_field

inline constexpr std::size_t block_bytes = 16;      ///< of the cipher, AES-CBC
inline constexpr std::size_t addresses_bytes = 36;  ///< two of service id (17) || device (1)

}  // namespace sotto::wire
