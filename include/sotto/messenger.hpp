// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a device does with conversations: whom a message goes to, what came, what is over. It
/// stands on a `Device` and keeps everything in its rows. Specified in spec/conversation.md.
///
///   people   -> begin, choose, send, read, close      conversations and what is said in them
///   people   -> accept_reset, accept_identity, mark_compared   whom they take for whom
///   service  -> take_rosters, connect, receive        lists of devices, bundles, messages
///   next_delivery, delivered, refused <-> service     what is to be delivered
///   clock    -> tick                                  what is over is erased
///
/// Each function is one transaction: once it returns, what it did is stored; on an error nothing
/// has happened. After `conflict` another process was faster: call again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sotto/content.hpp>
#include <sotto/conversation.hpp>
#include <sotto/device.hpp>
#include <sotto/franking.hpp>
#include <sotto/known_roster.hpp>
#include <sotto/roster.hpp>
#include <sotto/roster_watch.hpp>
#include <sotto/timers.hpp>

namespace sotto {

/// How often a message is planned anew because the service knew other devices [CV-3-5].
inline constexpr std::uint8_t messenger_max_rounds = 5;

/// Room for any message, and for what is in it.
inline constexpr std::size_t letter_max_bytes = choice_max_bytes + content_max_padded;
inline constexpr std::size_t delivery_max_bytes = max_message_size(letter_max_bytes);

/// One message for one device: what names it among all that wait.
struct DeliveryKey {
  std::uint64_t number = 0;  ///< of the message among all that this device sent
  UserDevice to;
  friend bool operator==(const DeliveryKey&, const DeliveryKey&) noexcept = default;
};

/// What is to be delivered.
struct Delivery {
  DeliveryKey key;
  ConversationId conversation;
  MessageId message;
  FrankingTag tag;  ///< travels beside the message, for the service to stamp
  /// There is no session, or only with another identity than the newest list has for the device:
  /// fetch a bundle of that device, `connect`, and ask again. No bytes.
  bool needs_session = false;
  /// The device cannot be written to, and why: `identity_in_use` (its identity belongs to another
  /// name, which is for a person to settle), `exhausted` (2^32 - 1 messages went to it without an
  /// answer: until it answers), `too_large`. No bytes; ask for the next one behind `key`.
  std::optional<Error> blocked;
  MessageKind kind = MessageKind::signal;
  MutableBytes bytes;
};

/// A message as the service delivers it. Who it is from is the service's word until it is opened.
struct Envelope {
  UserDevice from;
  MessageKind kind = MessageKind::signal;
  Viewed<Bytes> bytes;
  FrankingTag tag;
  std::uint64_t counter = 0;  ///< the service's number and time, as stamped
  Instant stamped_at{};
  FrankingStamp stamp;
};

/// What an arrival tells besides its content. The names are what an app shows.
enum class Notice : std::uint8_t {
  conversation_begun,  ///< the first letter of a conversation
  /// The conversation has other devices than before. Whoever `DeviceChoice::author` names, it is
  /// this message's sender (`Arrival::place`) who says so.
  devices_chosen,
  first_identity,      ///< the device's identity was accepted now, on first use
  our_roster_ahead,    ///< the sender was shown a newer list of OUR devices than we have: fetch it
  their_roster_ahead,  ///< the other person has a newer list than we have: fetch it
  ghost_device,        ///< the sender was shown a list of OUR devices that is not ours
  forked_roster,       ///< the other person's list is another one than we were shown
  withheld_roster,     ///< the sender is kept from a newer list of OUR devices
  withheld_removal,    ///< the same, and a device that we removed or replaced is in theirs
  /// An older session with the device came back (`Opened::changed_session`): both sides began at
  /// about the same time, and come to one session. This alone is no sign of theft.
  session_returned,
};

class Notices {
 public:
  void add(Notice notice) noexcept { bits_ |= bit(notice); }
  [[nodiscard]] bool has(Notice notice) const noexcept { return (bits_ & bit(notice)) != 0; }
  [[nodiscard]] bool empty() const noexcept { return bits_ == 0; }
  friend bool operator==(const Notices&, const Notices&) noexcept = default;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(Notice notice) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(notice);
  }
  std::uint32_t bits_ = 0;
};

/// What came of an envelope.
struct Arrival {
  enum class Kind : std::uint8_t {
    content,     ///< to be shown
    known,       ///< it had come before, or was erased
    over,        ///< its time was up before it came
    not_chosen,  ///< its sender is not among the conversation's devices
  };
  Kind kind = Kind::content;
  ConversationId conversation;
  OrderKey place;
  Notices notices;
  std::optional<ContentView> content;  ///< of `content` only; views of `out`
};

/// A content that is kept, with what is needed to report it.
struct KeptContent {
  OrderKey place;
  ContentView content;
  FrankingTag tag;
  std::uint64_t counter = 0;  ///< 0: our own, never stamped for us
  Instant stamped_at{};
  FrankingStamp stamp;
};

/// What came of lists that were fetched.
struct RostersTaken {
  RosterNews news;
  Notices notices;  ///< `ghost_device`: a list of ours that others have seen is not ours
};

/// A content that was erased because its time was up.
struct Erased {
  ConversationId conversation;
  MessageName message;
};

/// What a `tick` did.
struct Ticked {
  std::span<Erased> erased;  ///< the part of the room that was used
  /// Why what was erased is perhaps still in the store's files; nothing when it is not. `conflict`
  /// while somebody else reads or writes there: what was to be erased is erased even so.
  std::optional<Error> unpurged;
};

/// One thing at a time, as the device on which it stands: while another thread is inside, or a
/// transaction of the device is open, functions answer `wrong_state` and have done nothing. Any
/// function may also answer what `Device::begin`, `Transaction` and its commit answer, and
/// `wrong_state` for a conversation that there is not. After `outcome_unknown` it may have
/// happened: `send` and `begin` would do it twice, so look with `next_kept` and `next_conversation`
/// first; `receive` answers `replayed`, and what came stands in `next_kept`, but its notices are
/// told no more, nor are the changes of lists that `take_rosters` took; what a `tick` erased then
/// is in no later list of `Erased`, so show anew what `next_kept` still has; a `refused` counts
/// twice.
class Messenger {
 public:
  /// Make a device one of `us`. The messenger shares the device with the caller: either may move or
  /// end before the other. Errors: `already_exists` (it is somebody's already).
  [[nodiscard]] static Result<Messenger> create(Device& device, const UserId& us) noexcept;
  /// Errors: `not_set_up` (it is nobody's yet).
  [[nodiscard]] static Result<Messenger> open(Device& device) noexcept;

  [[nodiscard]] UserDevice self() const noexcept { return {us_, device_.number()}; }

  /// What we know of a person's devices, ourselves included; nothing until lists were taken.
  [[nodiscard]] Result<std::optional<KnownRoster>> roster(const UserId& user) noexcept;
  /// Lists of a person in a row, oldest first; what is of our own is held against what others said
  /// of it. Errors: as `KnownRoster::consider`: `malformed` too when `now` lies before 1970.
  [[nodiscard]] Result<RostersTaken> take_rosters(const UserId& user, std::span<const Bytes> lists,
                                                  Instant now) noexcept;
  /// A `reset`: a person says that these lists, which begin anew, are the other's [CV-3-7]. Errors:
  /// as `KnownRoster::accept_reset`.
  [[nodiscard]] Result<RostersTaken> accept_reset(const UserId& user, std::span<const Bytes> lists,
                                                  Instant now) noexcept;
  /// People have compared the safety numbers that belong to the list `claim`. Errors: as
  /// `KnownRoster::mark_compared`.
  [[nodiscard]] Result<void> mark_compared(const UserId& user, const RosterClaim& claim) noexcept;
  /// A device was set up anew, and a person accepts `identity`, which they were shown, after
  /// `identity_changed` [CV-3-7]: that of the device in the newest list (`roster`). Only this one
  /// will do, for with any other no message is sent or taken. What `Device::offered_identity`
  /// returns is the key of a message, which may be another. Errors: `rosters_differ` (the newest
  /// list has not the device, or has another identity for it), and as `Transaction`.
  [[nodiscard]] Result<void> accept_identity(const UserDevice& device,
                                             const IdentityPublic& identity) noexcept;

  /// A bundle of a device that is in its person's roster. Errors: `rosters_differ` (it is not, or
  /// under another identity), `identity_changed` (the list has another identity for it than was
  /// accepted), and as `Transaction::connect`.
  [[nodiscard]] Result<void> connect(const UserDevice& to, RegistrationId registration,
                                     const VerifiedBundle& bundle, Entropy& entropy,
                                     Instant now) noexcept;

  /// Begin a conversation; the other side learns of it with the first message. Draws 32 bytes.
  /// Errors: `malformed` (as `DeviceChoice::create`; one side must be ours).
  [[nodiscard]] Result<ConversationId> begin(const ChosenDevices& one, const ChosenDevices& other,
                                             Entropy& entropy) noexcept;
  /// The conversation behind `after`, by id, or the first; nothing behind the last.
  [[nodiscard]] Result<std::optional<ConversationId>> next_conversation(
      const std::optional<ConversationId>& after) noexcept;
  /// The choice that stands: one of this device (`begin`, `choose`), or one that came in a message.
  [[nodiscard]] Result<DeviceChoice> choice(const ConversationId& conversation) noexcept;
  /// Other devices from the next message on. Errors: `malformed`, `exhausted`.
  [[nodiscard]] Result<void> choose(const ConversationId& conversation, const ChosenDevices& one,
                                    const ChosenDevices& other) noexcept;

  /// Say something to all devices of a conversation, and keep it. `timer`: the conversation's own
  /// if there is none. Draws 48 bytes. Errors: `invalid_argument` (a timer that is not one,
  /// whatever else is wrong), `malformed` (a body that its kind has not, or `now` before 1970),
  /// `rosters_differ` (we know no roster of one side), `wrong_state` (also: we are not among the
  /// conversation's devices), `exhausted`.
  [[nodiscard]] Result<MessageId> send(const ConversationId& conversation, ContentKind kind,
                                       Bytes body, const std::optional<TimerSetting>& timer,
                                       Entropy& entropy, Instant now) noexcept;

  /// The first delivery behind `after` (or of all) that waits: written into `out`, of
  /// `delivery_max_bytes`. A second time it has the same bytes [CV-3-3], unless its device was
  /// replaced since: then it is sealed for the new one, once a person has accepted that and there
  /// is a session [CV-3-9]. Errors: `buffer_too_small` (it waits on).
  [[nodiscard]] Result<std::optional<Delivery>> next_delivery(
      MutableBytes out, const std::optional<DeliveryKey>& after, Instant now) noexcept;
  /// The service has it. What is not there any more is no error. Errors: `wrong_state` (also: it
  /// waits, and was not sealed, so that `next_delivery` gave out no bytes: it goes on waiting).
  [[nodiscard]] Result<void> delivered(const DeliveryKey& key) noexcept;
  /// The service refused a message because it knows other devices; the lists have been fetched and
  /// taken. Plans it anew. Errors: `exhausted` (five times already), `wrong_state` (no such message
  /// waits).
  [[nodiscard]] Result<void> refused(const ConversationId& conversation,
                                     const MessageId& message) noexcept;

  /// Take what the service delivered. `out` holds `envelope.bytes.size()` and is the caller's to
  /// wipe; it shares nothing with the envelope's bytes, else it is `buffers_overlap` and neither
  /// changes. Acknowledge to the service when this returns; of an error `unopened` tells whether
  /// to. Errors: `rosters_differ` (fetch the sender's lists, then again), `identity_changed` (also:
  /// it is not the identity that the newest list has), `malformed`, `authentication_failed` (also:
  /// a franking tag that is not the content's), and as `Transaction::decrypt`.
  [[nodiscard]] Result<Arrival> receive(MutableBytes out, const Envelope& envelope,
                                        Entropy& entropy, Instant now) noexcept;

  /// A content that is kept, into `out`, of `content_max_padded` bytes; or nothing. Errors: also
  /// `buffer_too_small`.
  [[nodiscard]] Result<std::optional<KeptContent>> kept(MutableBytes out,
                                                        const ConversationId& conversation,
                                                        const MessageName& message) noexcept;
  /// The first behind `after`, in the order in which all devices show them; or nothing. Errors: as
  /// `kept`.
  [[nodiscard]] Result<std::optional<KeptContent>> next_kept(
      MutableBytes out, const ConversationId& conversation,
      const std::optional<OrderKey>& after) noexcept;

  /// A message was read, opened or, as a receipt says, read by them: the first time counts.
  [[nodiscard]] Result<void> read(const ConversationId& conversation, const MessageName& message,
                                  Instant now) noexcept;
  /// What is seen once was closed. It is erased by the next `tick`.
  [[nodiscard]] Result<void> close(const ConversationId& conversation, const MessageName& message,
                                   Instant now) noexcept;

  /// Erase what is over, as much as `erased` has room for. Call it again while it comes back full.
  /// Then nothing of it is in the store's files [CV-5-3], unless `Ticked::unpurged` says why not:
  /// every later call tries again, and so does the first after a start. It tells of what was erased
  /// through this device object, and before it was opened. What another process erased and could
  /// not purge, that process tells; if it ended before it did, the next start purges it, or this
  /// one with what it erases next, or `Device::purge`.
  [[nodiscard]] Result<Ticked> tick(std::span<Erased> erased, Instant now) noexcept;
  [[nodiscard]] Result<std::optional<Instant>> next_deadline() noexcept;

  /// How long others may go on with an old list of ours before that is a notice. Not while another
  /// thread is inside.
  void set_roster_grace(std::chrono::milliseconds grace) noexcept { grace_ = grace; }

 private:
  Messenger(const Device& device, const UserId& us) noexcept : device_(device.share()), us_(us) {}

  Device device_;  ///< shared with the app's
  UserId us_;
  std::chrono::milliseconds grace_ = roster_grace;
};

}  // namespace sotto
