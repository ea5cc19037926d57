// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two users with two to four devices, an attacker, a service, a network and the time, all of
/// which misbehave. Every step is checked against the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "clock.hpp"
#include "device_under_test.hpp"
#include "ledger.hpp"
#include "service.hpp"
#include "stranger.hpp"
#include "work_under_test.hpp"

namespace sotto::prop::sim {

/// Something that happens. The numbers choose among what there is.
struct WorldEvent {
  std::uint8_t kind = 0;
  std::uint8_t who = 0;
  std::uint8_t whom = 0;
  std::uint32_t detail = 0;
};

class World {
 public:
  /// Devices, keys, clocks and all chance are determined by the seed.
  World(std::uint64_t seed, Struck& struck);

  /// Throws a `Violation`.
  void apply(const WorldEvent& event);
  /// The world heals: within `healing_rounds` every two devices of different users can send and
  /// open both ways, and every device has prekeys at the service; what waited is delivered; and
  /// what is old is erased within `ageing_rounds` of 31 days, in each of which every two speak up
  /// to `most_exchanges` times. Throws a `Violation`.
  void heal();
  static constexpr unsigned healing_rounds = 8;
  static constexpr unsigned ageing_rounds = 4;
  static constexpr unsigned most_exchanges = 20;

  /// Kinds of events by name, their weights, and the fault that each is, if it is one.
  struct Kind {
    const char* name;
    unsigned weight;
    std::optional<Fault> fault;
    void (World::*apply)(const WorldEvent&);
  };
  [[nodiscard]] static const std::vector<Kind>& kinds();

 private:
  struct Process {
    explicit Process(Disk& disk) : store(disk) {}
    HostileStore store;
    std::optional<DeviceUnderTest> device;
    std::uint64_t seen = 0;  ///< the newest state of the store that it was told of
    bool must_tell = false;  ///< the store went back behind that, and others went on from there
    bool may_tell = false;   ///< it went back behind what was shown in an operation that failed
    std::uint8_t key = 0;    ///< the storage key that its device has
    bool said_rolled_back = false;
    std::set<std::uint32_t> untold{};  ///< letters that it opened without being told so
    /// `serial` is what is there from now on.
    void set_back(std::uint64_t serial) noexcept {
      must_tell |= seen > serial;
      may_tell |= store.shown() > serial;
    }
  };
  /// A unit of work that stays open while others commit, over a device object of its own.
  struct OpenWork {
    enum class Content : std::uint8_t { nothing, connect, send, deliver, prekeys, row, snapshot };
    static constexpr std::uint32_t contents = 7;
    /// Something that it was told.
    struct Told {
      bool is_walk;                 ///< its commit need not know whether it is still so
      std::function<void()> check;  ///< throws a `Violation` unless it is so by the ledger
    };
    explicit OpenWork(Disk& disk) : running(disk) {}
    Process running;
    std::optional<WorkUnderTest> work{};
    std::uint64_t since = 0;             ///< the state of the store in which it began
    std::vector<DeviceTruth> moments{};  ///< what was so whenever it may have read something
    std::vector<Told> told{};
    Content content = Content::nothing;  ///< what it is to do
    Who peer = 0;
    bool done = false;  ///< the content, at the true time `at`
    Instant at{};
    PeerName name{};     ///< of the peer then
    bool known = false;  ///< an identity was held of it then
    Blob text{};
    std::optional<Fetched> fetched{};
    std::uint32_t letter = 0;
    std::uint32_t count = 0;
  };
  /// What is done next in open work.
  enum class Step : std::uint8_t { act, read, end };
  struct Snapshot {
    std::optional<Who> peer;  ///< without one it is of the prekeys
    Blob bytes;
    std::uint32_t installation;
  };
  /// A device of an honest user with all that belongs to it.
  struct Machine {
    PeerName name;
    Disk disk;
    MachineClock clock;
    testing::TapeEntropy tape;
    bool keeps_number = false;  ///< its app gives the newest commit's number at each start
    std::array<std::unique_ptr<Process>, 2> processes{};
    std::vector<std::unique_ptr<OpenWork>> open{};
    std::uint8_t newest_key = 0;      ///< of the storage keys, numbered from 0, which are all kept
    std::uint64_t newest = 0;         ///< the number of the newest commit, kept elsewhere
    std::uint64_t newest_serial = 0;  ///< the state that it stands for
    std::uint32_t installation =
        1;  ///< rises when what others know of it is worth nothing any more
    bool went_back = false;
    bool renews = false;  ///< it was set back, so it needs prekeys that nobody has seen
    std::optional<IdentityKeyPair> keys{};  ///< kept where no loss of the store reaches
    RegistrationId registration{};
    IdentityPublic identity{};
    std::vector<Snapshot> snapshots{};
    std::uint32_t made = 0;  ///< plaintexts and such, to make them differ
  };
  struct Stolen {
    Who from;
    Who to;
    Disk disk;
    std::uint8_t key;
    PeerName name;  ///< that the victim has for whom it talks to
    std::uint32_t session;
    std::uint32_t installation;
  };
  /// What came of one operation of a device.
  template <class T>
  struct Came {
    std::optional<T> value{};
    std::optional<Error> error{};  ///< neither: the process died
    bool stored = false;
    bool lied = false;   ///< the store said that it was stored
    bool leapt = false;  ///< by a clock a year ahead: asked again later, all must be well
  };

  // -- ordinary life (world_talk.cpp)
  void connect(const WorldEvent& event);
  void send(const WorldEvent& event);
  void accept(const WorldEvent& event);
  void erase(const WorldEvent& event);
  void tend(const WorldEvent& event);
  // -- messages that arrive (world_deliver.cpp)
  void deliver(const WorldEvent& event);
  void deliver_any(const WorldEvent& event);
  void deliver_again(const WorldEvent& event);
  void open_in_doubt(const WorldEvent& event);
  // -- what a device holds of others and of itself (world_names.cpp)
  void forget(const WorldEvent& event);
  void rename(const WorldEvent& event);
  void look(const WorldEvent& event);
  void rotate_key(const WorldEvent& event);
  void purge(const WorldEvent& event);
  // -- the attacker as a person with keys, and without (world_attack.cpp)
  void greet_stranger(const WorldEvent& event);
  void stranger_writes(const WorldEvent& event);
  void stranger_resigns(const WorldEvent& event);
  void stranger_floods(const WorldEvent& event);
  void forge_identity(const WorldEvent& event);
  void forge_bytes(const WorldEvent& event);
  void steal(const WorldEvent& event);
  // -- time, network and service (world.cpp)
  void pass_hours(const WorldEvent& event);
  void hold_for_days(const WorldEvent& event);
  void forget_message(const WorldEvent& event);
  void split(const WorldEvent& event);
  void leap_clock(const WorldEvent& event);
  void drain(const WorldEvent& event);
  void misuse_service(const WorldEvent& event);
  // -- stores and processes (world_process.cpp)
  void arm(const WorldEvent& event);
  void set_back(const WorldEvent& event);
  void tamper(const WorldEvent& event);
  void close(const WorldEvent& event);
  void second_process(const WorldEvent& event);
  void fork_process(const WorldEvent& event);
  void two_transactions(const WorldEvent& event);
  void verify_identity(const WorldEvent& event);
  // -- work that stays open (world_open.cpp)
  void leave_open(const WorldEvent& event);
  void go_on(const WorldEvent& event);
  // -- snapshots (world_snapshot.cpp)
  void drop_snapshot(const WorldEvent& event);
  void restore_snapshot(const WorldEvent& event);
  void restore_other_history(const WorldEvent& event);
  void recover(const WorldEvent& event);

  [[nodiscard]] Who stranger() const noexcept { return machines_.size(); }
  /// By which name `viewer` knows somebody.
  [[nodiscard]] PeerName name_of(Who viewer, Who whose);
  /// The name of the user that a device is of, as it began.
  [[nodiscard]] std::string user_of(Who who) const;
  [[nodiscard]] Machine& machine(const WorldEvent& event) {
    return *machines_[event.who % machines_.size()];
  }
  [[nodiscard]] Who who(const WorldEvent& event) const { return event.who % machines_.size(); }
  /// Another machine, of another user if `event.whom` is even.
  [[nodiscard]] Who whom(const WorldEvent& event) const;
  [[nodiscard]] Fault fault_of(const WorldEvent& event) const { return *kinds()[event.kind].fault; }
  void strike(Fault fault, Who who);
  /// Of the fault that is armed for the service's next answer, whether it is this one; it is over
  /// then.
  [[nodiscard]] bool misuses(Fault fault, Who who);
  [[nodiscard]] Instant reading(Machine& machine);

  /// A running process of the machine, begun or set up if there is none.
  [[nodiscard]] Process& process(Who who, std::uint32_t pick);
  void set_up(Who who);
  /// The device with the identity that it has, over an empty store.
  void begin_anew(Who who);
  /// Open the rows; the store may refuse. `passes_number`: with what is kept elsewhere.
  void open(Who who, bool passes_number);
  void stop(Who who);
  void open_beside(Who who, Process& running);
  /// A device said that its store was set back or altered: whoever owns it sees to that.
  void see_to_store(Who who, std::uint32_t pick);
  void check_stays_rolled_back(Who who);
  /// The device goes on from an older state of its store, which it cannot know to be one.
  void take_as_it_is(Who who);
  /// Before a process does anything: a store that was set back behind what it was told of is to be
  /// told by it; of another that it knows nothing. Returns whether it must be told.
  [[nodiscard]] bool must_tell(Who who, Process& running);
  /// A process runs, and what it cannot know of its store is taken for true: from here on the
  /// ledger says what to expect.
  void get_ready(Who who, std::uint32_t pick) {
    static_cast<void>(must_tell(who, process(who, pick)));
  }
  /// Rows altered under an open device can go unnoticed until the next start [threat model, limit
  /// 18], which says so; the owner sees to the store then. False when it does not say so.
  bool shows_tampering(Who who, std::uint32_t pick);
  bool finds_less(Who who, std::size_t held, std::size_t found, bool stored, std::uint32_t pick);

  template <class T, class Run>
  [[nodiscard]] Came<T> operate(Who who, std::uint32_t pick, Run&& run);
  /// Whether an error of any operation is true; returns whether it is one of the store's, which
  /// says nothing of what was asked.
  bool judge(Who who, Process& running, Error error, bool stored, std::uint32_t pick);
  /// An operation without anything in it that could be refused; the error of any is told.
  template <class T>
  [[nodiscard]] bool came_through(Who who, std::uint32_t pick, const Came<T>& came,
                                  const char* what);
  /// An error after which a process need not know how its store is.
  [[nodiscard]] static bool is_of_store(Error error) noexcept {
    return error == Error::store_failed || error == Error::outcome_unknown ||
           error == Error::rolled_back || error == Error::corrupted;
  }
  /// The app learned the number of a commit, and keeps it elsewhere.
  void know(Who who, std::uint64_t number, bool lied = false);
  void saved(Who who) { ledger_.stored(who, machines_[who]->disk.now().serial); }

  enum class Delivery { opened, refused, waits };
  Delivery deliver_letter(std::uint32_t id, std::uint32_t pick);
  [[nodiscard]] bool holds_plaintext(const Letter& letter, std::uint32_t pick);
  [[nodiscard]] bool is_untold(const Letter& letter);
  Delivery tell(const Letter& letter, const Heard& heard, bool stored, std::uint32_t pick);
  bool note_opened(const Letter& letter, const Came<Heard>& came, bool with_row,
                   std::uint32_t pick);
  void check_over_rows(Who who, std::uint32_t pick, const std::function<void()>& check);
  Delivery open_at_stranger(const Letter& letter);
  Delivery refuse(const Letter& letter, Who who, Error error, bool expected, std::uint32_t pick);
  bool send_to(Who from, Who to, std::uint32_t pick);
  void note_sent(Who from, Who to, const Blob& text, const Came<Sealed>& came);
  void judge_send(Who from, Who to, Error error, bool leapt);
  bool connect_to(Who from, Who to, std::uint32_t pick);
  void note_connected(Who from, Who to, const Fetched& fetched, bool leapt);
  void judge_connect(Who from, Who to, const Fetched& fetched, Error error);
  void accept_identity(Who of, Who peer, const IdentityPublic& identity, std::uint32_t pick);
  bool tend_prekeys(Who who, std::uint32_t pick);
  void note_prekeys(Who who, const Upload& made, bool lied);
  void note_prekeys_aged(Who who);
  bool upload(Who who, const Upload& made, std::uint32_t pick);
  void go_on_with(Who who, std::size_t which, Step step, std::uint32_t pick);
  void end_open(Who who);
  bool act_in(Who who, OpenWork& open, std::uint32_t pick);
  bool read_in(Who who, OpenWork& open, std::uint32_t pick);
  void end(Who who, OpenWork& open, std::uint32_t pick);
  bool fails_truly(Who who, OpenWork& open, Error error, bool stored);
  void note_stored(Who who, OpenWork& open, const Released* released);
  void end_over_touched(Who who, OpenWork& open);
  bool takes_error(Who who, OpenWork& open, Error error, std::function<void()> check);
  bool takes(Who who, OpenWork& open, OpenWork::Told told);
  void check_told(Who who, OpenWork& open);
  void check_seen(Who who, Who peer, const Seen& seen, bool leapt);
  void check_seen_as(Who who, const PeerName& name, const Seen& seen);
  void check_status(Who who, const PrekeyStatus& status);
  void check_listed(Who who, const std::vector<PeerName>& listed);
  void check_knowledge(Who who, std::uint32_t pick);
  void check_peer(Who who, Who peer, std::uint32_t pick);
  void check_peers(Who who, std::uint32_t pick);
  [[nodiscard]] std::optional<Blob> snapshot_of(Who who, std::optional<Who> peer,
                                                std::uint32_t pick);
  void restore(Who who, const Snapshot& snapshot, std::uint32_t pick);
  void catch_up(Who who, const Snapshot& snapshot, std::uint32_t pick);
  void thief_writes(Stolen& copy, std::uint32_t pick);
  void check_inbox(Who who);
  std::uint32_t post(Letter letter, Machine* from, bool lied = false);
  [[nodiscard]] std::uint32_t session_of_stranger(Who with);
  void deliver_oddity(Who to, const Sealed& sealed, const Blob& text, std::uint32_t pick);
  [[nodiscard]] Blob plaintext(Machine& machine, std::uint32_t pick);
  [[nodiscard]] std::optional<std::uint32_t> waiting_for(Who who, std::uint32_t pick) const;

  void calm();
  [[nodiscard]] bool round(bool connects);
  bool deliver_waiting();
  bool exchange(Who from, Who to);
  [[nodiscard]] std::string what_is_old();

  Struck& struck_;
  std::uint64_t seed_;
  Instant now_;
  DeviceLimits limits_;
  std::vector<std::unique_ptr<Machine>> machines_;
  Stranger stranger_;
  Ledger ledger_;
  BundleService service_;
  Network network_;
  std::optional<Fault> service_fault_;
  std::map<Who, std::uint32_t> stranger_session_;  ///< by whom it is with
  std::vector<Stolen> stolen_;
  std::vector<std::uint32_t> arrived_;  ///< letters, for repeating
  std::set<std::uint32_t> kept_;        ///< letters that were refused and may open later
  bool healing_ = false;
  std::string last_trouble_;
};

/// The row in which an app keeps what it opened.
[[nodiscard]] Blob inbox_key(std::uint32_t letter);

/// For tables and replays.
[[nodiscard]] std::string describe(const WorldEvent& event);

// ---- Templates ---------------------------------------------------------------------------------

template <class T, class Run>
World::Came<T> World::operate(Who who, std::uint32_t pick, Run&& run) {
  Process& running = process(who, pick);
  Machine& machine = *machines_[who];
  const bool tells = must_tell(who, running);
  const bool leapt = machine.clock.leaps();
  const Instant at = reading(machine);
  const std::uint64_t before = machine.disk.now().serial;
  const auto is_stored = [&] { return machine.disk.now().serial != before; };
  for (int attempt = 0;; ++attempt) {
    running.store.begin_step();
    auto result = std::forward<Run>(run)(*running.device, at);
    const auto happened = running.store.happened();
    if (happened) ledger_.struck(who).set(index_of(*happened));
    if (running.store.dead()) {
      const bool stored = is_stored();
      stop(who);
      return {.stored = stored, .leapt = leapt};
    }
    if (result) {
      if (tells)
        ledger_.violated(Rule::rollback_untold,
                         running.must_tell ? "passed by another process" : "in an operation",
                         {who});
      const bool lied = happened == Fault::store_lies;
      running.seen = machine.disk.now().serial + (lied ? 1 : 0);
      running.may_tell = false;
      return {.value = std::move(*result), .stored = is_stored(), .lied = lied, .leapt = leapt};
    }
    // An app begins again after a conflict.
    if (result.error() == Error::conflict && attempt < 3 && !is_stored()) continue;
    if (!tells && !is_of_store(result.error())) running.seen = machine.disk.now().serial;
    return {.error = result.error(), .stored = is_stored(), .leapt = leapt};
  }
}

template <class T>
bool World::came_through(Who who, std::uint32_t pick, const Came<T>& came, const char* what) {
  if (came.stored) saved(who);
  if (came.error && !judge(who, process(who, pick), *came.error, came.stored, pick))
    ledger_.violated(Rule::false_error, what + std::string(name(*came.error)), {who});
  return came.value.has_value();
}

}  // namespace sotto::prop::sim
