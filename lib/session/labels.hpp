// SPDX-License-Identifier: MIT OR Apache-2.0
/// Every label of this room, in one place: keys of stored rows are derived under them, and uploads
/// of prekeys named.
#pragma once

#include <string_view>

namespace sotto::session {

/// Opens the `info` of the row root: identity key and device number follow.
inline constexpr std::string_view row_root_label = "sotto row root";
/// The keys of values, names and digests, from the row root.
inline constexpr std::string_view row_keys_label = "sotto rows";
/// The key of the device's own row, from the storage key.
inline constexpr std::string_view device_row_label = "sotto device row";
/// What an upload of prekeys holds; whose it is.
inline constexpr std::string_view upload_content_label = "sotto prekey upload";
inline constexpr std::string_view upload_owner_label = "sotto prekey upload of";

}  // namespace sotto::session
