// SPDX-License-Identifier: MIT OR Apache-2.0
/// The context of a stamp as bytes, and what a stamp is computed of [FR-2-1].
#pragma once

#include <array>
#include <string_view>

#include <sotto/franking.hpp>

#include "base/writer.hpp"
#include "crypto/hmac.hpp"

namespace sotto::conversation {

inline constexpr std::string_view franking_stamp_label = "sotto franking stamp 1";

/// Numbers and times are below this, so that no reader of them needs an unsigned type.
inline constexpr std::uint64_t franking_number_end = std::uint64_t{1} << 63;

[[nodiscard]] inline bool can_be_stamped(const FrankingContext& context) noexcept {
  return context.counter != 0 && context.counter < franking_number_end &&
         context.at.time_since_epoch().count() >= 0;
}

/// sender(32) device(4) recipient(32) conversation(32) at(8) counter(8)
inline constexpr std::size_t franking_context_bytes = 32 + 4 + 32 + 32 + 8 + 8;

[[nodiscard]] inline std::array<std::uint8_t, franking_context_bytes> encoded(
    const FrankingContext& context) noexcept {
  std::array<std::uint8_t, franking_context_bytes> bytes{};
  base::Writer writer(bytes);
  writer.put(context.sender.bytes());
  writer.put_uint(context.sender_device);
  writer.put(context.recipient.bytes());
  writer.put(context.conversation.bytes());
  writer.put_uint(static_cast<std::uint64_t>(context.at.time_since_epoch().count()));
  writer.put_uint(context.counter);
  return bytes;
}

/// The stamp of a context that can be stamped, under a platform's key that is set up once for a
/// whole report.
[[nodiscard]] inline FrankingStamp stamped(const crypto::HmacSha256Key& platform,
                                           const FrankingTag& tag,
                                           const FrankingContext& context) noexcept {
  const Bytes label(reinterpret_cast<const std::uint8_t*>(franking_stamp_label.data()),
                    franking_stamp_label.size());
  std::array<std::uint8_t, FrankingStamp::size_bytes> stamp;
  platform.mac(stamp, {label, tag.bytes(), encoded(context)});
  return FrankingStamp(stamp);
}

}  // namespace sotto::conversation
