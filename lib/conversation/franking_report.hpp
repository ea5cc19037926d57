// SPDX-License-Identifier: MIT OR Apache-2.0
/// Reports as bytes [FR-3-1]:
///
///   version(1) = 1  conversation(32)  count(2, 1 to 256)   then as many messages, each
///   counter(8) at(8) sender(32) device(4) recipient(32) stamp(32) key(32) size(4) content
///
/// There is no tag in it: the platform computes it, and the stamp tells whether it is the one.
#pragma once

#include <sotto/franking.hpp>

#include "base/fields.hpp"

namespace sotto::conversation {

/// Reads a report message by message. Nothing of it is true yet.
class ReportReader {
 public:
  /// Errors: `unsupported_version`, `malformed`.
  [[nodiscard]] static Result<ReportReader> begin(Bytes report) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// The next message; at most `count()` times. Errors: `malformed` (also of bytes after the last
  /// one, and of one that does not come after the one before).
  [[nodiscard]] Result<ReportedMessage> next() noexcept;

 private:
  explicit ReportReader(Bytes report) noexcept : fields_(report) {}

  base::Fields fields_;
  ConversationId conversation_;
  std::size_t count_ = 0;
  std::size_t read_ = 0;
  std::uint64_t last_counter_ = 0;
};

}  // namespace sotto::conversation
