// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/sealing.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include <sotto/secret.hpp>

namespace sotto::session {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t nonce_at = 1;
constexpr std::size_t text_at = nonce_at + 12;

}  // namespace

Result<Sealer> Sealer::create(Bytes key) noexcept {
  auto aead = crypto::AesGcmSiv::create(key);
  if (!aead) return std::unexpected(aead.error());
  return Sealer(*std::move(aead));
}

void Sealer::seal(MutableBytes out, Bytes plaintext, Bytes name,
                  std::uint64_t counter) const noexcept {
  if (out.size() != plaintext.size() + overhead_bytes) std::abort();
  out[0] = format;
  // Which form, and then the counter: it need not be unique, so it need not be random.
  const std::array<std::uint8_t, 4> tag{'r', 'o', 'w', format};
  for (std::size_t i = 0; i < 4; ++i) out[nonce_at + i] = tag[i];
  for (std::size_t i = 0; i < 8; ++i)
    out[nonce_at + 4 + i] = static_cast<std::uint8_t>(counter >> (56 - 8 * i));
  aead_.seal(out.subspan(text_at), out.subspan<nonce_at, 12>(), plaintext, name);
}

Result<void> Sealer::open(MutableBytes out, Bytes sealed, Bytes name) const noexcept {
  const auto refuse = [&](Error error) -> Result<void> {
    wipe(out);
    return std::unexpected(error);
  };
  if (sealed.empty()) return refuse(Error::corrupted);
  if (sealed[0] > format) return refuse(Error::unsupported_version);
  if (sealed[0] != format || sealed.size() != out.size() + overhead_bytes)
    return refuse(Error::corrupted);
  if (!aead_.open(out, sealed.subspan<nonce_at, 12>(), sealed.subspan(text_at), name))
    return refuse(Error::corrupted);
  return {};
}

}  // namespace sotto::session
