// SPDX-License-Identifier: MIT OR Apache-2.0
// SHA-2, HMAC and HKDF.
#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/sha2.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

/// A message of a hash: `message`, `repeat` times over.
struct Message {
  Blob bytes;
  std::uint64_t repeat;

  static Message read(Fields& fields) {
    // As many bytes take half a second: more is a mistake in the file.
    constexpr std::uint64_t most = 100'000'000;
    Message message{fields.hex("message"), fields.number("repeat", most)};
    if (message.repeat == 0) fields.wrong("repeat", "is zero");
    if (message.bytes.size() > most / message.repeat) fields.wrong("repeat", "makes it too long");
    return message;
  }

  [[nodiscard]] Blob whole() const {
    Blob all;
    all.reserve(bytes.size() * repeat);
    for (std::uint64_t i = 0; i < repeat; ++i) all.insert(all.end(), bytes.begin(), bytes.end());
    return all;
  }
};

struct Sha256 {
  Message message;
  std::array<std::uint8_t, 32> digest;

  static Sha256 read(Fields& fields) {
    return {Message::read(fields), fields.hex_of<32>("digest")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    checks.equal("digest", crypto::sha256(message.whole()), digest);
    crypto::Sha256 pieces;
    for (std::uint64_t i = 0; i < message.repeat; ++i) pieces.update(message.bytes);
    crypto::Sha256Digest out;
    pieces.finish(out);
    checks.equal("digest, piece by piece", out, digest);
    return {};
  }
};

struct Sha512 {
  Message message;
  std::array<std::uint8_t, 64> digest;

  static Sha512 read(Fields& fields) {
    return {Message::read(fields), fields.hex_of<64>("digest")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const Blob whole = message.whole();
    const Bytes all = whole;
    checks.equal("digest", crypto::sha512({all}), digest);
    const std::size_t half = all.size() / 2;
    checks.equal("digest, in two parts", crypto::sha512({all.first(half), all.subspan(half)}),
                 digest);
    return {};
  }
};

/// `mac` may be cut short, as standards and protocols do.
struct HmacSha256 {
  Blob key;
  Blob message;
  Blob mac;

  static HmacSha256 read(Fields& fields) {
    HmacSha256 test{fields.hex("key"), fields.hex("message"), fields.hex("mac")};
    if (test.mac.empty() || test.mac.size() > 32) fields.wrong("mac", "has not 1 to 32 bytes");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const crypto::HmacSha256Key hmac(key);
    std::array<std::uint8_t, 32> out;
    const Bytes all = message;
    hmac.mac(out, {all});
    checks.equal("mac", Bytes(out).first(mac.size()), mac);
    const std::size_t half = all.size() / 2;
    hmac.mac(out, {all.first(half), all.subspan(half)});
    checks.equal("mac, in two parts under the same key", Bytes(out).first(mac.size()), mac);
    return {};
  }
};

struct HkdfSha256 {
  Blob input_key;
  Blob salt;
  Blob info;
  Blob prk;
  Blob output;

  static HkdfSha256 read(Fields& fields) {
    HkdfSha256 test{fields.hex("input_key"), fields.hex("salt"), fields.hex("info"),
                    fields.hex("prk"), fields.hex("output")};
    if (test.prk.size() != 32) fields.wrong("prk", "has not 32 bytes");
    if (test.output.size() > 255 * 32) fields.wrong("output", "is longer than HKDF goes");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const crypto::HmacSha256Key salt_key(salt);
    std::array<std::uint8_t, 32> extracted;
    salt_key.mac(extracted, {Bytes(input_key)});
    checks.equal("prk", extracted, prk);
    Blob out(output.size());
    crypto::hkdf_sha256(out, salt_key, input_key, info);
    checks.equal("output", out, output);
    crypto::hkdf_sha256_expand(out, crypto::HmacSha256Key(prk), info);
    checks.equal("output of the second step alone", out, output);
    if (salt.empty()) {
      crypto::hkdf_sha256(out, crypto::zero_salt(), input_key, info);
      checks.equal("output with a salt of zeros", out, output);
    }
    return {};
  }
};

constexpr Kind kinds[] = {
    {"sha256", run_case<Sha256>},
    {"sha512", run_case<Sha512>},
    {"hmac_sha256", run_case<HmacSha256>},
    {"hkdf_sha256", run_case<HkdfSha256>},
};

}  // namespace

std::span<const Kind> hash_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
