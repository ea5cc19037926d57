// SPDX-License-Identifier: MIT OR Apache-2.0
/// A call of sotto's own between two ends that rekey as they like, over a network that loses,
/// repeats and reorders, with a verdict after every event. The property and the fuzzer drive the
/// same one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sotto/sotto_call.hpp>

#include "testing/tape_entropy.hpp"

namespace sotto::prop {

class CallTalk {
 public:
  using Buffer = std::vector<std::uint8_t>;
  using Complaint = std::string;

  explicit CallTalk(std::uint64_t seed);

  /// What happens is `what`; to whom, `which` says. Empty, or what is wrong.
  [[nodiscard]] Complaint apply(std::uint8_t what, std::uint8_t which);
  /// Deliver everything, until nothing is under way: both ends must have the same keys then.
  [[nodiscard]] Complaint settle();
  /// Epochs that both ends have passed.
  [[nodiscard]] std::uint32_t epoch() const;

 private:
  /// One end: the library's, and beside it what the model says of the keys it holds.
  struct End {
    Call call;
    SframeSender sender;
    SframeReceiver receiver;
    std::set<std::uint32_t> held;  ///< epochs that must open
    std::set<std::size_t> opened;  ///< frames of the other end
    std::uint32_t sealing = 0;     ///< the epoch that must be sealed under
  };
  struct Frame {
    std::uint32_t epoch;
    Buffer sealed;
  };

  [[nodiscard]] Complaint propose(std::size_t side);
  [[nodiscard]] Complaint deliver(std::size_t to, std::size_t which, bool keep);
  [[nodiscard]] Complaint alter(std::size_t to, std::size_t which, std::uint8_t bit);
  [[nodiscard]] Complaint seal(std::size_t side);
  [[nodiscard]] Complaint open(std::size_t to, std::size_t which);
  [[nodiscard]] Complaint pass(std::chrono::milliseconds time);
  [[nodiscard]] Complaint heed(std::size_t side, CallNews& news);
  [[nodiscard]] Complaint agree() const;

  testing::TapeEntropy tape_;
  Buffer reveal_;
  Instant now_{std::chrono::hours(1)};
  std::vector<End> ends_;                        ///< caller, callee
  std::array<std::vector<Buffer>, 2> messages_;  ///< under way to that end
  std::array<std::vector<Frame>, 2> frames_;     ///< all that that end has sealed
};

}  // namespace sotto::prop
