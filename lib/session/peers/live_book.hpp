// SPDX-License-Identifier: MIT OR Apache-2.0
/// What must happen: the book of a conversation between one of our devices and one of theirs. It
/// knows no key; it counts which message is new, which comes twice, and which comes too late.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <sotto/wire.hpp>

#include "session/peers/signal_c.hpp"

namespace sotto::peers {

enum Side : std::size_t { ours = 0, theirs = 1 };

[[nodiscard]] constexpr Side other(Side side) {
  return side == ours ? theirs : ours;
}

/// Receiving chains that either implementation keeps of one session.
inline constexpr std::size_t chains_kept = 5;

/// What one side has received in one session.
struct Received {
  std::deque<RatchetPublic> chains;  ///< kept, the oldest first
  std::set<RatchetPublic> dropped;
  std::map<RatchetPublic, std::set<std::uint32_t>> opened;
};

/// What one side has sent in one session.
struct SentSoFar {
  RatchetPublic ratchet_key;
  std::uint32_t previous_counter = 0;
  std::uint32_t next = 0;
};

struct SessionEntry {
  Side initiator;
  EphemeralPublic base_key;
  std::optional<OneTimePrekeyId> one_time;
  bool responder_holds = false;  ///< it came into being there as well
  bool pending = true;           ///< the initiator has not been answered
  Received received[2];
  SentSoFar sent[2];
};

/// A message that was sent.
struct Letter {
  Side from;
  Sent sent;
  Blob plaintext;
  std::size_t session;
  RatchetPublic ratchet_key;
  std::uint32_t number;
  std::uint32_t previous_counter;
};

/// What must become of a letter that is delivered now.
enum class Fate : std::uint8_t {
  opens,
  twice,     ///< was opened before
  too_late,  ///< its chain is no longer kept
  orphan,    ///< begins a session with a one-time prekey that served another
};

class Book {
 public:
  /// `side` began a session from a bundle; it is its current one.
  void connected(Side side, const Bundle& bundle) {
    SessionEntry entry{};
    entry.initiator = side;
    if (bundle.one_time) entry.one_time = bundle.one_time->id;
    entry.received[side].chains.push_back(bundle.signed_prekey.as<struct RatchetRole>());
    sessions_.push_back(entry);
    current_[side] = sessions_.size() - 1;
  }

  [[nodiscard]] std::optional<std::size_t> current(Side side) const { return current_[side]; }
  [[nodiscard]] SessionEntry& session(std::size_t i) { return sessions_[i]; }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

  /// Whether the other side can ever open what `side` sends now.
  [[nodiscard]] bool can_reach(Side side) const {
    if (!current_[side]) return false;
    const SessionEntry& entry = sessions_[*current_[side]];
    return entry.initiator != side || entry.responder_holds || !is_spent(entry);
  }

  [[nodiscard]] Fate fate(const Letter& letter) const {
    const SessionEntry& entry = sessions_[letter.session];
    const Side to = other(letter.from);
    if (to != entry.initiator && !entry.responder_holds)
      return is_spent(entry) ? Fate::orphan : Fate::opens;
    const Received& received = entry.received[to];
    if (received.dropped.contains(letter.ratchet_key)) return Fate::too_late;
    const auto chain = received.opened.find(letter.ratchet_key);
    if (chain != received.opened.end() && chain->second.contains(letter.number)) return Fate::twice;
    return Fate::opens;
  }

  /// Whether the numbers of a letter just made are those due: from 0 in every chain; and of the
  /// chain before, as all of Signal count it, the last number, not how many there were.
  [[nodiscard]] bool counted(const Letter& letter) {
    SentSoFar& sent = sessions_[letter.session].sent[letter.from];
    if (sent.ratchet_key != letter.ratchet_key) {
      sent.previous_counter = sent.next > 0 ? sent.next - 1 : 0;
      sent.next = 0;
      sent.ratchet_key = letter.ratchet_key;
    }
    return letter.number == sent.next++ && letter.previous_counter == sent.previous_counter;
  }

  /// The letter opened, and `goes_on_there` says whether the reader writes in its session now.
  void opened(const Letter& letter, bool goes_on_there) {
    SessionEntry& entry = sessions_[letter.session];
    const Side to = other(letter.from);
    if (to == entry.initiator) {
      entry.pending = false;
    } else if (!entry.responder_holds) {
      entry.responder_holds = true;
      if (entry.one_time) spent_[to].insert(*entry.one_time);
    }
    Received& received = entry.received[to];
    received.opened[letter.ratchet_key].insert(letter.number);
    if (std::ranges::find(received.chains, letter.ratchet_key) == received.chains.end()) {
      received.chains.push_back(letter.ratchet_key);
      if (received.chains.size() > chains_kept) {
        received.dropped.insert(received.chains.front());
        received.chains.pop_front();
      }
    }
    if (goes_on_there) current_[to] = letter.session;
  }

  /// The kind of what `side` sends now.
  [[nodiscard]] MessageKind kind(Side side) const {
    const SessionEntry& entry = sessions_[*current_[side]];
    return entry.initiator == side && entry.pending ? MessageKind::prekey : MessageKind::signal;
  }

 private:
  [[nodiscard]] bool is_spent(const SessionEntry& entry) const {
    return entry.one_time && spent_[other(entry.initiator)].contains(*entry.one_time);
  }

  std::vector<SessionEntry> sessions_;
  std::optional<std::size_t> current_[2];
  std::set<OneTimePrekeyId> spent_[2];
};

}  // namespace sotto::peers
