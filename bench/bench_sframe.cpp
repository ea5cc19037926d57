// SPDX-License-Identifier: MIT OR Apache-2.0
/// SFrame in every suite beside the bare cipher.
#include "media.hpp"

namespace sotto::bench {
namespace {

SframeBaseKey base_key() {
  return *SframeBaseKey::create(Buffer(32, 7));
}
SframeSender sender_of(SframeSuite suite) {
  return *SframeSender::create(suite, SframeKid{0x123}, base_key(), 1 << 20);
}

void seal(State& state, const FrameSuite& suite, std::size_t size) {
  auto sender = sender_of(suite.id);
  const Buffer text(size, 0x5a);
  Buffer out(sender.sealed_size(text.size()) + 8);
  sealing(state, [&] { return sender.seal(out, {}, text).has_value(); });
}

void open(State& state, const FrameSuite& suite, std::size_t size) {
  auto sender = sender_of(suite.id);
  auto receiver = *SframeReceiver::create(suite.id);
  must(receiver.add_key(SframeKid{0x123}, base_key()).has_value(), "add_key");
  const Buffer text(size, 0x5a);
  Buffer out(text.size());
  opening(
      state, size,
      [&](Buffer& frame) {
        frame.resize(sender.sealed_size(text.size()));
        must(sender.seal(frame, {}, text).has_value(), "seal");
      },
      [&](Buffer& frame) { return receiver.open(out, {}, frame, {}).has_value(); });
}

/// Frames of a stranger's that name every step ahead in turn, the dearest to refuse.
void refuse_ahead(State& state, const FrameSuite& suite) {
  constexpr std::size_t size = 22;
  auto receiver = *SframeReceiver::create(suite.id);
  must(receiver.add_key(SframeKid{0x100}, base_key(), SframeChain{}).has_value(), "add_key");
  auto stranger =
      *SframeSender::create(suite.id, SframeKid{0x100}, *SframeBaseKey::create(Buffer(32, 8)));
  std::vector<Buffer> forged(SframeLimits{}.max_steps);
  for (Buffer& frame : forged) {
    must(stranger.ratchet(SframeChain{}).has_value(), "ratchet");
    frame.resize(stranger.sealed_size(size));
    must(stranger.seal(frame, {}, Buffer(size)).has_value(), "seal");
  }
  Buffer out(size);
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state)
    must(!receiver.open(out, {}, forged[next++ % forged.size()], {}), "refuse");
}

/// The floors know a header of the size that the frames have, and nothing else of a frame.
const Buffer header(6, 1);

void seal_floor(State& state, const FrameSuite& suite, std::size_t size) {
  RawCipher raw(suite.raw, suite.key_bytes);
  const Buffer text(size, 0x5a);
  Buffer out(size + raw.tag_bytes());
  std::uint32_t number = 0;
  sealing(state, [&] {
    raw.seal(out, header, text, ++number);
    return true;
  });
}

void open_floor(State& state, const FrameSuite& suite, std::size_t size) {
  RawCipher raw(suite.raw, suite.key_bytes);
  const Buffer text(size, 0x5a);
  Buffer out(size);
  opening(
      state, size,
      [&](Buffer& frame) {
        frame.resize(size + raw.tag_bytes());
        raw.seal(frame, header, text, 1);
      },
      [&](Buffer& frame) { return raw.open(out, header, frame, 1); });
}

[[maybe_unused]] const bool registered = [] {
  for (const FrameSuite& suite : frame_suites) {
    const auto of = [&](auto* run) {
      return [run, suite](State& state, std::size_t size) { run(state, suite, size); };
    };
    if (sframe_sizes(suite.id).tag == 16)  // Others have a budget of forgeries.
      benchmark::RegisterBenchmark((std::string("sframe_refuse_ahead/") + suite.name).c_str(),
                                   [suite](State& state) { refuse_ahead(state, suite); });
    register_sizes("sframe_seal", suite.name, false, of(seal));
    register_sizes("sframe_seal:floor", suite.name, false, of(seal_floor));
    register_sizes("sframe_open", suite.name, true, of(open));
    register_sizes("sframe_open:floor", suite.name, true, of(open_floor));
  }
  return true;
}();

}  // namespace
}  // namespace sotto::bench
