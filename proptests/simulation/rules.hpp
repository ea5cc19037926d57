// SPDX-License-Identifier: MIT OR Apache-2.0
/// What must hold in a world that misbehaves, and what the library is known not to hold yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "faults.hpp"

namespace sotto::prop::sim {

enum class Rule : std::uint8_t {
  same_key_twice,
  acknowledged_lost,
  sent_lost,
  opened_twice,
  forgery_opened,
  blocked_by_unproved,
  other_identity_accepted,
  healed_thief_heard,
  change_untold,
  past_restored,
  share_exceeded,
  verified_falsely,
  alarm_unproved,
  stored_but_failed,
  rollback_untold,
  knows_falsely,
  false_error,
  exhausted_untold,
  not_converged,
  prekeys_not_published,
  old_stays,
};
inline constexpr std::size_t rule_count = 21;
inline constexpr std::array<std::string_view, rule_count> rule_names{
    "S1: one ratchet key and number with different bytes",
    "S2: a message that was acknowledged is not in its row",
    "S2: a message that was sent cannot be opened",
    "S2: a message opened twice",
    "S3: something that nobody sent was opened",
    "S3: a name or identity is blocked by an identity that never proved itself",
    "S3: another identity was accepted than the one proved",
    "S3: a thief was heard after the session had healed",
    "S3: another session became the current one, and nothing said so",
    "S1: a snapshot was restored of what is past, or never was",
    "S3: one name used up more of a signed prekey than its share",
    "S4: an identity was noted as verified that is not the accepted one",
    "S4: an alarm about an identity that nobody proved",
    "S4: the store is said to have failed, and the change is stored",
    "S4: a store was set back, and nobody who knew better said so",
    "S4: a device says of a peer or of itself what is not so",
    "S4: an error that is not true",
    "S4: a bound was reached and nothing says what is to be done",
    "L1: two devices do not come together again",
    "L2: a device has no prekeys at the service again",
    "L3: what is old is never erased",
};
[[nodiscard]] constexpr std::string_view name_of(Rule rule) noexcept {
  return rule_names[static_cast<std::size_t>(rule)];
}

/// Thrown when a rule does not hold.
struct Violation {
  Rule rule;
  std::string what;
  FaultSet struck;  ///< all that went wrong with those concerned
};

/// A rule, or any, that the library does not hold yet once `fault` has struck.
struct NotMended {
  std::optional<Rule> rule;
  Fault fault;
  std::string_view reason;
};

/// The one list of what is not mended yet. A violation of such a rule ends its run and is counted;
/// every other one fails the test.
[[nodiscard]] std::span<const NotMended> not_mended_yet() noexcept;

/// The entry that a violation falls under, or null.
[[nodiscard]] const NotMended* known(const Violation& violation) noexcept;

}  // namespace sotto::prop::sim
