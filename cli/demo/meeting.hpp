// SPDX-License-Identifier: MIT OR Apache-2.0
/// People in a group call: devices with a session between any two, and each one's view of the call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sotto/call_code.hpp>
#include <sotto/group_call.hpp>

#include "demo/person.hpp"

namespace sotto::demo {

class Meeting {
 public:
  /// A frame that `from` sealed.
  struct Sealed {
    std::size_t from;
    Blob plain;
    Blob frame;
  };

  /// People of that many, each with a session to each; nobody is in the call yet.
  explicit Meeting(std::size_t people);

  /// From now on these are in the call, and they know it; keys go their way.
  void see(const std::vector<std::size_t>& in_call);
  /// Time passes for all who are in the call.
  void pass(std::chrono::milliseconds time);

  /// Each one's next `count` frames.
  [[nodiscard]] std::vector<Sealed> speak(std::uint32_t count);
  /// How many of `frames` person `who` opens, and finds as they were.
  [[nodiscard]] std::size_t opened_by(std::size_t who, const std::vector<Sealed>& frames);
  /// How often one in the call opens what another in it sealed; all if all hear all.
  [[nodiscard]] std::size_t heard(const std::vector<Sealed>& frames);

  /// The codes of all in the call, of those who came to one. `stranger` is somebody in it who sees
  /// another list of members.
  [[nodiscard]] std::vector<CallCode> codes(std::optional<std::size_t> stranger = {});
  /// How many key messages have gone through sessions.
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

 private:
  struct Seat {
    std::string name;
    std::unique_ptr<Person> person;
    std::optional<GroupCall> call;
  };

  void exchange();
  [[nodiscard]] MemberId member(std::size_t who) const;
  [[nodiscard]] std::size_t seat_of(const MemberId& member) const;

  SystemEntropy entropy_;
  CallId id_;
  Instant now_;
  std::uint64_t number_ = 0;
  std::vector<Seat> seats_;
  std::vector<std::size_t> in_call_;
  std::size_t messages_ = 0;
};

}  // namespace sotto::demo
