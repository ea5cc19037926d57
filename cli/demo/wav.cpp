// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/wav.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "demo/failure.hpp"
#include "file.hpp"

namespace sotto::demo {
namespace {

std::uint32_t little(Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

bool is(Bytes bytes, const char* four) {
  return std::memcmp(bytes.data(), four, 4) == 0;
}

struct Format {
  std::uint32_t channels;
  std::uint32_t rate_hz;
};

Format parse_format(Bytes chunk) {
  if (chunk.size() < 16) throw Failure("its format chunk is cut short");
  const std::uint32_t tag = little(chunk.subspan(0, 2));
  const Format format{little(chunk.subspan(2, 2)), little(chunk.subspan(4, 4))};
  const std::uint32_t bits = little(chunk.subspan(14, 2));
  if (tag != 1 || bits != 16) throw Failure("it is not 16-bit PCM");
  if (format.channels < 1 || format.channels > 2) throw Failure("it has not one or two channels");
  if (format.rate_hz < 8'000 || format.rate_hz > 192'000)
    throw Failure("its rate is not between 8 and 192 kHz");
  return format;
}

/// One channel of the data, the mean of both when there are two.
Samples mix(Bytes data, const Format& format) {
  const std::size_t frame = 2 * format.channels;
  Samples mono;
  mono.reserve(data.size() / frame);
  for (; data.size() >= frame; data = data.subspan(frame)) {
    int sum = 0;
    for (std::uint32_t c = 0; c < format.channels; ++c)
      sum += static_cast<std::int16_t>(little(data.subspan(2 * c, 2)));
    mono.push_back(static_cast<std::int16_t>(sum / static_cast<int>(format.channels)));
  }
  return mono;
}

Samples at_48_khz(const Samples& in, std::uint32_t rate_hz) {
  if (rate_hz == sample_rate_hz) return in;
  Samples out(in.size() * sample_rate_hz / rate_hz);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t position = static_cast<std::uint64_t>(i) * rate_hz;
    const std::size_t left = position / sample_rate_hz;
    const auto part = static_cast<std::int64_t>(position % sample_rate_hz);
    const std::int64_t a = in[left];
    const std::int64_t b = in[std::min(left + 1, in.size() - 1)];
    out[i] = static_cast<std::int16_t>(a + (b - a) * part / sample_rate_hz);
  }
  return out;
}

void put(std::vector<std::uint8_t>& file, std::string_view text) {
  file.insert(file.end(), text.begin(), text.end());
}

void put_little(std::vector<std::uint8_t>& file, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

Samples parse_wav(Bytes file) {
  if (file.size() < 12 || !is(file, "RIFF") || !is(file.subspan(8), "WAVE"))
    throw Failure("it is not a WAV file");
  Bytes rest = file.subspan(12);
  std::optional<Format> format;
  while (rest.size() >= 8) {
    const std::size_t size = little(rest.subspan(4, 4));
    const Bytes head = rest.first(4);
    rest = rest.subspan(8);
    if (size > rest.size()) throw Failure("it is cut short");
    const Bytes chunk = rest.first(size);
    rest = rest.subspan(std::min(rest.size(), size + size % 2));
    if (is(head, "fmt ")) format = parse_format(chunk);
    if (!is(head, "data")) continue;
    if (!format) throw Failure("its sound comes before its format");
    const Samples mono = mix(chunk, *format);
    if (mono.size() / format->rate_hz >= longest_s)
      throw Failure("it is longer than " + std::to_string(longest_s) + " seconds");
    Samples sound = at_48_khz(mono, format->rate_hz);
    // One sample at a higher rate is none at ours.
    if (sound.empty()) throw Failure("it holds no sound");
    return sound;
  }
  throw Failure("it holds no sound");
}

std::vector<std::uint8_t> read_file(const std::string& path, std::size_t most) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw Failure(path + ": it is a folder");
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
    throw Failure(path + ": it is no regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw cli::file_fault(path);
  std::vector<std::uint8_t> bytes;
  char piece[65536];
  while (file.read(piece, sizeof piece), file.gcount() > 0) {
    bytes.insert(bytes.end(), piece, piece + file.gcount());
    if (bytes.size() > most)
      throw Failure(path + ": it is larger than " + std::to_string(most) + " bytes");
  }
  if (file.bad()) throw cli::file_fault(path);
  return bytes;
}

Samples read_wav(const std::string& path) {
  // The longest recording at the highest rate, in two channels, with room for other chunks.
  const auto bytes = read_file(path, std::size_t{4} * 192'000 * longest_s + 65'536);
  try {
    return parse_wav(bytes);
  } catch (const Failure& failure) {
    throw Failure(path + ": " + failure.what());
  }
}

void write_wav(const std::string& path, const Samples& samples) {
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  std::vector<std::uint8_t> file;
  file.reserve(44 + data_bytes);
  put(file, "RIFF");
  put_little(file, 36 + data_bytes, 4);
  put(file, "WAVEfmt ");
  put_little(file, 16, 4);
  put_little(file, 1, 2);  // PCM
  put_little(file, 1, 2);  // one channel
  put_little(file, sample_rate_hz, 4);
  put_little(file, sample_rate_hz * 2, 4);
  put_little(file, 2, 2);
  put_little(file, 16, 2);
  put(file, "data");
  put_little(file, data_bytes, 4);
  for (const std::int16_t sample : samples) put_little(file, static_cast<std::uint16_t>(sample), 2);
  cli::write_file(path, file);
}

}  // namespace sotto::demo
