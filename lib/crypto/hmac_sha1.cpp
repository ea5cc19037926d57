// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hmac_sha1.hpp"

#include <algorithm>
#include <cstring>

#include <sotto/secret.hpp>

#include "crypto/boring.hpp"

namespace sotto::crypto {
namespace {

using Block = std::array<std::uint8_t, 64>;

/// A hash in progress that starts from a saved state; wiped at its end.
class Running {
 public:
  template <class State>
  explicit Running(const State& from) noexcept {
    static_assert(sizeof(SHA_CTX) <= sizeof(State));
    std::memcpy(&context_, from.data(), sizeof context_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { wipe({reinterpret_cast<std::uint8_t*>(&context_), sizeof context_}); }

  void update(Bytes bytes) noexcept { boring().sha1_update(&context_, bytes.data(), bytes.size()); }
  void finish(std::span<std::uint8_t, 20> out) noexcept {
    boring().sha1_final(out.data(), &context_);
  }

 private:
  SHA_CTX context_;
};

template <class State>
void save_after(State& state, const Block& pad) noexcept {
  SHA_CTX context;
  boring().sha1_init(&context);
  boring().sha1_update(&context, pad.data(), pad.size());
  state.fill(0);
  std::memcpy(state.data(), &context, sizeof context);
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

}  // namespace

HmacSha1Key::HmacSha1Key(std::span<const std::uint8_t, key_bytes> key) noexcept {
  Block block{};
  std::ranges::copy(key, block.begin());
  for (std::uint8_t& byte : block) byte ^= 0x36;
  save_after(inner_, block);
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  save_after(outer_, block);
  wipe(block);
}

HmacSha1Key::HmacSha1Key(HmacSha1Key&& other) noexcept
    : inner_(other.inner_), outer_(other.outer_) {
  other.wipe_states();
}

HmacSha1Key& HmacSha1Key::operator=(HmacSha1Key&& other) noexcept {
  if (this != &other) {
    inner_ = other.inner_;
    outer_ = other.outer_;
    other.wipe_states();
  }
  return *this;
}

HmacSha1Key::~HmacSha1Key() {
  wipe_states();
}

void HmacSha1Key::wipe_states() noexcept {
  wipe({reinterpret_cast<std::uint8_t*>(inner_.data()), sizeof inner_});
  wipe({reinterpret_cast<std::uint8_t*>(outer_.data()), sizeof outer_});
}

void HmacSha1Key::mac(std::span<std::uint8_t, mac_bytes> out,
                      std::initializer_list<Bytes> parts) const noexcept {
  std::array<std::uint8_t, 20> digest;
  Running inner(inner_);
  for (const Bytes part : parts) inner.update(part);
  inner.finish(digest);
  Running outer(outer_);
  outer.update(digest);
  outer.finish(out);
  wipe(digest);
}

}  // namespace sotto::crypto
