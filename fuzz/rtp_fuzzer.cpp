// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as an RTP packet to seal, and as an SRTP packet to open.
#include <sotto/srtp.hpp>

#include "agreement.hpp"
#include "input.hpp"
#include "media/rtp_packet.hpp"

namespace {

using namespace sotto;

SrtpMaster master() {
  std::array<std::uint8_t, 32> key{1};
  std::array<std::uint8_t, 12> salt{2};
  return {SrtpMasterKey(key), SrtpMasterSalt(salt)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes packet(data, size);
  const auto header = media::parse_rtp_header(packet);
  fuzz::require(!header || (header->size_bytes >= 12 && header->size_bytes <= size),
                "a header of impossible size");

  auto receiver = prop::must(SrtpReceiver::create(master()));
  constexpr std::uint8_t mark = 0xa5;
  fuzz::Buffer out(size, mark);
  const auto forged = receiver.unprotect(out, packet);
  fuzz::require(!forged, "what nobody sealed was opened");
  fuzz::require(fuzz::untouched_or_zeroed(out, mark), "a refusal left something in the output");

  auto sender = prop::must(SrtpSender::create(master()));
  fuzz::Buffer sealed(size + srtp_overhead_bytes, mark);
  const auto wire = sender.protect(sealed, packet);
  fuzz::require(wire.has_value() == (header && size + srtp_overhead_bytes <= 65'535),
                "sealing and parsing do not agree");
  if (!wire) return 0;
  fuzz::Buffer again(size);
  const auto opened = receiver.unprotect(again, *wire);
  fuzz::require(opened && std::ranges::equal(*opened, packet), "a sealed packet does not open");
  fuzz::require(!receiver.unprotect(again, *wire), "a packet opened twice");
  fuzz::require(!sender.protect(sealed, packet), "a number was sealed twice");
  return 0;
}
