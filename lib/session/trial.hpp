// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the trials of one message on several sessions come to when none opens it.
#pragma once

#include <algorithm>
#include <cstddef>

#include <sotto/error.hpp>

namespace sotto::session {

/// The one error of many trials [SES-4-3]: the one that says most about the message.
class Verdict {
 public:
  /// Whether the next session may be tried after this error: not when it says nothing about the
  /// message in this session, but about us or about the message in all of them.
  [[nodiscard]] bool add(Error error) noexcept {
    const std::size_t rank = rank_of(error);
    if (rank == ranks) return false;
    best_ = std::min(best_, rank);
    return true;
  }

  /// A session that the message may belong to was not tried, for its age [SES-4-6].
  void pass_over() noexcept { best_ = std::min(best_, rank_of(Error::no_session)); }

  /// `no_session` when there was nothing to try [SES-4-1].
  [[nodiscard]] Error error() const noexcept {
    return best_ == ranks ? Error::no_session : order[best_];
  }

 private:
  static constexpr std::size_t ranks = 6;
  static constexpr Error order[ranks] = {Error::replayed,   Error::too_far_ahead,
                                         Error::too_large,  Error::weak_key,
                                         Error::no_session, Error::authentication_failed};

  [[nodiscard]] static constexpr std::size_t rank_of(Error error) noexcept {
    std::size_t rank = 0;
    while (rank < ranks && order[rank] != error) ++rank;
    return rank;
  }

  std::size_t best_ = ranks;
};

}  // namespace sotto::session
