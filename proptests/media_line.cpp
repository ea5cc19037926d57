// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media_line.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "agreement.hpp"

namespace sotto::prop {
namespace {

constexpr std::uint8_t untouched = 0xa5;
constexpr std::size_t stream_bytes = 16;

bool untouched_or_zeroed(Bytes out) {
  return std::ranges::all_of(out, [](auto byte) { return byte == untouched || byte == 0; });
}

Complaint wrong(const char* what, const Result<MutableBytes>& result) {
  return std::string(what) + ": " + (result ? "no error" : std::string(name(result.error())));
}

void put_number(Buffer& out, std::uint64_t value, std::size_t bytes) {
  while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(value >> (8 * bytes) & 0xff));
}

}  // namespace

Buffer media_packet(std::uint32_t ssrc, std::uint16_t seq, std::uint32_t shape) {
  const std::uint32_t csrcs = shape % 5 == 4 ? 15 : shape % 5;
  const bool extension = (shape >> 3 & 1) != 0;
  Buffer packet;
  put_number(packet, 0x80 | (extension ? 0x10U : 0U) | csrcs, 1);
  put_number(packet, shape >> 4 & 0xff, 1);
  put_number(packet, seq, 2);
  put_number(packet, shape, 4);
  put_number(packet, ssrc, 4);
  for (std::uint32_t i = 0; i < csrcs; ++i) put_number(packet, i + shape, 4);
  if (extension) {
    put_number(packet, 0xbede, 2);
    put_number(packet, shape % 3, 2);
    for (std::uint32_t i = 0; i < shape % 3; ++i) put_number(packet, 0x10aa0000 + i, 4);
  }
  packet.resize(packet.size() + stream_bytes);
  testing::TapeEntropy content(shape);
  Buffer payload(shape % 100);
  if (!content.fill(payload)) std::abort();
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

std::size_t media_header_size(Bytes packet) {
  const std::size_t fixed = 12 + 4U * (packet[0] & 15U);
  return (packet[0] & 0x10) == 0 ? fixed : fixed + 4 + 4U * packet[fixed + 3];
}

std::string describe(const MediaEvent& event) {
  constexpr const char* names[MediaEvent::kinds] = {"protect", "deliver", "drop",
                                                    "replay",  "forge",   "cramp"};
  std::ostringstream out;
  out << names[static_cast<std::size_t>(event.kind)] << "(" << event.a << ", " << event.b << ", "
      << event.c << ")";
  return out.str();
}

MediaLine::Ends MediaLine::ends_of(std::uint64_t seed) {
  testing::TapeEntropy tape(seed);
  const auto alice = must(IdentityKeyPair::generate(tape)).public_key();
  const auto bob = must(IdentityKeyPair::generate(tape)).public_key();
  auto caller = must(CallKeyPair::generate(tape));
  auto callee = must(CallKeyPair::generate(tape));
  const auto from = caller.public_key();
  const auto to = callee.public_key();
  auto again = callee.duplicate();
  auto near = must(agree_on_call(CallSide::caller, std::move(caller), to, {alice, bob}));
  auto far = must(agree_on_call(CallSide::callee, std::move(callee), from, {alice, bob}));
  auto calm = must(agree_on_call(CallSide::callee, std::move(again), from, {alice, bob}));
  return {std::move(near.sender), std::move(far.receiver), std::move(calm.receiver)};
}

MediaLine::MediaLine(std::uint64_t seed, unsigned crowd) : ends_(ends_of(seed)) {
  for (unsigned i = 0; i < crowd; ++i)
    if (!protect(0xc0000000 + i, 7, i).empty() || !apply({MediaEvent::Kind::deliver}).empty())
      std::abort();
}

Complaint MediaLine::apply(const MediaEvent& event) {
  const std::size_t choice = inbox_.empty() ? 0 : event.a % inbox_.size();
  const auto chosen = inbox_.begin() + static_cast<std::ptrdiff_t>(choice);
  switch (event.kind) {
    case MediaEvent::Kind::protect: {
      const std::uint32_t ssrc = event.a;
      const std::uint16_t last = last_seq_.contains(ssrc) ? last_seq_[ssrc] : std::uint16_t{0};
      return protect(ssrc, static_cast<std::uint16_t>(last + event.b), event.c);
    }
    case MediaEvent::Kind::deliver: {
      if (inbox_.empty()) return {};
      const std::size_t index = *chosen;
      inbox_.erase(chosen);
      return arrive(index);
    }
    case MediaEvent::Kind::drop:
      if (!inbox_.empty()) inbox_.erase(chosen);
      return {};
    case MediaEvent::Kind::replay:
      return sent_.empty() ? Complaint{} : arrive(event.a % sent_.size());
    case MediaEvent::Kind::forge:
      return forge(event);
    case MediaEvent::Kind::cramp:
      return cramp();
  }
  return {};
}

Buffer MediaLine::transcript() const {
  Buffer all;
  for (const Packet& packet : sent_) all.insert(all.end(), packet.wire.begin(), packet.wire.end());
  return all;
}

Complaint MediaLine::protect(std::uint32_t ssrc, std::uint16_t seq, std::uint32_t shape) {
  const auto index = spent_.spend(ssrc, seq);
  Packet packet{ssrc, index.value_or(0), media_packet(ssrc, seq, shape), {}};
  const std::size_t size = packet.plain.size();
  const bool in_place = (shape & 1) != 0;
  Buffer out = in_place ? packet.plain : Buffer(size, untouched);
  out.resize(size + srtp_overhead_bytes, untouched);
  const auto sealed =
      ends_.sender.protect(out, in_place ? Bytes(out).first(size) : Bytes(packet.plain));
  if (!index) {
    if (sealed) return "a packet was sealed that must not be";
    if (sealed.error() != index.error()) return wrong("wrong reason", sealed);
    return {};
  }
  if (!sealed) return wrong("a packet was not sealed", sealed);
  if (sealed->size() != size + srtp_overhead_bytes) return "a sealed packet has the wrong size";
  packet.wire.assign(sealed->begin(), sealed->end());
  const std::size_t header = media_header_size(packet.plain);
  if (!std::equal(packet.plain.begin(), packet.plain.begin() + static_cast<std::ptrdiff_t>(header),
                  packet.wire.begin()))
    return "the header was altered";
  const Bytes stream = Bytes(packet.wire).subspan(header, stream_bytes);
  if (!keystreams_.insert(Buffer(stream.begin(), stream.end())).second)
    return "one nonce sealed two packets";
  last_seq_[ssrc] = seq;
  inbox_.push_back(sent_.size());
  sent_.push_back(std::move(packet));
  return {};
}

Complaint MediaLine::hear(SrtpReceiver& receiver, const Packet& packet, bool in_place,
                          std::optional<Error> refusal) {
  Buffer wire = packet.wire;
  Buffer apart(packet.plain.size(), untouched);
  const MutableBytes out = in_place ? MutableBytes(wire).first(apart.size()) : MutableBytes(apart);
  const auto opened = receiver.unprotect(out, wire);
  if (!refusal) {
    if (!opened) return wrong("a genuine packet was refused", opened);
    if (!std::ranges::equal(*opened, packet.plain)) return "a packet opened to another one";
    return {};
  }
  if (opened) return packet.opened ? "a packet opened twice" : "a packet opened out of its window";
  if (opened.error() != *refusal)
    return wrong("wrong reason", opened) + ", not " + std::string(name(*refusal));
  if (!untouched_or_zeroed(apart)) return "a refused packet left something in the output";
  return {};
}

Complaint MediaLine::arrive(std::size_t index) {
  Packet& packet = sent_[index];
  const auto refusal = heard_.refusal(packet.ssrc, packet.index);
  if (packet.opened && !refusal) return "the books would open a packet twice";
  // In place a packet that has to be searched for can be lost.
  const bool in_place = index % 2 == 0 && heard_.plain_to_see(packet.ssrc, packet.index);
  if (auto complaint = hear(ends_.receiver, packet, in_place, refusal); !complaint.empty())
    return complaint;
  if (auto complaint = hear(ends_.calm, packet, false, refusal); !complaint.empty())
    return "without forgeries: " + complaint;
  if (!refusal) {
    packet.opened = true;
    heard_.opened(packet.ssrc, packet.index);
  }
  return {};
}

Complaint MediaLine::forge(const MediaEvent& event) {
  testing::TapeEntropy noise(event.c);
  Buffer random(event.c % 200);
  if (!noise.fill(random)) std::abort();
  Buffer wire = sent_.empty() ? random : sent_[event.a % sent_.size()].wire;
  const std::size_t size = wire.size();
  switch (event.b % MediaEvent::forgeries) {
    case 0:
      if (size > 0) wire[event.c / 8 % size] ^= static_cast<std::uint8_t>(1U << event.c % 8);
      break;
    case 1:
      wire.resize(size == 0 ? 0 : event.c % size);
      break;
    case 2:
      wire.insert(wire.end(), random.begin(), random.end());
      break;
    case 3:  // another number: a jump far ahead must not move the window
      if (size > 4) {
        wire[2] = static_cast<std::uint8_t>(event.c >> 8 & 0xff);
        wire[3] = static_cast<std::uint8_t>(event.c & 0xff);
      }
      break;
    case 4:  // another stream: forgeries must not use up the places
      if (size > 11) wire[8 + event.c % 4] = static_cast<std::uint8_t>(event.c >> 8 & 0xff);
      break;
    case 5:  // one header, another body
      if (!sent_.empty()) {
        const Buffer& other = sent_[event.c % sent_.size()].wire;
        const std::size_t head = media_header_size(wire);
        const std::size_t other_head = media_header_size(other);
        wire.resize(head);
        wire.insert(wire.end(), other.begin() + static_cast<std::ptrdiff_t>(other_head),
                    other.end());
      }
      break;
    case 6:  // what was never sealed
      if (!sent_.empty()) {
        wire = sent_[event.a % sent_.size()].plain;
        wire.resize(wire.size() + srtp_overhead_bytes);
      }
      break;
    default:
      wire = random;
      break;
  }
  const bool genuine =
      std::ranges::any_of(sent_, [&](const Packet& packet) { return packet.wire == wire; });
  if (genuine) return {};
  Buffer out(wire.size(), untouched);
  const auto opened = ends_.receiver.unprotect(out, wire);
  if (opened) return "what nobody sealed was opened";
  if (!untouched_or_zeroed(out)) return "a refusal left something in the output";
  return {};
}

Complaint MediaLine::cramp() {
  // A stream of its own, so that a number which was spent all the same shows.
  constexpr std::uint32_t ssrc = 0xcccccccc;
  const Buffer plain = media_packet(ssrc, 1, 0);
  Buffer out(plain.size() + srtp_overhead_bytes - 1, untouched);
  const auto sealed = ends_.sender.protect(out, plain);
  if (sealed || sealed.error() != Error::buffer_too_small) return wrong("a short buffer", sealed);
  if (sent_.empty()) return {};
  const Packet& packet = sent_.back();
  out.assign(packet.plain.size() - 1, untouched);
  const auto opened = ends_.receiver.unprotect(out, packet.wire);
  if (opened || opened.error() != Error::buffer_too_small) return wrong("a short buffer", opened);
  if (!untouched_or_zeroed(out)) return "a short buffer was written to";
  return {};
}

}  // namespace sotto::prop
