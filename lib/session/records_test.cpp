// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/records.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "session/peer_content.hpp"
#include "session/test_peers.hpp"
#include "testing/refused.hpp"

namespace sotto::session {
namespace {

using testing::BadRecord;
using testing::byte;
using testing::error_of;
using testing::refuse_each;
using testing::zeros;

PeerId somebody() {
  return *PeerId::of({"somebody", DeviceId{7}});
}

Buffer content_of(const Person& person) {
  Buffer content(peer_content_size(somebody(), *person.peer));
  write_peer_content(content, person.identity.public_key(), somebody(), *person.peer);
  return content;
}

Result<std::unique_ptr<Peer>> peer_of(Bytes content, const Person& person,
                                      const SessionLimits& limits = {}) {
  return read_peer_content(content, 2, person.identity.public_key(), somebody(), limits);
}

/// Whether `content` is taken; what is taken must write the same bytes.
Result<void> check(Bytes content, const Person& person) {
  const auto peer = peer_of(content, person);
  if (!peer) return std::unexpected(peer.error());
  Buffer again(peer_content_size(somebody(), **peer));
  write_peer_content(again, person.identity.public_key(), somebody(), **peer);
  EXPECT_TRUE(std::ranges::equal(content, again)) << "taken, but it writes other bytes";
  return {};
}

/// Bob with a current session and two archived ones, keys set aside in two of them.
struct Rich : Two {
  Letter late;
  Letter very_late;
  Rich() {
    settle();
    late = alice.send("late");
    for (int i = 0; i < 130; ++i) static_cast<void>(alice.send("lost"));
    EXPECT_EQ(bob.receive(alice.send("x")), "x");
    EXPECT_TRUE(alice.connect(bob));
    EXPECT_EQ(bob.receive(alice.send("second session")), "second session");
    very_late = alice.send("very late");
    EXPECT_EQ(bob.receive(alice.send("y")), "y");
    EXPECT_TRUE(bob.connect(alice));
  }
};

TEST(Records, RoundTripAndGoOn) {
  Rich rich;
  ASSERT_EQ(rich.bob.peer->archived_count(), 2);
  const Buffer content = content_of(rich.bob);
  ASSERT_TRUE(check(content, rich.bob));
  rich.bob.peer = *peer_of(content, rich.bob);
  EXPECT_EQ(rich.bob.receive(rich.very_late), "very late");
  EXPECT_EQ(rich.bob.receive(rich.late), "late");
  EXPECT_EQ(error_of(rich.bob.receive(rich.late)), Error::replayed);
  EXPECT_EQ(rich.alice.receive(rich.bob.send("still here")), "still here");
  // Alice has a session that nobody answered: its prekeys are in its record.
  const Buffer hers = content_of(rich.alice);
  ASSERT_TRUE(check(hers, rich.alice));
}

TEST(Records, APeerOfWhomNothingIsKnown) {
  const Person person(3);
  EXPECT_TRUE(check(content_of(person), person));
}

TEST(Records, EveryTruncationAndExtensionIsRefused) {
  const Rich rich;
  Buffer content = content_of(rich.bob);
  for (std::size_t size = 0; size < content.size(); ++size)
    ASSERT_EQ(error_of(peer_of(Bytes(content).first(size), rich.bob)), Error::corrupted) << size;
  content.push_back(0);
  EXPECT_EQ(error_of(peer_of(content, rich.bob)), Error::corrupted);
}

// [SES-9-1]: what is taken is the state that those bytes name, to the last bit.
TEST(Records, EveryFlippedBitIsRefusedOrAnotherState) {
  const Rich rich;
  Buffer content = content_of(rich.alice);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      content[i] ^= static_cast<std::uint8_t>(1 << bit);
      if (!check(content, rich.alice)) ++refused;
      content[i] ^= static_cast<std::uint8_t>(1 << bit);
    }
  }
  EXPECT_GE(refused, 1'000);
}

/// Where the peer's record starts in a content: owner, address, size.
constexpr std::size_t peer_at = 32 + 2 + 13 + 4;

std::string read_with(const Person& person, std::size_t at, std::initializer_list<int> bytes) {
  Buffer content = content_of(person);
  for (const int byte : bytes) content.at(at++) = static_cast<std::uint8_t>(byte);
  const auto done = check(content, person);
  return done ? "read" : std::string(name(done.error()));
}

TEST(Records, APeersRecordThatIsNeverWritten) {
  const Rich rich;
  const Person& bob = rich.bob;
  constexpr std::size_t next_session_at = peer_at + 9;
  constexpr std::size_t has_identity_at = next_session_at + 8;
  constexpr std::size_t doubt_at = has_identity_at + 33;
  constexpr std::size_t seen_at = doubt_at + 1;
  constexpr std::size_t current_at = seen_at + 1 + 32;
  ASSERT_EQ(read_with(bob, peer_at, {2}), "read");
  EXPECT_EQ(read_with(bob, peer_at, {0}), "corrupted") << "no format";
  EXPECT_EQ(read_with(bob, peer_at, {1}), "old_format");
  EXPECT_EQ(read_with(bob, peer_at, {3}), "unsupported_version");
  EXPECT_EQ(read_with(bob, next_session_at, {0, 0, 0, 4}), "read");
  EXPECT_EQ(read_with(bob, next_session_at, {0, 0, 0, 3}), "corrupted") << "an id still to come";
  EXPECT_EQ(read_with(bob, next_session_at, {0, 0, 0, 0}), "corrupted");
  EXPECT_EQ(read_with(bob, has_identity_at, {0}), "corrupted") << "sessions with nobody";
  EXPECT_EQ(read_with(bob, has_identity_at, {1}), "read") << "an identity that is not proved";
  EXPECT_EQ(read_with(bob, has_identity_at, {3}), "corrupted");
  EXPECT_EQ(read_with(bob, doubt_at, {1}), "read");
  EXPECT_EQ(read_with(bob, doubt_at, {255}), "read");
  EXPECT_EQ(read_with(bob, seen_at, {10}), "corrupted");
  ASSERT_EQ(read_with(bob, current_at, {1, 3}), "read");
  EXPECT_EQ(read_with(bob, current_at, {0, 3}), "read") << "three archived ones";
  EXPECT_EQ(read_with(bob, current_at, {2, 3}), "corrupted");
  EXPECT_EQ(read_with(bob, current_at, {1, 42}), "corrupted");
  EXPECT_EQ(read_with(bob, current_at, {1, 3, 0, 0, 0, 0}), "corrupted") << "no id";
  EXPECT_EQ(read_with(bob, current_at, {1, 3, 0, 0, 0, 2}), "corrupted") << "one id twice";
}

TEST(Records, ASessionsRecordThatIsNeverWritten) {
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Person& alice = two.alice;
  constexpr std::size_t session_at = peer_at + (1 + 8 + 4 + 4 + 33 + 1 + 33 + 2 + 4) + 4;
  constexpr std::size_t flags_at = session_at + 2;
  constexpr std::size_t signed_at = flags_at + 1 + 32 + 4;
  ASSERT_EQ(read_with(alice, session_at, {2, 0x31, 3}), "read");
  EXPECT_EQ(read_with(alice, session_at, {0}), "corrupted");
  EXPECT_EQ(read_with(alice, session_at, {1}), "old_format");
  EXPECT_EQ(read_with(alice, session_at, {3}), "unsupported_version");
  EXPECT_EQ(read_with(alice, session_at + 1, {0x32}), "unsupported_version") << "a suite to come";
  EXPECT_EQ(read_with(alice, flags_at, {1}), "corrupted") << "a one-time prekey not named";
  EXPECT_EQ(read_with(alice, flags_at, {2}), "corrupted");
  EXPECT_EQ(read_with(alice, flags_at, {7}), "corrupted") << "answered and unanswered";
  EXPECT_EQ(read_with(alice, flags_at, {4}), "corrupted") << "prekeys of nothing pending";
  EXPECT_EQ(read_with(alice, flags_at, {8 + 3}), "corrupted") << "a flag to come";
  EXPECT_EQ(read_with(alice, signed_at, {0, 0, 0, 9}), "read");
}

/// The record of a peer's own row.
Buffer record_of(const Peer& peer) {
  Buffer record(max_peer_record_bytes);
  record.resize(PeerRecord::write(record, peer).size());
  return record;
}

/// Offsets in a peer's record in which no signed prekey was seen.
constexpr std::size_t next_session_in = 9, state_in = 17, identity_in = 18, seen_in = 51,
                      current_in = 52, count_in = 53, ids_in = 54;

/// As many signed prekeys that were seen, all of them there.
Buffer with_seen(Buffer record, std::uint8_t count) {
  record.at(seen_in) = count;
  record.insert(record.begin() + current_in, 32 * std::size_t{count}, 0);
  return record;
}

/// As many sessions, of the ids from 1 on; no id is repeated or still to come.
Buffer with_sessions(Buffer record, std::uint8_t current, std::uint8_t count) {
  record.at(next_session_in + 3) = static_cast<std::uint8_t>(count + 1);
  record.at(current_in) = current;
  record.at(count_in) = count;
  record.resize(ids_in + 4 * std::size_t{count});
  for (std::uint8_t i = 0; i < count; ++i)
    record[ids_in + 4 * i + 3] = static_cast<std::uint8_t>(i + 1);
  return record;
}

// Each record differs from one that is read in one clause of the format, and no other refuses it.
TEST(Records, APeersRecordIsRefusedForEachClauseAlone) {
  const auto read = [](const Buffer& record) {
    return error_of(PeerRecord::read_peer(record, {}));
  };
  const Buffer nobody = record_of(*Person(3).peer);
  Buffer known = nobody;
  known[state_in] = 2;
  known[identity_in] = 9;
  refuse_each(nobody,
              {
                  {"no next session", zeros(next_session_in, 4), Error::malformed},
                  {"bytes of an identity, and none", byte(identity_in, 1), Error::malformed},
                  {"a current session, and no session", byte(current_in, 1), Error::malformed},
              },
              read);
  refuse_each(known, {{"an unknown state", byte(state_in, 3), Error::malformed}}, read);
  refuse_each(with_seen(nobody, 9),
              {{"ten prekeys seen", [&](Buffer& record) { record = with_seen(nobody, 10); },
                Error::malformed}},
              read);
  refuse_each(with_sessions(known, 1, 3),
              {
                  {"two current sessions", byte(current_in, 2), Error::malformed},
                  {"sessions with nobody",
                   [&](Buffer& record) { record = with_sessions(nobody, 1, 3); }, Error::malformed},
                  {"no id", byte(ids_in + 3, 0), Error::malformed},
                  {"one id twice", byte(ids_in + 3, 2), Error::malformed},
                  {"an id still to come", byte(next_session_in + 3, 3), Error::malformed},
              },
              read);
  refuse_each(with_sessions(known, 1, 1 + most_archived),
              {
                  {"more sessions than are kept",
                   [&](Buffer& record) { record = with_sessions(known, 1, 2 + most_archived); },
                   Error::malformed},
                  {"more archived ones than are kept", byte(current_in, 0), Error::malformed},
              },
              read);
}

TEST(Records, ASessionsRecordIsRefusedForEachClauseAlone) {
  Two two;
  ASSERT_TRUE(two.alice.connect(two.bob));
  const Session& session = *two.alice.peer->current();
  Buffer pending(max_session_record_bytes);
  pending.resize(PeerRecord::write(pending, session).size());
  const auto read = [&](const Buffer& record) {
    return error_of(PeerRecord::read_session(record, session.id, two.alice.identity.public_key(),
                                             two.bob.identity.public_key(), {}));
  };
  constexpr std::size_t suite_in = 1, flags_in = 2, signed_in = flags_in + 1 + 32 + 4,
                        one_time_in = signed_in + 4;
  ASSERT_EQ(pending[flags_in], 3);
  refuse_each(pending,
              {
                  {"a one-time prekey that is not named", byte(flags_in, 1), Error::malformed},
                  {"pending and established", byte(flags_in, 7), Error::malformed},
                  {"a flag to come", byte(flags_in, 8 + 3), Error::malformed},
                  {"a suite to come", byte(suite_in, 0x32), Error::unsupported_version},
              },
              read);
  Buffer settled = pending;
  settled[flags_in] = 4;
  zeros(signed_in, 8)(settled);
  refuse_each(
      settled,
      {
          {"a signed prekey, and nothing pending", byte(signed_in, 1), Error::malformed},
          {"a one-time prekey, and nothing pending", byte(one_time_in, 1), Error::malformed},
          {"a named one-time prekey, and nothing pending", byte(flags_in, 4 + 2), Error::malformed},
      },
      read);
}

// What spec/storage.md says.
TEST(Records, HaveTheSizesThatAreStated) {
  Two two;
  Passing<max_session_record_bytes> out;
  EXPECT_EQ(PeerRecord::write(out.bytes(), *two.alice.peer).size(), 54);
  ASSERT_TRUE(two.alice.connect(two.bob));
  EXPECT_EQ(PeerRecord::write(out.bytes(), *two.alice.peer).size(), 90);
  EXPECT_EQ(PeerRecord::write(out.bytes(), *two.alice.peer->current()).size(), 293);
  ASSERT_EQ(two.bob.receive(two.alice.send("x")), "x");
  EXPECT_EQ(PeerRecord::write(out.bytes(), *two.bob.peer->current()).size(), 293);
  ASSERT_EQ(two.alice.receive(two.bob.send("x")), "x");
  EXPECT_EQ(PeerRecord::write(out.bytes(), *two.alice.peer->current()).size(), 381);
  for (int i = 0; i < 5; ++i) static_cast<void>(two.bob.send("lost"));
  ASSERT_EQ(two.alice.receive(two.bob.send("x")), "x");
  const Session& session = *two.alice.peer->current();
  ASSERT_EQ(PeerRecord::count_pages(session), 1);
  PageMark mark{};
  PeerRecord::mark_pages({&mark, 1}, session);
  EXPECT_EQ(mark.present, 0b111110);
  EXPECT_EQ(PeerRecord::write(out.bytes(), session, mark).size(), 9 + 5 * 40);
  EXPECT_EQ(max_session_record_bytes, 3021);
  EXPECT_EQ(max_page_record_bytes, 2569);
}

// A key that was used is in no page any more, nor anywhere else.
TEST(Records, AUsedKeyDoesNotLinger) {
  Rich rich;
  const Session& session = rich.bob.peer->archived(1);
  ASSERT_EQ(session.ratchet->skipped_keys(), 131);
  PageMark marks[3];
  ASSERT_EQ(PeerRecord::count_pages(session), 3);
  PeerRecord::mark_pages(marks, session);
  Passing<max_page_record_bytes> page;
  const MutableBytes written = PeerRecord::write(page.bytes(), session, marks[0]);
  const Bytes seed = written.subspan(9 + 8, 32);  // of the first key, which is `late`'s
  const Buffer before = content_of(rich.bob);
  ASSERT_FALSE(std::ranges::search(before, seed).empty());
  ASSERT_EQ(rich.bob.receive(rich.late), "late");
  const Buffer after = content_of(rich.bob);
  EXPECT_TRUE(std::ranges::search(after, seed).empty());
}

TEST(Records, SmallerLimitsApplyWhenRead) {
  const Rich rich;
  SessionLimits limits;
  limits.ratchet.max_skipped_per_chain = 10;
  const auto peer = peer_of(content_of(rich.bob), rich.bob, limits);
  ASSERT_TRUE(peer);
  EXPECT_EQ((*peer)->archived(1).ratchet->skipped_keys(), 10);
}

TEST(Records, OfAnotherOwnerOrPeer) {
  const Rich rich;
  const Buffer content = content_of(rich.bob);
  const auto read = [&](const Person& owner, const Address& address) {
    return error_of(
        read_peer_content(content, 2, owner.identity.public_key(), *PeerId::of(address), {}));
  };
  EXPECT_EQ(read(rich.bob, {"somebody", DeviceId{7}}), std::nullopt);
  EXPECT_EQ(read(rich.alice, {"somebody", DeviceId{7}}), Error::corrupted);
  EXPECT_EQ(read(rich.bob, {"somebody", DeviceId{8}}), Error::corrupted);
  EXPECT_EQ(read(rich.bob, {"somebodx", DeviceId{7}}), Error::corrupted);
  EXPECT_EQ(error_of(read_peer_content(content, 3, rich.bob.identity.public_key(), somebody(), {})),
            Error::unsupported_version);
}

}  // namespace
}  // namespace sotto::session
