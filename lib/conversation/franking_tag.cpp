// SPDX-License-Identifier: MIT OR Apache-2.0
#include <utility>

#include <sotto/backend.hpp>

#include "base/verdict.hpp"
#include "conversation/franking_context.hpp"

namespace sotto {

Result<FrankingKey> new_franking_key(Entropy& entropy) noexcept {
  Result<void> filled;
  auto key = FrankingKey::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  return key;
}

// No label: this is the form of the published scheme. The key serves nothing else [FR-1-1].
FrankingTag frank(const FrankingKey& key, Bytes content) noexcept {
  std::array<std::uint8_t, FrankingTag::size_bytes> tag;
  crypto::HmacSha256Key(key.expose()).mac(tag, {content});
  return FrankingTag(tag);
}

// [FR-1-2]
Result<void> check_franking(const FrankingKey& key, Bytes content,
                            const FrankingTag& tag) noexcept {
  if (const auto ready = check_backend(); !ready) return ready;
  if (!base::equal_ct(frank(key, content).bytes(), tag.bytes()))
    return std::unexpected(Error::authentication_failed);
  return {};
}

// [FR-2-1]
Result<FrankingStamp> franking_stamp(const PlatformKey& platform, const FrankingTag& tag,
                                     const FrankingContext& context) noexcept {
  if (!conversation::can_be_stamped(context)) return std::unexpected(Error::malformed);
  if (const auto ready = check_backend(); !ready) return std::unexpected(ready.error());
  return conversation::stamped(crypto::HmacSha256Key(platform.expose()), tag, context);
}

}  // namespace sotto
