// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of franking: tags of secret contents, and the platform's stamps.
#include <array>

#include <sotto/backend.hpp>
#include <sotto/franking.hpp>

#include "base/verdict.hpp"
#include "ct/taint.hpp"

using namespace sotto;

int main() {
  ct::require(check_backend().has_value(), "the backend is the one that was tested");
  const unsigned before = ct::verdicts();
  ct::SecretTape tape(5);
  const auto key = new_franking_key(tape);
  ct::require(key.has_value(), "a key is drawn");
  std::array<std::uint8_t, 150> content{};
  ct::require(tape.fill(content).has_value(), "a content is drawn");
  const FrankingTag tag = frank(*key, content);
  ct::require(check_franking(*key, content, tag).has_value(), "the tag fits");
  ct::require(!check_franking(*key, std::span(content).first(149), tag), "another does not");
  ct::require(ct::verdicts() == before + 2, "one verdict for each question");

  // The tag is public, and so is all of a report; the platform's key is not.
  const PlatformKey platform = ct::draw<PlatformKey>(tape);
  FrankingContext context;
  context.counter = 1;
  ct::publish(tag.bytes());
  const auto stamp = franking_stamp(platform, tag, context);
  ct::require(stamp.has_value(), "a stamp is made");
  ct::publish(stamp->bytes());
  ct::publish(key->expose());
  ct::publish(content);
  const ReportedMessage message{context, *stamp, key->duplicate(), content};
  std::array<std::uint8_t, report_head_bytes + report_message_bytes + 150> report{};
  ct::require(write_report(report, std::span(&message, 1)).has_value(), "a report is written");
  ct::require(VerifiedReport::verify(platform, report).has_value(), "and is believed");
  report.back() ^= 1;
  ct::require(!VerifiedReport::verify(platform, report), "a forged one is not");
  ct::require(ct::verdicts() == before + 4, "one verdict for each stamp");
  return 0;
}
