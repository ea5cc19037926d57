// SPDX-License-Identifier: MIT OR Apache-2.0
/// Ages by a clock that may be wrong, by spec/session.md [SES-6-4].
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include <sotto/entropy.hpp>

namespace sotto::model {

__extension__ using Wide = __int128;

/// Milliseconds that went by, in arithmetic that nothing overflows.
inline Wide passed(Instant since, Instant now) {
  return static_cast<Wide>(now.time_since_epoch().count()) - since.time_since_epoch().count();
}

/// Whether `age` went by; never by a clock that went backwards.
inline bool aged(Instant since, Instant now, std::chrono::milliseconds age) {
  return now >= since && passed(since, now) >= age.count();
}

/// A stored time, and the age at which what it belongs to is destroyed; none is never.
struct Stamp {
  Instant* at;
  std::chrono::milliseconds age = std::chrono::milliseconds::max();

  [[nodiscard]] bool doubtful(Instant now) const {
    const auto gone = passed(*at, now);
    return gone < 0 || gone > static_cast<Wide>(age.count()) + 400LL * 24 * 3'600'000;
  }
};

/// Whether what was stamped at `since` is to be destroyed.
inline bool over(Instant since, Instant now, std::chrono::milliseconds age) {
  return aged(since, now, age) && !Stamp{&since, age}.doubtful(now);
}

/// 1 + the day, modulo 255, of the first operation in a row that found a doubtful time; or 0.
struct Doubt {
  int mark = 0;

  /// One operation over all these times. Returns whether it set any.
  bool settle(const std::vector<Stamp>& stamps, Instant now) {
    const auto doubtful = [&](const Stamp& stamp) { return stamp.doubtful(now); };
    if (std::ranges::none_of(stamps, doubtful)) {
      mark = 0;
      return false;
    }
    constexpr std::int64_t day = 24 * 3'600'000;
    const std::int64_t time = now.time_since_epoch().count();
    const std::int64_t days = time / day - (time % day < 0 ? 1 : 0);
    const int today = static_cast<int>((days % 255 + 255) % 255) + 1;
    if (mark == 0) mark = today;
    for (const int near : {-1, 0, 1})
      if ((today + near - mark) % 255 == 0) return false;
    mark = 0;
    for (const Stamp& stamp : stamps)
      if (stamp.doubtful(now)) *stamp.at = now;
    return true;
  }
};

}  // namespace sotto::model
