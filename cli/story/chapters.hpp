// SPDX-License-Identifier: MIT OR Apache-2.0
/// The story, chapter by chapter. Each is told and checked on its own, in this order.
#pragma once

#include "story/teller.hpp"
#include "story/world.hpp"

namespace sotto::story {

/// The two conversations that the chapters speak in.
struct Talks {
  ConversationId open;          ///< all devices of both
  ConversationId private_talk;  ///< Alice's phone and Bob's
};

/// Three devices show one conversation; then one that is limited to two of them.
[[nodiscard]] Talks tell_devices(World& world, Teller& teller);
/// A message disappears, from memory and from both files.
void tell_timer(World& world, const Talks& talks, Teller& teller);
/// A file goes beside a message.
void tell_file(World& world, const Talks& talks, Teller& teller);
/// Two of three messages are reported, and the platform can tell that they are true.
void tell_report(World& world, const Talks& talks, Teller& teller);
/// A call whose offer names both lists of devices.
void tell_call(World& world, const Talks& talks, Teller& teller);
/// People compare numbers; later somebody slips a device into Alice's list.
void tell_number(World& world, Teller& teller);
void tell_ghost(World& world, const Talks& talks, Teller& teller);
/// What the service has of all that.
void tell_service(World& world, Teller& teller);

}  // namespace sotto::story
