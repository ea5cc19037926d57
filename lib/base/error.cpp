// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/error.hpp>

namespace sotto {
namespace {

struct Text {
  std::string_view name;
  std::string_view description;
};

constexpr Text text_of(Error error) noexcept {
  switch (error) {
    case Error::malformed:
      return {"malformed",
              "The bytes are not in the form they must have. Drop them; if they came from a peer "
              "you trust, compare versions."};
    case Error::authentication_failed:
      return {"authentication_failed",
              "The bytes were not made by the peer or were altered on the way. Drop them and go "
              "on: nothing has changed."};
    case Error::replayed:
      return {"replayed",
              "This was opened before, or is too old to be told from a replay. Drop it: it "
              "carries nothing new."};
    case Error::too_far_ahead:
      return {"too_far_ahead",
              "More messages are missing before this one than the work limit allows. Ask the peer "
              "to start a new session."};
    case Error::bad_signature:
      return {"bad_signature",
              "The identity key did not sign this prekey. Do not use the bundle; fetch another "
              "and suspect whoever served it."};
    case Error::weak_key:
      return {"weak_key",
              "A public key is of low order or not in canonical form. No honest peer sends one: "
              "drop it."};
    case Error::own_identity:
      return {"own_identity",
              "The peer's identity or key is our own. Check which device this bundle or message "
              "was meant for."};
    case Error::unknown_key:
      return {"unknown_key",
              "The packet or frame names a media key that is not, or no longer, at hand. Wait for "
              "the key, or ask its sender for it."};
    case Error::unknown_prekey:
      return {
          "unknown_prekey",
          "The message names a prekey that is not, or no longer, at hand. Look it up by its id, "
          "or ask the peer to start again from a new bundle."};
    case Error::entropy_failed:
      return {"entropy_failed",
              "The source of randomness failed or is plainly broken. Send nothing; repair the "
              "source and try again."};
    case Error::exhausted:
      return {
          "exhausted",
          "A number is used up: a counter at its end, or what one peer may use. Drop what came; "
          "a new session, prekey, key or call starts the count anew."};
    case Error::counter_reused:
      return {"counter_reused",
              "A packet was sealed under this number before. Send packets of a stream with rising "
              "sequence numbers."};
    case Error::too_many_streams:
      return {"too_many_streams",
              "This key serves no more streams. End the call or agree on new keys."};
    case Error::buffer_too_small:
      return {"buffer_too_small",
              "The output does not fit. Hand in a buffer of the size that the function states."};
    case Error::buffers_overlap:
      return {"buffers_overlap",
              "Input and output share memory in a way that is not allowed. Hand in separate "
              "buffers."};
    case Error::out_of_memory:
      return {"out_of_memory", "The system gave no memory. Free some and try again."};
    case Error::backend_unavailable:
      return {"backend_unavailable",
              "A cryptographic library is missing, or is not the one expected. backend_report says "
              "which and why; install libsodium and BoringSSL as the README says."};
    case Error::unsupported_version:
      return {"unsupported_version",
              "This is of a version not spoken here. Ask the other side for an older form, or "
              "update this program."};
    case Error::no_session:
      return {"no_session",
              "There is no session with this peer, or it was never answered and is too old. Fetch "
              "the peer's bundle and connect."};
    case Error::identity_changed:
      return {"identity_changed",
              "The peer shows another identity key than the one accepted. Ask the user to compare "
              "safety numbers, then accept the new key or drop the message."};
    case Error::identity_in_use:
      return {"identity_in_use",
              "This identity key belongs to another name. Drop what came with it: somebody passes "
              "for somebody else."};
    case Error::stale_bundle:
      return {"stale_bundle",
              "The signed prekey in this bundle was replaced by one seen since. Fetch the bundle "
              "again and suspect whoever served this one."};
    case Error::downgraded:
      return {"downgraded",
              "The peer's message names weaker protection than was offered or is allowed. Do not "
              "go on with this call; place it anew, and suspect whoever carried it."};
    case Error::rosters_differ:
      return {"rosters_differ",
              "The peer sees another list of devices than we do. Fetch both lists again and show "
              "the difference before trying again: a device may have been slipped in."};
    case Error::wrong_state:
      return {"wrong_state",
              "What was asked for is not possible now: it is too early or too late for it, or "
              "another operation or another process has the object. Look at the state, then wait "
              "or leave it."};
    case Error::conflict:
      return {"conflict",
              "What was read has been changed by another thread or process. Send nothing of this; "
              "begin again from what is stored now."};
    case Error::rolled_back:
      return {"rolled_back",
              "The store or snapshot is older than what is known to have been stored. Do not use "
              "it: keys would serve twice. Start new sessions."};
    case Error::corrupted:
      return {"corrupted",
              "Stored bytes were altered, or sealed under another key. Check the key; restore from "
              "a snapshot or start anew."};
    case Error::store_failed:
      return {"store_failed",
              "The store could not read or write. Nothing was changed; repair it and try again."};
    case Error::invalid_argument:
      return {"invalid_argument",
              "The calling program handed in a value that this function does not take. Correct the "
              "call; nobody else is at fault."};
    case Error::not_set_up:
      return {"not_set_up",
              "What is asked for was not created in this store yet. Create it first, or check that "
              "this is the right store."};
    case Error::already_exists:
      return {"already_exists",
              "What is to be made here exists already. Open it, or choose another name or id."};
    case Error::consumed:
      return {"consumed",
              "The calling program used an object again that was already used up, committed or "
              "moved from. Correct the program; nothing was changed."};
    case Error::outcome_unknown:
      return {"outcome_unknown",
              "The store cannot say whether the commit happened. Send nothing of it; try again "
              "when the store works: the library finds out before it does anything else."};
    case Error::old_format:
      return {"old_format",
              "This was stored by an earlier version of the library, which this one does not "
              "read. Set up the device anew, or use the earlier version."};
    case Error::too_large:
      return {"too_large",
              "The message is longer than the limit that this program set. Raise the limit if such "
              "messages are expected; nothing was changed."};
  }
  return {"unknown", "This is no error of the library. It was made from a foreign number."};
}

}  // namespace

std::string_view name(Error error) noexcept {
  return text_of(error).name;
}

std::string_view describe(Error error) noexcept {
  return text_of(error).description;
}

}  // namespace sotto
