// SPDX-License-Identifier: MIT OR Apache-2.0
/// People with prekeys in memory, and what they hold of each other, for tests of sessions.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/session.hpp>
#include <sotto/x3dh.hpp>

#include "session/peer.hpp"
#include "session/prekey_source.hpp"
#include "session/records.hpp"
#include "session/test_letter.hpp"
#include "testing/error_of.hpp"
#include "testing/ratchet_image.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::session {

using Buffer = std::vector<std::uint8_t>;

inline Instant at(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds));
}

/// What one of our prekeys are, in memory.
struct Prekeys final : PrekeySource {
  using Used = std::pair<SignedPrekeyId, std::array<std::uint8_t, 32>>;

  std::map<SignedPrekeyId, SignedPrekey> signed_prekeys;
  std::map<OneTimePrekeyId, OneTimePrekey> one_times;
  std::set<Used> used_keys;
  std::size_t max_last_resort = 10'000;
  std::vector<IdentityPublic> others;  ///< identities that belong to other names
  std::size_t asked = 0;               ///< how often any prekey or use was looked up
  std::optional<Error> broken;         ///< what every look-up fails with

  static Used use(SignedPrekeyId id, const EphemeralPublic& base_key) {
    Used used{id, {}};
    std::ranges::copy(base_key.bytes(), used.second.begin());
    return used;
  }

  Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept override {
    ++asked;
    if (broken) return std::unexpected(*broken);
    const auto found = signed_prekeys.find(id);
    if (found == signed_prekeys.end()) return std::unexpected(Error::unknown_prekey);
    const SignedPrekey& prekey = found->second;
    return SignedPrekey{prekey.id, prekey.keys.duplicate(), prekey.signature};
  }
  Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept override {
    ++asked;
    if (broken) return std::unexpected(*broken);
    const auto found = one_times.find(id);
    if (found == one_times.end()) return std::unexpected(Error::unknown_prekey);
    return OneTimePrekey{id, found->second.keys.duplicate()};
  }
  Result<bool> keeps(const SignedPrekeyPublic& key) noexcept override {
    ++asked;
    if (broken) return std::unexpected(*broken);
    return std::ranges::any_of(
        signed_prekeys, [&](const auto& kept) { return kept.second.keys.public_key() == key; });
  }
  Result<bool> used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept override {
    ++asked;
    if (broken) return std::unexpected(*broken);
    if (used_keys.contains(use(id, base_key))) return true;
    std::size_t served = 0;
    for (const Used& one : used_keys) served += one.first == id ? 1 : 0;
    if (served >= max_last_resort) return std::unexpected(Error::exhausted);
    return false;
  }
  Result<bool> in_use(const IdentityPublic& identity) noexcept override {
    return std::ranges::find(others, identity) != others.end();
  }

  /// What a transaction does when it commits [SES-5-5].
  void consume(const Consumed& consumed) {
    if (consumed.one_time)
      EXPECT_EQ(one_times.erase(*consumed.one_time), 1U);
    else
      EXPECT_TRUE(used_keys.insert(use(consumed.signed_prekey, consumed.base_key)).second);
  }
};

/// All of a peer that counts, to the last bit: what is stored of it.
inline Buffer state_of(const Peer& peer) {
  Buffer state;
  const auto put = [&](Bytes bytes) { state.insert(state.end(), bytes.begin(), bytes.end()); };
  const auto put_session = [&](const Session& session) {
    Buffer record(max_session_record_bytes);
    put(PeerRecord::write(record, session));
    put(testing::image_of(*session.ratchet));
  };
  Buffer record(max_peer_record_bytes);
  put(PeerRecord::write(record, peer));
  if (peer.current()) put_session(*peer.current());
  for (std::size_t i = 0; i < peer.archived_count(); ++i) put_session(peer.archived(i));
  return state;
}

/// Somebody with an identity and prekeys, who holds one other as a peer. Whatever fails here is
/// checked to have changed nothing, and to leave no byte of plaintext [SES-1-1].
struct Person {
  explicit Person(std::uint64_t seed, const SessionLimits& limits = {})
      : tape(seed),
        registration(static_cast<RegistrationId>(seed & 0x3fff)),
        peer(std::make_unique<Peer>(limits)) {
    rotate();
    restock(2);
  }

  testing::TapeEntropy tape;
  IdentityKeyPair identity = *IdentityKeyPair::generate(tape);
  RegistrationId registration;
  Prekeys prekeys;
  SignedPrekeyId newest{0};
  OneTimePrekeyId last{0};
  std::unique_ptr<Peer> peer;
  Instant now = at(1'700'000'000'000);

  [[nodiscard]] Self self() const { return {identity, registration}; }

  /// A new signed prekey, which is the one of bundles from now on.
  void rotate() {
    newest = static_cast<SignedPrekeyId>(std::to_underlying(newest) + 1);
    prekeys.signed_prekeys.emplace(newest, *SignedPrekey::generate(newest, identity, tape));
  }
  void restock(std::size_t count) {
    for (; count > 0; --count) {
      last = static_cast<OneTimePrekeyId>(std::to_underlying(last) + 1);
      prekeys.one_times.emplace(last, *OneTimePrekey::generate(last, tape));
    }
  }

  /// With the lowest one-time prekey that is left, if asked and there is one.
  [[nodiscard]] VerifiedBundle bundle(bool with_one_time = true) const {
    const bool has = with_one_time && !prekeys.one_times.empty();
    return *verify(publish(identity.public_key(), prekeys.signed_prekeys.at(newest),
                           has ? &prekeys.one_times.begin()->second : nullptr));
  }

  Result<void> connect(const Person& other, bool with_one_time = true) {
    return connect(other.bundle(with_one_time), other.registration);
  }
  Result<void> connect(const VerifiedBundle& bundle, RegistrationId theirs) {
    const Buffer before = state_of(*peer);
    const std::size_t drawn = tape.drawn();
    const auto done = peer->connect(self(), theirs, bundle, prekeys, tape, now);
    if (!done) {
      EXPECT_EQ(state_of(*peer), before) << "a failed connect changed the peer";
      EXPECT_EQ(tape.drawn(), drawn);
    }
    return done;
  }

  Result<Letter> try_send(std::string_view text) {
    const Buffer plaintext(text.begin(), text.end());
    Buffer out(max_message_size(plaintext.size()), 0xa5);
    const Buffer before = state_of(*peer);
    const auto sent = peer->encrypt(self(), out, plaintext, prekeys, now);
    if (!sent) {
      EXPECT_EQ(out, Buffer(out.size(), 0xa5));
      EXPECT_EQ(state_of(*peer), before) << "a failed encrypt changed the peer";
      return std::unexpected(sent.error());
    }
    return Letter{sent->kind, Buffer(sent->bytes.begin(), sent->bytes.end())};
  }
  Letter send(std::string_view text) {
    auto sent = try_send(text);
    EXPECT_TRUE(sent) << name(testing::error_of(sent).value_or(Error::malformed));
    return sent ? *std::move(sent) : Letter{};
  }

  /// What the last message that opened brought beside its text.
  Opened last_opened{};
  std::optional<Consumed> last_consumed;

  Result<std::string> receive(const Letter& letter) { return receive(letter, tape); }
  Result<std::string> receive(const Letter& letter, Entropy& entropy) {
    Buffer out(letter.bytes.size(), 0xa5);
    const Buffer before = state_of(*peer);
    const std::size_t drawn = tape.drawn();
    const auto opened =
        peer->decrypt(self(), out, letter.kind, letter.bytes, prekeys, entropy, now);
    if (!opened) {
      for (const std::uint8_t byte : out) EXPECT_TRUE(byte == 0xa5 || byte == 0);
      EXPECT_EQ(state_of(*peer), before) << "a failed decrypt changed the peer";
      EXPECT_EQ(tape.drawn(), drawn);
      return std::unexpected(opened.error());
    }
    last_opened = opened->opened;
    last_opened.plaintext = {};
    last_consumed = opened->consumed;
    if (opened->consumed) prekeys.consume(*opened->consumed);
    const MutableBytes plaintext = opened->opened.plaintext;
    return std::string(plaintext.begin(), plaintext.end());
  }
};

/// Two who know each other's bundles.
struct Two {
  explicit Two(const SessionLimits& limits = {}, std::uint64_t seed = 1)
      : alice(1000 * seed, limits), bob(1000 * seed + 1, limits) {}

  Person alice;
  Person bob;

  /// A session that Alice began and both sides have used.
  void settle() {
    ASSERT_TRUE(alice.connect(bob));
    ASSERT_EQ(bob.receive(alice.send("from alice")), "from alice");
    ASSERT_EQ(alice.receive(bob.send("from bob")), "from bob");
  }
  void later(std::chrono::milliseconds time) {
    alice.now += time;
    bob.now += time;
  }
};

/// Which session somebody writes in.
inline const EphemeralPublic& in_use(const Person& person) {
  return person.peer->current()->base_key;
}
inline bool together(const Two& two) {
  return in_use(two.alice) == in_use(two.bob);
}

}  // namespace sotto::session
