// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aes.hpp"

#include <array>
#include <cstring>

#include <sotto/secret.hpp>

#include "base/mask.hpp"
#include "base/verdict.hpp"
#include "crypto/boring.hpp"

namespace sotto::crypto {
namespace {

constexpr std::size_t block_bytes = 16;

/// An expanded AES key, wiped at its end.
class Schedule {
 public:
  enum class Use : std::uint8_t { encrypt, decrypt };

  Schedule(Use use, Bytes key) noexcept {
    const auto expand =
        use == Use::encrypt ? boring().aes_set_encrypt_key : boring().aes_set_decrypt_key;
    expand(key.data(), static_cast<unsigned>(key.size() * 8), &key_);
  }
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  ~Schedule() { wipe({reinterpret_cast<std::uint8_t*>(&key_), sizeof key_}); }

  [[nodiscard]] const AES_KEY* get() const noexcept { return &key_; }

 private:
  AES_KEY key_;
};

/// A copy of an IV that the cipher moves on as it goes.
std::array<std::uint8_t, block_bytes> moving(AesIv iv) noexcept {
  std::array<std::uint8_t, block_bytes> copy;
  std::memcpy(copy.data(), iv.data(), block_bytes);
  return copy;
}

/// 1 when a <= b, else 0, without a branch; both below 2^31.
unsigned at_most(unsigned a, unsigned b) noexcept {
  return 1U ^ ((b - a) >> 31);
}

/// How many bytes of padding the last block ends in [RFC 5652 §6.3], or 0 when they are not as they
/// must be. Every byte is looked at, whatever the others hold.
unsigned padding_of(std::span<const std::uint8_t, block_bytes> last) noexcept {
  const unsigned count = last[block_bytes - 1];
  unsigned good = at_most(1, count) & at_most(count, block_bytes);
  for (unsigned i = 0; i < block_bytes; ++i) {
    const unsigned inside = at_most(block_bytes - i, count);
    const unsigned differs = last[i] ^ count;
    good &= 1U ^ (inside & (1U ^ ((differs - 1U) >> 31)));
  }
  return count & base::mask_of(good);
}

}  // namespace

void aes256_cbc_encrypt(MutableBytes out, Aes256Key key, AesIv iv, Bytes plaintext) noexcept {
  const Schedule schedule(Schedule::Use::encrypt, key);
  auto chained = moving(iv);
  const std::size_t whole = plaintext.size() / block_bytes * block_bytes;
  const std::size_t rest = plaintext.size() - whole;
  if (whole > 0)
    boring().aes_cbc_encrypt(plaintext.data(), out.data(), whole, schedule.get(), chained.data(),
                             AES_ENCRYPT);
  std::array<std::uint8_t, block_bytes> last;
  last.fill(static_cast<std::uint8_t>(block_bytes - rest));
  if (rest > 0) std::memcpy(last.data(), plaintext.data() + whole, rest);
  boring().aes_cbc_encrypt(last.data(), out.data() + whole, block_bytes, schedule.get(),
                           chained.data(), AES_ENCRYPT);
  wipe(last);
}

Result<MutableBytes> aes256_cbc_decrypt(MutableBytes out, Aes256Key key, AesIv iv,
                                        Bytes ciphertext) noexcept {
  if (ciphertext.empty() || ciphertext.size() % block_bytes != 0) {
    wipe(out);
    return std::unexpected(Error::authentication_failed);
  }
  const Schedule schedule(Schedule::Use::decrypt, key);
  auto chained = moving(iv);
  boring().aes_cbc_encrypt(ciphertext.data(), out.data(), ciphertext.size(), schedule.get(),
                           chained.data(), AES_DECRYPT);
  const unsigned padding = padding_of(out.last<block_bytes>());
  if (!base::verdict(at_most(1, padding))) {
    wipe(out);
    return std::unexpected(Error::authentication_failed);
  }
  const std::size_t used = ciphertext.size() - base::revealed(padding);
  wipe(out.subspan(used));
  return out.first(used);
}

void aes_ctr(MutableBytes out, Bytes key, AesIv iv, Bytes in) noexcept {
  const Schedule schedule(Schedule::Use::encrypt, key);
  auto counter = moving(iv);
  std::array<std::uint8_t, block_bytes> keystream{};
  unsigned used = 0;
  boring().aes_ctr128_encrypt(in.data(), out.data(), in.size(), schedule.get(), counter.data(),
                              keystream.data(), &used);
  wipe(keystream);
}

}  // namespace sotto::crypto
