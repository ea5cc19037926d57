// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two devices over the same rows, one of which does something between two calls of the other's
/// store, for the tests of this room.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/wire.hpp>

#include "session/test_devices.hpp"

namespace sotto::session {

/// Lets another do something before one of the calls of a store.
class InterruptedStore final : public Store {
 public:
  explicit InterruptedStore(Store& under) : under_(&under) {}

  /// `act` happens before the `n`th call from now on, the first being 1.
  void interrupt(std::size_t n, std::function<void()> act) {
    left_ = n;
    act_ = std::move(act);
  }
  /// Whether there was such a call.
  [[nodiscard]] bool interrupted() const { return left_ == 0; }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    count();
    return under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    count();
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    count();
    return under_->commit(changes);
  }
  [[nodiscard]] Result<void> purge() noexcept override {
    count();
    return under_->purge();
  }
  [[nodiscard]] Result<Revision> revision() noexcept override {
    count();
    return under_->revision();
  }
  [[nodiscard]] Result<void> begin_reading() noexcept override {
    count();
    return under_->begin_reading();
  }
  void end_reading() noexcept override {
    count();
    under_->end_reading();
  }

 private:
  void count() {
    if (left_ > 0 && --left_ == 0) act_();
  }

  Store* under_;
  std::size_t left_ = 0;
  std::function<void()> act_;
};

/// One of several who use a device, with its own object for it.
struct User {
  User(Store& rows, std::uint64_t seed, const DeviceLimits& with)
      : store(&rows),
        limits(with),
        device(*Device::open(rows, storage_key(), {}, with)),
        tape(seed) {}

  Store* store;
  DeviceLimits limits;
  Device device;
  testing::TapeEntropy tape;
  std::vector<Letter> sealed;  ///< messages that went out
};

/// What somebody does, and the answer as a text: an error's name, or what was told. It is
/// determined by what the store holds, and by the user's tape.
struct Operation {
  std::string name;
  std::function<std::string(User&)> run;
};

/// An answer that says no more than that nothing was done, for another was faster.
inline const std::string too_late{name(Error::conflict)};

/// The ratchet key and the number of a message: what no two messages may share.
inline std::string number_of(const Letter& letter) {
  const auto number = [](const wire::SignalMessage& message) {
    return testing::hex(message.ratchet_key.bytes()) + ' ' + std::to_string(message.counter);
  };
  if (letter.kind == MessageKind::signal) return number(*wire::parse_signal_message(letter.bytes));
  return number(wire::parse_prekey_message(letter.bytes)->message);
}

/// Two users, one operation each, and what came of it.
struct Outcome {
  std::string ours;
  std::string theirs;
  std::string after;  ///< whether both go on, and what a third one finds in the store
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << "ours: " << outcome.ours << "\ntheirs: " << outcome.theirs
       << "\nafter: " << outcome.after;
}

/// The store as it is before each of the two begins, and how to look at what they left.
struct Scene {
  MemoryStore* rows;
  DeviceLimits limits;
  std::function<std::string(Device&)> look;
  std::function<void(Device&)> warm_up;  ///< brings something into a device's memory; may be none

  /// Two users over a copy of the rows.
  struct Two {
    explicit Two(const Scene& scene)
        : scene_(&scene),
          rows_(*scene.rows->clone()),
          others_rows_(*rows_.share()),
          store(rows_),
          we(store, 11, scene.limits),
          they(others_rows_, 12, scene.limits) {
      if (!scene.warm_up) return;
      scene.warm_up(we.device);
      scene.warm_up(they.device);
    }

    /// What a third one finds, or why nothing can be opened; and whether both can go on.
    std::string after() {
      std::string found;
      for (User* user : {&we, &they}) {
        const auto going_on = user->device.begin();
        found += going_on ? "goes on " : std::string(name(going_on.error())) + ' ';
      }
      auto third = Device::open(rows_, storage_key(), {}, scene_->limits);
      return found + (third ? scene_->look(*third) : std::string(name(third.error())));
    }
    /// Whether no two messages went out under one key.
    bool spent_once() const {
      std::set<std::string> numbers;
      for (const User* user : {&we, &they})
        for (const Letter& letter : user->sealed)
          if (!numbers.insert(number_of(letter)).second) return false;
      return true;
    }

   private:
    const Scene* scene_;
    MemoryStore rows_;
    MemoryStore others_rows_;

   public:
    InterruptedStore store;
    User we;
    User they;
  };

  [[nodiscard]] Outcome in_a_row(const Operation& ours, const Operation& theirs,
                                 bool we_first) const {
    Two two(*this);
    Outcome outcome;
    if (we_first) outcome.ours = ours.run(two.we);
    outcome.theirs = theirs.run(two.they);
    if (!we_first) outcome.ours = ours.run(two.we);
    outcome.after = two.after();
    return outcome;
  }
  [[nodiscard]] Outcome theirs_alone(const Operation& theirs) const {
    Two two(*this);
    Outcome outcome{too_late, theirs.run(two.they), {}};
    outcome.after = two.after();
    return outcome;
  }
};

/// Theirs happens before each call of the store that ours makes. What comes of it is what comes of
/// one after the other, in either order; or ours comes too late, and has changed nothing. Returns
/// how many calls were interrupted.
inline std::size_t check_interleaved(const Scene& scene, const Operation& ours,
                                     const Operation& theirs) {
  const Outcome first = scene.in_a_row(ours, theirs, true);
  const Outcome second = scene.in_a_row(ours, theirs, false);
  const Outcome alone = scene.theirs_alone(theirs);
  for (std::size_t n = 1;; ++n) {
    Scene::Two two(scene);
    Outcome outcome;
    two.store.interrupt(n, [&] { outcome.theirs = theirs.run(two.they); });
    outcome.ours = ours.run(two.we);
    if (!two.store.interrupted()) return n - 1;
    outcome.after = two.after();
    const bool right = outcome == first || outcome == second || outcome == alone;
    EXPECT_TRUE(right) << ours.name << ", and before call " << n << ' ' << theirs.name << "\n"
                       << ::testing::PrintToString(outcome) << "\nbut we first\n"
                       << ::testing::PrintToString(first) << "\nthey first\n"
                       << ::testing::PrintToString(second);
    EXPECT_TRUE(two.spent_once()) << ours.name << ", " << theirs.name << ", " << n;
  }
}

}  // namespace sotto::session
