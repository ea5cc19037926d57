// SPDX-License-Identifier: MIT OR Apache-2.0
/// Writes the seeds of every target to FOLDER/<target>/seed-<name>: run it when a format changes.
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "agreement.hpp"
#include "conversation.hpp"
#include "crypto/xeddsa.hpp"
#include "demo/codec.hpp"
#include "known_session.hpp"
#include "vectors/runner.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using testing::TapeEntropy;

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(std::string_view target, const std::string& name, Bytes bytes) const {
    const auto place = folder_ / target;
    std::filesystem::create_directories(place);
    std::ofstream out(place / ("seed-" + name), std::ios::binary | std::ios::trunc);
    for (const std::uint8_t byte : bytes) out.put(static_cast<char>(byte));
    if (!out.flush()) throw std::runtime_error("cannot write " + (place / name).string());
  }

 private:
  std::filesystem::path folder_;
};

Buffer with_front(std::initializer_list<std::uint8_t> front, Bytes rest) {
  Buffer all(front);
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

using Kind = prop::Event::Kind;

/// The five bytes of an event, as scripts.hpp reads them.
void put(Buffer& script, Kind kind, unsigned side, unsigned a = 0, unsigned b = 0, unsigned c = 0) {
  for (const unsigned value : {static_cast<unsigned>(kind) << 1 | side, a, b, c >> 8, c & 0xff})
    script.push_back(static_cast<std::uint8_t>(value));
}

void ratchet_scripts(const Corpus& corpus) {
  // Limits as start_of reads them: jump 20, 10 kept and 10 in all, 5 chains; then tight ones.
  const Buffer roomy = {1, 4 * 16 + 3, 3 * 5 + 3, 200};
  const Buffer tight = {2, 1 * 16 + 2, 2 * 5 + 1, 2};
  for (const auto& [name, start] : {std::pair("roomy", roomy), std::pair("tight", tight)}) {
    const std::string prefix = name;
    Buffer talk = start;
    for (unsigned i = 0; i < 6; ++i) {
      put(talk, Kind::send, i % 2, i);
      put(talk, Kind::deliver, 1 - i % 2);
    }
    corpus.add("ratchet_script_fuzzer", prefix + "-ping-pong", talk);

    Buffer late = start;
    for (unsigned i = 0; i < 8; ++i) put(late, Kind::send, 0, i);
    put(late, Kind::deliver, 1, 5);
    put(late, Kind::deliver, 1, 2);
    put(late, Kind::restart, 1);
    put(late, Kind::drop, 1, 0);
    put(late, Kind::replay, 1, 5);
    put(late, Kind::wait, 0, 50);
    put(late, Kind::duplicate, 1, 1);
    corpus.add("ratchet_script_fuzzer", prefix + "-late", late);

    Buffer forged = start;
    put(forged, Kind::send, 0, 20);
    put(forged, Kind::send, 0, 40);
    put(forged, Kind::deliver, 1, 1);
    put(forged, Kind::send, 1, 3);
    for (unsigned b = 0; b < prop::Event::forgeries; ++b) {
      put(forged, Kind::forge, 1, b, b, 7 * b);
      put(forged, Kind::forge, 0, b, b, 0xffff - b);
    }
    put(forged, Kind::starve, 0);
    put(forged, Kind::cramp, 0);
    put(forged, Kind::cramp, 1);
    corpus.add("ratchet_script_fuzzer", prefix + "-forged", forged);

    Buffer turns = start;
    for (unsigned i = 0; i < 12; ++i) {
      put(turns, Kind::send, i % 2);
      put(turns, Kind::send, i % 2, 1);
      put(turns, Kind::deliver, 1 - i % 2, i % 3);
    }
    corpus.add("ratchet_script_fuzzer", prefix + "-turns", turns);
  }
}

void srtp_scripts(const Corpus& corpus) {
  const auto event = [](Buffer& script, unsigned kind, unsigned a, unsigned b, unsigned c) {
    for (const unsigned value : {kind, a, b >> 8, b & 0xff, c >> 8, c & 0xff})
      script.push_back(static_cast<std::uint8_t>(value));
  };
  for (const auto& [name, first] : {std::pair("start", 0U), std::pair("wrap", 65'534U)}) {
    for (const std::uint8_t seed : {std::uint8_t{1}, std::uint8_t{0xf3}}) {
      Buffer script = {seed};
      event(script, 0, 1, first, 0);
      event(script, 1, 0, 0, 0);
      for (unsigned i = 1; i < 10; ++i) event(script, 0, 1 + i % 2, i == 5 ? 1'025 : 1, i * 1'111);
      for (unsigned i = 0; i < 8; ++i) event(script, 4, i, i, 0x1234 + i);
      event(script, 3, 2, 0, 0);
      event(script, 2, 1, 0, 0);
      event(script, 5, 0, 0, 0);
      for (unsigned i = 0; i < 8; ++i) event(script, 1, 7 - i, 0, 0);
      event(script, 0, 1, 0, 0);
      event(script, 0, 1, 32'768, 0);
      corpus.add("srtp_script_fuzzer", std::string(name) + "-" + std::to_string(seed), script);
    }
  }
}

void sessions(const Corpus& corpus) {
  std::uint8_t which = 0;
  for (const auto& position : fuzz::positions()) {
    const std::string at = std::to_string(which);
    corpus.add("ratchet_image_fuzzer", at, position.image);
    Buffer longer = position.image;
    longer.push_back(0);
    corpus.add("ratchet_image_fuzzer", at + "-and-more", longer);
    for (std::size_t i = 0; i < position.genuine.size(); ++i)
      corpus.add("ratchet_message_fuzzer", at + "-" + std::to_string(i),
                 with_front({which}, position.genuine[i]));
    Buffer forged = with_front({which}, position.genuine.front());
    forged.back() ^= 1;
    corpus.add("ratchet_message_fuzzer", at + "-forged", forged);
    ++which;
  }
}

void packets(const Corpus& corpus) {
  Buffer packet(12 + 4 * 15 + 4 + 8 + 20);
  packet[0] = 0x9f;
  packet[3] = 9;
  packet[12 + 60] = 0xbe;
  packet[12 + 61] = 0xde;
  packet[12 + 63] = 2;
  corpus.add("rtp_fuzzer", "extension", packet);
  Buffer plain(40, 1);
  plain[0] = 0x80;
  corpus.add("rtp_fuzzer", "plain", plain);
  corpus.add("rtp_fuzzer", "header", Bytes(plain).first(12));
}

void curves(const Corpus& corpus) {
  const Buffer zeros(200);
  corpus.add("x3dh_fuzzer", "bundle", with_front({0, 1}, zeros));
  corpus.add("x3dh_fuzzer", "bundle-without", with_front({0, 0}, zeros));
  corpus.add("x3dh_fuzzer", "initiation", with_front({1, 0}, zeros));
  corpus.add("x3dh_fuzzer", "initiation-without", with_front({1, 1}, zeros));
  Buffer other_id = with_front({1, 0}, zeros);
  other_id[2 + 64] = 1;
  corpus.add("x3dh_fuzzer", "initiation-other-id", other_id);
  for (const std::uint8_t mode : {std::uint8_t{1}, std::uint8_t{3}, std::uint8_t{0x81}})
    corpus.add("xeddsa_fuzzer", "made-" + std::to_string(mode), with_front({mode}, Buffer(120)));
  TapeEntropy tape(1);
  const auto keys = prop::must(IdentityKeyPair::generate(tape));
  const Buffer message(20, 'm');
  const auto signature = prop::must(crypto::sign(keys, message, tape));
  Buffer given = with_front({0}, keys.public_key().bytes());
  given.insert(given.end(), signature.bytes().begin(), signature.bytes().end());
  given.insert(given.end(), message.begin(), message.end());
  corpus.add("xeddsa_fuzzer", "given", given);
}

void demo_files(const Corpus& corpus) {
  constexpr std::string_view head = "RIFF....WAVEfmt \x10";
  for (const std::uint8_t channels : {std::uint8_t{1}, std::uint8_t{2}}) {
    Buffer wav(head.begin(), head.end());
    // PCM at 8 kHz, 16 bits; then eight bytes of sound.
    for (const int byte :
         std::vector<int>{0, 0, 0,  1, 0,   int{channels}, 0,   0x40, 0x1f, 0, 0, 0, 0, 0, 0,
                          2, 0, 16, 0, 'd', 'a',           't', 'a',  8,    0, 0, 0, 1, 2, 3,
                          4, 5, 6,  7, 8})
      wav.push_back(static_cast<std::uint8_t>(byte));
    corpus.add("wav_fuzzer", std::to_string(channels), wav);
  }
  TapeEntropy tape(5);
  const auto alice = prop::must(IdentityKeyPair::generate(tape));
  const auto bob = std::make_shared<const prop::Responder>(tape);
  for (const bool one_time : {false, true}) {
    const std::string end = one_time ? "-one-time" : "";
    corpus.add("demo_codec_fuzzer", "bundle" + end,
               with_front({0}, demo::encode(bob->bundle(one_time))));
    const auto agreed = prop::agree(alice, bob, one_time, tape);
    corpus.add("demo_codec_fuzzer", "initiation" + end,
               with_front({1}, demo::encode(agreed.initiation)));
  }
  for (const auto& [kind, size] : {std::pair(demo::Kind::text, 5), std::pair(demo::Kind::offer, 32),
                                   std::pair(demo::Kind::media_end, 4)})
    corpus.add("demo_codec_fuzzer", "content-" + std::to_string(size),
               with_front({2}, demo::encode({kind, Buffer(static_cast<std::size_t>(size))})));
  corpus.add("demo_codec_fuzzer", "frames", Buffer{3, 0, 0, 0, 2, 7, 7, 0, 0, 0, 0});
}

void others(const Corpus& corpus) {
  const Buffer numbers = {20, 16, 1,  2,  3,  4,    5, 6,    7, 8, 9, 10,   11, 12, 13,  14, 15,
                          16, 17, 18, 19, 20, 0,    1, 2,    3, 4, 3, 0x2d, 1,  2,  3,   4,  5,
                          6,  1,  2,  3,  4,  0x17, 4, 0xfc, 5, 6, 0, 0,    0,  1,  0xff};
  corpus.add("reader_fuzzer", "all", numbers);
  Buffer data(150);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i);
  for (const std::uint8_t which : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}})
    corpus.add("cipher_fuzzer", std::to_string(which), with_front({which}, data));
  corpus.add("cipher_fuzzer", "blocks", with_front({0}, Bytes(data).first(48 + 64)));

  for (const auto& file : vectors::embedded_files()) {
    // One case of each file is enough to start from.
    const Bytes text(reinterpret_cast<const std::uint8_t*>(file.text.data()), file.text.size());
    if (text.size() <= 3'000) corpus.add("vectors_fuzzer", std::string(file.name), text);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: make_seeds FOLDER");
  const Corpus corpus(argv[1]);
  ratchet_scripts(corpus);
  srtp_scripts(corpus);
  sessions(corpus);
  packets(corpus);
  curves(corpus);
  demo_files(corpus);
  others(corpus);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
