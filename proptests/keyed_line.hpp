// SPDX-License-Identifier: MIT OR Apache-2.0
/// One direction of SRTP and SRTCP in any profile, whose keys come and go by their MKI, under a
/// hostile network; a verdict after every event. The property and the fuzzer drive the same one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sotto/srtp.hpp>

#include "media_line.hpp"
#include "twin_srtp.hpp"

namespace sotto::prop {

struct KeyedEvent {
  enum class Kind : std::uint8_t {
    seal,     ///< an RTP packet: stream `a`, sequence number `b` beyond its last, shape `c`
    report,   ///< an RTCP packet of stream `a`, `c` bytes long
    deliver,  ///< packet `a` of those not delivered arrives
    replay,   ///< packet `a` of all that were sealed arrives (again)
    forge,    ///< a copy of packet `a` of all, altered by `b` and `c`, arrives
    rekey,    ///< the sender goes on under key `a`
    add,      ///< the receiver is given key `a`
    erase,    ///< it forgets key `a`
    end,      ///< the sender ends stream `a`; so does the receiver, but not for every third `b`
  };
  static constexpr unsigned kinds = 9;
  static constexpr unsigned keys = 7;

  Kind kind = Kind::seal;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

std::string describe(const KeyedEvent& event);

class KeyedLine {
 public:
  static constexpr unsigned modes = 24;  ///< six profiles, four sizes of MKI, the first none

  /// Both ends hold key 0 of those that `seed` determines.
  KeyedLine(unsigned mode, std::uint64_t seed);

  [[nodiscard]] Complaint apply(const KeyedEvent& event);

 private:
  struct Packet {
    bool control;
    std::uint32_t ssrc;
    std::uint64_t index;
    unsigned key;
    Buffer plain;
    Buffer wire;
    bool opened = false;
  };

  [[nodiscard]] Buffer key(unsigned n) const;
  [[nodiscard]] Buffer salt(unsigned n) const;
  [[nodiscard]] Buffer mki(unsigned n) const;

  [[nodiscard]] Complaint seal(const KeyedEvent& event);
  [[nodiscard]] Complaint report(const KeyedEvent& event);
  [[nodiscard]] Complaint keep(Packet packet, const Result<MutableBytes>& sealed, std::size_t head);
  [[nodiscard]] Complaint arrive(std::size_t which);
  [[nodiscard]] Complaint forge(const KeyedEvent& event);
  [[nodiscard]] Complaint change(KeyedEvent::Kind kind, unsigned n);
  [[nodiscard]] Complaint end(std::uint32_t ssrc, bool heard);
  /// Why a genuine packet must be refused now; nothing when it must open.
  [[nodiscard]] std::optional<Error> refusal(const Packet& packet) const;
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes wire, bool control);

  SrtpProfile profile_;
  std::size_t mki_bytes_;
  std::uint64_t seed_;
  SrtpSender sender_;
  SrtpReceiver receiver_;

  TwinSender spent_;
  TwinReceiver heard_;
  std::map<std::uint32_t, std::uint32_t> next_report_;
  std::map<std::uint32_t, std::set<std::uint64_t>> reports_;
  unsigned current_ = 0;
  std::set<unsigned> held_{0};
  std::set<unsigned> sent_under_{0};                    ///< keys that the sender has had
  std::set<unsigned> heard_under_{0};                   ///< and the receiver
  std::map<std::uint32_t, std::set<unsigned>> barred_;  ///< to streams that it ended
  bool forgot_ = false;                                 ///< whether it ended any
  std::map<std::uint32_t, std::uint16_t> last_seq_;
  std::vector<Packet> sent_;
  std::vector<std::size_t> inbox_;
  std::set<Buffer> keystreams_;
};

}  // namespace sotto::prop
