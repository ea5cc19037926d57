// SPDX-License-Identifier: MIT OR Apache-2.0
/// Writes the seeds of every target to FOLDER/<target>/seed-<name>: run it when a format changes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sotto/wire.hpp>

#include "agreement.hpp"
#include "base/reader.hpp"
#include "conversation.hpp"
#include "crypto/xeddsa.hpp"
#include "demo/codec.hpp"
#include "known_device.hpp"
#include "known_session.hpp"
#include "letter_seeds.hpp"
#include "testing/protobuf.hpp"
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
  Buffer all(front.size() + rest.size());
  std::ranges::copy(rest, std::ranges::copy(front, all.begin()).out);
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

/// Keys that come and go: as keyed_event_of reads them.
void keyed_scripts(const Corpus& corpus) {
  const auto event = [](Buffer& script, unsigned kind, unsigned a, unsigned b, unsigned c) {
    for (const unsigned value : {kind, a, b >> 8, b & 0xff, c >> 8, c & 0xff})
      script.push_back(static_cast<std::uint8_t>(value));
  };
  constexpr unsigned seal = 0, report = 1, deliver = 2, replay = 3, forge = 4, rekey = 5, add = 6,
                     erase = 7, end = 8;
  for (std::uint8_t mode = 0x80; mode < 0x80 + 24; mode += 5) {
    Buffer script = {mode, 1};
    event(script, seal, 1, 65'534, 100);
    event(script, report, 1, 0, 20);
    event(script, seal, 1, 1, 7);
    event(script, deliver, 0, 0, 0);
    event(script, add, 1, 0, 0);
    event(script, rekey, 1, 0, 0);
    for (unsigned i = 0; i < 3; ++i) event(script, seal, 1, 1, 13 * i);
    event(script, report, 1, 0, 0);
    for (unsigned i = 0; i < 7; ++i) event(script, forge, i, i, 0x123 + i);
    event(script, rekey, 2, 0, 0);
    event(script, seal, 1, 1'025, 9);
    for (unsigned i = 0; i < 5; ++i) event(script, deliver, 3 * i, 0, 0);
    event(script, replay, 0, 0, 0);
    event(script, add, 2, 0, 0);
    event(script, replay, 7, 0, 0);
    for (unsigned i = 0; i < 6; ++i) event(script, deliver, 0, 0, 0);
    event(script, report, 1, 0, 3);
    event(script, deliver, 0, 0, 0);
    event(script, erase, 0, 0, 0);
    event(script, replay, 2, 0, 0);
    event(script, end, 1, 0, 0);
    event(script, seal, 1, 1, 9);
    event(script, replay, 7, 0, 0);
    event(script, add, 3, 0, 0);
    event(script, rekey, 3, 0, 0);
    event(script, seal, 1, 1, 9);
    event(script, deliver, 0, 0, 0);
    corpus.add("srtp_script_fuzzer", "keyed-" + std::to_string(mode), script);
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
  Buffer plain(40, 1);
  plain[0] = 0x80;
  // Each profile and each size of MKI once, with encrypted extensions and without.
  for (std::uint8_t choice = 0; choice < 48; choice += 7)
    corpus.add("rtp_fuzzer", "plain-" + std::to_string(choice), with_front({choice}, plain));
  corpus.add("rtp_fuzzer", "extension", with_front({3}, packet));
  corpus.add("rtp_fuzzer", "extension-encrypted", with_front({24 + 3}, packet));
  corpus.add("rtp_fuzzer", "header", with_front({9}, Bytes(plain).first(12)));
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
  constexpr std::string_view message = "message";
  corpus.add("demo_codec_fuzzer", "letter",
             with_front({0}, demo::encode(demo::Letter{1, MessageKind::prekey,
                                                       Buffer(message.begin(), message.end())})));
  for (const auto& [kind, size] : {std::pair(demo::Kind::text, 5), std::pair(demo::Kind::offer, 32),
                                   std::pair(demo::Kind::media_end, 4)})
    corpus.add(
        "demo_codec_fuzzer", "content-" + std::to_string(size),
        with_front({1}, demo::encode(demo::Content{kind, Buffer(static_cast<std::size_t>(size))})));
  corpus.add("demo_codec_fuzzer", "frames", Buffer{2, 0, 0, 0, 2, 7, 7, 0, 0, 0, 0});
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

void wire_messages(const Corpus& corpus) {
  namespace pb = testing::pb;
  const auto key = [](std::uint64_t field) {
    Buffer bytes(33, static_cast<std::uint8_t>(field));
    bytes[0] = wire::key_type_x25519;
    return pb::bytes(field, bytes);
  };
  const auto put = [&](const char* target, const std::string& name, const Buffer& bytes) {
    corpus.add(std::string("wire_") + target + "_fuzzer", name, bytes);
  };
  for (const std::uint8_t first : {std::uint8_t{0x33}, std::uint8_t{0x44}}) {
    const std::string version = first == 0x33 ? "v3" : "v4";
    const Buffer later = pb::joined({pb::bytes(5, Buffer(4)), pb::bytes(6, Buffer(36))});
    const Buffer message = pb::joined({{first},
                                       key(1),
                                       pb::number(2, 300),
                                       pb::number(3, 7),
                                       pb::bytes(4, Buffer(16)),
                                       first == 0x33 ? Buffer() : later,
                                       Buffer(8)});
    put("message", version, message);
    put("message", version + "-unknown",
        pb::joined({{first},
                    pb::number(99, 1),
                    key(1),
                    pb::fixed32(99),
                    pb::number(2, 0),
                    pb::fixed64(99),
                    pb::bytes(4, Buffer(32)),
                    pb::bytes(99, Buffer(3)),
                    Buffer(8)}));
    const Buffer kem = pb::joined({pb::number(7, 1), pb::bytes(8, Buffer(9, 8))});
    put("prekey", version,
        pb::joined({{first},
                    pb::number(1, 0),
                    key(2),
                    key(3),
                    pb::bytes(4, message),
                    pb::number(5, 9956),
                    pb::number(6, 1),
                    kem}));
    put("prekey", version + "-bare",
        pb::joined(
            {{first}, kem, pb::number(6, 0xffff'ffff), pb::bytes(4, message), key(3), key(2)}));
  }
  const Buffer message_3 =
      pb::joined({{0x33}, key(1), pb::number(2, 0), pb::bytes(4, Buffer(16)), Buffer(8)});
  const Buffer around =
      pb::joined({key(2), key(3), pb::bytes(4, message_3), pb::number(6, 1), pb::number(7, 1)});
  put("prekey", "v4-around-v3", pb::joined({{0x44}, around, pb::bytes(8, Buffer(2))}));
  put("prekey", "half-a-kem", pb::joined({{0x33}, around}));
  const Buffer bundle = pb::joined({{0x33},
                                    pb::number(1, 9956),
                                    pb::number(2, 1),
                                    key(3),
                                    pb::number(4, 300),
                                    key(5),
                                    pb::bytes(6, Buffer(64, 6))});
  put("bundle", "without", bundle);
  put("bundle", "one-time", pb::joined({bundle, pb::number(7, 0), key(8)}));
  put("bundle", "later", pb::joined({bundle, pb::number(9, 0), pb::bytes(10, Buffer(20))}));
}

/// The size before it, as Input::number(2) reads it.
Buffer sized(Bytes record) {
  return with_front(
      {static_cast<std::uint8_t>(record.size() >> 8), static_cast<std::uint8_t>(record.size())},
      record);
}

void records(const Corpus& corpus) {
  const fuzz::KnownDevice& known = fuzz::known_device();
  corpus.add("snapshot_fuzzer", "peer", with_front({0}, known.peer_content));
  corpus.add("snapshot_fuzzer", "prekeys", with_front({1}, known.prekey_content));
  // The content's own parts, by its layout: owner, address, then records behind their sizes.
  sotto::base::Reader reader(known.peer_content);
  if (!reader.take(32 + 2 + 10)) throw std::runtime_error("no peer");
  const auto record = [&] {
    const auto size = reader.take_uint<std::uint32_t>();
    return size ? reader.take(*size).value_or(Bytes{}) : Bytes{};
  };
  const Bytes peer = record();
  corpus.add("session_record_fuzzer", "peer", with_front({0}, peer));
  Buffer nobody(62);
  nobody[0] = 2;
  nobody[12] = 1;
  corpus.add("session_record_fuzzer", "nobody", with_front({0}, nobody));
  for (int session = 0; session < 2; ++session) {
    Buffer seed = with_front({1}, sized(record()));
    for (auto pages = reader.take_uint<std::uint32_t>().value_or(0); pages > 0; --pages) {
      const Bytes name = reader.take(8).value_or(Bytes{});
      seed.insert(seed.end(), name.begin(), name.end());
      const Buffer page = sized(record());
      seed.insert(seed.end(), page.begin(), page.end());
    }
    corpus.add("session_record_fuzzer", "session-" + std::to_string(session), seed);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::runtime_error("usage: make_seeds FOLDER");
  const Corpus corpus(argv[1]);
  ratchet_scripts(corpus);
  srtp_scripts(corpus);
  keyed_scripts(corpus);
  sessions(corpus);
  packets(corpus);
  curves(corpus);
  demo_files(corpus);
  others(corpus);
  wire_messages(corpus);
  records(corpus);
  fuzz::letter_seeds([&](std::string_view target, const std::string& name, Bytes seed) {
    corpus.add(target, name, seed);
  });
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
