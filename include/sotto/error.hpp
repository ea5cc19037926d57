// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can go wrong, as causes an app can act on.
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <string_view>

#include <sotto/language.hpp>

namespace sotto {

/// Every failure of the library. On any of them the state of the object that was called is what it
/// was before the call, bit for bit, and every output buffer is either untouched or zeroed.
enum class Error : std::uint8_t {
  malformed,              ///< the bytes, or a value in them, are not what they must be
  authentication_failed,  ///< fits no key and no commitment that is held here
  replayed,               ///< opened before, or too old to be told from a replay
  too_far_ahead,          ///< would cost more key steps than the work limit allows
  bad_signature,          ///< a prekey or list that its identity did not sign
  weak_key,               ///< a key that is all zero, of low order, or not in canonical form
  own_identity,           ///< the peer's identity or key is our own
  unknown_key,            ///< names a media key that is not, or no longer, at hand
  unknown_prekey,         ///< names a prekey that is not, or no longer, at hand
  entropy_failed,         ///< the source of randomness failed or is plainly broken
  exhausted,              ///< a counter at its end, which never wraps; a share or a table is full
  counter_reused,         ///< would seal a second packet under a number already spent
  too_many_streams,       ///< more media streams at once than are served here
  buffer_too_small,       ///< the output does not fit
  buffers_overlap,        ///< input and output share memory in a way not allowed
  out_of_memory,          ///< the system gave no memory
  backend_unavailable,    ///< the cryptographic library could not be loaded
  unsupported_version,    ///< a message or a stored form of a version not spoken here
  no_session,             ///< there is no session with this peer, or it is too old
  identity_changed,       ///< another identity key than the one accepted for the peer
  identity_in_use,        ///< an identity key that belongs to another name
  stale_bundle,           ///< a bundle whose signed prekey was seen before another one
  downgraded,             ///< names weaker protection than was offered or is allowed
  rosters_differ,         ///< a list of devices is missing, or the two sides have different ones
  wrong_state,            ///< not possible now: what it would follow has not happened, or is over
  conflict,               ///< what was read has been changed by another; read it again
  rolled_back,            ///< older than what is known to have been stored
  corrupted,              ///< stored bytes that were altered or sealed under another key
  store_failed,           ///< the store could not read or write
  invalid_argument,       ///< the caller handed in something that the function does not take
  not_set_up,             ///< what is asked for was not created in this store yet, or was erased
  already_exists,         ///< what is to be created, imported or renamed to is there already
  consumed,               ///< an object that was used up, committed or moved from before this call
  outcome_unknown,        ///< the store cannot say whether the commit happened
  old_format,             ///< stored by an earlier version of the library, which is not read here
  too_large,              ///< longer than a limit of the caller's allows
};

/// The name of the cause, as it is written above: for logs. Static text without any secret; a NUL
/// stands behind its last character, so that `.data()` is a C string.
[[nodiscard]] std::string_view name(Error error) noexcept;

/// One sentence on what happened and one on what to do about it: for people. Static text, with a
/// NUL behind its last character.
[[nodiscard]] std::string_view describe(Error error) noexcept;

/// Writes `name(error)`. Whoever uses it includes `<ostream>`.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, Error error) {
  return out << name(error);
}

/// A value, or the reason why there is none.
template <class T>
using Result = std::expected<T, Error>;

}  // namespace sotto
