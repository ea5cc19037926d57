// SPDX-License-Identifier: MIT OR Apache-2.0
// The demo's own parsers, and what it does with sound.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include <sotto/entropy.hpp>

#include "demo/codec.hpp"
#include "demo/failure.hpp"
#include "demo/flow.hpp"
#include "demo/frames_file.hpp"
#include "demo/net.hpp"
#include "demo/opus_codec.hpp"
#include "demo/own_call.hpp"
#include "demo/report.hpp"
#include "demo/rtp.hpp"
#include "demo/text_file.hpp"
#include "demo/video.hpp"
#include "demo/wav.hpp"

namespace sotto::demo {
namespace {

Blob bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

/// A WAV file in memory.
Blob wav(std::uint16_t tag, std::uint16_t channels, std::uint32_t rate, std::uint16_t bits,
         const Samples& samples) {
  Blob out = bytes_of("RIFF");
  const auto put_little = [&](std::uint32_t value, int n) {
    for (int i = 0; i < n; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  put_little(static_cast<std::uint32_t>(36 + samples.size() * 2), 4);
  put(out, bytes_of("WAVEfmt "));
  put_little(16, 4);
  put_little(tag, 2);
  put_little(channels, 2);
  put_little(rate, 4);
  put_little(rate * 2 * channels, 4);
  put_little(2U * channels, 2);
  put_little(bits, 2);
  put(out, bytes_of("data"));
  put_little(static_cast<std::uint32_t>(samples.size() * 2), 4);
  for (const auto sample : samples) put_little(static_cast<std::uint16_t>(sample), 2);
  return out;
}

std::string why_not(const Blob& file) {
  try {
    static_cast<void>(parse_wav(file));
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(Wav, one_channel_at_48_khz_is_taken_as_it_is) {
  const Samples samples{1, -2, 32767, -32768};
  EXPECT_EQ(parse_wav(wav(1, 1, 48'000, 16, samples)), samples);
}

TEST(Wav, two_channels_are_mixed_and_other_rates_brought_to_48_khz) {
  EXPECT_EQ(parse_wav(wav(1, 2, 48'000, 16, {10, 20, -30, -50})), (Samples{15, -40}));
  const Samples slow = parse_wav(wav(1, 1, 24'000, 16, {0, 100, 200}));
  EXPECT_EQ(slow, (Samples{0, 50, 100, 150, 200, 200}));
  EXPECT_EQ(parse_wav(wav(1, 1, 44'100, 16, Samples(44'100))).size(), 48'000U);
}

TEST(Wav, each_way_to_be_no_recording_has_its_own_reason) {
  EXPECT_EQ(why_not({}), "it is not a WAV file");
  EXPECT_EQ(why_not(bytes_of("RIFF....WAVE")), "it holds no sound");
  EXPECT_EQ(why_not(wav(3, 1, 48'000, 16, {1})), "it is not 16-bit PCM");
  EXPECT_EQ(why_not(wav(1, 1, 48'000, 24, {1})), "it is not 16-bit PCM");
  EXPECT_EQ(why_not(wav(1, 3, 48'000, 16, {1})), "it has not one or two channels");
  EXPECT_EQ(why_not(wav(1, 0, 48'000, 16, {1})), "it has not one or two channels");
  EXPECT_EQ(why_not(wav(1, 1, 7'999, 16, {1})), "its rate is not between 8 and 192 kHz");
  EXPECT_EQ(why_not(wav(1, 1, 192'001, 16, {1})), "its rate is not between 8 and 192 kHz");
  EXPECT_EQ(why_not(wav(1, 1, 48'000, 16, {})), "it holds no sound");
  EXPECT_EQ(why_not(wav(1, 1, 8'000, 16, Samples(8'000 * longest_s))),
            "it is longer than 600 seconds");
}

TEST(Wav, every_cut_is_refused) {
  const Blob whole = wav(1, 1, 48'000, 16, {1, 2, 3});
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_NE(why_not(Blob(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))), "")
        << n;
}

TEST(Wav, written_files_read_back) {
  const auto path =
      std::filesystem::temp_directory_path() / ("sotto-wav-" + std::to_string(::getpid()) + ".wav");
  const Samples samples{5, -6, 7};
  write_wav(path, samples);
  EXPECT_EQ(read_wav(path), samples);
  std::filesystem::remove(path);
  EXPECT_THROW(static_cast<void>(read_wav(path)), Failure);
  EXPECT_THROW(static_cast<void>(read_wav("/")), Failure);
}

TEST(Codec, letters_come_back_and_no_cut_of_their_front_does) {
  for (const MessageKind kind : {MessageKind::signal, MessageKind::prekey}) {
    const Blob bytes = encode(Letter{0x01020304, kind, bytes_of("m")});
    const auto letter = decode_letter(bytes);
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->number, 0x01020304U);
    EXPECT_EQ(letter->kind, kind);
    EXPECT_EQ(letter->message, bytes_of("m"));
    for (std::size_t n = 0; n < 5; ++n) EXPECT_FALSE(decode_letter(Bytes(bytes).first(n))) << n;
  }
  Blob other = encode(Letter{1, MessageKind::signal, {}});
  for (const int kind : {0, 1, 4, 255}) {
    other[4] = static_cast<std::uint8_t>(kind);
    EXPECT_FALSE(decode_letter(other)) << kind;
  }
}

TEST(Video, a_second_is_99_packets_each_checked_byte_for_byte) {
  VideoSource source(7);
  std::uint32_t packets = 0;
  for (std::uint32_t n = 0; n < video_frames_after(50); ++n)
    for (Blob& packet : source.next_frame()) {
      ++packets;
      EXPECT_LE(packet.size(), video_packet_bytes);
      EXPECT_TRUE(is_video_of(7, packet));
      EXPECT_FALSE(is_video_of(8, packet));
      packet[packet.size() - 1] ^= 1;
      EXPECT_FALSE(is_video_of(7, packet));
    }
  EXPECT_EQ(packets, 12U + 29 * 3);
  EXPECT_EQ(source.packets(), packets);
  EXPECT_FALSE(is_video_of(7, Blob(11)));
  EXPECT_FALSE(is_video_of(7, Blob(19)));
}

TEST(OwnCall, a_code_is_shown_in_all_forms_and_its_number_tells_codes_apart) {
  std::array<std::uint8_t, 32> bytes{};
  const CallCode one = call_code_of(bytes);
  bytes[14] = 1;  // the last word alone
  const CallCode other = call_code_of(bytes);
  EXPECT_EQ(one.digits, other.digits);
  EXPECT_NE(code_number(one), code_number(other));
  EXPECT_EQ(shown_code(one).substr(0, 6), "000000");
}

TEST(Codec, contents_have_a_known_kind_and_its_size) {
  const auto text = decode_content(encode(Content{Kind::text, bytes_of("hi")}));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->body, bytes_of("hi"));
  EXPECT_FALSE(decode_content({}));
  EXPECT_FALSE(decode_content(bytes_of("x")));
  const std::pair<Kind, std::size_t> sizes[] = {{Kind::offer, call_offer_bytes},
                                                {Kind::answer, call_answer_bytes},
                                                {Kind::reveal, call_reveal_bytes},
                                                {Kind::rekey, call_rekey_bytes},
                                                {Kind::media_end, 8}};
  for (const auto& [kind, size] : sizes) {
    EXPECT_FALSE(decode_content(encode(Content{kind, Blob(size - 1)})));
    EXPECT_TRUE(decode_content(encode(Content{kind, Blob(size)})));
    EXPECT_FALSE(decode_content(encode(Content{kind, Blob(size + 1)})));
  }
  EXPECT_EQ(checksum({}), "cbf29ce484222325");
}

TEST(Frames, come_out_whole_however_they_arrive) {
  Blob stream;
  put_u32(stream, 4);
  put(stream, bytes_of("Mabc"));
  put_u32(stream, 1);
  put(stream, bytes_of("G"));
  Blob buffer;
  std::vector<Framed> got;
  for (const std::uint8_t byte : stream) {
    buffer.push_back(byte);
    while (auto frame = take_frame(buffer)) got.push_back(*std::move(frame));
  }
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].body, bytes_of("abc"));
  EXPECT_EQ(got[1].type, Frame::fetch);
  EXPECT_TRUE(buffer.empty());
}

TEST(Frames, of_no_proper_size_or_type_end_the_line) {
  for (const std::uint32_t size :
       {0U, static_cast<std::uint32_t>(FrameStream::largest_bytes) + 1}) {
    Blob buffer;
    put_u32(buffer, size);
    EXPECT_THROW(static_cast<void>(take_frame(buffer)), Failure);
  }
  Blob buffer;
  put_u32(buffer, 1);
  buffer.push_back('?');
  EXPECT_THROW(static_cast<void>(take_frame(buffer)), Failure);
}

TEST(FramesFile, comes_back_and_no_cut_does) {
  Blob bytes;
  put_u32(bytes, 2);
  put(bytes, bytes_of("ab"));
  EXPECT_EQ(parse_frames(bytes), std::vector<Blob>{bytes_of("ab")});
  for (std::size_t n = 1; n < bytes.size(); ++n)
    EXPECT_THROW(static_cast<void>(parse_frames(Bytes(bytes).first(n))), Failure);
}

TEST(Text, lines_within_the_limits) {
  EXPECT_EQ(split_lines(bytes_of("a\r\n\nb")), (std::vector<Blob>{bytes_of("a"), bytes_of("b")}));
  EXPECT_THROW(static_cast<void>(split_lines({})), Failure);
  EXPECT_THROW(static_cast<void>(split_lines(bytes_of("\n\r\n"))), Failure);
  EXPECT_EQ(split_lines(Blob(longest_line_bytes, 'x')).size(), 1U);
  EXPECT_THROW(static_cast<void>(split_lines(Blob(longest_line_bytes + 1, 'x'))), Failure);
  std::string many;
  for (std::size_t i = 0; i < most_lines; ++i) many += "x\n";
  EXPECT_EQ(split_lines(bytes_of(many)).size(), most_lines);
  EXPECT_THROW(static_cast<void>(split_lines(bytes_of(many + "x\n"))), Failure);
}

TEST(Report, takes_whole_lines_only) {
  std::string buffer = "one\ntw";
  EXPECT_EQ(take_line(buffer), "one");
  EXPECT_EQ(take_line(buffer), std::nullopt);
  EXPECT_EQ(buffer, "tw");
}

/// What a jitter buffer plays when packets come in this order: a digit for each frame, '-' for
/// lost.
std::string played(const std::vector<std::uint32_t>& order, std::uint32_t total) {
  std::string out;
  JitterBuffer jitter([&](std::uint32_t number, Bytes frame) {
    EXPECT_EQ(number, out.size());
    out += frame.empty() ? '-' : static_cast<char>(frame[0]);
  });
  for (const std::uint32_t number : order) {
    const auto digit = static_cast<std::uint8_t>('0' + number % 10);
    static_cast<void>(jitter.put(static_cast<std::uint16_t>(number), Bytes(&digit, 1)));
  }
  jitter.finish(total);
  return out;
}

TEST(Jitter, puts_in_order_drops_twice_and_waits_no_longer_than_its_depth) {
  EXPECT_EQ(played({0, 1, 2}, 3), "012");
  EXPECT_EQ(played({2, 0, 1, 1}, 3), "012");
  EXPECT_EQ(played({0, 2}, 4), "0-2-");
  EXPECT_EQ(played({1, 2, 3, 4, 5, 6, 7, 0}, 8), "01234567");
  EXPECT_EQ(played({1, 2, 3, 4, 5, 6, 7, 8, 0}, 9), "-12345678");  // Frame 0 came too late.
}

TEST(Jitter, goes_on_across_the_wrap_of_sequence_numbers) {
  std::vector<std::uint32_t> order;
  std::string expected;
  for (std::uint32_t i = 0; i < 66'000; ++i) {
    order.push_back(i);
    expected += static_cast<char>('0' + i % 10);
  }
  EXPECT_EQ(played(order, 66'000), expected);
}

TEST(Flow, no_more_than_a_window_is_on_the_way) {
  std::vector<Blob> sent;
  SendQueue queue([&](Bytes datagram) { sent.emplace_back(datagram.begin(), datagram.end()); });
  for (std::uint8_t i = 0; i < 40; ++i) {
    EXPECT_EQ(queue.ready(), i < SendQueue::window);
    queue.put(Blob{i});
  }
  EXPECT_EQ(sent.size(), SendQueue::window);
  EXPECT_TRUE(queue.full());
  queue.taken(SendQueue::window + 1);  // More than was sent.
  EXPECT_EQ(sent.size(), SendQueue::window);
  queue.taken(10);
  queue.taken(3);  // Came late, and says less than what is known.
  EXPECT_EQ(sent.size(), SendQueue::window + 10);
  queue.taken(26);
  EXPECT_EQ(sent.size(), 40U);
  EXPECT_FALSE(queue.full());
  EXPECT_TRUE(queue.ready());
  for (std::uint8_t i = 0; i < 40; ++i) EXPECT_EQ(sent[i], Blob{i});
}

TEST(Flow, datagrams_are_told_apart) {
  EXPECT_EQ(read_taken(write_taken(0x01020304)), 0x01020304U);
  EXPECT_FALSE(read_taken(Blob{datagram_taken, 0, 0, 0}));
  EXPECT_FALSE(read_taken(Blob{datagram_end, 0, 0, 0, 0}));
  EXPECT_EQ(read_role(Blob{datagram_end, 1}, datagram_end), 1);
  EXPECT_FALSE(read_role(Blob{datagram_here, 1}, datagram_end));
  EXPECT_FALSE(read_role(Blob{datagram_here}, datagram_here));
  EXPECT_TRUE(is_media(rtp_packet(1, 2, {})));
  for (const Blob& other : {Blob{}, write_taken(0x80808080), Blob{datagram_end, 1}})
    EXPECT_FALSE(is_media(other));
}

TEST(Opus, what_is_lost_is_concealed_and_takes_its_time) {
  Samples tone(4 * frame_samples - 10);
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<std::int16_t>(8'000 * std::sin(static_cast<double>(i) * 0.05));
  const auto frames = encode_speech(tone);
  ASSERT_EQ(frames.size(), 4U);
  SpeechDecoder decoder;
  for (std::size_t i = 0; i < frames.size(); ++i) decoder.hear(i == 2 ? Bytes{} : Bytes(frames[i]));
  EXPECT_EQ(decoder.heard().size(), 4 * frame_samples);
  SpeechDecoder whole;
  for (const Blob& frame : frames) whole.hear(frame);
  EXPECT_NE(decoder.heard(), whole.heard());
}

}  // namespace
}  // namespace sotto::demo
