// SPDX-License-Identifier: MIT OR Apache-2.0
/// The identity keys that alarms were about, until a person has answered.
#pragma once

#include <cstddef>
#include <optional>

#include <sotto/keys.hpp>

#include "session/growing.hpp"
#include "session/rows.hpp"

namespace sotto::session {

/// One key for each peer, in memory. When all places are taken, a key that nothing but a bundle
/// showed goes first; else the oldest of the key that has most places. So whoever shows one key
/// under many names drives out no key but its own, and keeps out none.
class Offers {
 public:
  static constexpr std::size_t most = 64;
  /// How a key was shown.
  enum class Shown : bool {
    in_a_bundle,   ///< by nobody who holds it, as far as we know
    by_a_message,  ///< that opened under it
  };

  /// Make the room in which all are kept. Errors: `out_of_memory`.
  [[nodiscard]] Result<void> reserve() noexcept { return all_.reserve(most - all_.size()); }
  /// Keep a key in place of the peer's last one. What a bundle shows takes the place of no key
  /// that a message showed, but where that key is shown under another name too. There must be room.
  void add(const PeerId& peer, const IdentityPublic& identity, Shown shown) noexcept;

  [[nodiscard]] std::optional<IdentityPublic> of(const PeerId& peer) const noexcept;
  void withdraw(const PeerId& peer) noexcept;
  /// Of all devices of a name, whatever device `any` is.
  void withdraw_account(const PeerId& any) noexcept;

 private:
  struct Offer {
    PeerId peer;
    IdentityPublic identity;
    Shown shown;
  };
  [[nodiscard]] std::size_t places_of(const IdentityPublic& identity) const noexcept;
  [[nodiscard]] std::size_t first_to_go() const noexcept;

  Growing<Offer> all_;  // the oldest first
};

}  // namespace sotto::session
