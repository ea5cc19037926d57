// SPDX-License-Identifier: MIT OR Apache-2.0
/// A group call: each member seals its frames once under a key of its own, which it tells to every
/// other member through their session. Specified in spec/group_calls.md.
///
///   the app's signalling  -> set_roster, tick                 (who is in the call; time)
///   sessions              -> take(from, message)              (what other members say)
///   next_message          -> sessions                         (what is to be said, to one member)
///   seal, open                                                (frames)
///
/// A join steps every sender's chain, so that the newcomer opens nothing that came before. A leave
/// makes every sender draw a new key, so that who left opens nothing that comes 2 s later or more.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/roster.hpp>
#include <sotto/sframe.hpp>
#include <sotto/sotto_call.hpp>

namespace sotto {

namespace call {
class GroupState;
}

/// What names a person among members: a hash of the identity key or user id, the app's choice, but
/// one for all members.
using MemberIdentity = Public<struct MemberIdentityRole, 32>;

/// One device in a group call; 36 bytes when written: identity, device (big-endian).
struct MemberId {
  MemberIdentity identity;
  std::uint32_t device = 0;
  friend bool operator==(const MemberId&, const MemberId&) noexcept = default;
  friend auto operator<=>(const MemberId&, const MemberId&) noexcept = default;
};
inline constexpr std::size_t member_id_bytes = 36;

/// The most members of a call, ourselves included.
inline constexpr std::size_t group_max_members = 1024;

/// How long a sender goes on under a key that who left knows, counted from the first leave that it
/// has not answered by a switch; further leaves do not extend it [GC-4-3].
inline constexpr std::chrono::seconds group_switch_delay{2};
/// How long keys are held for late frames after the first frame of a newer generation [GC-5-3].
inline constexpr std::chrono::seconds group_old_keys_age{3};
/// How long after a leave anything opens whose key who left may know [GC-5-4].
inline constexpr std::chrono::seconds group_leave_limit{10};
/// A member is asked for its key, and answered, at most this often [GC-6-2].
inline constexpr std::chrono::seconds group_request_gap{1};
/// How long a member may be ahead of our roster before that is reported [GC-7-3].
inline constexpr std::chrono::seconds group_roster_grace{10};
/// The most that an app may add to a frame's metadata, in bytes.
inline constexpr std::size_t group_max_metadata_bytes = 256;

/// KID = (generation << 8) + step [GC-3-1].
inline constexpr SframeChain group_chain{8};

/// The messages' sizes in bytes: a key is 32 or 64, by the suite [GC-2-1].
inline constexpr std::size_t group_key_message_bytes = 84;
inline constexpr std::size_t group_note_bytes = 58;
inline constexpr std::size_t group_max_message_bytes = group_key_message_bytes + 64;

/// H("sotto group roster 1" || call id || number || members) [GC-7-1]. `members` in any order.
/// Errors: `malformed` (none, more than 1,024, one twice), `out_of_memory`.
[[nodiscard]] Result<RosterHash> group_roster_hash(const CallId& id, std::uint64_t number,
                                                   std::span<const MemberId> members) noexcept;

/// How a call's members are known: by the app, which shows them to people.
struct GroupTerms {
  CallId id;
  /// Suite 4, 5 or 0xf001; the same for all members, never negotiated [GC-2-2].
  SframeSuite suite = SframeSuite::aes_256_gcm_sha512_128;
  MemberId self;
};

/// A message for one member. The bytes hold a key: seal them in the session with that member and
/// wipe them.
struct GroupMessage {
  MemberId to;
  MutableBytes bytes;
};

/// One member's view of a group call. Not thread-safe. A clock that goes backwards makes nothing
/// expire and no switch happen. Once it was moved from, functions answer `consumed`, or zero.
class GroupCall {
 public:
  /// Begin or join a call. Draws 32 or 64 bytes. `now` also tells a rejoin from what came before:
  /// a member that joins again does so later. Errors: `malformed` (roster without us, with a
  /// member twice, fewer than 1 or more than 1,024), `downgraded` (suite), `entropy_failed`,
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<GroupCall> create(const GroupTerms& terms,
                                                std::uint64_t roster_number,
                                                std::span<const MemberId> roster, Entropy& entropy,
                                                Instant now) noexcept;
  GroupCall(GroupCall&&) noexcept;
  GroupCall& operator=(GroupCall&&) noexcept;
  ~GroupCall();

  /// The roster is now this one: any number joined and left at once. First does what `tick` does.
  /// Draws 32 or 64 bytes when somebody left. Errors: `replayed` (a number not above the present
  /// one), and those of `create`.
  [[nodiscard]] Result<void> set_roster(std::uint64_t number, std::span<const MemberId> roster,
                                        Entropy& entropy, Instant now) noexcept;

  /// Take a message that the session with `from` carried. Draws when our chain is at its end.
  /// Errors: `malformed` (also: of another call), `unsupported_version`, `own_identity`,
  /// `rosters_differ` (not in our roster: keep it until it is, or ask then), `downgraded` (another
  /// suite), `replayed` (a generation that we have or had, or of an earlier stay in the call),
  /// `weak_key`, `entropy_failed`, `exhausted`, `out_of_memory`.
  [[nodiscard]] Result<void> take(const MemberId& from, Bytes message, Entropy& entropy,
                                  Instant now) noexcept;

  /// The next message that is to be sent, written into `out`; nothing when there is none. Call it
  /// after `create`, `set_roster`, `take`, `ask` and `tick` until there is none: messages are made
  /// when they are asked for, so that of several keys only the newest is sent. `out` holds
  /// `group_max_message_bytes`. Errors: `buffer_too_small`.
  [[nodiscard]] Result<std::optional<GroupMessage>> next_message(MutableBytes out) noexcept;

  /// A note of our roster, to be sent to all members now and then: who sees another one reports it.
  [[nodiscard]] std::array<std::uint8_t, group_note_bytes> roster_note() const noexcept;

  /// Seal a frame as `SframeSender::seal` does, under the key that is due at `now`. `metadata`, at
  /// most 256 bytes, is authenticated besides call, member and stay. Errors: those of
  /// `SframeSender::seal`, `out_of_memory` (the switch that is due; nothing is sealed under the
  /// old key then).
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes metadata, Bytes plaintext,
                                          Instant now) noexcept;
  /// An upper bound of a sealed frame's size.
  [[nodiscard]] std::size_t max_sealed_size(std::size_t plaintext) const noexcept;

  /// Open a frame of `from` as `SframeReceiver::open` does. Errors: those of it, `rosters_differ`
  /// (not in our roster), `unknown_key` (its key has not come, or is over, or it is of before we
  /// joined: `ask`), `authentication_failed` (or it came into the call again, and its key has not
  /// come: `ask`).
  [[nodiscard]] Result<MutableBytes> open(const MemberId& from, MutableBytes out, Bytes metadata,
                                          Bytes frame, Instant now) noexcept;
  /// Ask a member for its key; does nothing if it was asked, or came, less than 1 s ago.
  /// Errors: `rosters_differ` (not in our roster).
  [[nodiscard]] Result<void> ask(const MemberId& member, Instant now) noexcept;

  /// Time has passed. Errors: `out_of_memory`: call it again.
  [[nodiscard]] Result<void> tick(Instant now) noexcept;
  /// When `tick` has something to do, if nothing else happens.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;

  /// A member that sees another roster than we do, each finding once: somebody is in the call whom
  /// not all see. Tell people.
  [[nodiscard]] std::optional<MemberId> next_difference() noexcept;
  /// How many other members said last that they see the very roster that we see.
  [[nodiscard]] std::size_t confirmed() const noexcept;

  [[nodiscard]] const RosterHash& roster_hash() const noexcept;
  [[nodiscard]] std::uint64_t roster_number() const noexcept;
  /// The key that frames are sealed under, and whether another waits to replace it.
  [[nodiscard]] SframeKid kid() const noexcept;
  [[nodiscard]] bool switching() const noexcept;
  /// Generations of `member` that are held; 0 for one whom we cannot hear.
  [[nodiscard]] std::size_t keys_of(const MemberId& member) const noexcept;

 private:
  explicit GroupCall(std::unique_ptr<call::GroupState> impl) noexcept;
  std::unique_ptr<call::GroupState> impl_;
};

}  // namespace sotto
