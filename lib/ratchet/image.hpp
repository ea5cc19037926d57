// SPDX-License-Identifier: MIT OR Apache-2.0
/// A ratchet's state as bytes, in parts: a head without skipped keys, and these in pages of 64
/// message numbers each, so that storing a state writes what changed of it. One state has one head
/// and one set of pages, and the other way round. All numbers are big-endian.
///
///   head  = root(32) secret(32) public(32) cks(32) ns(4) pn(4) next_serial(4) doubt(1)
///           chain_count(1) chain*, the live one first; doubt is that of ratchet/age.hpp
///   chain = serial(4) their_key(32) ckr(32) nr(4) last(4) retired_ms(8) kept(4); the live one's
///           last is 2^32 - 1
///   page  = present(8) (since_ms(8) seed(32))*, by rising number; present is a bitmap, its lowest
///           bit the page's first number
///
/// Suite, identities and limits stand elsewhere. All this is secret and in the plain: whoever asks
/// for it wipes it. Whether it is the newest is for the caller to know: a state that goes back
/// sends twice under the same keys.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

#include "base/reader.hpp"
#include "base/writer.hpp"
#include "ratchet/state.hpp"

namespace sotto::ratchet {

inline constexpr std::uint32_t page_numbers = 64;
inline constexpr std::size_t chain_bytes = 4 + 32 + 32 + 4 + 4 + 8 + 4;
inline constexpr std::size_t skipped_bytes = 8 + 32;
inline constexpr std::size_t max_page_bytes = 8 + skipped_bytes * page_numbers;
[[nodiscard]] constexpr std::size_t head_bytes(std::size_t chains) noexcept {
  return 4 * 32 + 4 + 4 + 4 + 1 + 1 + chain_bytes * chains;
}

/// A page by its chain's serial and number / 64; the order is that in which keys were sent.
struct PageName {
  std::uint32_t chain;
  std::uint32_t page;
  friend auto operator<=>(const PageName&, const PageName&) = default;
};

/// What identifies a page's content: a number's key is set aside once and never changes. When times
/// are set to the clock, the latest of the page changes if any was ahead of it, and the earliest if
/// any was too far behind. So with the name, which numbers are present and these two say all.
struct PageMark {
  PageName name;
  std::uint64_t present;
  Instant earliest{};
  Instant latest{};
  friend bool operator==(const PageMark&, const PageMark&) = default;
};

/// Writes `head_bytes(state.receiving_chains())` bytes.
void write_head(base::Writer& writer, const State& state) noexcept;

/// Calls `visit(const PageMark&)` for each page, in the order of their names. This passes over all
/// skipped keys: `State::skipped_changes` tells when there is no need to.
template <class Visit>
void for_each_page(const State& state, Visit&& visit) {
  for (std::size_t i = state.receiving_chains(); i > 0; --i) {
    const ReceivingChain& chain = state.receiving_chain(i - 1);
    PageMark mark{{chain.serial(), 0}, 0, {}, {}};
    chain.skipped().for_each([&](const SkippedKey& key) {
      if (mark.present != 0 && key.n / page_numbers != mark.name.page) {
        visit(std::as_const(mark));
        mark.present = 0;
      }
      mark.earliest = mark.present == 0 ? key.since : std::min(mark.earliest, key.since);
      mark.latest = mark.present == 0 ? key.since : std::max(mark.latest, key.since);
      mark.name.page = key.n / page_numbers;
      mark.present |= std::uint64_t{1} << key.n % page_numbers;
    });
    if (mark.present != 0) visit(std::as_const(mark));
  }
}

/// Writes the page of that name as it is now, 8 bytes and 40 for each key.
void write_page(base::Writer& writer, const State& state, const PageName& name) noexcept;

/// The state of a head. It is not to be used before all its pages are read and `finish` said so.
/// Only what `write_head` writes is taken. Errors: `malformed`, `out_of_memory`.
[[nodiscard]] Result<std::unique_ptr<State>> read_head(base::Reader& reader, const Suite& suite,
                                                       const IdentityPublic& ours,
                                                       const IdentityPublic& theirs,
                                                       const RatchetLimits& limits) noexcept;

/// Add one page, all of `page`; they come in the order of their names. On error `state` is of no
/// more use. Errors: `malformed`, `out_of_memory`.
[[nodiscard]] Result<void> read_page(Bytes page, State& state, const PageName& name) noexcept;

/// The end of reading: `malformed` unless every chain has as many keys as its head said. What is
/// beyond the limits, which may have become smaller since it was written, is erased then: the
/// oldest chains first, and in a chain and in all of them the oldest keys first.
[[nodiscard]] Result<void> finish(State& state) noexcept;

}  // namespace sotto::ratchet
