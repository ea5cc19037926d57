// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP beside one bare AEAD call of the same size.
#include <array>
#include <vector>

#include <sotto/srtp.hpp>

#include "crypto/boring.hpp"
#include "measure.hpp"

namespace sotto::bench {
namespace {

using Buffer = std::vector<std::uint8_t>;
using benchmark::State;

constexpr std::size_t header_bytes = 12;
constexpr int batch = 256;

SrtpMaster master() {
  return {SrtpMasterKey(std::array<std::uint8_t, 32>{1}),
          SrtpMasterSalt(std::array<std::uint8_t, 12>{2})};
}

/// Packets of a stream, numbered one after the other.
class Stream {
 public:
  explicit Stream(std::size_t payload) : packet_(header_bytes + payload, 0x5a) {
    packet_[0] = 0x80;
    packet_[1] = 111;
  }
  const Buffer& next() {
    packet_[2] = static_cast<std::uint8_t>(sequence_ >> 8);
    packet_[3] = static_cast<std::uint8_t>(sequence_);
    ++sequence_;
    return packet_;
  }

 private:
  Buffer packet_;
  std::uint16_t sequence_ = 0;
};

void protect(State& state) {
  auto sender = SrtpSender::create(master());
  Stream stream(static_cast<std::size_t>(state.range(0)));
  Buffer out(stream.next().size() + srtp_overhead_bytes);
  for ([[maybe_unused]] auto _ : state) {
    must(sender->protect(out, stream.next()).has_value(), "protect");
    benchmark::ClobberMemory();
  }
}

void unprotect(State& state) {
  auto sender = SrtpSender::create(master());
  auto receiver = SrtpReceiver::create(master());
  Stream stream(static_cast<std::size_t>(state.range(0)));
  const std::size_t size = stream.next().size();
  std::vector<Buffer> packets(batch, Buffer(size + srtp_overhead_bytes));
  Buffer out(size);
  in_batches(
      state, batch,
      [&] {
        for (Buffer& packet : packets)
          must(sender->protect(packet, stream.next()).has_value(), "protect");
      },
      [&](int i) {
        must(receiver->unprotect(out, packets[static_cast<std::size_t>(i)]).has_value(),
             "unprotect");
        benchmark::ClobberMemory();
      });
}

/// A key set up once, as a call has it.
class Aead {
 public:
  Aead() {
    const std::array<std::uint8_t, 32> key{1};
    must(lib_.aead_init(&context_, lib_.aead_aes_256_gcm(), key.data(), key.size(), 16, nullptr) ==
             1,
         "aead_init");
  }
  ~Aead() { lib_.aead_cleanup(&context_); }

  void seal(Buffer& out, Bytes packet, const std::array<std::uint8_t, 12>& nonce) {
    std::size_t written = 0;
    must(lib_.aead_seal(&context_, out.data(), &written, out.size(), nonce.data(), nonce.size(),
                        packet.data() + header_bytes, packet.size() - header_bytes, packet.data(),
                        header_bytes) == 1,
         "seal");
  }
  void open(Buffer& out, Bytes header, Bytes sealed, const std::array<std::uint8_t, 12>& nonce) {
    std::size_t written = 0;
    must(lib_.aead_open(&context_, out.data(), &written, out.size(), nonce.data(), nonce.size(),
                        sealed.data(), sealed.size(), header.data(), header.size()) == 1,
         "open");
  }

 private:
  const crypto::Boring& lib_ = crypto::boring();
  EVP_AEAD_CTX context_;
};

void protect_floor(State& state) {
  Aead aead;
  const Buffer packet(header_bytes + static_cast<std::size_t>(state.range(0)), 0x5a);
  Buffer out(packet.size() - header_bytes + 16);
  std::array<std::uint8_t, 12> nonce{};
  for ([[maybe_unused]] auto _ : state) {
    ++nonce[0];
    aead.seal(out, packet, nonce);
    benchmark::ClobberMemory();
  }
}

void unprotect_floor(State& state) {
  Aead aead;
  const Buffer packet(header_bytes + static_cast<std::size_t>(state.range(0)), 0x5a);
  const std::array<std::uint8_t, 12> nonce{};
  std::vector<Buffer> sealed(batch, Buffer(packet.size() - header_bytes + 16));
  Buffer out(packet.size() - header_bytes);
  in_batches(
      state, batch,
      [&] {
        for (Buffer& s : sealed) aead.seal(s, packet, nonce);
      },
      [&](int i) {
        aead.open(out, Bytes(packet).first(header_bytes), sealed[static_cast<std::size_t>(i)],
                  nonce);
        benchmark::ClobberMemory();
      });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int size : {160, 1200}) benchmark->Arg(size);
}

BENCHMARK(protect)->Name("srtp_protect")->Apply(sizes);
BENCHMARK(protect_floor)->Name("srtp_protect:floor")->Apply(sizes);
BENCHMARK(unprotect)->Name("srtp_unprotect")->Apply(sizes)->Apply(batched);
BENCHMARK(unprotect_floor)->Name("srtp_unprotect:floor")->Apply(sizes)->Apply(batched);

}  // namespace
}  // namespace sotto::bench
