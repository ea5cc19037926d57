// SPDX-License-Identifier: MIT OR Apache-2.0
/// One direction of a call under a hostile network, with a verdict after every event. The
/// properties and the fuzzers drive the same one.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <sotto/call.hpp>

#include "twin_srtp.hpp"

namespace sotto::prop {

using Buffer = std::vector<std::uint8_t>;
using Complaint = std::string;

/// What may happen next on a line.
struct MediaEvent {
  enum class Kind : std::uint8_t {
    protect,  ///< the sender seals: stream `a`, sequence number `b` beyond its last, header of `c`
    deliver,  ///< packet `a` of those not delivered arrives
    drop,     ///< it is lost
    replay,   ///< packet `a` of all that were sealed arrives (again)
    forge,    ///< a copy of packet `a` of all, altered by `b` and `c`, arrives
    cramp,    ///< both ends get buffers that are one byte short
  };
  static constexpr unsigned kinds = 6;
  static constexpr unsigned forgeries = 8;

  Kind kind = Kind::protect;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

std::string describe(const MediaEvent& event);

/// Any packet with a good header [RFC 3550 §5.1]: `shape` chooses marker, CSRCs, extension, size.
/// The payload starts with 16 zeros, so that its ciphertext starts with the bare keystream.
Buffer media_packet(std::uint32_t ssrc, std::uint16_t seq, std::uint32_t shape);
/// Of such a packet.
std::size_t media_header_size(Bytes packet);

class MediaLine {
 public:
  /// A line whose keys `seed` determines, on which `crowd` other streams were heard already.
  MediaLine(std::uint64_t seed, unsigned crowd);

  [[nodiscard]] Complaint apply(const MediaEvent& event);
  [[nodiscard]] std::size_t on_the_way() const { return inbox_.size(); }
  [[nodiscard]] std::size_t ever_sent() const { return sent_.size(); }
  /// Every byte that was sealed, in order.
  [[nodiscard]] Buffer transcript() const;

 private:
  struct Packet {
    std::uint32_t ssrc;
    std::uint64_t index;
    Buffer plain;
    Buffer wire;
    bool opened = false;
  };
  struct Ends {
    SrtpSender sender;
    SrtpReceiver receiver;
    SrtpReceiver calm;  ///< hears only what is genuine: forgeries must make no difference
  };

  static Ends ends_of(std::uint64_t seed);
  [[nodiscard]] Complaint protect(std::uint32_t ssrc, std::uint16_t seq, std::uint32_t shape);
  [[nodiscard]] Complaint arrive(std::size_t index);
  [[nodiscard]] Complaint forge(const MediaEvent& event);
  [[nodiscard]] Complaint cramp();
  [[nodiscard]] Complaint hear(SrtpReceiver& receiver, const Packet& packet, bool in_place,
                               std::optional<Error> refusal);

  Ends ends_;
  TwinSender spent_;
  TwinReceiver heard_;
  std::vector<Packet> sent_;
  std::vector<std::size_t> inbox_;
  std::map<std::uint32_t, std::uint16_t> last_seq_;
  std::set<Buffer> keystreams_;
};

}  // namespace sotto::prop
