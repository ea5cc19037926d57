// SPDX-License-Identifier: MIT OR Apache-2.0
/// The index of our prekeys: which there are and where, which is next, how often they served. The
/// number of an upload is taken from its content, and is not 0; doubt is that of ratchet/age.hpp.
///
///   index  = format(1) epoch(8) next_one_time(4) next_signed(4) last_upload(4) replacing(4)
///            doubt(1) group_count(4) group*, the oldest first, signed_count(4) signed*, the
///            current first
///   group  = first(4) span(4) left(4) place(1) upload(4) since(8)
///   signed = id(4) made(8) replaced(8) used(4) names(4) upload(4) acknowledged(1)
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/x3dh.hpp>

#include "ratchet/age.hpp"
#include "session/growing.hpp"

namespace sotto::session {

/// Ids are 24 bits, and 0 is none of ours [SES-8-1].
inline constexpr std::uint32_t most_prekey_id = (1U << 24) - 1;

/// The next id of a device that has made no prekey of that kind yet: it begins at one drawn.
inline constexpr std::uint32_t not_drawn = 0;

/// Any id, by 4 bytes. Errors: `entropy_failed`.
[[nodiscard]] Result<std::uint32_t> draw_prekey_id(Entropy& entropy) noexcept;

[[nodiscard]] constexpr std::uint32_t prekey_id_after(std::uint32_t id) noexcept {
  return id >= most_prekey_id ? 1 : id + 1;
}

/// Ids that one group spans at most: what looks for a prekey of it asks the store for no more rows.
inline constexpr std::uint32_t most_group_span = 1024;

/// The time of what was handed out when no time was known: the next call that knows one sets it.
inline constexpr Instant not_yet = Instant::max();

struct PrekeyIndex {
  struct Signed {
    SignedPrekeyId id;
    Instant made{};
    Instant replaced{};         ///< by another; without meaning for the current one
    std::uint32_t used = 0;     ///< first messages without one-time prekey
    std::uint32_t names = 0;    ///< names that these came from
    std::uint32_t upload = 0;   ///< the last upload that it is part of; 0 is none
    bool acknowledged = false;  ///< the service has it
  };

  enum class Place : std::uint8_t {
    fresh = 0,     ///< only here
    offered = 1,   ///< part of an upload that nobody acknowledged
    uploaded = 2,  ///< at the service, or handed out by it, since that time
    out = 3,       ///< handed out, and not at the service since that time
  };
  /// One-time prekeys that are in one place: those kept with the ids from `first`.
  struct Group {
    std::uint32_t first;
    std::uint32_t span;  ///< ids, used ones and all; 1 to `most_group_span`
    std::uint32_t left;  ///< prekeys that are kept; at least 1
    Place place;
    std::uint32_t upload = 0;  ///< of those offered, else 0
    Instant since{};           ///< of those uploaded and out, else 0

    [[nodiscard]] bool holds(std::uint32_t id) const noexcept {
      return id >= first && id - first < span;
    }
  };

  std::uint64_t epoch = 0;  ///< changes to any prekey
  std::uint32_t next_one_time = not_drawn;
  std::uint32_t next_signed = not_drawn;
  std::uint32_t last_upload = 0;  ///< all that waits was offered in it; 0 is none yet
  std::uint32_t replacing = 0;    ///< that upload, if it takes the place of all before it; else 0
  ratchet::ClockDoubt doubt;
  Growing<Group> groups;
  Growing<Signed> signed_prekeys;

  [[nodiscard]] const Signed* current() const noexcept {
    return signed_prekeys.empty() ? nullptr : signed_prekeys.begin();
  }
  [[nodiscard]] Signed* find(SignedPrekeyId id) noexcept;
  [[nodiscard]] const Signed* find(SignedPrekeyId id) const noexcept;
  [[nodiscard]] Group* group_of(OneTimePrekeyId id) noexcept;

  /// One-time prekeys kept: all, and those in a place.
  [[nodiscard]] std::uint32_t one_time() const noexcept;
  [[nodiscard]] std::uint32_t one_time(Place place) const noexcept;

  /// Add a prekey behind all others; there must be room for a group.
  void add(OneTimePrekeyId id, Place place, std::uint32_t upload, Instant since) noexcept;
  /// One prekey of the group is kept no longer; a group without any goes.
  void remove_one(Group& group) noexcept;

  /// Sets what was stamped by no clock to `now`; whether there was any.
  bool date_the_undated(Instant now) noexcept;
  /// The same, and sets what is doubtful to `now` once the clock is believed; a current signed
  /// prekey among it is old then [SES-8-7]. Whether anything changed.
  bool settle_times(Instant now, const PrekeyPolicy& policy) noexcept;
  /// What the service had it has no longer [SES-8-6]; whether there was any.
  bool withdraw(Instant now) noexcept;

  /// Errors: `out_of_memory`.
  [[nodiscard]] Result<PrekeyIndex> copy() const noexcept;

  [[nodiscard]] std::size_t size_bytes() const noexcept;
  /// Into exactly `size_bytes()`.
  void write(MutableBytes out) const noexcept;
  /// Errors: `corrupted`, `old_format`, `unsupported_version`, `out_of_memory`.
  [[nodiscard]] static Result<PrekeyIndex> read(Bytes record) noexcept;
};

}  // namespace sotto::session
