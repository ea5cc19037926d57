// SPDX-License-Identifier: MIT OR Apache-2.0
/// Names of people, conversations and messages. None of them is secret.
#pragma once

#include <sotto/secret.hpp>

namespace sotto {

/// An account: 32 bytes that stay the same for the account's life and are never another account's.
/// Make them of an id that the service gives to one account once and that the account keeps when it
/// is renamed: its number, or a hash of that. A name, a phone number or a mail address will not do,
/// for it can change, and pass to somebody else.
///
/// `Messenger` keeps lists of devices, conversations and sessions under this id, and moves none of
/// them to another. If an account comes under another id, it is a stranger: its messages are
/// refused (`rosters_differ`; with its lists taken, `no_session` or `identity_in_use`), and its
/// conversations stay with the id of before. If an id passes to somebody else, they are taken for
/// the same person with other keys: their lists are a `reset`, and their messages
/// `identity_changed`. If a person accepts both, they are in all conversations of the one before.
using UserId = Public<struct UserIdRole, 32>;

/// A conversation: 32 random bytes drawn by the device that begins it.
using ConversationId = Public<struct ConversationRole, 32>;

/// A message: 16 random bytes drawn by the device that sends it.
using MessageId = Public<struct MessageIdRole, 16>;

}  // namespace sotto
