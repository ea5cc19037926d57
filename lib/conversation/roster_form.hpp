// SPDX-License-Identifier: MIT OR Apache-2.0
/// A list's form: its bytes, what is signed of them, and how two lists differ.
#pragma once

#include <array>

#include <sotto/roster.hpp>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::conversation {

/// Whether the parts are those of some list, signatures aside [RO-1-2, RO-1-3].
[[nodiscard]] bool well_formed(const RosterParts& parts) noexcept;
/// Whether well formed parts have the form of a list 0: no list before it, and one device, which
/// signs [RO-3-1].
[[nodiscard]] bool begins_anew(const RosterParts& parts) noexcept;

void put_claim(base::Writer& writer, const DeviceClaim& claim) noexcept;
[[nodiscard]] DeviceClaim take_claim(base::Fields& fields) noexcept;

/// The list as bytes. Errors: `buffer_too_small`.
[[nodiscard]] Result<MutableBytes> write_roster(MutableBytes out,
                                                const RosterParts& parts) noexcept;

/// What the signer signs: a label, and the list without its signature.
class RosterMessage {
 public:
  explicit RosterMessage(const RosterParts& parts) noexcept;
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(bytes_).first(size_); }

 private:
  static constexpr std::size_t most_label = 32;
  std::array<std::uint8_t, most_label + roster_max_bytes> bytes_;
  std::size_t size_ = 0;
};

/// The one device in which `after` differs from `before` [RO-3-3]. Both are well formed. Errors:
/// `malformed`, when that is none or more than one, or a claim was signed again.
[[nodiscard]] Result<RosterChange> change_between(const RosterParts& before,
                                                  const RosterParts& after) noexcept;

}  // namespace sotto::conversation
