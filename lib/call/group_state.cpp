// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_state.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <new>

#include "base/writer.hpp"

namespace sotto::call {
namespace {

/// What is authenticated with each frame: call, sender and its stay, then the app's own [GC-8-1].
class FrameMetadata {
 public:
  FrameMetadata(const CallId& id, const MemberId& sender, std::uint64_t stay,
                Bytes metadata) noexcept {
    base::Writer writer(room_);
    writer.put(id.bytes());
    writer.put(sender.identity.bytes());
    writer.put_uint(sender.device);
    writer.put_uint(stay);
    writer.put(metadata);
    if (const auto written = writer.finish(); written) bytes_ = *written;
  }
  FrameMetadata(const FrameMetadata&) = delete;
  FrameMetadata& operator=(const FrameMetadata&) = delete;
  /// Empty when the app's part is too long.
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, CallId::size_bytes + member_id_bytes + 8 + group_max_metadata_bytes>
      room_{};
  Bytes bytes_;
};

std::uint64_t milliseconds(Instant now) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.time_since_epoch().count()));
}

/// How many of `all` are not in `others`; both sorted.
std::size_t count_missing(std::span<const MemberId> all, const Roster& others) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [&](const MemberId& each) { return !others.contains(each); }));
}

}  // namespace

GroupState::GroupState(const GroupTerms& terms, Roster&& roster, Peers peers, GroupSender&& sender,
                       Instant now) noexcept
    : terms_(terms),
      stay_(milliseconds(now)),
      roster_(std::move(roster)),
      peers_(std::move(peers)),
      sender_(std::move(sender)) {
  past_.add(roster_.name());
  tell_all();
}

Result<std::unique_ptr<GroupState>> GroupState::create(const GroupTerms& terms,
                                                       std::uint64_t roster_number,
                                                       std::span<const MemberId> roster,
                                                       Entropy& entropy, Instant now) noexcept {
  auto made = Roster::create(terms.id, roster_number, roster);
  if (!made) return std::unexpected(made.error());
  if (!made->contains(terms.self)) return std::unexpected(Error::malformed);
  Peers peers(new (std::nothrow) GroupPeer[roster.size()]);
  if (!peers) return std::unexpected(Error::out_of_memory);
  auto sender = GroupSender::create(terms.suite, roster_number, entropy);
  if (!sender) return std::unexpected(sender.error());
  std::unique_ptr<GroupState> state(new (std::nothrow) GroupState(
      terms, *std::move(made), std::move(peers), *std::move(sender), now));
  if (!state) return std::unexpected(Error::out_of_memory);
  return state;
}

GroupPeer* GroupState::peer(const MemberId& member) noexcept {
  const auto members = roster_.members();
  const auto place = std::ranges::lower_bound(members, member);
  if (place == members.end() || *place != member || member == terms_.self) return nullptr;
  return &peers_[static_cast<std::size_t>(std::distance(members.begin(), place))];
}

void GroupState::tell_all() noexcept {
  const auto members = roster_.members();
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i] != terms_.self) peers_[i].owe_key();
}

// --- Who is in the call

Result<void> GroupState::set_roster(std::uint64_t number, std::span<const MemberId> roster,
                                    Entropy& entropy, Instant now) noexcept {
  if (number <= roster_.name().number) return std::unexpected(Error::replayed);
  auto next = Roster::create(terms_.id, number, roster);
  if (!next) return std::unexpected(next.error());
  if (!next->contains(terms_.self)) return std::unexpected(Error::malformed);
  const auto members = next->members();
  Peers peers(new (std::nothrow) GroupPeer[members.size()]);
  if (!peers) return std::unexpected(Error::out_of_memory);
  if (auto room = departed_.reserve(count_missing(roster_.members(), *next)); !room) return room;

  if (auto ticked = tick(now); !ticked) return ticked;
  const bool left = count_missing(roster_.members(), *next) > 0;
  const bool joined = count_missing(members, roster_) > 0;
  bool all = left;
  if (left) {
    if (auto drawn = sender_.on_leave(number, entropy, now); !drawn) return drawn;
  } else if (joined) {
    const auto stepped = sender_.on_join(number, entropy, now);
    if (!stepped) return std::unexpected(stepped.error());
    all = *stepped == GroupSender::Tell::all;
  }

  // Nothing fails from here on.
  carry_over(*next, peers);
  roster_ = *std::move(next);
  peers_ = std::move(peers);
  past_.add(roster_.name());
  if (left)
    leaves_.add(number, now);
  else
    sender_.confirm(number);
  if (all) tell_all();
  departed_.limit(leaves_);
  for (GroupPeer& each : this->peers()) {
    each.limit(leaves_);
    each.look_again(past_, roster_.name());
  }
  return {};
}

/// What is known of those who are in the next roster, in its order; the others are gone.
void GroupState::carry_over(const Roster& next, Peers& peers) noexcept {
  const auto members = next.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i] == terms_.self) continue;
    if (GroupPeer* const before = peer(members[i]); before != nullptr) {
      peers[i] = std::move(*before);
    } else {
      peers[i] = departed_.take(members[i]);
      peers[i].owe_key();
    }
  }
  for (const MemberId& before : roster_.members())
    if (GroupPeer* const gone = peer(before); gone != nullptr && !next.contains(before))
      departed_.keep(before, std::move(*gone));
}

// --- What members say

Result<void> GroupState::take(const MemberId& from, Bytes message, Entropy& entropy,
                              Instant now) noexcept {
  const auto kind = group_kind_of(message);
  if (!kind) return std::unexpected(kind.error());
  if (from == terms_.self) return std::unexpected(Error::own_identity);
  GroupPeer* const sender = peer(from);
  if (*kind == GroupKind::key) {
    const auto key = read_group_key(message);
    if (!key) return std::unexpected(key.error());
    if (key->head.id != terms_.id) return std::unexpected(Error::malformed);
    if (sender == nullptr) return std::unexpected(Error::rosters_differ);
    if (key->head.suite != terms_.suite) return std::unexpected(Error::downgraded);
    if (auto taken = take_key(*sender, *key, entropy, now); !taken) return taken;
    sender->hear(key->head.roster, past_.look_at(key->head.roster, roster_.name()), now);
    return {};
  }
  const auto said = read_group_roster(message);
  if (!said) return std::unexpected(said.error());
  if (said->id != terms_.id) return std::unexpected(Error::malformed);
  if (sender == nullptr) return std::unexpected(Error::rosters_differ);
  sender->hear(said->roster, past_.look_at(said->roster, roster_.name()), now);
  if (*kind == GroupKind::request) sender->answer(now);  // [GC-6-1]
  return {};
}

Result<void> GroupState::take_key(GroupPeer& peer, const KeyMessage& message, Entropy& entropy,
                                  Instant now) noexcept {
  const auto news = peer.judge(message.head);
  if (!news) return std::unexpected(news.error());
  if (*news != GroupPeer::News::later_stay) return peer.hold(*news, message, leaves_, now);
  // It joined again, has lost our key and its windows: for us it is a newcomer [GC-4-1]. What it
  // brings is tried apart, so that a key that is no good steps nothing.
  GroupPeer again;
  if (auto held = again.hold(*news, message, leaves_, now); !held) return held;
  const auto stepped = sender_.on_join(roster_.name().number, entropy, now);
  if (!stepped) return std::unexpected(stepped.error());
  peer = std::move(again);
  peer.owe_key();
  if (*stepped == GroupSender::Tell::all) tell_all();
  return {};
}

// --- What is to be said

Result<std::optional<GroupMessage>> GroupState::next_message(MutableBytes out) noexcept {
  const auto all = peers();
  const auto owed = std::ranges::find_if(
      all, [](const GroupPeer& each) { return each.is_owed_key() || each.is_owed_request(); });
  if (owed == all.end()) return std::nullopt;
  const MemberId& to =
      roster_.members()[static_cast<std::size_t>(std::distance(all.begin(), owed))];
  if (owed->is_owed_key()) {
    const GroupKeyView key = sender_.newest();
    const KeyHead head{terms_.id, stay_, terms_.suite, key.kid, key.since, roster_.name()};
    const auto written = write_group_key(out, head, key.base_key);
    if (!written) return std::unexpected(written.error());
    owed->key_is_said();
    return GroupMessage{to, *written};
  }
  const auto written = write_group_roster(out, {GroupKind::request, terms_.id, roster_.name()});
  if (!written) return std::unexpected(written.error());
  owed->request_is_said();
  return GroupMessage{to, *written};
}

std::array<std::uint8_t, group_note_bytes> GroupState::roster_note() const noexcept {
  std::array<std::uint8_t, group_note_bytes> note{};
  // It has the room that it needs.
  if (!write_group_roster(note, {GroupKind::note, terms_.id, roster_.name()})) std::abort();
  return note;
}

Result<void> GroupState::ask(const MemberId& member, Instant now) noexcept {
  GroupPeer* const asked = peer(member);
  if (asked == nullptr) return std::unexpected(Error::rosters_differ);
  asked->ask(now);
  return {};
}

// --- Frames

Result<MutableBytes> GroupState::seal(MutableBytes out, Bytes metadata, Bytes plaintext,
                                      Instant now) noexcept {
  const FrameMetadata bound(terms_.id, terms_.self, stay_, metadata);
  if (bound.bytes().empty()) return std::unexpected(Error::malformed);
  if (const auto switched = sender_.switch_if_due(now); !switched)
    return std::unexpected(switched.error());
  return sender_.seal(out, bound.bytes(), plaintext);
}

Result<MutableBytes> GroupState::open(const MemberId& from, MutableBytes out, Bytes metadata,
                                      Bytes frame, Instant now) noexcept {
  GroupPeer* const sender = peer(from);
  if (sender == nullptr) return std::unexpected(Error::rosters_differ);  // [GC-5-1]
  const FrameMetadata bound(terms_.id, from, sender->stay(), metadata);
  if (bound.bytes().empty()) return std::unexpected(Error::malformed);
  return sender->open(out, bound.bytes(), frame, now);
}

// --- Time

Result<void> GroupState::tick(Instant now) noexcept {
  for (GroupPeer& each : peers()) {
    each.grow_impatient(now);
    each.ask_in_time(now);
    each.forget(now);
  }
  departed_.forget(now);
  return sender_.switch_if_due(now);
}

std::optional<Instant> GroupState::next_deadline() const noexcept {
  std::optional<Instant> next = sender_.switches_at();
  for (const GroupPeer& each : peers())
    for (const auto& until : {each.patient_until(), each.asks_at()})
      if (until) next = next ? std::min(*next, *until) : *until;
  return next;
}

std::optional<MemberId> GroupState::next_difference() noexcept {
  const auto all = peers();
  const auto found =
      std::ranges::find_if(all, [](GroupPeer& each) { return each.take_difference(); });
  if (found == all.end()) return std::nullopt;
  return roster_.members()[static_cast<std::size_t>(std::distance(all.begin(), found))];
}

std::size_t GroupState::confirmed() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      peers(), [&](const GroupPeer& each) { return each.agrees_on(roster_.name()); }));
}

}  // namespace sotto::call
