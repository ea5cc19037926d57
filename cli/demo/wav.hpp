// SPDX-License-Identifier: MIT OR Apache-2.0
/// WAV files of 16-bit PCM, and sound as the call uses it: 48 kHz, one channel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::demo {

inline constexpr std::uint32_t sample_rate_hz = 48'000;
using Samples = std::vector<std::int16_t>;

/// The longest recording taken, in seconds.
inline constexpr std::uint32_t longest_s = 600;

/// Sound of a WAV file in memory: one or two channels (mixed to one) of 16-bit PCM at 8 to 192 kHz
/// (brought to 48 kHz by linear interpolation). Throws `Failure` for anything else.
[[nodiscard]] Samples parse_wav(Bytes file);

/// The same of a file; the `Failure` names it.
[[nodiscard]] Samples read_wav(const std::string& path);

/// Writes 48 kHz mono. Throws `Failure`.
void write_wav(const std::string& path, const Samples& samples);

/// A whole file of at most `most` bytes. Throws `Failure` that names it.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::string& path, std::size_t most);

}  // namespace sotto::demo
