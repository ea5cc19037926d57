// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every label under which keys of stored rows are derived, in one place.
#pragma once

#include <string_view>

namespace sotto::session {

/// Opens the `info` of the row root: identity key and device number follow.
inline constexpr std::string_view row_root_label = "sotto row root";
/// The keys of values, names and digests, from the row root.
inline constexpr std::string_view row_keys_label = "sotto rows";
/// The key of the device's own row, from the storage key.
inline constexpr std::string_view device_row_label = "sotto device row";

}  // namespace sotto::session
