// SPDX-License-Identifier: MIT OR Apache-2.0
/// Fields that several contents and rows have: a time, a timer's setting.
#pragma once

#include <utility>

#include <sotto/timers.hpp>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto::conversation {

inline constexpr std::size_t timer_setting_bytes = 1 + 4 + 8;

[[nodiscard]] inline bool has_form(Instant at) noexcept {
  return at.time_since_epoch().count() >= 0;
}

inline void put(base::Writer& writer, Instant at) noexcept {
  writer.put_uint(static_cast<std::uint64_t>(at.time_since_epoch().count()));
}

/// A time beyond 2^63 reads as one before 1970, which `has_form` refuses.
[[nodiscard]] inline Instant take_instant(base::Fields& fields) noexcept {
  return Instant(fields.milliseconds());
}

inline void put(base::Writer& writer, const TimerSetting& setting) noexcept {
  writer.put_uint(std::to_underlying(setting.type));
  writer.put_uint(setting.seconds);
  put(writer, setting.set_at);
}

/// To be checked by `is_valid`.
[[nodiscard]] inline TimerSetting take_timer_setting(base::Fields& fields) noexcept {
  TimerSetting setting;
  setting.type = static_cast<TimerType>(fields.uint<std::uint8_t>());
  setting.seconds = fields.uint<std::uint32_t>();
  setting.set_at = take_instant(fields);
  return setting;
}

}  // namespace sotto::conversation
