// SPDX-License-Identifier: MIT OR Apache-2.0
/// What RingRTC's frames and hop and WhatsApp's keys do when there is no memory.
#include <vector>

#include <gtest/gtest.h>

#include <sotto/ringrtc.hpp>
#include <sotto/ringrtc_hop.hpp>
#include <sotto/whatsapp.hpp>

#include "alloc/heap.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto {
namespace {

using testing::HeapWatch;
using Buffer = std::vector<std::uint8_t>;

RingrtcSecret secret(std::uint8_t fill) {
  return RingrtcSecret(std::span<const std::uint8_t, 32>(Buffer(32, fill)));
}

/// Runs `attempt` with every allocation failing in turn until it succeeds; after each failure
/// `unchanged` must hold. Returns how many allocations there were.
std::size_t short_of_memory(auto&& attempt, auto&& unchanged) {
  for (std::size_t fail_at = 0; fail_at < 100; ++fail_at) {
    std::optional<Error> error;
    {
      const HeapWatch watch(fail_at);
      const auto result = attempt();
      if (!result) error = result.error();
    }
    if (!error) return fail_at;
    EXPECT_EQ(*error, Error::out_of_memory) << fail_at;
    unchanged();
  }
  ADD_FAILURE() << "never succeeds";
  return 0;
}

struct Ends {
  Ends()
      : sender(*RingrtcSender::create(secret(1))), receiver(*RingrtcReceiver::create()), out(64) {
    EXPECT_TRUE(receiver.add_secret(0, secret(1)));
  }
  Buffer seal() {
    Buffer frame(5 + ringrtc_footer_bytes);
    EXPECT_TRUE(sender.seal(frame, Buffer(5, 'x')));
    return frame;
  }
  RingrtcSender sender;
  RingrtcReceiver receiver;
  Buffer out;
};

TEST(OutOfMemory, a_sender_keeps_its_step_and_secret) {
  Ends ends;
  const auto unchanged = [&] {
    EXPECT_EQ(ends.sender.step(), 0U);
    EXPECT_TRUE(std::ranges::equal(ends.sender.secret().expose(), Buffer(32, 1)));
    EXPECT_TRUE(ends.receiver.open(ends.out, ends.seal(), {}));
  };
  EXPECT_GE(short_of_memory([&] { return ends.sender.ratchet(); }, unchanged), 3U);
  EXPECT_EQ(ends.sender.step(), 1U);
  Ends others;
  auto next = secret(2);
  EXPECT_GE(short_of_memory([&] { return others.sender.rekey(std::move(next)); },
                            [&] {
                              EXPECT_EQ(next.expose()[0], 2) << "not consumed";
                              EXPECT_TRUE(others.receiver.open(others.out, others.seal(), {}));
                            }),
            3U);
}

TEST(OutOfMemory, a_frame_of_a_later_step_moves_nothing) {
  Ends ends;
  std::vector<Buffer> late;
  for (int step = 0; step < 4; ++step) {
    for (int i = 0; i < 100; ++i) late.push_back(ends.seal());
    ASSERT_TRUE(ends.sender.ratchet());
  }
  const Buffer ahead = ends.seal();
  std::size_t next = 0;
  const Buffer before = ends.out;
  const std::size_t points =
      short_of_memory([&] { return ends.receiver.open(ends.out, ahead, {}); },
                      [&] {
                        EXPECT_EQ(ends.out, before) << "nothing was written";
                        // Step 0 is the newest still: its keys are at hand, and not replaced.
                        const HeapWatch none(0);
                        EXPECT_TRUE(ends.receiver.open(ends.out, late[next++], {}));
                        std::ranges::copy(before, ends.out.begin());
                      });
  EXPECT_GE(points, 12U) << "four steps, three allocations each";
  for (const std::size_t step : {1U, 2U, 3U})
    EXPECT_TRUE(ends.receiver.open(ends.out, late[step * 100], {})) << step;
}

TEST(OutOfMemory, a_secret_is_kept_until_it_is_held) {
  Ends ends;
  auto next = secret(2);
  const std::size_t points =
      short_of_memory([&] { return ends.receiver.add_secret(0, std::move(next)); },
                      [&] {
                        EXPECT_EQ(next.expose()[0], 2) << "not consumed";
                        EXPECT_EQ(ends.receiver.secrets(), 1U);
                      });
  EXPECT_GE(points, 4U);
  EXPECT_EQ(ends.receiver.secrets(), 2U);
}

TEST(OutOfMemory, ends_of_packets_consume_nothing_unless_both_stand) {
  testing::TapeEntropy tape(3);
  auto ours = *RingrtcHopKeyPair::generate(tape);
  const auto theirs = RingrtcHopKeyPair::generate(tape)->public_key();
  EXPECT_GE(
      short_of_memory(
          [&] { return agree_on_ringrtc_hop(RingrtcHopSide::client, std::move(ours), theirs, {}); },
          [&] { EXPECT_NE(ours.secret_key().expose()[31], 0); }),
      4U);
  auto shared = *draw_whatsapp_secret(tape);
  const Buffer first(shared.expose().begin(), shared.expose().end());
  const Buffer alice(3, 'a'), bob(3, 'b');
  EXPECT_GE(short_of_memory([&] { return start_whatsapp_media(std::move(shared), {alice, bob}); },
                            [&] { EXPECT_TRUE(std::ranges::equal(shared.expose(), first)); }),
            4U);
}

}  // namespace
}  // namespace sotto
