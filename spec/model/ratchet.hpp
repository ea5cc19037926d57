// SPDX-License-Identifier: MIT OR Apache-2.0
/// The Double Ratchet (revision 1) as a value: the state of its section 3.2 with the chains and
/// skipped keys that docs/decisions/0003 keeps.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <sotto/ratchet.hpp>

#include "agreement.hpp"
#include "clock.hpp"
#include "wire.hpp"

namespace sotto::model {

/// Steps and bytes.
struct Cost {
  std::uint64_t steps;
  std::uint64_t bytes;
};

/// The key of a message that has not come yet.
struct SkippedKey {
  Instant since;
  Key seed;
};

struct Chain {
  std::uint32_t serial = 0;         ///< how many chains there were before it
  Key theirs{};                     ///< DHr
  Key key{};                        ///< CKr
  std::uint32_t next = 0;           ///< Nr
  Instant retired{};                ///< when a newer one took its place
  std::uint32_t last = 0xffffffff;  ///< the last number that can come
  std::map<std::uint32_t, SkippedKey> skipped{};
};

struct Ratchet {
  RatchetLimits limits;
  Key our_identity{};
  Key their_identity{};
  Key root{};
  Pair own{};  ///< DHs
  Key sending{};
  std::uint32_t next = 0;  ///< Ns
  std::uint32_t pn = 0;
  std::uint32_t next_serial = 0;
  std::deque<Chain> chains{};  ///< the live one first
  Doubt doubt{};

  /// [DR-3.3-2, DR-3.3-4]. Draws 32 bytes.
  static Ratchet initiator(const RatchetLimits& limits, const Agreed& agreed,
                           const Key& our_identity, const Key& their_identity,
                           const Key& their_signed_prekey, Entropy& entropy);
  /// [DR-3.3-3, DR-3.3-4, DR-5.1-3]
  static Ratchet responder(const RatchetLimits& limits, const Agreed& agreed,
                           const Key& our_identity, const Key& their_identity,
                           const Pair& signed_prekey);

  /// A whole SignalMessage [DR-3.4-1].
  Buffer encrypt(Bytes plaintext);

  /// Open it or throw and change nothing [DR-3.5-1 to DR-3.5-4]. `left` is what all trials of the
  /// message may still cost [SES-4-2, SES-4-7]; it is taken even when it throws. What opens is
  /// answered with `refusal`, when there is one.
  Buffer decrypt(const SignalMessage& message, Entropy& entropy, Instant now, Cost& left,
                 std::optional<Error> refusal = {});

  [[nodiscard]] std::size_t skipped_keys() const;
  void erase_oldest_skipped();

 private:
  void root_step(const Key& theirs, Key& chain);
  void forget(Instant now);
  void check_clock(Instant now);
  [[nodiscard]] Buffer authenticated(const Key& from, const Key& to, Bytes message) const;
};

}  // namespace sotto::model
