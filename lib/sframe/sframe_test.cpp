// SPDX-License-Identifier: MIT OR Apache-2.0
#include <limits>

#include "sframe/test_frames.hpp"

namespace sotto::sframe {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

// [RFC9605-4.4.1-1] [RFC9605-4.4.2-1] [RFC9605-4.4.3-1]
TEST(Sframe, EverySuiteOpensWhatItSealed) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    for (const char* text : {"", "a", "a frame of more than one block of the cipher"}) {
      const Buffer frame = ends.seal(text, "metadata");
      EXPECT_EQ(frame.size(), parse_sframe_header(frame)->size_bytes + std::strlen(text) +
                                  sframe_sizes(suite).tag);
      EXPECT_EQ(ends.open(frame, "metadata"), bytes_of(text));
    }
  }
}

// [RFC9605-4.4.3-1] [RFC9605-4.5.1-1]
TEST(Sframe, EveryBitCounts) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    static_cast<void>(ends.seal());
    const Buffer frame = ends.seal("text", "metadata");
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
      Buffer altered = frame;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_FALSE(ends.open(altered, "metadata")) << bit;
    }
    const std::size_t least = parse_sframe_header(frame)->size_bytes + sframe_sizes(suite).tag;
    for (std::size_t size = 0; size < frame.size(); ++size)
      EXPECT_EQ(error_of(ends.open(Bytes(frame).first(size), "metadata")),
                size < least ? Error::malformed : Error::authentication_failed)
          << size;
    EXPECT_EQ(error_of(ends.open(frame, "metadatb")), Error::authentication_failed);
    EXPECT_EQ(error_of(ends.open(frame)), Error::authentication_failed);
    EXPECT_EQ(ends.open(frame, "metadata"), bytes_of("text")) << "no forgery used it up";
  }
}

TEST(Sframe, InPlaceOnBothSides) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    const Buffer text = bytes_of("in place");
    Buffer room(ends.sender.sealed_size(text.size()));
    const std::size_t head = ends.sender.header_size();
    std::ranges::copy(text, room.begin() + static_cast<std::ptrdiff_t>(head));
    ASSERT_TRUE(ends.sender.seal(room, {}, MutableBytes(room).subspan(head, text.size())));
    const auto opened = ends.receiver.open(MutableBytes(room).subspan(head), {}, room, noon);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(*opened, text));
  }
}

TEST(Sframe, BuffersOfTheWrongSizeOrPlace) {
  Ends ends;
  const Buffer text = bytes_of("text");
  const std::size_t size = ends.sender.sealed_size(text.size());
  Buffer out(size + 8);
  const std::uint64_t before = ends.sender.next_counter();
  EXPECT_EQ(error_of(ends.sender.seal(MutableBytes(out).first(size - 1), {}, text)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(ends.sender.seal(out, {}, Bytes(out).subspan(1, 4))), Error::buffers_overlap);
  EXPECT_EQ(error_of(ends.sender.seal(out, Bytes(out).first(4), text)), Error::buffers_overlap);
  EXPECT_EQ(error_of(ends.sender.seal(out, Buffer(sframe_max_metadata_bytes + 1), text)),
            Error::malformed);
  EXPECT_EQ(ends.sender.next_counter(), before) << "nothing was spent";
  EXPECT_TRUE(ends.sender.seal(MutableBytes(out).first(size), Buffer(1024), text));
  EXPECT_EQ(ends.sender.next_counter(), before + 1);

  Buffer frame(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  Buffer small(3);
  EXPECT_EQ(error_of(ends.receiver.open(small, Buffer(1024), frame, noon)),
            Error::buffer_too_small);
  EXPECT_EQ(error_of(ends.receiver.open(MutableBytes(frame).first(4), {}, frame, noon)),
            Error::buffers_overlap);
  EXPECT_EQ(error_of(ends.receiver.open(out, Buffer(1025), frame, noon)), Error::malformed);
  Buffer exact(4);
  EXPECT_TRUE(ends.receiver.open(exact, Buffer(1024), frame, noon));
}

// [RFC9605-9.1-1]
TEST(Sframe, TheLastCounterIsTheLast) {
  auto sender =
      SframeSender::create(SframeSuite::aes_128_gcm_sha256_128, SframeKid{7}, base_key(), most - 1);
  ASSERT_TRUE(sender);
  Buffer out(64);
  for (const std::uint64_t counter : {most - 1, most}) {
    const auto frame = sender->seal(out, {}, bytes_of("x"));
    ASSERT_TRUE(frame);
    EXPECT_EQ(parse_sframe_header(*frame)->counter, counter);
  }
  EXPECT_EQ(error_of(sender->seal(out, {}, bytes_of("x"))), Error::exhausted);
  ASSERT_TRUE(sender->rekey(SframeKid{8}, base_key(2)));
  EXPECT_EQ(error_of(sender->seal(out, {}, bytes_of("x"))), Error::exhausted) << "of all keys";
}

// [RFC9605-9.1-1]
TEST(Sframe, TheSameKeyAgainGoesOnCounting) {
  Ends ends;
  const Buffer first = ends.seal();
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x100}, base_key()));
  const Buffer again = ends.seal();
  EXPECT_NE(first, again);
  EXPECT_EQ(parse_sframe_header(again)->counter, 1U);
}

// [RFC9605-9.3-1]
TEST(Sframe, TheReplayWindowOnBothSides) {
  Ends ends;
  std::vector<Buffer> frames;
  for (std::size_t i = 0; i <= sframe_replay_window; ++i) frames.push_back(ends.seal());
  ASSERT_TRUE(ends.open(frames.back()));
  EXPECT_EQ(error_of(ends.open(frames.back())), Error::replayed);
  EXPECT_EQ(error_of(ends.open(frames[0])), Error::replayed) << "behind the window";
  EXPECT_TRUE(ends.open(frames[1])) << "the last inside";
  EXPECT_EQ(error_of(ends.open(frames[1])), Error::replayed);
}

// [RFC9605-5.1-1] [RFC9605-5.1-2]
TEST(Sframe, AChainIsFollowedAndKeysPassedOverStillOpen) {
  for (const SframeSuite suite : all_suites) {
    Ends ends(suite);
    const Buffer zeroth = ends.seal("0");
    ASSERT_TRUE(ends.sender.ratchet(ends.chain));
    const Buffer first = ends.seal("1");
    ASSERT_TRUE(ends.sender.ratchet(ends.chain));
    ASSERT_TRUE(ends.sender.ratchet(ends.chain));
    EXPECT_EQ(ends.sender.kid(), SframeKid{0x103});
    const Buffer third = ends.seal("3");
    EXPECT_EQ(ends.open(third), bytes_of("3"));
    EXPECT_EQ(ends.open(first), bytes_of("1")) << "passed over, late";
    EXPECT_EQ(ends.open(zeroth), bytes_of("0"));
    for (const Buffer& frame : {zeroth, first, third})
      EXPECT_EQ(error_of(ends.open(frame)), Error::replayed);
    EXPECT_EQ(ends.receiver.keys(), 4U);
  }
}

TEST(Sframe, AForgedStepMovesNothing) {
  Ends ends;
  const Buffer zeroth = ends.seal("0");
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  Buffer forged = ends.seal("1");
  const Buffer genuine = forged;
  forged.back() ^= 1;
  EXPECT_EQ(error_of(ends.open(forged)), Error::authentication_failed);
  EXPECT_EQ(ends.receiver.keys(), 1U);
  EXPECT_EQ(ends.open(zeroth), bytes_of("0"));
  EXPECT_EQ(ends.open(genuine), bytes_of("1"));
}

TEST(Sframe, TheWorkLimitOnBothSides) {
  SframeLimits limits;
  limits.max_steps = 3;
  for (const unsigned steps : {3U, 4U}) {
    Ends ends(SframeSuite::aes_256_gcm_sha512_128, limits);
    for (unsigned i = 0; i < steps; ++i) ASSERT_TRUE(ends.sender.ratchet(ends.chain));
    const auto opened = ends.open(ends.seal());
    if (steps == 3)
      EXPECT_TRUE(opened);
    else
      EXPECT_EQ(error_of(opened), Error::too_far_ahead);
  }
}

TEST(Sframe, TheLastStepOfAGeneration) {
  Ends ends;
  for (int i = 0; i < 255; ++i) ASSERT_TRUE(ends.sender.ratchet(ends.chain)) << i;
  EXPECT_EQ(error_of(ends.sender.ratchet(ends.chain)), Error::exhausted);
  EXPECT_EQ(error_of(ends.open(ends.seal())), Error::too_far_ahead);
  auto patient = *SframeReceiver::create(SframeSuite::aes_256_gcm_sha512_128, {.max_steps = 255});
  ASSERT_TRUE(patient.add_key(SframeKid{0x100}, base_key(), ends.chain));
  Buffer out(64);
  EXPECT_TRUE(patient.open(out, {}, ends.seal(), noon)) << "255 steps at once";
  EXPECT_EQ(error_of(ends.sender.ratchet({0})), Error::malformed);
  EXPECT_EQ(error_of(ends.sender.ratchet({17})), Error::malformed);
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{1}, base_key(), SframeChain{0})),
            Error::malformed);
}

TEST(Sframe, OldKeysGoByAgeAndByNumber) {
  SframeLimits limits;
  limits.max_keys = 2;
  limits.max_old_age = std::chrono::seconds(10);
  Ends ends(SframeSuite::aes_256_gcm_sha512_128, limits);
  const Buffer late = ends.seal("late"), later = ends.seal("later");
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x200}, base_key(2), ends.chain));
  ends.now += std::chrono::hours(1);
  EXPECT_TRUE(ends.open(ends.seal())) << "not replaced before the new key is used";
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  ASSERT_TRUE(ends.open(ends.seal()));
  ends.now += std::chrono::milliseconds(9'999);
  EXPECT_EQ(ends.open(late), bytes_of("late"));
  ends.now += std::chrono::milliseconds(1);
  EXPECT_EQ(error_of(ends.open(later)), Error::unknown_key);
  ASSERT_TRUE(ends.open(ends.seal()));
  EXPECT_EQ(ends.receiver.keys(), 1U);

  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x300}, base_key(3), ends.chain));
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x400}, base_key(4), ends.chain));
  EXPECT_EQ(ends.receiver.keys(), 2U);
  EXPECT_EQ(error_of(ends.open(ends.seal())), Error::unknown_key) << "0x200 went for room";
}

TEST(Sframe, ALateStepOfAnOldGenerationReplacesNothingNewer) {
  SframeLimits limits;
  limits.max_old_age = std::chrono::seconds(10);
  Ends ends(SframeSuite::aes_256_gcm_sha512_128, limits);
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  const Buffer late = ends.seal("late");
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x200}, base_key(2), ends.chain));
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  // A step that nobody has seen yet, after the next generation's key has come.
  ASSERT_EQ(ends.open(late), bytes_of("late"));
  ASSERT_TRUE(ends.open(ends.seal()));
  EXPECT_EQ(ends.receiver.keys(), 4U);
  ends.now += std::chrono::seconds(10);
  EXPECT_TRUE(ends.open(ends.seal())) << "the newest key has no age";
  EXPECT_EQ(ends.receiver.keys(), 1U);
}

TEST(Sframe, ALateStepIsAsOldAsItsGeneration) {
  SframeLimits limits;
  limits.max_keys = 3;
  Ends ends(SframeSuite::aes_256_gcm_sha512_128, limits);
  const Buffer first = ends.seal("first");
  ASSERT_TRUE(ends.sender.ratchet(ends.chain));
  const Buffer late = ends.seal("late");
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x200}, base_key(2), ends.chain));
  ASSERT_TRUE(ends.receiver.add_key(SframeKid{0x300}, base_key(3), ends.chain));
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x300}, base_key(3)));
  ASSERT_TRUE(ends.open(ends.seal()));
  // There is no room for a fourth: the oldest goes, which is the step before, not a newer key.
  ASSERT_EQ(ends.open(late), bytes_of("late"));
  EXPECT_EQ(ends.receiver.keys(), 3U);
  EXPECT_EQ(error_of(ends.open(first)), Error::unknown_key);
  ASSERT_TRUE(ends.sender.rekey(SframeKid{0x200}, base_key(2)));
  EXPECT_TRUE(ends.open(ends.seal()));
}

// [RFC9605-9.3-2]
TEST(Sframe, AKidIsAddedOnce) {
  Ends ends;
  auto again = base_key();
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, std::move(again))), Error::conflict);
  EXPECT_EQ(again.expose().size(), 32U) << "not consumed";
  ASSERT_TRUE(ends.open(ends.seal()));
  ASSERT_TRUE(ends.receiver.erase_key(SframeKid{0x100}));
  EXPECT_EQ(error_of(ends.receiver.erase_key(SframeKid{0x100})), Error::unknown_key);
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, base_key())), Error::conflict)
      << "its window may not start again";
  EXPECT_EQ(error_of(ends.open(ends.seal())), Error::unknown_key);
  // 64 are remembered one by one; of what is older, all is over.
  const auto use_up = [&](std::uint64_t number) {
    const SframeKid kid{0x200 + number};
    ASSERT_TRUE(ends.receiver.add_key(kid, base_key()));
    ASSERT_TRUE(ends.sender.rekey(kid, base_key()));
    ASSERT_TRUE(ends.open(ends.seal()));
    ASSERT_TRUE(ends.receiver.erase_key(kid));
  };
  for (std::uint64_t i = 0; i < 63; ++i) use_up(i);
  EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{0x100}, base_key())), Error::conflict);
  EXPECT_TRUE(ends.receiver.add_key(SframeKid{0xff}, base_key())) << "was never there";
  ASSERT_TRUE(ends.receiver.erase_key(SframeKid{0xff}));
  use_up(63);
  for (const std::uint64_t kid : {0xffU, 0x100U})
    EXPECT_EQ(error_of(ends.receiver.add_key(SframeKid{kid}, base_key())), Error::conflict);
  EXPECT_TRUE(ends.receiver.add_key(SframeKid{0x101}, base_key()));
}

TEST(Sframe, KeysAndSuitesThatAreNone) {
  EXPECT_EQ(error_of(SframeBaseKey::create(Buffer(15, 1))), Error::malformed);
  EXPECT_TRUE(SframeBaseKey::create(Buffer(16, 1)));
  EXPECT_TRUE(SframeBaseKey::create(Buffer(64, 1)));
  EXPECT_EQ(error_of(SframeBaseKey::create(Buffer(65, 1))), Error::malformed);
  constexpr auto suite = SframeSuite::aes_128_gcm_sha256_128;
  EXPECT_EQ(error_of(SframeSender::create(suite, SframeKid{1}, base_key(0))), Error::weak_key);
  EXPECT_EQ(error_of(SframeReceiver::create(suite)->add_key(SframeKid{1}, base_key(0))),
            Error::weak_key);
  auto key = base_key();
  ASSERT_TRUE(SframeSender::create(suite, SframeKid{1}, std::move(key)));
  EXPECT_EQ(error_of(SframeSender::create(suite, SframeKid{1}, std::move(key))), Error::weak_key);
  for (const int number : {0, 9, 0xf000, 0xf002}) {
    const auto none = static_cast<SframeSuite>(number);
    EXPECT_EQ(error_of(SframeSender::create(none, SframeKid{1}, base_key())), Error::malformed);
    EXPECT_EQ(error_of(SframeReceiver::create(none)), Error::malformed);
    EXPECT_EQ(sframe_sizes(none).tag, 0U);
  }
  for (const int keys : {0, 17}) {
    const SframeLimits limits{.max_keys = static_cast<std::uint8_t>(keys)};
    EXPECT_EQ(error_of(SframeReceiver::create(suite, limits)), Error::malformed);
  }
  for (const int bits : {0, 1, 64, 65}) {
    const SframeLimits limits{.kid_bits = static_cast<std::uint8_t>(bits)};
    EXPECT_EQ(SframeReceiver::create(suite, limits).has_value(), bits == 1 || bits == 64);
  }
}

// [RFC9605-5.1-2]
TEST(SframeKids, OfAChainFitOrAreRefused) {
  const auto kid = [](unsigned bits, std::uint64_t generation, std::uint64_t step) {
    return sframe_sender_kid({static_cast<std::uint8_t>(bits)}, generation, step);
  };
  EXPECT_EQ(kid(1, most >> 1, 3), SframeKid{most});
  EXPECT_EQ(kid(16, most >> 16, 0x1'0002), SframeKid{most - 0xffff + 2}) << "step mod 2^R";
  EXPECT_EQ(kid(8, 1, 2), SframeKid{0x102});
  for (const unsigned bits : {0U, 17U, 63U, 64U, 255U})
    EXPECT_EQ(error_of(kid(bits, 0, 0)), Error::invalid_argument) << bits;
  EXPECT_EQ(error_of(kid(1, (most >> 1) + 1, 0)), Error::invalid_argument);
  EXPECT_EQ(error_of(kid(16, (most >> 16) + 1, 0)), Error::invalid_argument);
}

// [RFC9605-5.2-1]
TEST(SframeKids, OfAGroupFitOrAreRefused) {
  const auto refusal = [](unsigned epoch_bits, unsigned index_bits, std::uint64_t context,
                          std::uint64_t index) {
    return error_of(sframe_mls_kid(epoch_bits, index_bits, context, index, most));
  };
  EXPECT_EQ(sframe_mls_kid(4, 6, 2, 1, 0x23), SframeKid{0x813});
  EXPECT_EQ(sframe_mls_kid(63, 1, 0, 1, most), SframeKid{most});
  EXPECT_EQ(sframe_mls_kid(1, 63, 0, most >> 1, 1), SframeKid{most});
  EXPECT_EQ(sframe_mls_kid(1, 0, most >> 1, 0, 0), SframeKid{most - 1});
  EXPECT_EQ(sframe_mls_kid(63, 0, 1, 0, 0), SframeKid{std::uint64_t{1} << 63});
  // On both sides of each bound.
  for (const unsigned bits : {0U, 64U, 65U, ~0U})
    EXPECT_EQ(refusal(bits, 0, 0, 0), Error::invalid_argument) << bits;
  for (const unsigned bits : {61U, 64U, ~0U, ~0U - 3})
    EXPECT_EQ(refusal(4, bits, 0, 0), Error::invalid_argument) << bits;
  EXPECT_EQ(refusal(4, 60, 0, 0), std::nullopt);
  EXPECT_EQ(refusal(4, 6, 0, 63), std::nullopt);
  EXPECT_EQ(refusal(4, 6, 0, 64), Error::invalid_argument) << "another member's KID";
  EXPECT_EQ(refusal(4, 0, 0, 1), Error::invalid_argument);
  EXPECT_EQ(refusal(4, 6, most >> 10, 0), std::nullopt);
  EXPECT_EQ(refusal(4, 6, (most >> 10) + 1, 0), Error::invalid_argument);
  EXPECT_EQ(refusal(4, 60, 1, 0), Error::invalid_argument);
}

// [RFC9605-4.3-1]
TEST(SframeHeader, OnlyTheShortestFormIsRead) {
  const auto error = [](Buffer bytes) { return error_of(parse_sframe_header(bytes)); };
  EXPECT_EQ(parse_sframe_header(Buffer{0x77})->kid, SframeKid{7});
  EXPECT_EQ(error({}), Error::malformed);
  EXPECT_EQ(error({0x80}), Error::malformed) << "cut";
  EXPECT_EQ(error({0x80, 7}), Error::malformed) << "fits the config byte";
  EXPECT_EQ(parse_sframe_header(Buffer{0x80, 8})->kid, SframeKid{8});
  EXPECT_EQ(error({0x90, 0, 255}), Error::malformed) << "a byte would do";
  EXPECT_EQ(parse_sframe_header(Buffer{0x90, 1, 0})->kid, SframeKid{256});
  EXPECT_EQ(error({0x08, 7}), Error::malformed);
  EXPECT_EQ(parse_sframe_header(Buffer{0x08, 8})->counter, 8U);
}

}  // namespace
}  // namespace sotto::sframe
