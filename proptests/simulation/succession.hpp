// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which of a device's sessions with a peer must be the current one, worked out from what passed
/// between them alone [SES-4-10].
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <sotto/session.hpp>

namespace sotto::prop::sim {

/// Far below each age limit of the library (30 days), so that no clock of ours makes a difference.
inline constexpr std::chrono::days surely_young{20};

class Succession {
 public:
  /// What passed, and when; `leapt`: by a clock that was not right.
  struct Time {
    Instant now;
    bool leapt;
  };

  /// The device began a session.
  void connected(std::uint32_t session, Time time) {
    places_.push_back({session, true, time});
    current_ = session;
  }

  /// The device spent a number in its current session.
  void wrote() {
    if (Place* const place = find(current_)) place->written = true;
  }

  /// The message `number` of a chain opened. Whether another session is the current one after it
  /// than before. `base_is_larger`: of two sessions, whether the first one's base key is the
  /// larger. `told`: what the device said, which is taken where its clock decides.
  bool heard(std::uint32_t session, MessageKind kind, std::uint32_t number, Time time,
             std::optional<bool> told, const auto& base_is_larger) {
    Place* const old = find(current_);
    if (Place* const place = find(session); place != nullptr) {
      bool returns =
          old != nullptr && place != old && follows(*place, *old, kind, number, base_is_larger);
      if (returns && place < old && place->may_return && is_old(*place, time))
        returns = told.value_or(true);
      place->settled = place->settled || place->may_return || kind == MessageKind::signal;
      place->may_return = false;
      if (returns && old < place) {
        old->may_return = true;
        old->settled = false;
      }
      if (returns) current_ = session;
      return returns;
    }
    const bool changes = old != nullptr;
    places_.push_back({session, false, time});
    current_ = session;
    return changes;
  }

 private:
  struct Place {
    std::uint32_t session;
    bool may_return;  ///< we began it and had no answer, or it gave way to a later one
    Time begun;
    bool settled = false;  ///< the peer answered something of ours in it
    bool written = false;
  };

  /// Whether the device may find that it was begun too long ago to come back.
  static bool is_old(const Place& place, Time time) {
    return place.begun.leapt || time.leapt || time.now - place.begun.now >= surely_young;
  }
  /// In the order in which they came into being here.
  bool follows(const Place& place, const Place& old, MessageKind kind, std::uint32_t number,
               const auto& base_is_larger) const {
    if (&place > &old)
      return !old.settled || place.may_return || number >= 8 ||
             base_is_larger(place.session, old.session);
    return place.may_return || (kind == MessageKind::prekey && !old.may_return && !place.settled &&
                                !old.settled && !place.written && !old.written);
  }
  Place* find(std::optional<std::uint32_t> session) {
    const auto found = std::ranges::find(places_, session, &Place::session);
    return found == places_.end() ? nullptr : &*found;
  }

  std::vector<Place> places_;
  std::optional<std::uint32_t> current_;
};

}  // namespace sotto::prop::sim
