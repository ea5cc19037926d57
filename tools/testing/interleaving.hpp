// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two who work over the same rows, one of whom does something between two calls of the other's
/// store: what comes of it is what comes of one after the other.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <sotto/store.hpp>

namespace sotto::testing {

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

}  // namespace sotto::testing
