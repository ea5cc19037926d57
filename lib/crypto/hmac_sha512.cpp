// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hmac_sha512.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <sotto/secret.hpp>

#include "crypto/boring.hpp"
#include "crypto/sha2.hpp"

namespace sotto::crypto {
namespace {

constexpr std::size_t block_bytes = 128;
constexpr std::size_t hash_bytes = 64;
using Block = std::array<std::uint8_t, block_bytes>;

/// A hash in progress that starts from a saved state; wiped at its end.
class Running {
 public:
  template <class State>
  explicit Running(const State& from) noexcept {
    static_assert(sizeof(SHA512_CTX) <= sizeof(State));
    std::memcpy(&context_, from.data(), sizeof context_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { wipe({reinterpret_cast<std::uint8_t*>(&context_), sizeof context_}); }

  void update(Bytes bytes) noexcept {
    boring().sha512_update(&context_, bytes.data(), bytes.size());
  }
  void finish(std::span<std::uint8_t, hash_bytes> out) noexcept {
    boring().sha512_final(out.data(), &context_);
  }

 private:
  SHA512_CTX context_;
};

template <class State>
void save_after(State& state, const Block& pad) noexcept {
  SHA512_CTX context;
  boring().sha512_init(&context);
  boring().sha512_update(&context, pad.data(), pad.size());
  state.fill(0);
  std::memcpy(state.data(), &context, sizeof context);
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

}  // namespace

HmacSha512Key::HmacSha512Key(Bytes key) noexcept {
  Block block{};
  if (key.size() > block_bytes) {
    Sha512Digest digest = sha512({key});
    std::ranges::copy(digest, block.begin());
    wipe(digest);
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (std::uint8_t& byte : block) byte ^= 0x36;
  save_after(inner_, block);
  for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  save_after(outer_, block);
  wipe(block);
}

HmacSha512Key::~HmacSha512Key() {
  wipe({reinterpret_cast<std::uint8_t*>(inner_.data()), sizeof inner_});
  wipe({reinterpret_cast<std::uint8_t*>(outer_.data()), sizeof outer_});
}

void HmacSha512Key::mac(std::span<std::uint8_t, mac_bytes> out,
                        std::initializer_list<Bytes> parts) const noexcept {
  std::array<std::uint8_t, hash_bytes> digest;
  Running inner(inner_);
  for (const Bytes part : parts) inner.update(part);
  inner.finish(digest);
  Running outer(outer_);
  outer.update(digest);
  outer.finish(out);
  wipe(digest);
}

void hkdf_sha512_extract(std::span<std::uint8_t, 64> prk, Bytes salt, Bytes input_key) noexcept {
  HmacSha512Key(salt).mac(prk, {input_key});
}

void hkdf_sha512_expand(MutableBytes out, const HmacSha512Key& prk, Bytes info) noexcept {
  if (out.size() > 255 * hash_bytes) std::abort();
  std::array<std::uint8_t, hash_bytes> block;
  Bytes previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    prk.mac(block, {previous, info, Bytes(&counter, 1)});
    previous = block;
    const std::size_t part = std::min(out.size(), hash_bytes);
    std::memcpy(out.data(), block.data(), part);
    out = out.subspan(part);
  }
  wipe(block);
}

}  // namespace sotto::crypto
