// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a SignalMessage: what is accepted lies in the input, keeps the rules, reads the
/// same when said again in the one canonical form, and is laid out by us as that form says.
#include "wire_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const Bytes bytes(data, size);
  const auto message = fuzz::read_and_restate<wire::parse_signal_message>(bytes);
  if (!message) return 0;
  fuzz::require(prop::views_lie_in(*message, bytes), "a view beyond the input");
  fuzz::require(prop::well_formed(*message), "a message against the rules was accepted");
  fuzz::check_layout(*message, nullptr);
  return 0;
}
