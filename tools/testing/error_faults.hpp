// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who is at fault for each error, and the words by which the error's text says so, for tests.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <sotto/error.hpp>

namespace sotto::testing {

/// Who caused a failure. A peer's messages and bundles come through a network and a service, which
/// count as the peer here.
enum class Fault : std::uint8_t { caller, peer, store, system, nobody };

inline constexpr std::array every_fault{Fault::caller, Fault::peer, Fault::store, Fault::system,
                                        Fault::nobody};

/// Whom the text of an error may blame. An error that several can cause names each of them. One
/// that may be nobody's fault accuses nobody.
struct Blame {
  Error error;
  std::array<Fault, 2> faults;

  constexpr Blame(Error of, Fault first) noexcept : error(of), faults{first, first} {}
  constexpr Blame(Error of, Fault first, Fault second) noexcept
      : error(of), faults{first, second} {}
  [[nodiscard]] constexpr bool allows(Fault fault) const noexcept {
    return fault == faults[0] || fault == faults[1];
  }
};

inline constexpr std::array blames{
    Blame{Error::malformed, Fault::peer, Fault::caller},
    Blame{Error::authentication_failed, Fault::peer, Fault::nobody},
    Blame{Error::replayed, Fault::nobody},
    Blame{Error::too_far_ahead, Fault::peer},
    Blame{Error::bad_signature, Fault::peer},
    Blame{Error::weak_key, Fault::peer, Fault::caller},
    Blame{Error::own_identity, Fault::peer, Fault::caller},
    Blame{Error::unknown_key, Fault::nobody},
    Blame{Error::unknown_prekey, Fault::peer},
    Blame{Error::entropy_failed, Fault::system},
    Blame{Error::exhausted, Fault::nobody},
    Blame{Error::counter_reused, Fault::caller},
    Blame{Error::too_many_streams, Fault::nobody},
    Blame{Error::buffer_too_small, Fault::caller},
    Blame{Error::buffers_overlap, Fault::caller},
    Blame{Error::out_of_memory, Fault::system},
    Blame{Error::backend_unavailable, Fault::system},
    Blame{Error::unsupported_version, Fault::nobody},
    Blame{Error::no_session, Fault::caller, Fault::peer},
    Blame{Error::identity_changed, Fault::peer},
    Blame{Error::identity_in_use, Fault::peer},
    Blame{Error::stale_bundle, Fault::peer},
    Blame{Error::downgraded, Fault::peer},
    Blame{Error::rosters_differ, Fault::peer},
    Blame{Error::wrong_state, Fault::caller},
    Blame{Error::conflict, Fault::nobody},
    Blame{Error::rolled_back, Fault::store},
    Blame{Error::corrupted, Fault::store, Fault::caller},
    Blame{Error::store_failed, Fault::store},
    Blame{Error::invalid_argument, Fault::caller},
    Blame{Error::not_set_up, Fault::caller},
    Blame{Error::already_exists, Fault::caller},
    Blame{Error::consumed, Fault::caller},
    Blame{Error::outcome_unknown, Fault::store},
    Blame{Error::old_format, Fault::nobody},
    Blame{Error::too_large, Fault::peer, Fault::caller},
};

/// Whether `error` may come of what `fault` did.
constexpr bool may_blame(Error error, Fault fault) noexcept {
  const auto* const found = std::ranges::find(blames, error, &Blame::error);
  return found != blames.end() && found->allows(fault);
}

/// Words of which a text has at least one when somebody may be at fault, and words that nobody
/// should read who is not.
struct FaultWords {
  Fault fault;
  std::array<std::string_view, 8> addresses;
  std::array<std::string_view, 5> accuses;
};

inline constexpr std::array fault_words{
    FaultWords{Fault::caller,
               {"program", "Hand in", "Check", "choose", "Look at", "Send packets",
                "Raise the limit", "Correct"},
               {"calling program", "Correct", "correct it", "Hand in", "was never filled"}},
    FaultWords{Fault::peer,
               {"peer", "message", "bundle", "sender", "whoever", "Drop", "list", "names"},
               {"suspect", "Suspect", "altered on the way", "slipped in", "is false"}},
    FaultWords{
        Fault::store,
        {"store ", "Stored", "stored", "snapshot", "store", "store", "store", "store"},
        {"The store could", "Stored bytes were", "is older than", "The store cannot", "Repair it"}},
    FaultWords{Fault::system,
               {"The system", "randomness", "library", "library", "library", "library", "library",
                "library"},
               {"The system gave", "randomness failed", "library is missing", "repair the source",
                "install "}},
};

}  // namespace sotto::testing
