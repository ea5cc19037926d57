// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/ringrtc_keys.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/verdict.hpp"
#include "call/profile_labels.hpp"
#include "crypto/hkdf.hpp"

namespace sotto::call {
namespace {

template <class Key>
Key derive(const RingrtcSecret& secret, std::string_view label) noexcept {
  return Key::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), secret.expose(), crypto::label(label));
  });
}

/// The frame's number as 8 bytes, and 8 zero bytes, where the cipher counts blocks.
std::array<std::uint8_t, 16> initial_block(std::uint32_t counter) noexcept {
  std::array<std::uint8_t, 16> block{};
  for (std::size_t i = 0; i < 4; ++i)
    block[4 + i] = static_cast<std::uint8_t>(counter >> (24 - 8 * i));
  return block;
}

}  // namespace

RingrtcCipherKey ringrtc_cipher_key(const RingrtcSecret& secret) noexcept {
  return derive<RingrtcCipherKey>(secret, ringrtc_cipher_label);
}
RingrtcMacKey ringrtc_mac_key(const RingrtcSecret& secret) noexcept {
  return derive<RingrtcMacKey>(secret, ringrtc_mac_label);
}
RingrtcSecret ringrtc_next_secret(const RingrtcSecret& secret) noexcept {
  return derive<RingrtcSecret>(secret, ringrtc_step_label);
}
RingrtcMemory ringrtc_memory(const RingrtcSecret& secret) noexcept {
  return RingrtcMemory(derive<RingrtcSecret>(secret, ringrtc_memory_label).expose());
}

RingrtcMac::RingrtcMac(const RingrtcSecret& secret) noexcept
    : key_(ringrtc_mac_key(secret).expose()) {
}

void RingrtcMac::tag(std::span<std::uint8_t, 16> out, std::uint32_t counter,
                     Bytes ciphertext) const noexcept {
  const auto block = initial_block(counter);
  const auto size = static_cast<std::uint32_t>(ciphertext.size());
  const std::array<std::uint8_t, 4> size_bytes{
      static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
      static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  constexpr std::array<std::uint8_t, 4> no_associated_data{};
  std::array<std::uint8_t, 32> whole;
  key_.mac(whole, {block, size_bytes, ciphertext, no_associated_data});
  std::ranges::copy(std::span(whole).first<16>(), out.begin());
  wipe(whole);
}

bool RingrtcMac::fits(const RingrtcFooter& footer, Bytes ciphertext) const noexcept {
  std::array<std::uint8_t, 16> right;
  tag(right, footer.counter, ciphertext);
  const bool same = base::equal_ct(right, footer.mac);
  wipe(right);
  return same;
}

RingrtcKeys::RingrtcKeys(crypto::AesCtr&& cipher, const RingrtcSecret& secret) noexcept
    : cipher_(std::move(cipher)), mac_(secret) {
}

Result<std::unique_ptr<RingrtcKeys>> RingrtcKeys::create(const RingrtcSecret& secret) noexcept {
  auto cipher = crypto::AesCtr::create(ringrtc_cipher_key(secret).expose());
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<RingrtcKeys> keys(new (std::nothrow) RingrtcKeys(*std::move(cipher), secret));
  if (keys == nullptr) return std::unexpected(Error::out_of_memory);
  return keys;
}

void RingrtcKeys::apply(MutableBytes out, std::uint32_t counter, Bytes in) const noexcept {
  cipher_.apply(out, initial_block(counter), in);
}

}  // namespace sotto::call
