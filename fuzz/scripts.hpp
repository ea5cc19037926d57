// SPDX-License-Identifier: MIT OR Apache-2.0
/// Byte scripts: how the bytes of an input become events. Short codes, so that a mutation is
/// another sensible script.
#pragma once

#include "conversation.hpp"
#include "input.hpp"
#include "keyed_line.hpp"
#include "media_line.hpp"

namespace sotto::fuzz {

/// Events of one input at most, which bounds its time.
inline constexpr int most_events = 200;

/// Four bytes: seed, limits, limits, age.
inline prop::Start start_of(Input& in) {
  constexpr std::uint32_t jumps[] = {0, 1, 4, 20, 100, 2'000};
  constexpr std::uint32_t kept[] = {0, 1, 3, 10, 2'000};
  prop::Start start{.seed = in.byte(), .x3dh = false, .limits = {}};
  const std::uint32_t work = in.byte();
  const std::uint32_t storage = in.byte();
  start.limits = {
      .max_forward_jump = jumps[work % std::size(jumps)],
      .max_skipped_per_chain = kept[storage % std::size(kept)],
      .max_skipped_total = kept[storage / std::size(kept) % std::size(kept)],
      .max_receiving_chains = 1 + work / 16 % 6,
      .max_skipped_age = std::chrono::milliseconds(10) * (1 + in.byte()),
  };
  return start;
}

/// Five bytes: kind and side, a, b, c (two).
inline prop::Event event_of(Input& in) {
  const std::uint8_t first = in.byte();
  prop::Event event{
      .kind = prop::Event::Kind{static_cast<std::uint8_t>((first >> 1) % prop::Event::kinds)},
      .side = static_cast<std::uint8_t>(first & 1),
      .a = in.byte(),
      .b = in.byte(),
      .c = in.number(2)};
  // Numbers at the far end of their range matter as much as small ones.
  if (event.c >= 0xff00) event.c |= 0xffff0000;
  return event;
}

/// Six bytes: kind, a, b (two), c (two).
inline prop::MediaEvent media_event_of(Input& in) {
  return {.kind = prop::MediaEvent::Kind{static_cast<std::uint8_t>(in.byte() %
                                                                   prop::MediaEvent::kinds)},
          .a = in.byte(),
          .b = in.number(2),
          .c = in.number(2)};
}

/// Six bytes, as above.
inline prop::KeyedEvent keyed_event_of(Input& in) {
  return {.kind = prop::KeyedEvent::Kind{static_cast<std::uint8_t>(in.byte() %
                                                                   prop::KeyedEvent::kinds)},
          .a = in.byte(),
          .b = in.number(2),
          .c = in.number(2)};
}

}  // namespace sotto::fuzz
