// SPDX-License-Identifier: MIT OR Apache-2.0
#include "x3dh/key_material.hpp"

#include <new>

#include "crypto/hkdf.hpp"
#include "x3dh/test_parties.hpp"

namespace sotto::x3dh {
namespace {

using testing::hex;

/// The outputs of a run, by hand [X3DH-2.2-1].
std::vector<std::uint8_t> outputs(const Party& alice, const EphemeralKeyPair& base,
                                  const Party& bob, std::initializer_list<int> order) {
  const auto dh = [](const auto& ours, const auto& theirs) {
    return *crypto::x25519(ours.secret_key().expose(), theirs.public_key().bytes());
  };
  std::vector<std::uint8_t> all;
  for (const int which : order) {
    const auto output = which == 1   ? dh(alice.identity, bob.signed_prekey.keys)
                        : which == 2 ? dh(base, bob.identity)
                        : which == 3 ? dh(base, bob.signed_prekey.keys)
                                     : dh(base, bob.one_time.keys);
    all.insert(all.end(), output.expose().begin(), output.expose().end());
  }
  return all;
}

std::string kdf(Bytes outputs, std::size_t f_bytes = 32, std::uint8_t f = 0xff,
                std::string_view name = "WhisperText") {
  std::vector<std::uint8_t> input(f_bytes, f);
  input.insert(input.end(), outputs.begin(), outputs.end());
  std::array<std::uint8_t, 64> out;
  crypto::hkdf_sha256(out, crypto::HmacSha256Key(std::vector<std::uint8_t>(32)), input,
                      crypto::label(name));
  return hex(out);
}

template <class Agreed>
std::string keys_of(const Agreed& agreed) {
  return hex(agreed.root_key.expose()) + hex(agreed.chain_key.expose());
}

// F || KM [X3DH-2.2-3] under zeros and the info [X3DH-2.2-4], 64 bytes [X3DH-2.2-5]; DH1 || DH2 ||
// DH3 [X3DH-3.3-4] || DH4 [X3DH-3.3-5]. Root key, then chain key [DR-5.1-1].
TEST(KeyMaterial, is_the_specifications_to_the_letter) {
  const Party alice(1), bob(2);
  for (const bool with_one_time : {false, true}) {
    testing::TapeEntropy tape(3), same(3);
    const auto base = EphemeralKeyPair::generate(same);
    const auto initiated = initiate(alice.identity, *verify(bob.bundle(with_one_time)), tape);
    ASSERT_TRUE(base && initiated);
    const auto right = with_one_time ? outputs(alice, *base, bob, {1, 2, 3, 4})
                                     : outputs(alice, *base, bob, {1, 2, 3});
    EXPECT_EQ(keys_of(initiated->agreement), kdf(right));
    EXPECT_EQ(keys_of(*bob.answer(initiated->initiation)), kdf(right));
    // What the likely mistakes would give.
    EXPECT_NE(keys_of(initiated->agreement), kdf(right, 0));
    EXPECT_NE(keys_of(initiated->agreement), kdf(right, 32, 0x00));
    EXPECT_NE(keys_of(initiated->agreement), kdf(right, 57));
    EXPECT_NE(keys_of(initiated->agreement), kdf(right, 32, 0xff, "WhisperRatchet"));
    EXPECT_NE(keys_of(initiated->agreement), kdf(outputs(alice, *base, bob, {2, 1, 3})));
  }
}

// [X3DH-2.2-1]: an all-zero output is no output, whatever comes after it.
TEST(KeyMaterial, a_refused_output_spoils_it) {
  const Party alice(1), bob(2);
  for (int bad = 0; bad < 4; ++bad) {
    KeyMaterial material;
    for (int i = 0; i < 4; ++i) {
      if (i == bad)
        material.append_dh(alice.identity, IdentityPublic());
      else
        material.append_dh(alice.identity, bob.identity.public_key());
    }
    const auto keys = material.derive();
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error(), Error::weak_key);
  }
}

// [X3DH-3.3-6, X3DH-3.4-2]: look at the memory where it stood.
TEST(KeyMaterial, outputs_are_gone_with_it) {
  const Party alice(1), bob(2);
  const auto secret =
      *crypto::x25519(alice.identity.secret_key().expose(), bob.identity.public_key().bytes());
  const std::string output = hex(secret.expose());
  alignas(KeyMaterial) std::array<std::uint8_t, sizeof(KeyMaterial)> memory{};
  auto* const material = new (memory.data()) KeyMaterial;
  material->append_dh(alice.identity, bob.identity.public_key());
  ASSERT_NE(hex(memory).find(output), std::string::npos);  // The look finds what is there.
  material->~KeyMaterial();
  EXPECT_EQ(hex(memory).find(output), std::string::npos);
  EXPECT_EQ(hex(Bytes(memory).first<64>()), std::string(128, '0'));
}

}  // namespace
}  // namespace sotto::x3dh
