// SPDX-License-Identifier: MIT OR Apache-2.0
/// A group call whose members come, go, crash and come back, while the server's rosters, the key
/// messages and the frames are late, lost, repeated and out of order. Who has left goes on
/// listening. The model knows for each sender whom it saw in the call and when; a verdict after
/// every event.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sotto/group_call.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::prop {

class GroupTalk {
 public:
  using Buffer = std::vector<std::uint8_t>;
  using Complaint = std::string;
  static constexpr std::uint32_t people = 6;

  explicit GroupTalk(std::uint64_t seed);

  /// Empty, or what is wrong.
  [[nodiscard]] Complaint apply(std::uint8_t what, std::uint8_t which);
  /// All rosters arrive, keys are asked for, time passes: everybody hears everybody.
  [[nodiscard]] Complaint settle();

  struct Figures {
    std::size_t opened = 0;
    std::size_t refused = 0;
    std::size_t eavesdropped = 0;  ///< opened by who had left, before the switch
  };
  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  struct View {
    std::uint64_t number = 0;
    std::set<std::uint32_t> members;
  };
  /// Who was missing from a roster, and when that was seen.
  struct Leave {
    std::uint64_t number;
    Instant at;
    std::set<std::uint32_t> who;
  };
  struct Person {
    std::optional<GroupCall> call;
    bool in = false;  ///< as the server has it
    View view;
    std::vector<View> coming;  ///< rosters on their way
    /// Whom its frames may be heard by, and until when if that ends.
    std::map<std::uint32_t, std::optional<Instant>> audience;
    std::vector<Leave> leaves;
    std::set<std::size_t> opened;
    /// The newest roster in which it saw each other one, in all its stays.
    std::map<std::uint32_t, std::uint64_t> met;
  };
  struct Letter {
    std::uint32_t from;
    std::uint32_t to;
    Buffer bytes;
  };
  struct Frame {
    std::uint32_t from;
    std::uint64_t view;  ///< number of the sender's roster
    Buffer sealed;
    std::set<std::uint32_t> audience;
  };

  void enter(std::uint32_t who);
  void announce();
  void leave(std::uint32_t who);
  [[nodiscard]] Complaint see(std::uint32_t who, std::size_t which);
  [[nodiscard]] Complaint deliver(std::size_t which, bool keep);
  [[nodiscard]] Complaint seal(std::uint32_t who);
  [[nodiscard]] Complaint open(std::uint32_t who, std::size_t which);
  [[nodiscard]] Complaint may_open(std::uint32_t who, std::size_t which) const;
  [[nodiscard]] Complaint pass(std::chrono::milliseconds time);
  void collect();

  testing::TapeEntropy tape_;
  Instant now_{std::chrono::hours(1)};
  View server_;
  std::array<Person, people> people_;
  std::vector<Letter> letters_;
  std::vector<Frame> frames_;
  Figures figures_;
};

}  // namespace sotto::prop
