// SPDX-License-Identifier: MIT OR Apache-2.0
/// SRTP in every profile beside the bare cipher. Packets are sealed and opened in place.
#include <sotto/srtp.hpp>

#include "media.hpp"

namespace sotto::bench {
namespace {

Buffer key_of(SrtpProfile profile) {
  return Buffer(srtp_sizes(profile).key, 1);
}
Buffer salt_of(SrtpProfile profile) {
  return Buffer(srtp_sizes(profile).salt, 2);
}
SrtpSender sender_of(SrtpProfile profile) {
  return *SrtpSender::create(profile, key_of(profile), salt_of(profile));
}

void protect(State& state, SrtpProfile profile, std::size_t payload) {
  auto sender = sender_of(profile);
  Stream stream(payload);
  Buffer packet;
  sealing(state, [&] {
    stream.next(packet);
    return sender.protect(packet, Bytes(packet).first(stream.size())).has_value();
  });
}

void unprotect(State& state, SrtpProfile profile, std::size_t payload) {
  auto sender = sender_of(profile);
  auto receiver = *SrtpReceiver::create(profile, key_of(profile), salt_of(profile));
  Stream stream(payload);
  const std::size_t sealed = stream.size() + sender.overhead_bytes();
  opening(
      state, sealed,
      [&](Buffer& packet) {
        stream.next(packet);
        must(sender.protect(packet, Bytes(packet).first(stream.size())).has_value(), "protect");
      },
      [&](Buffer& packet) {
        return receiver.unprotect(packet, Bytes(packet).first(sealed)).has_value();
      });
}

/// The parts of a packet of `size` bytes.
Bytes header_in(const Buffer& packet) {
  return Bytes(packet).first(rtp_header_bytes);
}
MutableBytes body_in(Buffer& packet, std::size_t size) {
  return MutableBytes(packet).subspan(rtp_header_bytes, size - rtp_header_bytes);
}

void protect_floor(State& state, const PacketProfile& profile, std::size_t payload) {
  RawCipher raw(profile.raw, srtp_sizes(profile.id).key);
  Stream stream(payload);
  Buffer packet;
  std::uint32_t number = 0;
  sealing(state, [&] {
    stream.next(packet);
    raw.seal(body_in(packet, stream.size() + raw.tag_bytes()), header_in(packet),
             body_in(packet, stream.size()), ++number);
    return true;
  });
}

void unprotect_floor(State& state, const PacketProfile& profile, std::size_t payload) {
  RawCipher raw(profile.raw, srtp_sizes(profile.id).key);
  Stream stream(payload);
  const std::size_t sealed = stream.size() + raw.tag_bytes();
  opening(
      state, sealed,
      [&](Buffer& packet) {
        stream.next(packet);
        raw.seal(body_in(packet, sealed), header_in(packet), body_in(packet, stream.size()), 1);
      },
      [&](Buffer& packet) {
        return raw.open(body_in(packet, stream.size()), header_in(packet), body_in(packet, sealed),
                        1);
      });
}

[[maybe_unused]] const bool registered = [] {
  for (const PacketProfile& profile : packet_profiles) {
    const auto id = [&](auto* run) {
      return [run, of = profile.id](State& state, std::size_t size) { run(state, of, size); };
    };
    const auto whole = [&](auto* run) {
      return [run, profile](State& state, std::size_t size) { run(state, profile, size); };
    };
    register_sizes("srtp_protect", profile.name, false, id(protect));
    register_sizes("srtp_protect:floor", profile.name, false, whole(protect_floor));
    register_sizes("srtp_unprotect", profile.name, true, id(unprotect));
    register_sizes("srtp_unprotect:floor", profile.name, true, whole(unprotect_floor));
  }
  return true;
}();

}  // namespace
}  // namespace sotto::bench
