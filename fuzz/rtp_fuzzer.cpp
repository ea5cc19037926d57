// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as an RTP and an RTCP packet to seal and to open, in every profile, with and without
/// MKI and encrypted header extensions. The first byte chooses among these; the keys are a hash of
/// all the input, so that a packet the fuzzer saw in one run is a forgery in another.
#include <sotto/srtp.hpp>

#include "agreement.hpp"
#include "crypto/sha2.hpp"
#include "input.hpp"
#include "media/rtp_packet.hpp"
#include "testing/rtp.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::require;
using testing::every_srtp_profile;

constexpr std::array<std::size_t, 4> mki_sizes{0, 1, 4, 16};
constexpr std::uint8_t mark = 0xa5;
constexpr std::size_t longest = 65'535;

struct World {
  World(std::uint8_t choice, Bytes input)
      : profile(every_srtp_profile[choice % every_srtp_profile.size()]),
        mki(mki_sizes[choice / every_srtp_profile.size() % mki_sizes.size()], 0x6b),
        extensions(choice / (every_srtp_profile.size() * mki_sizes.size()) % 2 == 0
                       ? Buffer{}
                       : Buffer{1, 2, 7}),
        key(crypto::sha256(input)),
        salt(crypto::sha256(key)),
        options{.mki = mki, .encrypted_extensions = extensions},
        sender(prop::must(SrtpSender::create(profile, Bytes(key).first(sizes().key),
                                             Bytes(salt).first(sizes().salt), options))),
        receiver(prop::must(SrtpReceiver::create(profile, Bytes(key).first(sizes().key),
                                                 Bytes(salt).first(sizes().salt), options))) {}

  [[nodiscard]] SrtpSizes sizes() const { return srtp_sizes(profile); }
  [[nodiscard]] std::size_t added(bool control) const {
    return control ? sender.rtcp_overhead_bytes() : sender.overhead_bytes();
  }

  Result<MutableBytes> open(MutableBytes out, Bytes packet, bool control) {
    return control ? receiver.unprotect_rtcp(out, packet) : receiver.unprotect(out, packet);
  }
  Result<MutableBytes> seal(MutableBytes out, Bytes packet, bool control) {
    return control ? sender.protect_rtcp(out, packet) : sender.protect(out, packet);
  }

  void forged(const Buffer& packet, bool control) {
    Buffer out(packet.size(), mark);
    require(!open(out, packet, control), "what nobody sealed was opened");
    require(fuzz::untouched_or_zeroed(out, mark), "a refusal left something in the output");
  }

  /// The same with our MKI where it has to stand, so that not all of them end there.
  void forged_under_our_name(Buffer packet, bool control) {
    const std::size_t tag = control ? sizes().srtcp_tag : sizes().srtp_tag;
    const std::size_t behind = sizes().salt == 12 ? 0 : tag;
    if (packet.size() < behind + mki.size()) return;
    std::ranges::copy(mki, packet.end() - static_cast<std::ptrdiff_t>(behind + mki.size()));
    forged(packet, control);
  }

  void round_trip(Bytes packet, bool control, bool sealable, std::uint32_t alteration) {
    Buffer out(packet.size() + added(control), mark);
    const auto wire = seal(out, packet, control);
    // With encrypted extensions a header has to be of one form more.
    require(wire ? sealable : !sealable || (!extensions.empty() && !control),
            "sealing and parsing do not agree");
    if (!wire) return;
    Buffer altered(wire->begin(), wire->end());
    altered[alteration / 8 % altered.size()] ^= static_cast<std::uint8_t>(1U << alteration % 8);
    forged(altered, control);
    Buffer again(wire->size());
    const auto opened = open(again, *wire, control);
    require(opened && std::ranges::equal(*opened, packet), "a sealed packet does not open");
    require(!open(again, *wire, control), "a packet opened twice");
    if (!control) require(!seal(out, packet, control), "a number was sealed twice");
  }

  SrtpProfile profile;
  Buffer mki, extensions;
  std::array<std::uint8_t, 32> key, salt;
  SrtpOptions options;
  SrtpSender sender;
  SrtpReceiver receiver;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const std::uint8_t choice = in.byte();
  const Bytes packet = in.rest();
  World world(choice, {data, size});
  const auto header = media::parse_rtp_header(packet);
  require(!header || (header->size_bytes >= 12 && header->size_bytes <= packet.size()),
          "a header of impossible size");
  const std::array<bool, 2> sealable{header.has_value(), packet.size() >= 8 && packet[0] >> 6 == 2};
  const auto alteration = static_cast<std::uint32_t>(world.salt[30] << 8 | world.salt[31]);
  for (const bool control : {false, true}) {
    const Buffer bytes(packet.begin(), packet.end());
    world.forged(bytes, control);
    world.forged_under_our_name(bytes, control);
    const bool fits = packet.size() + world.added(control) <= longest;
    world.round_trip(packet, control, sealable[control] && fits, alteration);
  }
  return 0;
}
