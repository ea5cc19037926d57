// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP in all its forms: a master is gone once an end was made of it, an end's keys with the end.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/srtp.hpp>
#include <sotto/whatsapp.hpp>

#include "call/whatsapp_schedule.hpp"
#include "erasure/memory_scan.hpp"
#include "testing/rtp.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::Notes;
using testing::TapeEntropy;
using Buffer = std::vector<std::uint8_t>;
using Names = std::set<std::string>;

/// A master key of `key` bytes and a salt of `salt` bytes; wiped at its end.
struct Master {
  std::array<std::uint8_t, 46> room{};
  SrtpSizes sizes;
  Master(SrtpProfile profile, std::uint64_t seed) : sizes(srtp_sizes(profile)) {
    TapeEntropy tape(seed);
    static_cast<void>(tape.fill(room));
  }
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;
  ~Master() { wipe(room); }
  [[nodiscard]] Bytes key() const { return Bytes(room).first(sizes.key); }
  [[nodiscard]] Bytes salt() const { return Bytes(room).subspan(sizes.key, sizes.salt); }
};

void tell_session(Notes& n, const std::string& name, const SrtpSessionKeys& keys) {
  n.add("rtp key" + name, keys.rtp_key.expose().first(keys.key_bytes));
  n.add("rtp salt" + name, keys.rtp_salt.expose().first(keys.salt_bytes));
  n.add("rtcp key" + name, keys.rtcp_key.expose().first(keys.key_bytes));
  n.add("rtcp salt" + name, keys.rtcp_salt.expose().first(keys.salt_bytes));
  if (keys.auth_bytes == 0) return;
  n.add("rtp MAC key" + name, keys.rtp_auth.expose());
  n.add("rtcp MAC key" + name, keys.rtcp_auth.expose());
}

void tell_master(Notes& n, const std::string& name, SrtpProfile profile, std::uint64_t seed) {
  const Master master(profile, seed);
  n.add("master key" + name, master.key());
  n.add("master salt" + name, master.salt());
  tell_session(n, name, *srtp_session_keys(profile, master.key(), master.salt()));
}

struct SrtpEnds {
  std::optional<SrtpSender> sender;
  std::optional<SrtpReceiver> receiver;
};

void pass_packets(SrtpEnds& ends, std::uint16_t sequence) {
  const Buffer packet = testing::rtp({.seq = sequence, .payload_bytes = 50});
  Buffer sealed(packet.size() + ends.sender->overhead_bytes()), out(sealed.size());
  ASSERT_TRUE(ends.sender->protect(sealed, packet));
  ASSERT_TRUE(ends.receiver->unprotect(out, sealed));
  sealed.back() ^= 1;
  ASSERT_FALSE(ends.receiver->unprotect(out, sealed));
  Buffer report(28, 0x5a);
  const std::array<std::uint8_t, 4> head{0x80, 200, 0, 6};
  std::ranges::copy(head, report.begin());
  Buffer sealed_report(report.size() + ends.sender->rtcp_overhead_bytes());
  ASSERT_TRUE(ends.sender->protect_rtcp(sealed_report, report));
  out.resize(sealed_report.size());
  ASSERT_TRUE(ends.receiver->unprotect_rtcp(out, sealed_report));
}

Names session(const std::string& name) {
  return {"rtp key" + name, "rtp salt" + name, "rtcp key" + name, "rtcp salt" + name};
}

/// AES-GCM of the backend leaves its last nonce in a dead frame. A salt may be public.
Names without_salts(Names names) {
  std::erase_if(names, [](const std::string& name) { return name.contains("salt"); });
  return names;
}

void srtp_keeps_its_keys(SrtpProfile profile, std::uint64_t seed) {
  const auto needles = learn([&](Notes& n) {
    tell_master(n, " 0", profile, seed);
    tell_master(n, " 1", profile, seed + 1);
  });
  const auto ends = std::make_unique<SrtpEnds>();
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  const std::array<std::uint8_t, 1> mki0{1}, mki1{2}, encrypted{3};
  deep_down([&] {
    const Master master(profile, seed);
    const SrtpOptions options{mki0, encrypted};
    ends->sender.emplace(*SrtpSender::create(profile, master.key(), master.salt(), options));
    ends->receiver.emplace(*SrtpReceiver::create(profile, master.key(), master.salt(), options));
    pass_packets(*ends, 1);
  });
  EXPECT_EQ(found(), session(" 0")) << where;
  deep_down([&] {
    const Master master(profile, seed + 1);
    ASSERT_TRUE(ends->receiver->add_key(profile, master.key(), master.salt(), mki1));
    ASSERT_TRUE(ends->sender->rekey(profile, master.key(), master.salt(), mki1));
    pass_packets(*ends, 2);
    ASSERT_TRUE(ends->receiver->erase_key(mki0));
  });
  EXPECT_EQ(without_salts(found()), without_salts(session(" 1"))) << where;
  deep_down([&] {
    ends->sender.reset();
    ends->receiver.reset();
  });
  EXPECT_EQ(without_salts(found()), Names{}) << where;
}

TEST(Erasure, srtp_keeps_its_session_keys_until_they_are_replaced_and_then_nothing) {
  srtp_keeps_its_keys(SrtpProfile::aes_cm_128_hmac_sha1_80, 1010);
  srtp_keeps_its_keys(SrtpProfile::aes_cm_256_hmac_sha1_32, 1020);
  srtp_keeps_its_keys(SrtpProfile::aead_aes_128_gcm, 1030);
  srtp_keeps_its_keys(SrtpProfile::aead_aes_256_gcm, 1040);
}

TEST(Erasure, srtp_session_keys_are_wiped_with_their_object) {
  constexpr auto profile = SrtpProfile::aes_cm_128_hmac_sha1_80;
  const auto needles = learn([&](Notes& n) { tell_master(n, "", profile, 1050); });
  const auto keys = std::make_unique<std::optional<SrtpSessionKeys>>();
  deep_down([&] {
    const Master master(profile, 1050);
    keys->emplace(*srtp_session_keys(profile, master.key(), master.salt()));
  });
  std::string where;
  Names all = session("");
  all.insert({"rtp MAC key", "rtcp MAC key"});
  EXPECT_EQ(found_in_memory(needles, &where), all) << where;
  deep_down([&] { keys->reset(); });
  where.clear();
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

TEST(Erasure, a_master_is_gone_once_a_sender_was_made_of_it) {
  const auto drawn = [] {
    TapeEntropy tape(1060);
    return SrtpMaster{SrtpMasterKey::made_by([&](MutableBytes out) { (void)tape.fill(out); }),
                      SrtpMasterSalt::made_by([&](MutableBytes out) { (void)tape.fill(out); })};
  };
  const auto needles = learn([&](Notes& n) {
    const SrtpMaster master = drawn();
    n.add("key", master.key.expose());
    n.add("salt", master.salt.expose());
  });
  const auto master = std::make_unique<std::optional<SrtpMaster>>();
  const auto sender = std::make_unique<std::optional<SrtpSender>>();
  std::string where;
  deep_down([&] { master->emplace(drawn()); });
  EXPECT_EQ(found_in_memory(needles), (Names{"key", "salt"}));
  deep_down([&] { sender->emplace(*SrtpSender::create(std::move(**master))); });
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

TEST(Erasure, of_the_secret_of_a_whatsapp_call_nothing_stays) {
  const std::array<std::uint8_t, 3> ours{1, 2, 3}, theirs{4, 5, 6};
  const auto drawn = [] {
    TapeEntropy tape(1070);
    return *draw_whatsapp_secret(tape);
  };
  const auto needles = learn([&](Notes& n) {
    const auto secret = drawn();
    n.add("secret", secret.expose());
    n.add("our master", call::whatsapp_schedule(secret, ours).expose().first(30));
    n.add("their master", call::whatsapp_schedule(secret, theirs).expose().first(30));
  });
  const auto media = std::make_unique<std::optional<CallMedia>>();
  deep_down([&] { media->emplace(*start_whatsapp_media(drawn(), {ours, theirs})); });
  std::string where;
  EXPECT_EQ(found_in_memory(needles, &where), Names{}) << where;
}

}  // namespace
}  // namespace sotto
