// SPDX-License-Identifier: MIT OR Apache-2.0
/// After each operation no secret that has served is anywhere in memory, and those that live on
/// are.
///
/// Every test has a tape of its own, so that no two have a secret in common. Expected values are
/// computed in a child process; this one only ever holds them masked.
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <sodium.h>

#include <sotto/call.hpp>
#include <sotto/x3dh.hpp>

#include "crypto/hkdf.hpp"
#include "crypto/x25519.hpp"
#include "crypto/xeddsa.hpp"
#include "erasure/memory_scan.hpp"
#include "media/call_schedule.hpp"
#include "media/srtp_kdf.hpp"
#include "ratchet/root_key.hpp"
#include "ratchet/test_pair.hpp"

namespace sotto {
namespace {

using ratchet::Buffer;
using ratchet::signal_v3;
using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Names = std::set<std::string>;

// ---- X3DH --------------------------------------------------------------------------------------

struct Parties {
  TapeEntropy tape;
  IdentityKeyPair alice = *IdentityKeyPair::generate(tape);
  IdentityKeyPair bob = *IdentityKeyPair::generate(tape);
  SignedPrekey prekey = *SignedPrekey::generate(SignedPrekeyId{1}, bob, tape);
  OneTimePrekey one_time = *OneTimePrekey::generate(OneTimePrekeyId{2}, tape);

  explicit Parties(std::uint64_t seed) : tape(seed) {}

  Initiated initiate() {
    return *sotto::initiate(alice, *verify(publish(bob.public_key(), prekey, &one_time)), tape);
  }
};

void tell_x3dh(Notes& n, std::uint64_t seed) {
  Parties p(seed);
  TapeEntropy next = p.tape;
  const auto ephemeral = *EphemeralKeyPair::generate(next);
  n.add("identity of initiator", p.alice.secret_key().expose());
  n.add("identity of responder", p.bob.secret_key().expose());
  n.add("signed prekey", p.prekey.keys.secret_key().expose());
  n.add("one-time prekey", p.one_time.keys.secret_key().expose());
  n.add("ephemeral", ephemeral.secret_key().expose());
  n.add("DH1", crypto::agree(p.alice.secret_key(), p.prekey.keys.public_key())->expose());
  n.add("DH2", crypto::agree(ephemeral.secret_key(), p.bob.public_key())->expose());
  n.add("DH3", crypto::agree(ephemeral.secret_key(), p.prekey.keys.public_key())->expose());
  n.add("DH4", crypto::agree(ephemeral.secret_key(), p.one_time.keys.public_key())->expose());
  const auto initiated = p.initiate();
  const InitiatorAgreement& agreement = initiated.agreement;
  n.add("root key", agreement.root_key.expose());
  n.add("chain key", agreement.chain_key.expose());
}

TEST(Erasure, x3dh_leaves_the_agreement_and_then_nothing) {
  const auto needles = learn([](Notes& n) { tell_x3dh(n, 910); });
  auto parties = std::make_unique<std::optional<Parties>>();
  auto agreed = std::make_unique<std::optional<Initiated>>();
  auto accepted = std::make_unique<std::optional<ResponderAgreement>>();
  deep_down([&] { (*parties).emplace(910); });
  EXPECT_EQ(found_in_memory(needles), (Names{"identity of initiator", "identity of responder",
                                             "signed prekey", "one-time prekey"}));

  std::string where;
  deep_down([&] { agreed->emplace((*parties)->initiate()); });
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"identity of initiator", "identity of responder", "signed prekey",
                   "one-time prekey", "root key", "chain key"}))
      << where;

  deep_down([&] {
    agreed->emplace(std::move(**agreed));
    accepted->emplace(*respond((*parties)->bob, (*parties)->prekey, &(*parties)->one_time,
                               (*agreed)->initiation));
    agreed->reset();
    parties->reset();
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), (Names{"signed prekey", "root key", "chain key"}))
      << where;

  deep_down([&] { accepted->reset(); });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

// ---- XEdDSA ------------------------------------------------------------------------------------

TEST(Erasure, signing_leaves_neither_nonce_nor_key) {
  const std::array<std::uint8_t, 33> message{5};
  const auto needles = learn([&](Notes& n) {
    TapeEntropy tape(920);
    const auto keys = *IdentityKeyPair::generate(tape);
    std::array<std::uint8_t, 64> nonce;
    static_cast<void>(tape.fill(nonce));
    std::array<std::uint8_t, 32> prefix;
    prefix.fill(0xff);
    prefix[0] = 0xfe;
    const auto digest = crypto::sha512({prefix, keys.secret_key().expose(), message, nonce});
    std::array<std::uint8_t, 32> r;
    crypto_core_ed25519_scalar_reduce(r.data(), digest.data());
    n.add("identity", keys.secret_key().expose());
    n.add("nonce", nonce);
    n.add("hash of the nonce", digest);
    n.add("scalar of the nonce", r);
  });
  deep_down([&] {
    TapeEntropy tape(920);
    const auto keys = *IdentityKeyPair::generate(tape);
    ASSERT_TRUE(crypto::sign(keys, message, tape));
  });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

// ---- The Double Ratchet
// --------------------------------------------------------------------------

void tell_message(Notes& n, const std::string& name, ChainKey& chain) {
  n.add("chain before " + name, chain.expose());
  const crypto::HmacSha256Key pads(chain.expose());
  n.add("midstates before " + name, Bytes(reinterpret_cast<const std::uint8_t*>(&pads), 64));
  const auto seed = ratchet::step_chain(signal_v3, chain);
  const auto keys = ratchet::MessageKeys::derive(signal_v3, seed, crypto::zero_salt());
  const crypto::HmacSha256Key mac(keys.mac_key());
  n.add("seed of " + name, seed.expose());
  n.add("cipher key of " + name, keys.cipher_key());
  n.add("MAC key of " + name, keys.mac_key());
  n.add("MAC midstates of " + name, Bytes(reinterpret_cast<const std::uint8_t*>(&mac), 64));
}

/// Alice sends m0, m1, m2; Bob opens m0, m2, m1; Bob sends r0, which Alice opens.
void tell_conversation(Notes& n, std::uint64_t seed) {
  const ratchet::Agreed agreed(seed);
  TapeEntropy start(seed + 100);
  TapeEntropy alice_tape(seed + 200);
  TapeEntropy bob_tape(seed + 300);
  const auto a1 = *RatchetKeyPair::generate(start);
  const auto b1 = *RatchetKeyPair::generate(bob_tape);
  const auto a2 = *RatchetKeyPair::generate(alice_tape);
  n.add("prekey", agreed.bob_prekey.secret_key().expose());
  n.add("a1", a1.secret_key().expose());
  n.add("b1", b1.secret_key().expose());
  n.add("a2", a2.secret_key().expose());
  n.add("root 0", agreed.root.expose());
  n.add("chain of the prekey", agreed.chain.expose());
  n.add("DH 1", crypto::agree(a1.secret_key(), agreed.bob_prekey.public_key())->expose());
  n.add("DH 2", crypto::agree(a1.secret_key(), b1.public_key())->expose());
  n.add("DH 3", crypto::agree(a2.secret_key(), b1.public_key())->expose());
  auto one = *ratchet::step_root(signal_v3, agreed.root, a1, agreed.bob_prekey.public_key());
  auto two = *ratchet::step_root(signal_v3, one.root, a1, b1.public_key());
  const auto three = *ratchet::step_root(signal_v3, two.root, a2, b1.public_key());
  n.add("root 1", one.root.expose());
  n.add("root 2", two.root.expose());
  n.add("root 3", three.root.expose());
  for (const char* name : {"m0", "m1", "m2"}) tell_message(n, name, one.chain);
  n.add("chain a1", one.chain.expose());
  tell_message(n, "r0", two.chain);
  n.add("chain b1", two.chain.expose());
  n.add("chain a2", three.chain.expose());
}

/// What one end needs, without the checks of `End`, whose images hold every secret in the plain.
Buffer send(ratchet::End& from) {
  const std::array<std::uint8_t, 64> plaintext{};
  Buffer message(Ratchet::encrypted_size(plaintext.size()));
  EXPECT_TRUE(from.ratchet.encrypt(message, plaintext));
  return message;
}

void receive(ratchet::End& to, const Buffer& message) {
  Buffer out(message.size());
  EXPECT_TRUE(to.ratchet.decrypt(out, message, to.tape, to.now));
}

TEST(Erasure, ratchet_keeps_what_is_to_come_and_nothing_that_was) {
  const auto needles = learn([](Notes& n) { tell_conversation(n, 930); });
  auto pair = std::make_unique<std::optional<ratchet::Pair>>();
  std::vector<Buffer> sent;
  std::string where;

  deep_down([&] { pair->emplace(RatchetLimits{}, 930); });
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"root 0", "root 1", "a1", "prekey", "chain of the prekey", "chain before m0"}))
      << where;

  deep_down([&] {
    for (int i = 0; i < 3; ++i) sent.push_back(send((*pair)->alice));
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"root 0", "root 1", "a1", "prekey", "chain of the prekey", "chain a1"}))
      << where;

  deep_down([&] {
    receive((*pair)->bob, sent[0]);
    receive((*pair)->bob, sent[2]);
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"root 1", "root 2", "a1", "b1", "chain of the prekey", "chain a1",
                   "chain before r0", "seed of m1"}))
      << where;

  deep_down([&] {
    receive((*pair)->bob, sent[1]);
    receive((*pair)->alice, send((*pair)->bob));
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"root 2", "root 3", "a2", "b1", "chain of the prekey", "chain a1", "chain b1",
                   "chain a2"}))
      << where;

  deep_down([&] { pair->reset(); });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

TEST(Erasure, forged_messages_leave_no_more_than_honest_ones) {
  const auto needles = learn([](Notes& n) { tell_conversation(n, 940); });
  auto pair = std::make_unique<std::optional<ratchet::Pair>>();
  deep_down([&] {
    pair->emplace(RatchetLimits{}, 940);
    send((*pair)->alice);
    Buffer forged = send((*pair)->alice);
    forged.back() ^= 1;
    Buffer out(forged.size());
    ratchet::End& bob = (*pair)->bob;
    EXPECT_FALSE(bob.ratchet.decrypt(out, forged, bob.tape, bob.now));
  });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where),
            (Names{"root 0", "root 1", "a1", "prekey", "chain of the prekey", "chain before m2"}))
      << where;
}

/// Seeds of 100 messages of Alice's first chain, of which Bob sees some.
void tell_seeds(Notes& n, std::uint64_t seed) {
  const ratchet::Agreed agreed(seed);
  TapeEntropy start(seed + 100);
  const auto a1 = *RatchetKeyPair::generate(start);
  auto one = *ratchet::step_root(signal_v3, agreed.root, a1, agreed.bob_prekey.public_key());
  for (int i = 0; i < 100; ++i)
    n.add("seed " + std::to_string(i), ratchet::step_chain(signal_v3, one.chain).expose());
}

Names seeds(int first, int last) {
  Names names;
  for (int i = first; i < last; ++i) names.insert("seed " + std::to_string(i));
  return names;
}

TEST(Erasure, skipped_keys_go_when_taken_crowded_out_or_old) {
  const auto needles = learn([](Notes& n) { tell_seeds(n, 950); });
  RatchetLimits limits;
  limits.max_skipped_per_chain = 30;
  limits.max_skipped_age = std::chrono::milliseconds(1000);
  auto pair = std::make_unique<std::optional<ratchet::Pair>>();
  std::vector<Buffer> sent;
  std::string where;
  deep_down([&] {
    pair->emplace(limits, 950);
    for (int i = 0; i < 100; ++i) sent.push_back(send((*pair)->alice));
    receive((*pair)->bob, sent[10]);
  });
  EXPECT_EQ(found_in_memory(needles, &where), seeds(0, 10)) << where;

  deep_down([&] {  // Taken.
    for (std::size_t i = 0; i < 5; ++i) receive((*pair)->bob, sent[i]);
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), seeds(5, 10)) << where;

  deep_down([&] {  // More of them, so that the store grows and moves.
    receive((*pair)->bob, sent[30]);
    receive((*pair)->bob, sent[12]);
    receive((*pair)->bob, sent[36]);
  });
  where.clear();
  Names kept = seeds(7, 36);
  for (const char* gone : {"seed 10", "seed 12", "seed 30"}) kept.erase(gone);
  for (const auto& name : seeds(5, 7)) kept.insert(name);
  while (kept.size() > 30) kept.erase("seed 5");
  EXPECT_EQ(found_in_memory(needles, &where), kept) << where;

  deep_down([&] { receive((*pair)->bob, sent[80]); });  // Crowded out.
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), seeds(50, 80)) << where;

  deep_down([&] {  // Old: a stated number with each message.
    (*pair)->bob.now += std::chrono::milliseconds(1000);
    for (std::size_t i = 81;
         i < 81 + (30 + ratchet::most_keys_expired - 1) / ratchet::most_keys_expired; ++i)
      receive((*pair)->bob, sent[i]);
  });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

// ---- Media -------------------------------------------------------------------------------------

CallIdentities call_identities(TapeEntropy& tape) {
  return {IdentityKeyPair::generate(tape)->public_key(),
          IdentityKeyPair::generate(tape)->public_key()};
}

void tell_master(Notes& n, const std::string& name, const SrtpMaster& master) {
  n.add(name + " master key", master.key.expose());
  n.add(name + " master salt", master.salt.expose());
  std::array<std::uint8_t, 32> key;
  std::array<std::uint8_t, 12> salt;
  const auto padded = media::pad_gcm_salt(master.salt.expose());
  media::derive_srtp(key, master.key.expose(), padded, media::SrtpLabel::rtp_encryption);
  media::derive_srtp(salt, master.key.expose(), padded, media::SrtpLabel::rtp_salt);
  n.add(name + " session key", key);
  n.add(name + " session salt", salt);
}

TEST(Erasure, media_keep_the_session_keys_alone_and_then_nothing) {
  const auto needles = learn([](Notes& n) {
    TapeEntropy tape(960);
    const auto identities = call_identities(tape);
    const auto ours = *CallKeyPair::generate(tape);
    const auto theirs = *CallKeyPair::generate(tape);
    n.add("call key", ours.secret_key().expose());
    const auto shared = *crypto::agree(ours.secret_key(), theirs.public_key());
    n.add("shared secret", shared.expose());
    const auto masters = media::call_schedule(shared, identities);
    tell_master(n, "offer", masters.offer);
    tell_master(n, "answer", masters.answer);
  });
  auto ours = std::make_unique<std::optional<CallKeyPair>>();
  auto call = std::make_unique<std::optional<CallMedia>>();
  std::string where;
  deep_down([&] {
    TapeEntropy tape(960);
    const auto identities = call_identities(tape);
    ours->emplace(*CallKeyPair::generate(tape));
    const auto theirs = CallKeyPair::generate(tape)->public_key();
    call->emplace(*agree_on_call(CallSide::caller, std::move(**ours), theirs, identities));
    std::array<std::uint8_t, 172> packet{0x80, 111, 0, 1};
    std::array<std::uint8_t, 188> sealed;
    EXPECT_TRUE((*call)->sender.protect(sealed, packet));
    EXPECT_FALSE((*call)->receiver.unprotect(packet, sealed));
  });
  EXPECT_EQ(found_in_memory(needles, &where), (Names{"offer session key", "offer session salt",
                                                     "answer session key", "answer session salt"}))
      << where;
  deep_down([&] { call->reset(); });
  where.clear();
  // AES-GCM of the backend leaves its last nonce in a dead frame, which tells the salt of that
  // packet's direction. It is no key: a salt may be public [RFC 3711 §3.2.1]. All else must be
  // gone.
  Names left = found_in_memory(needles, &where);
  left.erase("offer session salt");
  left.erase("answer session salt");
  EXPECT_EQ(left, Names{}) << where;
}

}  // namespace
}  // namespace sotto
