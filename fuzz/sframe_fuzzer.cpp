// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a frame, and as a script of a sender and a receiver whose chain goes on: what
/// nobody sealed never opens, what was sealed opens once. The first byte chooses the suite; the key
/// is a hash of all the input, so that a frame the fuzzer saw in one run is a forgery in another.
#include <set>

#include <sotto/sframe.hpp>

#include "agreement.hpp"
#include "crypto/sha2.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::require;

constexpr std::array suites{1, 2, 3, 4, 5, 6, 7, 8, 0xf001};
constexpr SframeChain chain{4};

SframeBaseKey base_key(Bytes input) {
  return prop::must(SframeBaseKey::create(crypto::sha256(input)));
}

struct World {
  World(SframeSuite suite, Bytes input)
      : sender(prop::must(SframeSender::create(suite, SframeKid{0x20}, base_key(input)))),
        receiver(prop::must(SframeReceiver::create(suite))) {
    prop::must(receiver.add_key(SframeKid{0x20}, base_key(input), chain));
  }

  /// Anything but a frame that was sealed.
  void forge(const Buffer& frame) {
    constexpr std::uint8_t mark = 0xa5;
    if (genuine.contains(frame)) return;
    Buffer out(frame.size(), mark);
    require(!receiver.open(out, {}, frame, now), "what nobody sealed was opened");
    require(fuzz::untouched_or_zeroed(out, mark), "a refusal left something in the output");
  }

  void seal(Bytes text) {
    Buffer frame(sender.sealed_size(text.size()));
    prop::must(sender.seal(frame, {}, text));
    Buffer out(frame.size());
    const auto opened = receiver.open(out, {}, frame, now);
    require(opened && std::ranges::equal(*opened, text), "a sealed frame does not open");
    require(!receiver.open(out, {}, frame, now), "a frame opened twice");
    genuine.insert(frame);
    last = frame;
  }

  SframeSender sender;
  SframeReceiver receiver;
  Instant now{};
  std::set<Buffer> genuine;
  Buffer last;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  World world(static_cast<SframeSuite>(suites[input.byte() % suites.size()]), Bytes(data, size));
  if (const auto header = parse_sframe_header(input.rest()))
    require(header->size_bytes >= 1 && header->size_bytes <= 17, "a header of impossible size");
  world.forge(Buffer(input.rest().begin(), input.rest().end()));
  for (int steps = 0; steps < 64 && !input.empty(); ++steps) {
    const std::uint8_t what = input.byte();
    if (what % 4 == 0) {
      world.seal(input.take(what / 4));
    } else if (what % 4 == 1) {
      static_cast<void>(world.sender.ratchet(chain));
    } else if (what % 4 == 2 && !world.last.empty()) {
      Buffer altered = world.last;
      altered[input.byte() % altered.size()] ^= static_cast<std::uint8_t>(1U << what / 4 % 8);
      world.forge(altered);
    } else {
      const Bytes bytes = input.take(what / 4);
      world.forge(Buffer(bytes.begin(), bytes.end()));
    }
  }
  return 0;
}
