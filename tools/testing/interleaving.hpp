// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two who work over the same rows, one of whom does something between two calls of the other's
/// store: what comes of it is what comes of one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/store.hpp>

namespace sotto::testing {

/// Lets another do something before one of the calls of a store.
class InterruptedStore final : public Store {
 public:
  explicit InterruptedStore(Store& under) : under_(&under) {}

  /// `act` happens before the `n`th call from now on, the first being 1; with 0 nothing does.
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
    if (left_ == 0 || --left_ > 0) return;
    const auto act = std::move(act_);  // It may set up the next.
    act();
  }

  Store* under_;
  std::size_t left_ = 0;
  std::function<void()> act_;
};

/// What somebody does, and the answer as a text: an error's name, or what was told. It is
/// determined by what the store holds, and by who does it.
template <class User>
struct Operation {
  std::string name;
  std::function<std::string(User&)> run;
};

/// What came of two operations.
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

/// Theirs happens before each call of the store that ours makes. What comes of it is what comes of
/// one after the other, in either order; or ours is a `conflict`, and has changed nothing. `make`
/// returns two users `we` and `they` over the same rows, of whom we have the InterruptedStore
/// `store`, with an `after()` as in `Outcome`. Returns how many calls were interrupted.
template <class Make, class User>
std::size_t check_interleaved(const Make& make, const Operation<User>& ours,
                              const Operation<User>& theirs) {
  const auto in_a_row = [&](bool we_first) {
    const auto two = make();
    Outcome outcome;
    if (we_first) outcome.ours = ours.run(two->we);
    outcome.theirs = theirs.run(two->they);
    if (!we_first) outcome.ours = ours.run(two->we);
    outcome.after = two->after();
    return outcome;
  };
  const Outcome first = in_a_row(true);
  const Outcome second = in_a_row(false);
  Outcome alone{"conflict", {}, {}};
  {
    const auto two = make();
    alone.theirs = theirs.run(two->they);
    alone.after = two->after();
  }
  for (std::size_t n = 1;; ++n) {
    const auto two = make();
    Outcome outcome;
    two->store.interrupt(n, [&] { outcome.theirs = theirs.run(two->they); });
    outcome.ours = ours.run(two->we);
    if (!two->store.interrupted()) return n - 1;
    outcome.after = two->after();
    EXPECT_TRUE(outcome == first || outcome == second || outcome == alone)
        << ours.name << ", and before call " << n << ' ' << theirs.name << "\n"
        << ::testing::PrintToString(outcome) << "\nbut we first\n"
        << ::testing::PrintToString(first) << "\nthey first\n"
        << ::testing::PrintToString(second);
  }
}

/// The same, with two operations of theirs, up to three calls apart.
template <class Make, class User>
std::size_t check_interleaved(const Make& make, const Operation<User>& ours,
                              const std::array<Operation<User>, 2>& theirs) {
  std::vector<Outcome> right;
  for (std::size_t place = 0; place <= 3; ++place) {  // With 3 ours does not happen.
    const auto two = make();
    Outcome outcome{place == 3 ? "conflict" : "", {}, {}};
    for (std::size_t i = 0; i <= 2; ++i) {
      if (i == place) outcome.ours = ours.run(two->we);
      if (i < 2) outcome.theirs += theirs[i].run(two->they) + ' ';
    }
    outcome.after = two->after();
    right.push_back(std::move(outcome));
  }
  std::size_t cases = 0;
  for (std::size_t apart = 1; apart <= 3; ++apart)
    for (std::size_t n = 1;; n += apart) {
      const auto two = make();
      Outcome outcome;
      std::size_t done = 0;
      const auto act = [&] { outcome.theirs += theirs[done++].run(two->they) + ' '; };
      two->store.interrupt(n, [&] {
        act();
        two->store.interrupt(apart, act);
      });
      outcome.ours = ours.run(two->we);
      two->store.interrupt(0, {});
      if (done == 0) break;
      if (done == 1) act();
      outcome.after = two->after();
      ++cases;
      EXPECT_TRUE(std::ranges::find(right, outcome) != right.end())
          << ours.name << ", and before call " << n << ' ' << theirs[0].name << ", and " << apart
          << " calls later " << theirs[1].name << "\n"
          << ::testing::PrintToString(outcome) << "\nbut\n"
          << ::testing::PrintToString(right);
    }
  return cases;
}

}  // namespace sotto::testing
