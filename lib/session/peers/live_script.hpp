// SPDX-License-Identifier: MIT OR Apache-2.0
/// A random script: what two devices and the network between them do, and after every event the
/// comparison with what the book says.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "session/peers/live_book.hpp"
#include "session/peers/ours.hpp"
#include "session/peers/signal_c.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::peers {

/// What can happen; each is counted for either side (of the receiver, where there is one).
enum class Event : std::uint8_t {
  connect_with_one_time,
  connect_without_one_time,
  rekey,         ///< a connect while there is a session
  simultaneous,  ///< a connect while the other's first messages are on their way
  send_prekey,
  send_signal,
  open_in_order,
  open_reordered,
  open_late_chain,       ///< of a ratchet key that is not the newest
  open_changes_session,  ///< in another session than the receiver's current one
  lose,
  refuse_duplicate,
  refuse_late,
  refuse_altered,
  refuse_orphan,
  refuse_stale_bundle,
  refuse_identity,
  restart,
  restore,
  converge,
  count
};
inline constexpr std::size_t event_kinds = static_cast<std::size_t>(Event::count);

[[nodiscard]] std::string_view name(Event event);

/// How often what happened, by side.
struct Tally {
  std::array<std::array<std::uint64_t, 2>, event_kinds> counts{};
  std::uint64_t messages = 0;

  void add(Event event, Side side) { ++counts[static_cast<std::size_t>(event)][side]; }
  [[nodiscard]] std::uint64_t of(Event event, Side side) const {
    return counts[static_cast<std::size_t>(event)][side];
  }
};

class Script {
 public:
  Script(std::uint64_t seed, Tally& tally);

  /// So many events, and then a conversation without losses, which must converge. What went wrong
  /// first, or nothing.
  [[nodiscard]] std::string run(std::size_t events);

 private:
  using Outcome = std::string;  // A refusal's name, or "opened".

  [[nodiscard]] std::uint64_t below(std::uint64_t n) { return dice_() % n; }
  [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }

  void step();
  void connect(Side side);
  void send(Side side);
  void deliver(Side to);
  void lose(Side to);
  void deliver_again(Side to);
  void deliver_altered(Side to);
  void restart(Side side);
  void old_bundle();
  void set_up_anew();
  void converge();

  Letter make(Side side);
  void open(const Letter& letter);
  Outcome refused(Side to, MessageKind kind, Bytes message);
  void expect(bool good, const std::string& complaint);

  Tally& tally_;
  std::mt19937_64 dice_;
  testing::TapeEntropy tape_;
  Ours us_;
  std::unique_ptr<SignalC> them_;
  Book book_;
  std::vector<Letter> on_the_way_[2];           // by receiver
  std::vector<Letter> arrived_[2];              // opened, by receiver
  std::vector<wire::DeviceBundle> bundles_[2];  // by owner
  std::uint32_t signed_id_ = 1;
  std::uint32_t one_time_id_ = 1;
  std::uint64_t keeps_order_;     // percent of deliveries that take the oldest letter
  std::uint64_t seldom_connect_;  // one of so many events that could connect does
  bool newest_first_;
  std::size_t connects_ = 0;
  std::string failed_;
};

}  // namespace sotto::peers
