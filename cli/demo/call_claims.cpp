// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "demo/told.hpp"

namespace sotto::demo {
namespace {

Claim video(Told& told) {
  return {
      "video came byte for byte",
      told.sums["video-sent"] > 0 && told.sums["video-seen"] > 0 && told.sums["video-damaged"] == 0,
      std::to_string(told.sums["video-damaged"]) + " differ from what was sent"};
}

/// Alice and Bob have told all forms of their codes, as one number each.
Claim codes(Told& told) {
  const auto& codes = told.values["code"];
  const auto& digits = told.values["code-digits"];
  std::string shown;
  for (const std::uint64_t one : digits) {
    const std::string text = std::to_string(one);
    shown += (shown.empty() ? "" : " and ") + std::string(6 - text.size(), '0') + text;
  }
  return {"both see one short code",
          codes.size() == 2 && codes[0] == codes[1] && digits[0] == digits[1], shown};
}

/// Each of the two opened packets under old keys and new, and nothing failed for want of a key.
Claim rekey(Told& told) {
  const auto opened_at_both = [&](const char* key) {
    const auto& opened = told.values[key];
    return opened.size() == 2 && std::ranges::none_of(opened, [](auto n) { return n == 0; });
  };
  const std::uint64_t unopened =
      told.events["dropped-unknown_key"] + told.events["dropped-authentication_failed"];
  return {"new keys in mid-call cost no packet",
          opened_at_both("old-keys") && opened_at_both("new-keys") && unopened == 0,
          std::to_string(told.sums["old-keys"]) + " opened in epoch 0, " +
              std::to_string(told.sums["new-keys"]) + " in epoch 1, " + std::to_string(unopened) +
              " did not open"};
}

/// The phone, which answered, and the tablet, which did so too late, each told the offer's sum.
Claim second_device(Told& told) {
  const auto& offers = told.values["offer"];
  const std::uint64_t tried = told.sums["tablet-tried"];
  return {"the tablet rang and got no call",
          offers.size() == 2 && offers[0] == offers[1] && told.events["second-refused"] == 1 &&
              told.events["second-accepted"] == 0 && tried > 0 && told.sums["tablet-opened"] == 0,
          std::to_string(told.events["second-refused"]) + " late answer refused, " +
              std::to_string(told.sums["tablet-opened"]) + " of " + std::to_string(tried) +
              " packets opened"};
}

}  // namespace

std::vector<Claim> call_claims(Told& told) {
  return {video(told), codes(told), rekey(told), second_device(told)};
}

}  // namespace sotto::demo
