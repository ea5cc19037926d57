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
              "The bytes, or a value in them, are not what they must be here. Drop them; if they "
              "came from a peer you trust, compare versions; if this program made them, or handed "
              "in some in the place of others, correct it."};
    case Error::authentication_failed:
      return {"authentication_failed",
              "The bytes fit no key and no commitment that is held here: they are a forgery, or "
              "were made for what is kept no longer. Drop them: nothing has changed. If they come "
              "again and again from one peer, begin a new session, or agree on new keys."};
    case Error::replayed:
      return {"replayed",
              "This was opened before, or is too old to be told from a replay. Drop it: it "
              "opens no more."};
    case Error::too_far_ahead:
      return {"too_far_ahead",
              "This message is too far ahead: opening it would take more steps than the work "
              "limit allows. Drop it; if later ones do not open either, start a new session."};
    case Error::bad_signature:
      return {"bad_signature",
              "The key that has to sign this prekey or list of devices did not sign it. Do not use "
              "it: fetch it again, and suspect whoever served it."};
    case Error::weak_key:
      return {"weak_key",
              "A key is all zero, of low order, or not in canonical form. If it came from a "
              "peer, drop it; if it is this program's own, it was never filled or was moved "
              "from."};
    case Error::own_identity:
      return {"own_identity",
              "The peer's identity or key is our own. Check which device this bundle, message or "
              "snapshot was meant for."};
    case Error::unknown_key:
      return {"unknown_key",
              "The packet or frame names a media key that is not, or no longer, at hand. Wait for "
              "the key, or ask its sender for it."};
    case Error::unknown_prekey:
      return {"unknown_prekey",
              "The message names a prekey that is not, or no longer, at hand. Drop it if it is "
              "an old one come again; otherwise the peer has to begin anew from a new bundle."};
    case Error::entropy_failed:
      return {"entropy_failed",
              "The source of randomness failed or is plainly broken. Send nothing; repair the "
              "source and try again."};
    case Error::exhausted:
      return {"exhausted",
              "A counter is at its end, a table is full, or a peer has had its share. Begin a new "
              "session, prekey, key or call; erase what is over; wait for the peer's answer; or, "
              "where a first message was refused, upload prekeys and connect to its sender."};
    case Error::counter_reused:
      return {"counter_reused",
              "A packet was, or may have been, sealed under this number before. Send packets of a "
              "stream each under a number of its own, and in a new stream what follows one that "
              "ended."};
    case Error::too_many_streams:
      return {"too_many_streams",
              "No more streams are served at once. End those that are over, or agree on new keys."};
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
              "This is of a version not spoken here. Update this program, or ask whoever made "
              "it for an older form."};
    case Error::no_session:
      return {"no_session",
              "There is no session with this peer that can be used: none was begun, or it is too "
              "old, never answered or archived long ago. Check the address; fetch the peer's "
              "bundle and connect."};
    case Error::identity_changed:
      return {"identity_changed",
              "Another identity key than the one accepted for this peer was shown, by a "
              "message, a bundle, a list or a snapshot. Ask the user to compare safety numbers; "
              "then accept the new key, or go no further."};
    case Error::identity_in_use:
      return {
          "identity_in_use",
          "This identity key belongs to another name here. The person was renamed, or the key, "
          "which a bundle does not prove, came under a name that is not its owner's. Ask the "
          "user to compare safety numbers; then rename, forget the wrong one, or fetch the bundle "
          "again."};
    case Error::stale_bundle:
      return {"stale_bundle",
              "A bundle with another signed prekey was seen after this one, so one of the two is "
              "old. Fetch the bundle again; if the same one comes, whoever serves bundles has "
              "served an old one, now or before, and this ends when the peer makes a new signed "
              "prekey."};
    case Error::downgraded:
      return {"downgraded",
              "The peer's message names weaker protection than was offered or is allowed. Do not "
              "go on with this call; place it anew, and suspect whoever carried it."};
    case Error::rosters_differ:
      return {"rosters_differ",
              "A list of devices is missing here, or the two sides hold different ones. Fetch "
              "both lists; if they still differ, show the difference before trying again: a "
              "device may have been slipped in."};
    case Error::wrong_state:
      return {"wrong_state",
              "What was asked for is not possible now: it is too early or too late for it, "
              "another operation has the object, or this process was forked from the one that "
              "made it. Look at the state; wait, leave it, or open the object in a process that "
              "was begun by exec."};
    case Error::conflict:
      return {"conflict",
              "Another thread, process or reader changed or holds what this is about. Nothing "
              "of it happened; begin again from what is stored now."};
    case Error::rolled_back:
      return {
          "rolled_back",
          "A store is older than what is known to have been stored, or a snapshot is not of what "
          "is held here. Do not go on with it, for keys would serve twice: discard the snapshot; "
          "bring back the newest store, or erase the device (Device::erase) and set it up anew."};
    case Error::corrupted:
      return {
          "corrupted",
          "Stored bytes were altered, do not belong here, or were sealed under another key. "
          "Check the key and what was handed in. A device that cannot be brought back is erased "
          "(Device::erase; if that fails, remove its files) and set up anew."};
    case Error::store_failed:
      return {"store_failed",
              "The store could not read or write, or is not a store of this library. Nothing was "
              "changed; its text of the failure says what happened. Repair it and try again."};
    case Error::invalid_argument:
      return {"invalid_argument",
              "The calling program handed in a value that this function does not take. Correct the "
              "call; if the value came from outside, as a name may from a service, check it before "
              "it is handed in."};
    case Error::not_set_up:
      return {
          "not_set_up",
          "What is asked for is not in this store: it was not made there yet, or the device was "
          "erased, and this object of it is of no more use. Check that it is the right store; "
          "if it is, make what is missing: the device, its prekeys, or its messenger."};
    case Error::already_exists:
      return {"already_exists",
              "What is to be made, taken in or renamed to is there already. Look at what is there: "
              "keep "
              "it, choose another name or id, or remove the wrong one first (this device itself by "
              "Device::erase, a device of a peer by Transaction::forget)."};
    case Error::consumed:
      return {"consumed",
              "The calling program used an object again that was already used up, committed or "
              "moved from. Correct the program; nothing was changed."};
    case Error::outcome_unknown:
      return {"outcome_unknown",
              "The store cannot say whether the commit happened. Hand out nothing of it. Once the "
              "store works, the library finds out: look before you try again, or it may happen "
              "twice. If that does not help, close the device and the store, and open them again."};
    case Error::old_format:
      return {"old_format",
              "This was stored by an earlier version of the library, which this one does not "
              "read. Use the earlier version, or erase the device (Device::erase) and set it up "
              "anew."};
    case Error::too_large:
      return {"too_large",
              "The message is longer than the limit, or too long to be tried on all sessions there "
              "are. Raise the limit if such messages are expected; otherwise drop it, or send an "
              "attachment."};
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
