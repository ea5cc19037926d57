// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>

#include <sotto/backend.hpp>

#include "base/verdict.hpp"
#include "conversation/franking_context.hpp"
#include "conversation/franking_report.hpp"

namespace sotto {

// All that is needed is given: no state, no other message [FR-4-3].
Result<VerifiedReport> VerifiedReport::verify(const PlatformKey& platform, Bytes report) noexcept {
  auto reader = conversation::ReportReader::begin(report);
  if (!reader) return std::unexpected(reader.error());
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  const std::size_t count = reader->count();
  std::unique_ptr<VerifiedMessage[]> messages(new (std::nothrow) VerifiedMessage[count]);
  if (!messages) return std::unexpected(Error::out_of_memory);

  const crypto::HmacSha256Key key(platform.expose());
  std::uint64_t before = 0;
  bool all_true = true;
  for (std::size_t i = 0; i < count; ++i) {
    const auto message = reader->next();
    if (!message) return std::unexpected(message.error());
    // The tag is computed, never believed; under another key, content or context the stamp is
    // another one [FR-4-1].
    const FrankingTag tag = frank(message->key, message->content);
    const auto stamp = conversation::stamped(key, tag, message->context);
    all_true = base::equal_ct(stamp.bytes(), message->stamp.bytes()) && all_true;
    const std::uint64_t counter = message->context.counter;
    // The counters have no gaps where the platform gives them: those here are left out [FR-4-2].
    messages[i] = {message->context, counter - before - 1, message->content};
    before = counter;
  }
  if (!all_true) return std::unexpected(Error::authentication_failed);
  return VerifiedReport(std::move(messages), count);
}

}  // namespace sotto
