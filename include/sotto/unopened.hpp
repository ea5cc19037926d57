// SPDX-License-Identifier: MIT OR Apache-2.0
/// What becomes of a message that `decrypt` refused: whether the app acknowledges it to whoever
/// delivered it, and whether the peer has to send it again.
#pragma once

#include <array>
#include <cstdint>

#include <sotto/error.hpp>

namespace sotto {

enum class Unopened : std::uint8_t {
  worthless,  ///< acknowledge it: this device will never open it, and nothing is lost, but for the
              ///< late messages that the table names
  doubtful,   ///< acknowledge it: this device will never open it, and cannot tell what it is: a
              ///< forgery, or sealed for a session or chain that is kept no longer. If it comes
              ///< again and again from one device, `connect`, and ask the peer to send again
  lost,       ///< acknowledge it, `connect`, and ask the peer to send again what it said: it may
              ///< be honest, and as a rule this device will never open it
  keep,       ///< do not acknowledge it: it may open once what stands in the way is gone
};

struct UnopenedRule {
  Error error;
  Unopened message;
};

/// Each error of `Device::decrypt`, of `Transaction::decrypt`, and of the commit that follows,
/// once.
inline constexpr std::array unopened_rules{
    // No peer sent it as it is, or it was opened before. `replayed` is also said of a message whose
    // key is kept no longer, by number or by age (`RatchetLimits`, `SessionLimits`), and of a
    // first message without one-time prekey whose session was erased, or began under another
    // device number of the sender's name: who delivers one message so makes the next ones of that
    // session worthless.
    UnopenedRule{Error::malformed, Unopened::worthless},
    UnopenedRule{Error::replayed, Unopened::worthless},
    UnopenedRule{Error::weak_key, Unopened::worthless},
    // While there is another session with the sender, this is also said of a message of one that
    // was erased: for its age or for room (`SessionLimits`), by `erase_sessions`, `forget` or
    // `accept_identity`, with a device that was set up anew, or by a backup that was restored.
    UnopenedRule{Error::authentication_failed, Unopened::doubtful},
    // The session or the prekey that it is for is gone or too old; too many were lost before it;
    // it came without one-time prekey and the signed one serves no more; it is longer than we take.
    // `unknown_prekey` is also said of a first message whose session began under another name. Its
    // identity may belong to that name: then `connect` is `identity_in_use`, and a person decides.
    // `own_identity` is also said of a device of our own account, when this one was opened without
    // that account's name (`DeviceLimits::shared_identity_name`), or with an earlier name of it.
    UnopenedRule{Error::no_session, Unopened::lost},
    UnopenedRule{Error::unknown_prekey, Unopened::lost},
    UnopenedRule{Error::too_far_ahead, Unopened::lost},
    UnopenedRule{Error::exhausted, Unopened::lost},
    UnopenedRule{Error::too_large, Unopened::lost},
    UnopenedRule{Error::own_identity, Unopened::lost},
    // A person decides: it opens after `accept_identity` of the key that it showed; and after
    // `identity_in_use`, once the other name has become this one (`rename_account`), or is
    // forgotten and the message's session did not begin under it.
    UnopenedRule{Error::identity_changed, Unopened::keep},
    UnopenedRule{Error::identity_in_use, Unopened::keep},
    // Somebody else was faster, or is inside: again at once, or from the next transaction.
    UnopenedRule{Error::conflict, Unopened::keep},
    UnopenedRule{Error::wrong_state, Unopened::keep},
    UnopenedRule{Error::consumed, Unopened::keep},
    // The call was wrong: again with what the function takes. `invalid_argument` is said of a name
    // that is empty or longer than `Address::max_name_bytes`. Whether the service gave that name or
    // the app made it, the app alone knows. If the service gave it, the message is worthless.
    UnopenedRule{Error::invalid_argument, Unopened::keep},
    UnopenedRule{Error::buffer_too_small, Unopened::keep},
    UnopenedRule{Error::buffers_overlap, Unopened::keep},
    // The system or the store failed: again later. After `outcome_unknown`, `replayed` may follow.
    UnopenedRule{Error::entropy_failed, Unopened::keep},
    UnopenedRule{Error::out_of_memory, Unopened::keep},
    UnopenedRule{Error::backend_unavailable, Unopened::keep},
    UnopenedRule{Error::store_failed, Unopened::keep},
    UnopenedRule{Error::outcome_unknown, Unopened::keep},
    // The store has to be mended, or the program brought up to date, first. A message of another
    // version is kept as well: a newer program may open it. Let it hold up no other.
    // `not_set_up`: the device was erased. What came for it may be for the one that is set up next.
    UnopenedRule{Error::rolled_back, Unopened::keep},
    UnopenedRule{Error::not_set_up, Unopened::keep},
    UnopenedRule{Error::corrupted, Unopened::keep},
    UnopenedRule{Error::old_format, Unopened::keep},
    UnopenedRule{Error::unsupported_version, Unopened::keep},
};

/// What becomes of a message for which `decrypt`, or the commit behind it, answered `error`. An
/// error that they do not answer says nothing of the message: it is kept.
[[nodiscard]] constexpr Unopened unopened(Error error) noexcept {
  for (const UnopenedRule& rule : unopened_rules)
    if (rule.error == error) return rule.message;
  return Unopened::keep;
}

}  // namespace sotto
