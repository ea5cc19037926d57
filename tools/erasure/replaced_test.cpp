// SPDX-License-Identifier: MIT OR Apache-2.0
/// An object that another one is moved onto leaves nothing of its secrets, as one that ends.
#include <array>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/attachment.hpp>
#include <sotto/device.hpp>
#include <sotto/group_call.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/ratchet.hpp>
#include <sotto/ringrtc.hpp>
#include <sotto/sframe.hpp>
#include <sotto/sotto_call.hpp>
#include <sotto/srtp.hpp>

#include "call/agreed.hpp"
#include "call/epoch.hpp"
#include "call/ringrtc_keys.hpp"
#include "call/test_calls.hpp"
#include "conversation/test_attachment.hpp"
#include "erasure/memory_scan.hpp"
#include "ratchet/test_pair.hpp"
#include "sframe/schedule.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;

/// `make(seed)` makes an object; `tell(notes, seed)` notes secrets that it holds.
template <class Object, class Make, class Tell>
void expect_nothing_of_what_was_replaced(std::uint64_t seed, const Make& make, const Tell& tell) {
  const auto needles = learn([&](Notes& notes) { tell(notes, seed); });
  const auto object = std::make_unique<std::optional<Object>>();
  deep_down([&] { object->emplace(make(seed)); });
  EXPECT_NE(found_in_memory(needles).size(), 0U) << "held";
  deep_down([&] { **object = make(seed + 1); });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where), std::set<std::string>()) << where;
}

template <class Key>
Key drawn(std::uint64_t seed) {
  TapeEntropy tape(seed);
  return Key::made_by([&](MutableBytes out) { static_cast<void>(tape.fill(out)); });
}

using Drawn = Secret<struct DrawnRole, 32>;

SframeBaseKey base_key(std::uint64_t seed) {
  return *SframeBaseKey::create(drawn<Drawn>(seed).expose());
}

TEST(Erasure, of_ends_of_frames_that_were_replaced_nothing_stays) {
  const auto suite = SframeSuite::sotto_aes_256_ctr_hmac_sha512_256;
  constexpr SframeKid kid{0x100};
  const auto tell_sframe = [&](Notes& notes, std::uint64_t seed) {
    const auto key = base_key(seed);
    notes.add("base key", key.expose());
    notes.add("key",
              sframe::derive_keys(*sframe::find_suite(suite), kid, key.expose()).key.expose());
  };
  expect_nothing_of_what_was_replaced<SframeSender>(
      1200, [&](std::uint64_t seed) { return *SframeSender::create(suite, kid, base_key(seed)); },
      tell_sframe);
  expect_nothing_of_what_was_replaced<SframeReceiver>(
      1210,
      [&](std::uint64_t seed) {
        auto receiver = *SframeReceiver::create(suite);
        EXPECT_TRUE(receiver.add_key(kid, base_key(seed), SframeChain{8}));
        return receiver;
      },
      tell_sframe);
  const auto tell_ringrtc = [](Notes& notes, std::uint64_t seed) {
    const auto secret = drawn<RingrtcSecret>(seed);
    notes.add("secret", secret.expose());
    notes.add("cipher key", call::ringrtc_cipher_key(secret).expose());
  };
  expect_nothing_of_what_was_replaced<RingrtcSender>(
      1220, [](std::uint64_t seed) { return *RingrtcSender::create(drawn<RingrtcSecret>(seed)); },
      tell_ringrtc);
  expect_nothing_of_what_was_replaced<RingrtcReceiver>(
      1230,
      [](std::uint64_t seed) {
        auto receiver = *RingrtcReceiver::create();
        EXPECT_TRUE(receiver.add_secret(0, drawn<RingrtcSecret>(seed)));
        return receiver;
      },
      tell_ringrtc);
}

TEST(Erasure, of_ends_of_packets_that_were_replaced_nothing_stays) {
  constexpr auto profile = SrtpProfile::aes_cm_256_hmac_sha1_80;
  const auto salt = std::vector<std::uint8_t>(srtp_sizes(profile).salt, 3);
  const auto tell = [&](Notes& notes, std::uint64_t seed) {
    const auto keys = *srtp_session_keys(profile, drawn<Drawn>(seed).expose(), salt);
    notes.add("rtp MAC key", keys.rtp_auth.expose());
    notes.add("rtcp key", keys.rtcp_key.expose());
  };
  expect_nothing_of_what_was_replaced<SrtpSender>(
      1240,
      [&](std::uint64_t seed) {
        return *SrtpSender::create(profile, drawn<Drawn>(seed).expose(), salt);
      },
      tell);
  expect_nothing_of_what_was_replaced<SrtpReceiver>(
      1250,
      [&](std::uint64_t seed) {
        return *SrtpReceiver::create(profile, drawn<Drawn>(seed).expose(), salt);
      },
      tell);
}

TEST(Erasure, of_ends_of_attachments_that_were_replaced_nothing_stays) {
  const auto tell = [](Notes& notes, std::uint64_t seed) {
    const auto key = drawn<AttachmentKey>(seed);
    const auto keys = conversation::TestKeys::derive(key, 1'000);
    notes.add("cipher key", Bytes(keys).first(32));
  };
  expect_nothing_of_what_was_replaced<AttachmentSealer>(
      1260,
      [](std::uint64_t seed) {
        TapeEntropy tape(seed);
        return *AttachmentSealer::create(1'000, tape);
      },
      tell);
  expect_nothing_of_what_was_replaced<AttachmentOpener>(
      1270,
      [](std::uint64_t seed) {
        return *AttachmentOpener::create({drawn<AttachmentKey>(seed), {}, 1'000});
      },
      tell);
}

/// The caller's side; the callee's is gone.
OutgoingCall::Accepted accepted(std::uint64_t seed) {
  TapeEntropy tape(seed);
  auto outgoing = *OutgoingCall::create(call::call_id, call::alice, {}, call::roster, tape);
  const auto answered = *(*IncomingCall::read(outgoing.offer()))
                             .answer(call::bob, call::alice.identity, call::roster, tape);
  return *outgoing.accept(answered.answer, call::bob.identity);
}

TEST(Erasure, of_calls_that_were_replaced_nothing_stays) {
  expect_nothing_of_what_was_replaced<Call>(
      1280, [](std::uint64_t seed) { return std::move(accepted(seed).call); },
      [](Notes& notes, std::uint64_t seed) {
        TapeEntropy tape(seed);
        const auto caller = *CallKeyPair::generate(tape);
        std::array<std::uint8_t, 32> nonce;
        static_cast<void>(tape.fill(nonce));
        const auto callee = *CallKeyPair::generate(tape);
        TapeEntropy again(seed);
        auto outgoing = *OutgoingCall::create(call::call_id, call::alice, {}, call::roster, again);
        const auto answered = *(*IncomingCall::read(outgoing.offer()))
                                   .answer(call::bob, call::alice.identity, call::roster, again);
        const auto transcript =
            call::first_transcript(outgoing.offer(), call::body_of(answered.answer),
                                   {call::alice.identity, call::bob.identity});
        const auto shared = *call::agree_with(caller, callee.public_key());
        const auto keys = call::first_epoch(transcript, shared, {});
        notes.add("chain", keys.chain.expose());
        notes.add("confirm", keys.caller.confirm.expose());
      });
  const auto member = [](std::uint8_t n) {
    return MemberId{MemberIdentity(std::array<std::uint8_t, 32>{n}), 1};
  };
  expect_nothing_of_what_was_replaced<GroupCall>(
      1290,
      [&](std::uint64_t seed) {
        TapeEntropy tape(seed);
        const std::array roster{member(1), member(2)};
        return *GroupCall::create({call::call_id, GroupTerms{}.suite, roster[0]}, 1, roster, tape,
                                  call::noon);
      },
      [](Notes& notes, std::uint64_t seed) { notes.add("key", drawn<Drawn>(seed).expose()); });
}

TEST(Erasure, of_ratchets_devices_and_stores_that_were_replaced_nothing_stays) {
  expect_nothing_of_what_was_replaced<Ratchet>(
      1300, [](std::uint64_t seed) { return *Ratchet::start(ratchet::Agreed(seed).responder()); },
      [](Notes& notes, std::uint64_t seed) {
        const ratchet::Agreed agreed(seed);
        notes.add("root key", agreed.root.expose());
        notes.add("prekey", agreed.bob_prekey.secret_key().expose());
      });
  std::list<MemoryStore> stores;
  expect_nothing_of_what_was_replaced<Device>(
      1310,
      [&](std::uint64_t seed) {
        TapeEntropy tape(seed);
        const auto identity = *IdentityKeyPair::generate(tape);
        return *Device::create(stores.emplace_back(*MemoryStore::create()), drawn<StorageKey>(5),
                               identity, DeviceId{1}, RegistrationId{1});
      },
      [](Notes& notes, std::uint64_t seed) {
        TapeEntropy tape(seed);
        notes.add("identity key", IdentityKeyPair::generate(tape)->secret_key().expose());
      });
  expect_nothing_of_what_was_replaced<MemoryStore>(
      1320,
      [](std::uint64_t seed) {
        auto store = *MemoryStore::create();
        const auto value = drawn<Drawn>(seed);
        const std::array<std::uint8_t, 1> key{'k'};
        const Change change{Change::Kind::put, key, Revision{}, value.expose()};
        EXPECT_TRUE(store.commit(std::span(&change, 1)));
        return store;
      },
      [](Notes& notes, std::uint64_t seed) { notes.add("value", drawn<Drawn>(seed).expose()); });
}

}  // namespace
}  // namespace sotto
