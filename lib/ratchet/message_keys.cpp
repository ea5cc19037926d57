// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/message_keys.hpp"

#include <array>
#include <cstring>

#include "base/verdict.hpp"
#include "crypto/aes.hpp"

namespace sotto::ratchet {

MessageKeys MessageKeys::derive(const Suite& suite, const MessageSeed& seed,
                                const crypto::HmacSha256Key& salt) noexcept {
  return MessageKeys(suite, Keys::made_by([&](MutableBytes out) {
                       crypto::hkdf_sha256(out, salt, seed.expose(),
                                           crypto::label(suite.message_keys_info));
                     }));
}

void MessageKeys::seal_into(MutableBytes message, std::size_t ciphertext_at, Bytes plaintext,
                            Bytes associated) const noexcept {
  crypto::aes256_cbc_encrypt(
      message.subspan(ciphertext_at, crypto::cbc_padded_size(plaintext.size())), cipher_key(), iv(),
      plaintext);
  const MutableBytes tag = message.last(mac_bytes_);
  std::array<std::uint8_t, 32> mac;
  crypto::HmacSha256Key(mac_key()).mac(mac,
                                       {associated, message.first(message.size() - tag.size())});
  std::memcpy(tag.data(), mac.data(), tag.size());
  // The rest of the MAC is not sent and would help a forger who met the same keys again.
  wipe(mac);
}

Result<MutableBytes> MessageKeys::open(MutableBytes out, Bytes message, Bytes ciphertext,
                                       Bytes associated) const noexcept {
  if (message.size() < mac_bytes_) return std::unexpected(Error::authentication_failed);
  const Bytes tag = message.last(mac_bytes_);
  std::array<std::uint8_t, 32> mac;
  crypto::HmacSha256Key(mac_key()).mac(mac,
                                       {associated, message.first(message.size() - tag.size())});
  const bool authentic = base::equal_ct(Bytes(mac).first(tag.size()), tag);
  wipe(mac);
  if (!authentic) return std::unexpected(Error::authentication_failed);
  return crypto::aes256_cbc_decrypt(out, cipher_key(), iv(), ciphertext);
}

}  // namespace sotto::ratchet
