// SPDX-License-Identifier: MIT OR Apache-2.0
/// How sealing and opening are timed, for every library alike: the sizes, RTP packets in place, and
/// the allocations counted after the clock has stopped.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sotto/sframe.hpp>
#include <sotto/srtp.hpp>

#include "alloc/heap.hpp"
#include "measure.hpp"
#include "raw_cipher.hpp"

namespace sotto::bench {

using Buffer = std::vector<std::uint8_t>;
using benchmark::State;

inline constexpr std::size_t rtp_header_bytes = 12;
/// Payloads: a voice packet, a packet of video, a frame.
inline constexpr std::array<std::size_t, 3> payload_sizes{160, 1200, 16'384};

/// What a profile of SRTP is called, and what it cannot do without.
struct PacketProfile {
  const char* name;
  SrtpProfile id;
  RawCipher::Kind raw;
};
inline constexpr std::array<PacketProfile, 6> packet_profiles{{
    {"AEAD_AES_128_GCM", SrtpProfile::aead_aes_128_gcm, RawCipher::Kind::gcm},
    {"AEAD_AES_256_GCM", SrtpProfile::aead_aes_256_gcm, RawCipher::Kind::gcm},
    {"AES_CM_128_HMAC_SHA1_80", SrtpProfile::aes_cm_128_hmac_sha1_80, RawCipher::Kind::ctr_sha1},
    {"AES_CM_128_HMAC_SHA1_32", SrtpProfile::aes_cm_128_hmac_sha1_32, RawCipher::Kind::ctr_sha1},
    {"AES_CM_256_HMAC_SHA1_80", SrtpProfile::aes_cm_256_hmac_sha1_80, RawCipher::Kind::ctr_sha1},
    {"AES_CM_256_HMAC_SHA1_32", SrtpProfile::aes_cm_256_hmac_sha1_32, RawCipher::Kind::ctr_sha1},
}};

/// A suite, what it cannot do without, and the size of its cipher's key.
struct FrameSuite {
  const char* name;
  SframeSuite id;
  RawCipher::Kind raw;
  std::size_t key_bytes;
};
inline constexpr std::array<FrameSuite, 9> frame_suites{{
    {"AES_128_CTR_HMAC_SHA256_80", SframeSuite::aes_128_ctr_hmac_sha256_80,
     RawCipher::Kind::ctr_sha256, 16},
    {"AES_128_CTR_HMAC_SHA256_64", SframeSuite::aes_128_ctr_hmac_sha256_64,
     RawCipher::Kind::ctr_sha256, 16},
    {"AES_128_CTR_HMAC_SHA256_32", SframeSuite::aes_128_ctr_hmac_sha256_32,
     RawCipher::Kind::ctr_sha256, 16},
    {"AES_128_GCM_SHA256_128", SframeSuite::aes_128_gcm_sha256_128, RawCipher::Kind::gcm, 16},
    {"AES_256_GCM_SHA512_128", SframeSuite::aes_256_gcm_sha512_128, RawCipher::Kind::gcm, 32},
    {"AES_256_CTR_HMAC_SHA512_80", SframeSuite::aes_256_ctr_hmac_sha512_80,
     RawCipher::Kind::ctr_sha512, 32},
    {"AES_256_CTR_HMAC_SHA512_64", SframeSuite::aes_256_ctr_hmac_sha512_64,
     RawCipher::Kind::ctr_sha512, 32},
    {"AES_256_CTR_HMAC_SHA512_32", SframeSuite::aes_256_ctr_hmac_sha512_32,
     RawCipher::Kind::ctr_sha512, 32},
    {"AES_256_CTR_HMAC_SHA512_256", SframeSuite::sotto_aes_256_ctr_hmac_sha512_256,
     RawCipher::Kind::ctr_sha512, 32},
}};

/// RTP packets of one stream, made in one buffer with room behind them for what sealing adds.
class Stream {
 public:
  explicit Stream(std::size_t payload) : size_(rtp_header_bytes + payload) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Make `buffer` the next packet; a payload that is there stays, whatever it is.
  void next(Buffer& buffer) {
    buffer.resize(size_ + room, 0x5a);
    buffer[0] = 0x80;
    buffer[1] = 111;
    buffer[2] = static_cast<std::uint8_t>(sequence_ >> 8);
    buffer[3] = static_cast<std::uint8_t>(sequence_);
    ++sequence_;
  }

 private:
  static constexpr std::size_t room = 256;
  std::size_t size_;
  std::uint16_t sequence_ = 0;
};

/// Allocations of one call of `run(i)`, on an average of `batch`.
template <class Run>
void count_heap(State& state, int batch, Run&& run) {
  const testing::HeapWatch watch;
  for (int i = 0; i < batch; ++i) run(i);
  state.counters["heap"] = static_cast<double>(watch.count()) / batch;
}

/// So many inputs are made at once: a mebibyte, or 256.
inline int batch_of(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(256, (std::size_t{1} << 20) / size));
}

/// Time `seal()`, which answers whether it did.
template <class Seal>
void sealing(State& state, Seal&& seal) {
  for ([[maybe_unused]] auto _ : state) {
    must(seal(), "seal");
    benchmark::ClobberMemory();
  }
  count_heap(state, 64, [&](int) { must(seal(), "seal"); });
}

/// Time `open(sealed)` of what `seal(buffer)` leaves in each buffer.
template <class Seal, class Open>
void opening(State& state, std::size_t size, Seal&& seal, Open&& open) {
  const int batch = batch_of(size);
  std::vector<Buffer> sealed(static_cast<std::size_t>(batch));
  const auto prepare = [&] {
    for (Buffer& buffer : sealed) seal(buffer);
  };
  const auto run = [&](int i) {
    must(open(sealed[static_cast<std::size_t>(i)]), "open");
    benchmark::ClobberMemory();
  };
  in_batches(state, batch, prepare, run);
  prepare();
  count_heap(state, batch, run);
}

/// Register `operation`/`name`/size for every size.
template <class Run>
void register_sizes(const std::string& operation, const char* name, bool timed_in_batches,
                    const Run& run) {
  for (const std::size_t size : payload_sizes) {
    auto* const made =
        benchmark::RegisterBenchmark((operation + "/" + name + "/" + std::to_string(size)).c_str(),
                                     [run, size](State& state) { run(state, size); });
    if (timed_in_batches) batched(made);
  }
}

}  // namespace sotto::bench
