// SPDX-License-Identifier: MIT OR Apache-2.0
/// Names of people, conversations and messages. None of them is secret.
#pragma once

#include <sotto/secret.hpp>

namespace sotto {

/// An account: 32 bytes of the app's choice that stay the same for its life, such as a hash of its
/// name at the service.
using UserId = Public<struct UserIdRole, 32>;

/// A conversation: 32 random bytes drawn by the device that begins it.
using ConversationId = Public<struct ConversationRole, 32>;

/// A message: 16 random bytes drawn by the device that sends it.
using MessageId = Public<struct MessageIdRole, 16>;

}  // namespace sotto
