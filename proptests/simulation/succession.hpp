// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which of a device's sessions with a peer must be the current one, worked out from what passed
/// between them alone [SES-4-10].
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <sotto/session.hpp>

namespace sotto::prop::sim {

class Succession {
 public:
  /// The device began a session.
  void connected(std::uint32_t session) {
    places_.push_back({session, true});
    current_ = session;
  }

  /// The device spent a number in its current session.
  void wrote() {
    if (Place* const place = find(current_)) place->written = true;
  }

  /// The message `number` of a chain opened. Whether another session is the current one after it
  /// than before. `base_is_larger`: of two sessions, whether the first one's base key is the
  /// larger.
  bool heard(std::uint32_t session, MessageKind kind, std::uint32_t number,
             const auto& base_is_larger) {
    Place* const old = find(current_);
    if (Place* const place = find(session); place != nullptr) {
      const bool returns =
          old != nullptr && place != old && follows(*place, *old, kind, number, base_is_larger);
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
    places_.push_back({session, false});
    current_ = session;
    return changes;
  }

 private:
  struct Place {
    std::uint32_t session;
    bool may_return;       ///< we began it and had no answer, or it gave way to a later one
    bool settled = false;  ///< the peer answered something of ours in it
    bool written = false;
  };

  /// In the order in which they came into being here.
  bool follows(const Place& place, const Place& old, MessageKind kind, std::uint32_t number,
               const auto& base_is_larger) const {
    if (&place > &old)
      return !old.settled || place.may_return || number >= 8 ||
             base_is_larger(place.session, old.session);
    if (old.may_return) return false;
    return place.may_return || (kind == MessageKind::prekey && !place.settled && !old.settled &&
                                !place.written && !old.written);
  }
  Place* find(std::optional<std::uint32_t> session) {
    const auto found = std::ranges::find(places_, session, &Place::session);
    return found == places_.end() ? nullptr : &*found;
  }

  std::vector<Place> places_;
  std::optional<std::uint32_t> current_;
};

}  // namespace sotto::prop::sim
