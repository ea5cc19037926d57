// SPDX-License-Identifier: MIT OR Apache-2.0
/// The Double Ratchet's books without its cryptography: which message opens where, as a few lists.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include <sotto/ratchet.hpp>

namespace sotto::prop {

/// A genuine message as the books know it. A ratchet key is named by how often its owner had
/// turned when it was made.
struct Letter {
  std::uint32_t key;       ///< the sender's ratchet key
  std::uint32_t made_for;  ///< the receiver's key that it was made for
  std::uint32_t n;         ///< number in the chain
  std::uint32_t pn;        ///< last number of the chain before; 0 also when it had none
};

/// One side's books.
class TwinRatchet {
 public:
  /// The initiator knows the responder's first key; the responder knows none.
  TwinRatchet(bool initiator, const RatchetLimits& limits) : limits_(limits) {
    if (initiator) chains_.push_front({});
  }

  Letter send() { return {own_, peer_, next_++, pn_}; }

  /// Why a genuine message would be refused; nothing when it opens.
  [[nodiscard]] std::optional<Error> refusal(const Letter& letter) const {
    const Chain* const chain = find(letter.key);
    if (chain != nullptr && letter.n > chain->last) return Error::authentication_failed;
    const std::uint64_t next = chain == nullptr ? 0 : chain->next;
    if (letter.n < next) {
      if (holds(*chain, letter.n)) return {};
      return Error::replayed;
    }
    if (letter.n - next > limits_.max_forward_jump) return Error::too_far_ahead;
    if (chain == nullptr && letter.made_for != own_) return Error::authentication_failed;
    return {};
  }

  /// Whether opening it brings a new ratchet key.
  [[nodiscard]] bool turns(const Letter& letter) const { return find(letter.key) == nullptr; }

  void opened(const Letter& letter, Instant now) {
    if (turns(letter)) {
      ++own_;
      peer_ = letter.key;
      pn_ = next_ == 0 ? 0 : next_ - 1;
      next_ = 0;
      if (!chains_.empty()) {
        chains_.front().retired = now;
        chains_.front().last = letter.pn;
      }
      chains_.push_front({.key = letter.key, .next = 0, .skipped = {}, .retired = {}});
      while (chains_.size() > limits_.max_receiving_chains) chains_.pop_back();
    }
    Chain& chain = *std::ranges::find(chains_, letter.key, &Chain::key);
    if (letter.n < chain.next) {
      std::erase_if(chain.skipped, [&](const Skipped& s) { return s.n == letter.n; });
    } else {
      for (; chain.next < letter.n; ++chain.next) chain.skipped.push_back({chain.next, now});
      chain.next = letter.n + 1;
      while (chain.skipped.size() > limits_.max_skipped_per_chain) chain.skipped.pop_front();
      while (chain.skipped.size() > limits_.max_skipped_total) chain.skipped.pop_front();
    }
    forget(now);
  }

  [[nodiscard]] std::size_t skipped_keys() const {
    std::size_t kept = 0;
    for (const Chain& chain : chains_) kept += chain.skipped.size();
    return kept;
  }
  [[nodiscard]] std::size_t chains() const { return chains_.size(); }

 private:
  struct Skipped {
    std::uint32_t n;
    Instant since;
  };
  struct Chain {
    std::uint32_t key = 0;
    std::uint32_t next = 0;
    std::deque<Skipped> skipped;
    Instant retired{};
    std::uint32_t last = 0xffffffff;  ///< the last number that can come
  };

  [[nodiscard]] const Chain* find(std::uint32_t key) const {
    const auto found = std::ranges::find(chains_, key, &Chain::key);
    return found == chains_.end() ? nullptr : &*found;
  }

  static bool holds(const Chain& chain, std::uint32_t n) {
    return std::ranges::any_of(chain.skipped, [&](const Skipped& s) { return s.n == n; });
  }

  void forget(Instant now) {
    const auto old = [&](Instant since) { return now - since >= limits_.max_skipped_age; };
    if (chains_.size() > 1 && old(chains_.back().retired)) chains_.pop_back();
    std::size_t left = 16;
    for (auto chain = chains_.rbegin(); chain != chains_.rend(); ++chain)
      for (; left > 0 && !chain->skipped.empty() && old(chain->skipped.front().since); --left)
        chain->skipped.pop_front();
    for (auto chain = chains_.rbegin(); chain != chains_.rend(); ++chain)
      while (skipped_keys() > limits_.max_skipped_total && !chain->skipped.empty())
        chain->skipped.pop_front();
  }

  RatchetLimits limits_;
  std::deque<Chain> chains_;  // the live one first
  std::uint32_t own_ = 0;     // our ratchet key
  std::uint32_t peer_ = 0;    // the peer's, which ours was made for
  std::uint32_t next_ = 0;    // number of our next message
  std::uint32_t pn_ = 0;
};

}  // namespace sotto::prop
