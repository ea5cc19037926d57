// SPDX-License-Identifier: MIT OR Apache-2.0
/// How many failed tags of 4 bytes are borne: no number for good but a rate, by what is authentic.
#pragma once

#include <algorithm>
#include <cstdint>

#include <sotto/srtp.hpp>

namespace sotto::media {

/// Of one stream under one key [RFC3711-9.5-1]. After N packets that opened it has let at most
/// `srtp_short_tag_forgeries + srtp_short_tag_refill * N` failed tags be looked at, each of which
/// had a chance of 2^-32.
class ForgeryBudget {
 public:
  /// Nothing more is looked at.
  [[nodiscard]] bool spent() const noexcept { return failed_ >= srtp_short_tag_forgeries; }
  /// More than half of it is gone.
  [[nodiscard]] bool low() const noexcept { return failed_ > srtp_short_tag_forgeries / 2; }

  void count_failure() noexcept { ++failed_; }
  void count_opened() noexcept { failed_ -= std::min(failed_, srtp_short_tag_refill); }

 private:
  std::uint32_t failed_ = 0;
};

}  // namespace sotto::media
