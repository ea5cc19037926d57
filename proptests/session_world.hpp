// SPDX-License-Identifier: MIT OR Apache-2.0
/// Three parties and a hostile network between them: what can happen to sessions, as events.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "party.hpp"

namespace sotto::prop {

/// Something that happens. Which parties, message or byte is meant is told by the numbers, which
/// are taken modulo what there is.
struct SessionEvent {
  std::uint8_t kind = 0;
  std::uint8_t who = 0;
  std::uint8_t whom = 0;
  std::uint32_t detail = 0;
};

[[nodiscard]] std::string describe(const SessionEvent& event);

class SessionWorld {
 public:
  SessionWorld(std::uint64_t seed, Tally& tally);

  /// Throws a `Difference`.
  void apply(const SessionEvent& event);

  /// The names of all kinds of events.
  [[nodiscard]] static std::vector<std::string> kinds();

 private:
  struct Kind {
    const char* name;
    unsigned weight;
    void (SessionWorld::*apply)(const SessionEvent&);
  };
  static const std::vector<Kind>& table();
  static const Kind& kind_of(const SessionEvent& event);
  friend std::string describe(const SessionEvent& event);

  void connect(const SessionEvent& event);
  void connect_wrongly(const SessionEvent& event);
  void encrypt(const SessionEvent& event);
  void encrypt_without_room(const SessionEvent& event);
  void deliver(const SessionEvent& event);
  void deliver_without_room(const SessionEvent& event);
  void misdeliver(const SessionEvent& event);
  void lose(const SessionEvent& event);
  void duplicate(const SessionEvent& event);
  void replay(const SessionEvent& event);
  void corrupt(const SessionEvent& event);
  void forge_signal(const SessionEvent& event);
  void forge_prekey(const SessionEvent& event);
  void unwrap(const SessionEvent& event);
  void wrap(const SessionEvent& event);
  void pass_time(const SessionEvent& event);
  void accept(const SessionEvent& event);
  void erase(const SessionEvent& event);
  void forget(const SessionEvent& event);
  void restart(const SessionEvent& event);
  void rotate(const SessionEvent& event);
  void destroy(const SessionEvent& event);
  void restock(const SessionEvent& event);
  void reinstall(const SessionEvent& event);

  struct Ends {
    std::size_t who;
    std::size_t whom;
  };
  [[nodiscard]] static Ends ends(const SessionEvent& event);
  [[nodiscard]] Tape tape(const SessionEvent& event);
  void open(const Parcel& parcel, const SessionEvent& event);
  [[nodiscard]] std::size_t place(const SessionEvent& event) const;
  [[nodiscard]] const Parcel* on_the_way(const SessionEvent& event) const;

  Tally& tally_;
  std::uint64_t seed_;
  std::uint64_t operations_ = 0;
  Instant now_;
  std::vector<std::unique_ptr<Party>> parties_;
  std::deque<Parcel> on_the_way_;
  std::deque<Parcel> arrived_;
};

}  // namespace sotto::prop
