// SPDX-License-Identifier: MIT OR Apache-2.0
/// Two parties, a hostile network between them, and a verdict after every event. The properties
/// and the fuzzers drive the same one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sotto/ratchet.hpp>

#include "testing/tape_entropy.hpp"
#include "twin_ratchet.hpp"

namespace sotto::prop {

using Buffer = std::vector<std::uint8_t>;

/// How a conversation begins.
struct Start {
  std::uint64_t seed = 1;  ///< of every entropy tape in it
  bool one_time_prekey = true;
  bool x3dh = true;  ///< false: keys straight from the tape, which is ten times as fast
  RatchetLimits limits;
};

/// What may happen next. Numbers choose among what there is, modulo how much there is.
struct Event {
  enum class Kind : std::uint8_t {
    send,       ///< `side` encrypts `a` bytes
    deliver,    ///< message `a` on its way to `side` arrives
    duplicate,  ///< the same, and a copy stays on its way
    drop,       ///< message `a` on its way to `side` is lost
    replay,     ///< message `a` of all that were ever sent to `side` arrives
    forge,      ///< a copy of message `a` of all ever sent to `side`, altered by `b` and `c`
    starve,     ///< message `a` on its way to `side` arrives while randomness fails; it stays
    cramp,      ///< `side` encrypts and decrypts with buffers that are one byte short
    restart,    ///< `side` goes on from its saved image
    wait,       ///< `a` milliseconds pass
  };
  static constexpr unsigned kinds = 10;
  /// Ways to forge: what `b` chooses among.
  static constexpr unsigned forgeries = 14;

  Kind kind = Kind::send;
  std::uint8_t side = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

std::string describe(const Event& event);

/// What is wrong, in words; empty when all is as it must be.
using Complaint = std::string;

class Conversation {
 public:
  /// Alice (side 0) and Bob (side 1) agree. Ends the process when that fails, which is
  /// another property's affair.
  explicit Conversation(const Start& start);

  [[nodiscard]] Complaint apply(const Event& event);

  /// Deliver all that is still on its way, oldest first, and compare.
  [[nodiscard]] Complaint settle();

  /// Messages on their way to `side`, and all ever sent to it.
  [[nodiscard]] std::size_t on_the_way(std::size_t side) const { return inbox_[side].size(); }
  [[nodiscard]] std::size_t ever_sent(std::size_t side) const { return sent_to_[side].size(); }

  /// Every byte that left a party, in order, and both states.
  [[nodiscard]] Buffer transcript() const;

 private:
  struct Message {
    Letter letter;
    Buffer wire;
    Buffer plaintext;
    bool opened = false;
  };
  struct Party {
    Ratchet ratchet;
    TwinRatchet books;
    testing::TapeEntropy tape;
  };

  [[nodiscard]] Complaint send(std::size_t side, std::size_t bytes);
  [[nodiscard]] Complaint arrive(std::size_t side, std::size_t index);
  [[nodiscard]] Complaint refuse(std::size_t side, Bytes wire, Entropy& entropy,
                                 std::optional<Error> reason = {});
  [[nodiscard]] Complaint forge(std::size_t side, const Event& event);
  [[nodiscard]] Complaint starve(std::size_t side, std::size_t index);
  [[nodiscard]] Complaint cramp(std::size_t side);
  [[nodiscard]] Complaint restart(std::size_t side);
  [[nodiscard]] Buffer forged(std::size_t side, const Event& event);
  [[nodiscard]] bool is_genuine(std::size_t side, Bytes wire) const;

  RatchetLimits limits_;
  std::vector<Party> parties_;
  std::unique_ptr<Ratchet> stranger_;  ///< of another session between the same two
  std::array<std::vector<Message>, 2> sent_to_;
  std::array<std::vector<std::size_t>, 2> inbox_;  ///< indices into `sent_to_`
  Instant now_{std::chrono::milliseconds(1'000'000)};
};

/// Every bit of a ratchet's state.
[[nodiscard]] Buffer image_of(const Ratchet& ratchet);

}  // namespace sotto::prop
