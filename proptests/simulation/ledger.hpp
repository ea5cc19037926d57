// SPDX-License-Identifier: MIT OR Apache-2.0
/// The twin of a whole world: it is told everything that happens, and says what must be true.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sotto/device.hpp>

#include "device_under_test.hpp"
#include "faults.hpp"
#include "rules.hpp"
#include "succession.hpp"

namespace sotto::prop::sim {

/// Far above each age limit of the library (30 days).
inline constexpr std::chrono::days surely_old{40};

/// Two days of the calendar lie in between, whatever clocks show (clock.hpp).
inline constexpr std::chrono::days surely_two_days{8};

/// Somebody who has a name: a device of an honest user, or the attacker.
using Who = std::size_t;

/// A session as it was begun, known by a number of the ledger's own.
struct SessionTruth {
  Who from = 0;
  Who to = 0;
  std::uint32_t to_installation = 0;      ///< whose prekeys it was begun with
  bool torn = false;                      ///< one side lost what it knew: nothing is expected of it
  std::uint32_t unsent = 0;               ///< numbers that were spent on messages which never left
  std::optional<EphemeralPublic> base{};  ///< as its first messages say
};

/// A message that was sealed, by whomever.
struct Letter {
  std::uint32_t id = 0;
  Who from = 0;  ///< whose name it carries
  Who to = 0;
  std::uint32_t to_installation = 0;
  MessageKind kind = MessageKind::signal;
  Blob bytes;
  Blob plaintext;
  Instant sealed{};
  std::uint32_t session = 0;
  IdentityPublic identity{};  ///< of who sealed it
  // As it is written in it.
  RatchetPublic ratchet_key{};
  std::uint32_t counter = 0;
  std::optional<wire::PrekeyMessage> first{};  ///< its views are not valid any more

  enum class Maker : std::uint8_t {
    owner,   ///< the device whose name it carries
    thief,   ///< somebody with a copy of that device's state
    forger,  ///< somebody without any key
    oddity,  ///< its owner, with numbers that are not the true ones
  };
  Maker maker = Maker::owner;
};

/// What a device must know of a peer.
struct PeerTruth {
  std::optional<IdentityPublic> accepted;
  bool proved = false;  ///< a message opened under it, or a person accepted it
  std::map<std::uint32_t, Instant> sessions;  ///< by number: when last used, in true time
  std::optional<std::uint32_t> current;
  Succession succession{};
  bool answered = false;  ///< in the current session
  Instant begun;          ///< the current session
  // What one reading a year ahead may cost: the sessions archived before it, what was sealed before
  // it, and the session that was archived at it, until operations on two days have found it so
  // [SES-6-4].
  std::set<std::uint32_t> aged{};
  std::optional<std::uint32_t> ahead{};
  std::optional<Instant> doubted{};  ///< by the first of these operations
  Instant leapt{};
  bool took_old =
      false;  ///< a bundle that was not the newest, which is `stale_bundle` from then on
  std::set<std::uint32_t> untold{};  ///< letters that opened in a commit nobody was told of
};

/// What the rows of a device must say. A copy is kept for every state of its store.
struct DeviceTruth {
  std::map<Who, PeerTruth> peers;
  std::set<std::uint32_t> opened;                           ///< letters
  std::set<std::uint32_t> acknowledged;                     ///< letters whose row must be there
  std::map<std::uint32_t, std::optional<Instant>> prekeys;  ///< signed: when replaced
  std::map<std::uint32_t, std::uint32_t> last_resort;       ///< uses of each
  std::map<std::pair<std::uint32_t, Who>, std::uint32_t> shares;  ///< of these, by whom
  std::set<std::uint32_t> consumed;                               ///< one-time
  std::set<EphemeralPublic> bases;                                ///< of first messages opened
  bool prekeys_unsure = false;               ///< one may have been rotated of which nobody was told
  std::map<std::string, std::string> names;  ///< users by another name than their own
  std::uint8_t storage_key = 0;
  std::uint32_t count = 0;  ///< that the app keeps in a row, and raises in work that is left open
};

class Ledger {
 public:
  /// `most_of_one_name`: first messages without one-time prekey that a signed prekey serves.
  Ledger(std::size_t people, std::uint32_t most_of_one_name)
      : most_of_one_name_(most_of_one_name), devices_(people), states_(people), struck_(people) {}

  [[nodiscard]] DeviceTruth& of(Who who) { return devices_[who]; }
  [[nodiscard]] FaultSet& struck(Who who) { return struck_[who]; }
  [[nodiscard]] std::vector<SessionTruth>& sessions() { return sessions_; }
  [[nodiscard]] const std::vector<Letter>& letters() const { return letters_; }

  /// The state of a device's store was saved as `serial`.
  void stored(Who who, std::uint64_t serial) { states_[who][serial] = devices_[who]; }
  /// A device goes on from an older state, which nobody could have told: what it did since may be
  /// done again, and nothing else. Letters and sessions that it then used are torn.
  void set_back(Who who, std::uint64_t serial);
  /// A device was set up anew.
  void reinstalled(Who who);
  /// The same with the identity that it had; by the names that it had for others.
  void recovered(Who who);

  std::uint32_t begin_session(Who from, Who to, std::uint32_t to_installation);
  /// A message left a device. Violation: S1.
  const Letter& released(Letter letter, std::uint64_t serial);

  /// Whether a device must be able to open a letter now, apart from what its store does; if not, an
  /// error is no falsehood by itself.
  [[nodiscard]] bool must_open(const Letter& letter, Who who, std::uint32_t installation,
                               Instant now) const;
  /// A device says that it opened a letter. Violations: S2, S3.
  void check_opened(const Letter& letter, Who who, const Heard& heard, Instant now,
                    bool leapt) const;
  /// The change that goes with it; `leapt`: by a clock a year ahead.
  void opened(const Letter& letter, Who who, Instant now, bool leapt,
              std::optional<bool> changed_session);
  /// Something else was done with a peer in which sessions can be archived or their times be set.
  void used(PeerTruth& peer, std::optional<std::uint32_t> archived, bool leapt, Instant now);
  /// Something was done with a peer in which none can be archived.
  void found_times(PeerTruth& peer, bool leapt, Instant now);
  /// A device refuses a letter for what is in it. Violations: S2 to S4.
  void check_refused(const Letter& letter, Who who, Error error, bool expected) const;

  /// Whether another name of whom `who` knows has proved an identity.
  [[nodiscard]] bool proved_elsewhere(Who who, Who name, const IdentityPublic& identity) const;

  /// All sessions of `who`, with whomever, are torn.
  void tear(Who who);
  /// All sessions of `a` and `b` with each other are torn.
  void tear(Who a, Who b);

  [[noreturn]] void violated(Rule rule, std::string what, std::initializer_list<Who> whom) const;

 private:
  struct Spent {
    Blob bytes;
    Who who = 0;
    std::uint64_t serial = 0;
    bool may_come_again = false;
  };
  /// Of two sessions, whether the first one's base key is the larger.
  [[nodiscard]] auto larger_base() const {
    return [this](std::uint32_t one, std::uint32_t other) {
      const auto& base = sessions_[one].base;
      const auto& beside = sessions_[other].base;
      return base && beside && std::ranges::lexicographical_compare(beside->bytes(), base->bytes());
    };
  }
  [[nodiscard]] bool is_healed(const Letter& stolen, Who who, Instant now) const;

  std::uint32_t most_of_one_name_;
  std::vector<DeviceTruth> devices_;
  std::vector<std::map<std::uint64_t, DeviceTruth>> states_;
  std::vector<FaultSet> struck_;
  std::vector<SessionTruth> sessions_;
  std::vector<Letter> letters_;
  std::map<std::pair<RatchetPublic, std::uint32_t>, Spent> spent_;
};

}  // namespace sotto::prop::sim
