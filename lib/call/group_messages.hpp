// SPDX-License-Identifier: MIT OR Apache-2.0
/// The messages of a group call, laid out field by field [GC-2-1]. Integers are big-endian.
///
///   key           version(1) kind(1) call id(16) stay(8) suite(2) KID(8) since(8)
///                 roster number(8) roster hash(32) | base key(32 or 64, by the suite)
///   request       version(1) kind(1) call id(16) roster number(8) roster hash(32)
///   note          the same
#pragma once

#include <sotto/group_call.hpp>

namespace sotto::call {

enum class GroupKind : std::uint8_t { key = 1, request, note };

/// The roster that a member sees.
struct RosterName {
  std::uint64_t number = 0;
  RosterHash hash;
  friend bool operator==(const RosterName&, const RosterName&) noexcept = default;
};

/// All of a key message but the key.
struct KeyHead {
  CallId id;
  std::uint64_t stay = 0;  ///< when the sender joined, ms: a later stay replaces an earlier one
  SframeSuite suite{};
  SframeKid kid{};
  /// Number of the newest roster that all are members of who were told this generation.
  std::uint64_t since = 0;
  RosterName roster;
};

struct KeyMessage {
  KeyHead head;
  Bytes key;  ///< a view into the message
};

/// A request or a note.
struct RosterMessage {
  GroupKind kind{};
  CallId id;
  RosterName roster;
};

[[nodiscard]] inline std::uint64_t group_generation(SframeKid kid) noexcept {
  return std::to_underlying(kid) >> group_chain.step_bits;
}
/// Of its first step.
[[nodiscard]] inline SframeKid group_kid(std::uint64_t generation) noexcept {
  return SframeKid{generation << group_chain.step_bits};
}
[[nodiscard]] inline std::uint64_t group_step(SframeKid kid) noexcept {
  return std::to_underlying(kid) & 0xff;
}

/// The kind of a message of this version. Errors: `malformed`, `unsupported_version`.
[[nodiscard]] Result<GroupKind> group_kind_of(Bytes message) noexcept;
/// Errors: also `malformed` for a suite that is none, a size that is not the suite's, and a `since`
/// above the roster's number.
[[nodiscard]] Result<KeyMessage> read_group_key(Bytes message) noexcept;
[[nodiscard]] Result<RosterMessage> read_group_roster(Bytes message) noexcept;

/// The part of `out` that was written. Errors: `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_group_key(MutableBytes out, const KeyHead& head,
                                                   Bytes key) noexcept;
[[nodiscard]] Result<MutableBytes> write_group_roster(MutableBytes out,
                                                      const RosterMessage& message) noexcept;

}  // namespace sotto::call
