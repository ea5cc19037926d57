// SPDX-License-Identifier: MIT OR Apache-2.0
/// The head row: how many commits there were, whose they were, and a digest of all other rows.
///
///   head = format(1) number(8) mark(8) writer(8) past(128) digest(32)
///
/// Every commit writes it. So a row that was put back, taken out, exchanged or added without the
/// keys shows as a digest that is not that of the rows, a store that was set back as a whole shows
/// as a number that is too low, and one that others have passed since as a past that is not ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>
#include <sotto/store.hpp>

#include "session/past.hpp"
#include "session/row_keys.hpp"
#include "session/row_sum.hpp"

namespace sotto::session {

inline constexpr std::size_t head_record_bytes = 1 + 8 + 8 + 8 + (8 + 8) * Past::most + 32;
inline constexpr std::size_t sealed_head_bytes = head_record_bytes + Sealer::overhead_bytes;

struct Head {
  std::uint64_t number = 0;  ///< of the last commit; the first one is 1
  /// Of the messages that the commit lets go. Two devices over one store may write the same rows
  /// for two different messages under one key; by this they tell whose commit it was.
  std::uint64_t mark = 0;
  Writer writer{};  ///< whose commit it was
  Past past;        ///< the writers before, but for `writer`
  RowSum digest;
  friend bool operator==(const Head&, const Head&) noexcept = default;

  /// The head of the next commit, which changes the digest by `difference`. `by` is nobody when it
  /// is the first commit of a writer, who then has the number that this head says.
  [[nodiscard]] Head next(Writer by, std::uint64_t mark, const RowSum& difference) const noexcept;

  /// Whether the store that has this head has come through that commit; nothing when it cannot be
  /// told, for so many others have committed since.
  [[nodiscard]] std::optional<bool> has(const Reached& commit) const noexcept;
  /// Whether this head can come after that one in a store that never went back.
  [[nodiscard]] bool follows(const Head& before) const noexcept;

  /// Into exactly `sealed_head_bytes`; `expected` is the revision of the head row that this one
  /// replaces.
  void seal(MutableBytes out, const RowKeys& keys, Revision expected) const noexcept;
  /// Errors: `corrupted`, `unsupported_version`.
  [[nodiscard]] static Result<Head> open(Bytes sealed, const RowKeys& keys) noexcept;
};

}  // namespace sotto::session
