// SPDX-License-Identifier: MIT OR Apache-2.0
// Streams that come and go, under one key and over changes of keys, through the public interface.
#include <array>
#include <optional>

#include "media/ended_streams.hpp"
#include "media/key_history.hpp"
#include "media/test_ends.hpp"

namespace sotto::media {
namespace {

using testing::error_of;
using testing::rtp;

constexpr auto profile = SrtpProfile::aead_aes_128_gcm;
constexpr std::size_t few = 4;
const Packet salt(12, 9);

Packet key(std::uint8_t n) {
  return Packet(16, n);
}

/// Both ends of a direction with room for four streams. Key `n` has the MKI `n`.
struct Line {
  explicit Line(std::size_t most = few)
      : sender(*SrtpSender::create(profile, key(1), salt, {.mki = Packet{1}, .max_streams = most})),
        receiver(*SrtpReceiver::create(profile, key(1), salt,
                                       {.mki = Packet{1}, .max_streams = most})) {}

  Result<Packet> seal(std::uint32_t ssrc, std::uint16_t seq = 1) {
    const Packet plain = rtp({.ssrc = ssrc, .seq = seq});
    Packet out(plain.size() + sender.overhead_bytes());
    const auto sealed = sender.protect(out, plain);
    if (!sealed) return std::unexpected(sealed.error());
    return out;
  }
  Result<Packet> report(std::uint32_t ssrc) {
    Packet plain(28, 0x5a);
    plain[0] = 0x80;
    for (std::size_t i = 0; i < 4; ++i) plain[7 - i] = static_cast<std::uint8_t>(ssrc >> 8 * i);
    Packet out(plain.size() + sender.rtcp_overhead_bytes());
    const auto sealed = sender.protect_rtcp(out, plain);
    if (!sealed) return std::unexpected(sealed.error());
    return out;
  }
  std::optional<Error> open(const Packet& wire) {
    Packet out(wire.size());
    return error_of(receiver.unprotect(out, wire));
  }
  std::optional<Error> open_report(const Packet& wire) {
    Packet out(wire.size());
    return error_of(receiver.unprotect_rtcp(out, wire));
  }
  std::optional<Error> pass(std::uint32_t ssrc, std::uint16_t seq = 1) {
    const auto wire = seal(ssrc, seq);
    return wire ? open(*wire) : wire.error();
  }
  Result<void> rekey(std::uint8_t n, std::uint8_t mki) {
    return sender.rekey(profile, key(n), salt, Packet{mki});
  }
  Result<void> add(std::uint8_t n, std::uint8_t mki) {
    return receiver.add_key(profile, key(n), salt, Packet{mki});
  }
  void change(std::uint8_t n) {
    ASSERT_TRUE(add(n, n));
    ASSERT_TRUE(rekey(n, n));
  }
  void end(std::uint32_t ssrc) {
    ASSERT_TRUE(sender.remove_stream(ssrc));
    ASSERT_TRUE(receiver.remove_stream(ssrc));
  }
  void fill(std::uint32_t from) {
    for (std::uint32_t i = 0; i < few; ++i) ASSERT_EQ(pass(from + i), std::nullopt);
  }

  SrtpSender sender;
  SrtpReceiver receiver;
};

TEST(Streams, AreAsManyAsTheCallerSays) {
  for (const std::size_t most : {1U, 2U, 200U}) {
    Line line(most);
    for (std::uint32_t i = 0; i < most; ++i) ASSERT_EQ(line.pass(i), std::nullopt);
    EXPECT_EQ(error_of(line.seal(9999)), Error::too_many_streams);
    Line other(1);
    EXPECT_EQ(line.open(*other.seal(9999)), Error::too_many_streams);
    for (std::uint32_t i = 0; i < most; ++i) ASSERT_EQ(line.pass(i, 2), std::nullopt);
  }
  for (const std::size_t wrong : {std::size_t{0}, srtp_streams_limit + 1}) {
    EXPECT_EQ(error_of(SrtpSender::create(profile, key(1), salt, {.max_streams = wrong})),
              Error::malformed);
    EXPECT_EQ(error_of(SrtpReceiver::create(profile, key(1), salt, {.max_streams = wrong})),
              Error::malformed);
  }
  EXPECT_TRUE(SrtpSender::create(profile, key(1), salt, {.max_streams = srtp_streams_limit}));
}

// [RFC3711-3.3.1-9]
TEST(Streams, MakeRoomWhenTheyAreEndedAndDoNotComeBackUnderTheSameKey) {
  Line line;
  const Packet old = *line.seal(0, 7);
  ASSERT_EQ(line.open(old), std::nullopt);
  const Packet unheard = *line.seal(0, 8);
  const Packet report = *line.report(0);
  ASSERT_EQ(line.open_report(report), std::nullopt);
  for (std::uint32_t ssrc = 0; ssrc < 300; ++ssrc) {
    ASSERT_EQ(line.pass(ssrc, 9), std::nullopt) << ssrc;
    line.end(ssrc);
  }
  for (const std::uint16_t seq : std::array<std::uint16_t, 4>{1, 7, 10, 40'000})
    EXPECT_EQ(error_of(line.seal(0, seq)), Error::counter_reused);
  EXPECT_EQ(error_of(line.report(0)), Error::counter_reused);
  EXPECT_EQ(error_of(line.sender.set_rollover(0, 5)), Error::counter_reused);
  EXPECT_EQ(line.open(old), Error::replayed);
  EXPECT_EQ(line.open(unheard), Error::replayed);
  EXPECT_EQ(line.open_report(report), Error::replayed);
  EXPECT_EQ(line.sender.rollover(0), std::unexpected(Error::invalid_argument));
  line.end(0);     // again
  line.end(7777);  // never there
  EXPECT_EQ(line.pass(7777), std::nullopt);
}

TEST(Streams, ThatWereEndedMayBeginAgainUnderANewKey) {
  Line line;
  const Packet old = *line.seal(5, 60'000);
  ASSERT_EQ(line.open(old), std::nullopt);
  const Packet held_back = *line.seal(5, 60'001);
  line.end(5);
  line.change(2);
  EXPECT_EQ(line.pass(5, 1), std::nullopt) << "from the beginning";
  EXPECT_EQ(line.sender.rollover(5), 0U);
  // What is under the old key belongs to the stream that was ended.
  EXPECT_EQ(line.open(old), Error::replayed);
  EXPECT_EQ(line.open(held_back), Error::replayed);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  EXPECT_EQ(line.open(old), Error::unknown_key);
  EXPECT_EQ(line.pass(5, 2), std::nullopt);
}

TEST(Streams, RetireWithTheirKey) {
  Line line;
  line.fill(10);
  EXPECT_EQ(error_of(line.seal(99)), Error::too_many_streams);
  line.change(2);
  // The receiver still hears the old key, and so remembers.
  const Packet fresh = *line.seal(99);
  EXPECT_EQ(line.open(fresh), Error::too_many_streams);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  EXPECT_EQ(line.open(fresh), std::nullopt);
  for (std::uint32_t ssrc = 100; ssrc < 103; ++ssrc) EXPECT_EQ(line.pass(ssrc), std::nullopt);
  EXPECT_EQ(error_of(line.seal(200)), Error::too_many_streams) << "all of them are of this key";
}

TEST(Streams, ThatGoOnKeepTheirNumbersOverAChangeOfKeys) {
  Line line;
  line.fill(10);
  line.change(2);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  EXPECT_EQ(line.pass(10, 2), std::nullopt);
  for (std::uint32_t ssrc = 100; ssrc < 103; ++ssrc) EXPECT_EQ(line.pass(ssrc), std::nullopt);
  EXPECT_EQ(error_of(line.seal(10, 2)), Error::counter_reused);
  EXPECT_EQ(line.pass(10, 3), std::nullopt);
}

/// Once streams of a key were forgotten the key must not come back: their numbers would start
/// again.
TEST(Streams, AnEarlierKeyDoesNotComeBackAfterTheyWereForgotten) {
  Line line;
  line.fill(10);
  ASSERT_TRUE(line.rekey(2, 2));
  ASSERT_TRUE(line.rekey(1, 1)) << "nothing was forgotten";
  EXPECT_EQ(error_of(line.seal(99)), Error::too_many_streams) << "it is not new";
  ASSERT_TRUE(line.rekey(2, 2));
  EXPECT_EQ(error_of(line.seal(99)), Error::too_many_streams);
  ASSERT_TRUE(line.rekey(3, 3));
  EXPECT_TRUE(line.seal(99));
  EXPECT_EQ(error_of(line.rekey(1, 1)), Error::counter_reused);
  EXPECT_EQ(error_of(line.rekey(2, 2)), Error::counter_reused);
  EXPECT_EQ(error_of(line.rekey(3, 4)), Error::counter_reused) << "the present one, renamed";
  EXPECT_TRUE(line.seal(99, 2)) << "the old key stays";
  EXPECT_TRUE(line.rekey(4, 4));
}

TEST(Streams, AnEarlierKeyIsNotHeardAgainAfterTheyWereForgotten) {
  Line line;
  const Packet old = *line.seal(5);
  ASSERT_EQ(line.open(old), std::nullopt);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  ASSERT_TRUE(line.add(1, 1)) << "nothing was forgotten";
  EXPECT_EQ(line.open(old), Error::replayed);
  ASSERT_TRUE(line.receiver.remove_stream(5));
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  EXPECT_EQ(error_of(line.add(1, 1)), Error::replayed);
  EXPECT_EQ(error_of(line.add(1, 7)), Error::replayed);
  EXPECT_TRUE(line.add(2, 2));
}

/// One master under two names: what one of them opened the other must not open again.
TEST(Streams, OfAKeyWithTwoNamesAreNotForgotten) {
  Line line;
  const Packet old = *line.seal(5);
  ASSERT_EQ(line.open(old), std::nullopt);
  ASSERT_TRUE(line.add(1, 7));
  Packet renamed = old;
  renamed.back() = 7;
  EXPECT_EQ(line.open(renamed), Error::replayed);
  for (std::uint32_t ssrc = 10; ssrc < 13; ++ssrc) ASSERT_EQ(line.pass(ssrc), std::nullopt);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  // A new stream finds no place, though the name under which the others opened is gone.
  ASSERT_TRUE(line.sender.remove_stream(12));
  Packet other = *line.seal(13);
  other.back() = 7;
  EXPECT_EQ(line.open(other), Error::too_many_streams);
  EXPECT_EQ(line.open(renamed), Error::replayed);
  ASSERT_TRUE(line.receiver.remove_stream(5));
  EXPECT_EQ(line.open(renamed), Error::replayed);
  ASSERT_TRUE(line.add(2, 2));
  ASSERT_TRUE(line.receiver.erase_key(Packet{7}));
  EXPECT_EQ(error_of(line.add(1, 7)), Error::replayed);
}

TEST(Streams, SoManyAreEndedUnderOneKey) {
  Line line;
  for (std::uint32_t ssrc = 0; ssrc < srtp_max_ended_streams; ++ssrc) {
    ASSERT_EQ(line.pass(ssrc), std::nullopt);
    line.end(ssrc);
  }
  ASSERT_EQ(line.pass(90'000), std::nullopt);
  EXPECT_EQ(error_of(line.sender.remove_stream(90'000)), Error::exhausted);
  EXPECT_EQ(error_of(line.receiver.remove_stream(90'000)), Error::exhausted);
  EXPECT_EQ(line.pass(90'000, 2), std::nullopt) << "it goes on";
  line.change(2);
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  line.end(90'000);
  EXPECT_EQ(line.pass(0), std::nullopt);
}

TEST(Streams, ThatWereToldOnlyAreNoneToBar) {
  Line line;
  ASSERT_TRUE(line.sender.set_rollover(5, 9));
  ASSERT_TRUE(line.receiver.set_rollover(5, 9));
  line.end(5);
  EXPECT_EQ(line.pass(5), std::nullopt);
  EXPECT_EQ(line.sender.rollover(5), 0U);
  for (std::uint32_t ssrc = 6; ssrc < 9; ++ssrc) {
    ASSERT_TRUE(line.receiver.set_rollover(ssrc, 9));
    ASSERT_TRUE(line.sender.set_rollover(ssrc, 9));
  }
  EXPECT_EQ(error_of(line.sender.set_rollover(9, 9)), Error::too_many_streams);
  EXPECT_EQ(error_of(line.receiver.set_rollover(9, 9)), Error::too_many_streams);
}

TEST(EndedStreams, AreBarredFromTheKeysOfThen) {
  EndedStreams ended;
  ASSERT_TRUE(ended.add(Ssrc{1}, 0b0011));
  ASSERT_TRUE(ended.add(Ssrc{2}, 0b0010));
  ASSERT_TRUE(ended.add(Ssrc{1}, 0b0100));
  EXPECT_EQ(ended.barred(Ssrc{1}), 0b0111);
  EXPECT_EQ(ended.barred(Ssrc{2}), 0b0010);
  EXPECT_EQ(ended.barred(Ssrc{3}), 0);
  EXPECT_FALSE(ended.release(0b1000));
  EXPECT_TRUE(ended.release(0b0010));
  EXPECT_EQ(ended.barred(Ssrc{1}), 0b0101);
  EXPECT_EQ(ended.barred(Ssrc{2}), 0);
}

TEST(KeyHistory, KnowsKeysAgainAndSaysWhenItIsFull) {
  KeyHistory history;
  const auto print = [](std::size_t n) {
    const Packet bytes{static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8)};
    return print_of(bytes, salt);
  };
  for (std::size_t n = 0; n < KeyHistory::most; ++n) {
    ASSERT_FALSE(history.holds(print(n)));
    ASSERT_TRUE(history.add(print(n)));
    ASSERT_TRUE(history.holds(print(n)));
  }
  EXPECT_FALSE(history.add(print(KeyHistory::most)));
  EXPECT_NE(print_of(key(1), salt), print_of(key(2), salt));
  EXPECT_NE(print_of(key(1), salt), print_of(key(1), Packet(12, 8)));
}

/// More keys than are known again: from there on nothing is forgotten.
TEST(Streams, StayOnceThereWereMoreKeysThanAreRemembered) {
  Line line;
  line.fill(10);
  const auto nth = [](std::size_t n) {
    Packet made(16, 3);
    made[0] = static_cast<std::uint8_t>(n);
    made[1] = static_cast<std::uint8_t>(n >> 8);
    return made;
  };
  for (std::size_t n = 0; n < KeyHistory::most; ++n) {
    const Packet mki{static_cast<std::uint8_t>(n % 2 + 2)};
    static_cast<void>(line.receiver.erase_key(mki));
    ASSERT_TRUE(line.receiver.add_key(profile, nth(n), salt, mki));
    ASSERT_TRUE(line.sender.rekey(profile, nth(n), salt, mki));
  }
  ASSERT_TRUE(line.receiver.erase_key(Packet{1}));
  const Packet late = *line.seal(10, 2);
  EXPECT_EQ(error_of(line.seal(99)), Error::too_many_streams);
  ASSERT_EQ(line.open(late), std::nullopt);
  // What is ended now is ended under every key.
  line.end(10);
  EXPECT_EQ(line.open(late), Error::replayed);
  const Packet last{static_cast<std::uint8_t>((KeyHistory::most - 1) % 2 + 2)};
  ASSERT_TRUE(line.receiver.erase_key(last));
  ASSERT_TRUE(line.receiver.add_key(profile, nth(KeyHistory::most - 1), salt, last));
  EXPECT_EQ(line.open(late), Error::replayed);
  EXPECT_EQ(error_of(line.seal(10, 3)), Error::counter_reused);
}

}  // namespace
}  // namespace sotto::media
