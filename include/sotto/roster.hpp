// SPDX-License-Identifier: MIT OR Apache-2.0
/// A user's devices as a signed, numbered, hash-chained list; specified in spec/rosters.md.
///
///   who has the devices:   begin -> list 0, then add, remove, replace -> lists 1, 2, ...
///   whoever else:          read_roster -> RosterParts, then verify_first, verify_next -> Roster
///
/// Each list is signed by a device of the one before and differs from it in one device, so that
/// every change is an event with an author. What is kept of lists is known_roster.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sotto/address.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/ids.hpp>
#include <sotto/keys.hpp>

namespace sotto {

/// Names one list by all that it says, and through it all lists before it. What two sides see of
/// both their lists is a hash of this type as well; zeros when there is none.
using RosterHash = Public<struct RosterHashRole, 32>;

/// A list as messages name it. Number 0 and a hash of zeros: no list is known.
struct RosterClaim {
  std::uint64_t number = 0;
  RosterHash hash;
  friend bool operator==(const RosterClaim&, const RosterClaim&) = default;
};

/// The most devices of one user [RO-1-3].
inline constexpr std::size_t roster_max_devices = 32;
/// A device's claim as bytes: device(4) identity(32) signature(64).
inline constexpr std::size_t device_claim_bytes = 4 + 32 + 64;

/// The exact size of a list: version(1) user(32) number(8) previous(32) at(8) signer(4) count(2),
/// the claims, signature(64) [RO-1-1].
[[nodiscard]] constexpr std::size_t roster_bytes(std::size_t devices) noexcept {
  return 1 + 32 + 8 + 32 + 8 + 4 + 2 + devices * device_claim_bytes + 64;
}
inline constexpr std::size_t roster_max_bytes = roster_bytes(roster_max_devices);

/// A device's own word that it is this user's device of this number, signed by its identity key:
/// nobody can list a key that is not theirs [RO-2-1].
struct DeviceClaim {
  DeviceId device{};
  IdentityPublic identity;
  Signature signature;
  friend bool operator==(const DeviceClaim&, const DeviceClaim&) = default;
};

/// Sign a claim, on the new device. Draws 64 bytes. Errors: `entropy_failed`,
/// `backend_unavailable`.
[[nodiscard]] Result<DeviceClaim> claim_device(const UserId& user, DeviceId device,
                                               const IdentityKeyPair& keys,
                                               Entropy& entropy) noexcept;
/// Errors: `bad_signature`, `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<void> verify_claim(const UserId& user, const DeviceClaim& claim) noexcept;

/// A claim as its 100 bytes. Errors: `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_device_claim(MutableBytes out,
                                                      const DeviceClaim& claim) noexcept;
/// Errors: `malformed`.
[[nodiscard]] Result<DeviceClaim> read_device_claim(Bytes bytes) noexcept;

/// What a list says. Nobody vouches for it yet.
struct RosterParts {
  UserId user;
  std::uint64_t number = 0;
  RosterHash previous;  ///< of the list before; zeros in list 0
  Instant at{};         ///< by the signer's clock; only people read it
  DeviceId signer{};    ///< a device of the list before; of list 0, its one device
  std::uint16_t count = 0;
  std::array<DeviceClaim, roster_max_devices> claims;  ///< `count`, by ascending device
  Signature signature;

  /// `count` must be at most `roster_max_devices`.
  [[nodiscard]] std::span<const DeviceClaim> devices() const noexcept {
    return std::span(claims).first(count);
  }
};

/// Read a list [RO-1-1, RO-1-2, RO-1-3]. Errors: `malformed`, `unsupported_version`.
[[nodiscard]] Result<RosterParts> read_roster(Bytes bytes) noexcept;
/// The hash of a list: of all but its signature [RO-1-4].
[[nodiscard]] RosterHash roster_hash(const RosterParts& parts) noexcept;

enum class RosterChangeKind : std::uint8_t {
  added = 1,
  removed,
  replaced,  ///< the same device under another identity key: set up anew
};

/// What one list changed.
struct RosterChange {
  RosterChangeKind kind = RosterChangeKind::added;
  DeviceId device{};
  DeviceId by{};             ///< the device that signed it
  std::uint64_t number = 0;  ///< of the list
  Instant at{};              ///< by that device's clock
  IdentityPublic identity;   ///< the new one; of a removed device, its last
};

/// A verified list: nothing but the functions below makes one. 3.4 kB, no memory besides.
class Roster {
 public:
  /// List 0 with its one device, which signs for itself. Draws 128 bytes. Errors: `malformed` (a
  /// time before 1970), `entropy_failed`, `backend_unavailable`.
  [[nodiscard]] static Result<Roster> begin(const UserId& user, DeviceId first,
                                            const IdentityKeyPair& keys, Instant at,
                                            Entropy& entropy) noexcept;

  /// The next list with one more device. `signer` is the identity of a device of this list. Each of
  /// the three draws 64 bytes; `at` is moved up to that of this list when the clock went back.
  /// Errors: `wrong_state` (no device of this list has that identity), `already_exists` (the
  /// device or its identity is listed already), `bad_signature` (of the claim), `exhausted`
  /// (32 devices, or the last number), `malformed`, `entropy_failed`, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] Result<Roster> add(const DeviceClaim& claim, const IdentityKeyPair& signer,
                                   Instant at, Entropy& entropy) const noexcept;
  /// The next list without a device, which may be the signer. Errors: `wrong_state` (also: not
  /// listed, or the last one), `exhausted`, `malformed`, `entropy_failed`, `backend_unavailable`.
  [[nodiscard]] Result<Roster> remove(DeviceId device, const IdentityKeyPair& signer, Instant at,
                                      Entropy& entropy) const noexcept;
  /// The next list with another identity for a device that was set up anew. Errors: as of `add`,
  /// and `wrong_state` when the device is not listed.
  [[nodiscard]] Result<Roster> replace(const DeviceClaim& claim, const IdentityKeyPair& signer,
                                       Instant at, Entropy& entropy) const noexcept;

  /// A list 0 that its device signed [RO-3-1]. Who may have that name, only people can tell.
  /// Errors: `malformed` (it is no list 0), `bad_signature`, `out_of_memory`,
  /// `backend_unavailable`.
  [[nodiscard]] static Result<Roster> verify_first(const RosterParts& parts) noexcept;
  /// The list after this one [RO-3-2, RO-3-3]. At most two signatures are verified. Errors:
  /// `malformed` (it does not follow this one, or changes not one device), `bad_signature` (also:
  /// the signer is no device of this list), `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] Result<Roster> verify_next(const RosterParts& parts) const noexcept;

  [[nodiscard]] const RosterParts& parts() const noexcept { return parts_; }
  [[nodiscard]] const UserId& user() const noexcept { return parts_.user; }
  [[nodiscard]] std::uint64_t number() const noexcept { return parts_.number; }
  [[nodiscard]] std::span<const DeviceClaim> devices() const noexcept { return parts_.devices(); }
  [[nodiscard]] const RosterHash& hash() const noexcept { return hash_; }
  [[nodiscard]] RosterClaim claim() const noexcept { return {parts_.number, hash_}; }
  /// Null when there is no such device. Lives as long as this.
  [[nodiscard]] const DeviceClaim* find(DeviceId device) const noexcept;
  [[nodiscard]] std::size_t size_bytes() const noexcept { return roster_bytes(parts_.count); }
  /// The list as bytes, to be shown to others. Errors: `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> write(MutableBytes out) const noexcept;

 private:
  friend class KnownRoster;  // Loads what was verified when it was stored.
  explicit Roster(const RosterParts& parts) noexcept : parts_(parts), hash_(roster_hash(parts)) {}
  [[nodiscard]] Result<RosterParts> successor(Instant at) const noexcept;
  [[nodiscard]] Result<Roster> sign(RosterParts& next, const IdentityKeyPair& signer,
                                    Entropy& entropy) const noexcept;

  RosterParts parts_;
  RosterHash hash_;
};

/// What two sides see of both their lists, the same for both: for offers of calls [RO-1-5].
[[nodiscard]] RosterHash rosters_hash(const RosterHash& ours, const RosterHash& theirs) noexcept;

}  // namespace sotto
