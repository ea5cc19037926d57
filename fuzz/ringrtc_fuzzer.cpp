// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as a frame of RingRTC, and as a script of a sender and a receiver whose secret steps
/// on and is replaced: what nobody sealed never opens, what was sealed opens once. The secrets are
/// hashes of all the input, so that a frame the fuzzer saw in one run is a forgery in another.
#include <set>

#include <sotto/ringrtc.hpp>

#include "agreement.hpp"
#include "crypto/sha2.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::require;

struct World {
  explicit World(Bytes input)
      : seed(crypto::sha256(input)),
        sender(prop::must(RingrtcSender::create(RingrtcSecret(seed)))),
        receiver(prop::must(RingrtcReceiver::create())) {
    prop::must(receiver.add_secret(0, RingrtcSecret(seed)));
  }

  /// Anything but a frame that was sealed.
  void forge(const Buffer& frame) {
    constexpr std::uint8_t mark = 0xa5;
    if (genuine.contains(frame)) return;
    Buffer out(frame.size(), mark);
    require(!receiver.open(out, frame, now), "what nobody sealed was opened");
    require(fuzz::untouched_or_zeroed(out, mark), "a refusal left something in the output");
  }

  void seal(Bytes text) {
    Buffer frame(text.begin(), text.end());
    frame.resize(text.size() + ringrtc_footer_bytes);
    prop::must(sender.seal(frame, Bytes(frame).first(text.size())));
    Buffer out(frame.size());
    const auto opened = receiver.open(out, frame, now);
    require(opened && std::ranges::equal(*opened, text), "a sealed frame does not open");
    require(!receiver.open(out, frame, now), "a frame opened twice");
    genuine.insert(frame);
    last = frame;
  }

  void rekey() {
    seed = crypto::sha256(seed);
    prop::must(sender.rekey(RingrtcSecret(seed)));
    prop::must(receiver.add_secret(0, RingrtcSecret(seed)));
    require(!receiver.add_secret(0, RingrtcSecret(seed)), "a secret was taken twice");
  }

  std::array<std::uint8_t, 32> seed;
  RingrtcSender sender;
  RingrtcReceiver receiver;
  Instant now{};
  std::set<Buffer> genuine;
  Buffer last;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  World world(Bytes(data, size));
  world.forge(Buffer(data, data + size));
  for (int steps = 0; steps < 64 && !input.empty(); ++steps) {
    const std::uint8_t what = input.byte();
    if (what % 8 < 3) {
      world.seal(input.take(what / 8));
    } else if (what % 8 == 3) {
      prop::must(world.sender.ratchet());
    } else if (what % 8 == 4) {
      world.rekey();
    } else if (what % 8 == 5) {
      world.now += std::chrono::seconds(what / 8);
    } else if (what % 8 == 6 && !world.last.empty()) {
      Buffer altered = world.last;
      altered[input.byte() % altered.size()] ^= static_cast<std::uint8_t>(1U << what / 8 % 8);
      world.forge(altered);
    } else {
      const Bytes bytes = input.take(ringrtc_footer_bytes + what / 8);
      world.forge(Buffer(bytes.begin(), bytes.end()));
    }
  }
  return 0;
}
