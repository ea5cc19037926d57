// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a PreKeySignalMessage: as wire_message_fuzzer, for the message around a message.
#include "wire_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const Bytes bytes(data, size);
  const auto message = fuzz::read_and_restate<wire::parse_prekey_message>(bytes);
  if (!message) return 0;
  fuzz::require(prop::views_lie_in(*message, bytes), "a view beyond the input");
  fuzz::require(prop::well_formed(*message), "a message against the rules was accepted");
  const auto alone = wire::parse_signal_message(message->message.whole);
  fuzz::require(alone && prop::restated(*alone) == prop::restated(message->message),
                "the message inside reads otherwise alone");
  const wire::PrekeyHeader prekey{message->registration.value_or(RegistrationId{}),
                                  message->one_time_prekey_id, message->signed_prekey_id,
                                  message->base_key, message->identity};
  fuzz::check_layout(message->message, &prekey);
  return 0;
}
