// SPDX-License-Identifier: MIT OR Apache-2.0
/// The chain step, and the chain that we send on.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include <sotto/error.hpp>
#include <sotto/keys.hpp>

#include "ratchet/suite.hpp"

namespace sotto::ratchet {

/// What one message's keys are derived from [DR-2.2-1: the message key]. Kept for a late message in
/// place of the keys: it is shorter, and most late messages never come.
using MessageSeed = Secret<struct MessageSeedRole, 32>;

/// A number that no message carries. A chain that reaches it is at its end, so that the number
/// after a message's own always fits.
inline constexpr std::uint32_t end_of_chain = std::numeric_limits<std::uint32_t>::max();

/// KDF_CK(ck) [DR-3.1-4, DR-5.2-3]: moves `chain` one step on and returns the seed of the message
/// it passed.
[[nodiscard]] MessageSeed step_chain(const Suite& suite, ChainKey& chain) noexcept;

/// The same for a message whose seed nobody keeps: a third cheaper.
void skip_step(const Suite& suite, ChainKey& chain) noexcept;

/// The chain of our messages under one ratchet key [DR-3.2-1: CKs, Ns]. It only goes forward.
class SendingChain {
 public:
  explicit SendingChain(ChainKey&& key, std::uint32_t next = 0) noexcept
      : key_(std::move(key)), next_(next) {}

  struct Spent {
    std::uint32_t n;
    MessageSeed seed;
  };

  /// Spend the next message number [DR-3.4-1]. Errors: `exhausted`; the number never wraps.
  [[nodiscard]] Result<Spent> spend(const Suite& suite) noexcept;

  [[nodiscard]] std::uint32_t next() const noexcept { return next_; }
  [[nodiscard]] const ChainKey& key() const noexcept { return key_; }

 private:
  ChainKey key_;
  std::uint32_t next_;
};

}  // namespace sotto::ratchet
