// SPDX-License-Identifier: MIT OR Apache-2.0
/// The index of our prekeys: which there are, which is next, how often they served.
///
///   index = format(1) epoch(8) next_one_time(4) next_signed(4) one_time(4) unpublished(4)
///           signed_count(4) signed*, the current one first
///   signed = id(4) made(8) replaced(8) used(4)
#pragma once

#include <cstddef>
#include <cstdint>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/x3dh.hpp>

#include "session/growing.hpp"

namespace sotto::session {

/// Ids are 24 bits, and 0 is none of ours [SES-8-1].
inline constexpr std::uint32_t most_prekey_id = (1U << 24) - 1;

[[nodiscard]] constexpr std::uint32_t prekey_id_after(std::uint32_t id) noexcept {
  return id >= most_prekey_id ? 1 : id + 1;
}

struct PrekeyIndex {
  struct Signed {
    SignedPrekeyId id;
    Instant made{};
    Instant replaced{};      ///< by another; without meaning for the current one
    std::uint32_t used = 0;  ///< first messages without one-time prekey
  };

  std::uint64_t epoch = 0;  ///< changes to any prekey
  std::uint32_t next_one_time = 1;
  std::uint32_t next_signed = 1;
  std::uint32_t one_time = 0;     ///< one-time prekeys kept
  std::uint32_t unpublished = 0;  ///< of these, not yet given out
  Growing<Signed> signed_prekeys;

  [[nodiscard]] const Signed* current() const noexcept {
    return signed_prekeys.empty() ? nullptr : signed_prekeys.begin();
  }
  [[nodiscard]] Signed* find(SignedPrekeyId id) noexcept;

  [[nodiscard]] std::size_t size_bytes() const noexcept;
  /// Into exactly `size_bytes()`.
  void write(MutableBytes out) const noexcept;
  /// Errors: `corrupted`, `unsupported_version`, `out_of_memory`.
  [[nodiscard]] static Result<PrekeyIndex> read(Bytes record) noexcept;
};

}  // namespace sotto::session
