// SPDX-License-Identifier: MIT OR Apache-2.0
#include "keyed_line.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "agreement.hpp"
#include "testing/rtp.hpp"

namespace sotto::prop {
namespace {

using testing::every_srtp_profile;

constexpr std::uint8_t untouched = 0xa5;
constexpr std::size_t stream_bytes = 16;
constexpr std::size_t report_header = 8;
constexpr std::array<std::size_t, 4> mki_sizes{0, 1, 4, 16};

Buffer from_tape(std::uint64_t seed, std::size_t size) {
  testing::TapeEntropy tape(seed);
  Buffer bytes(size);
  if (!tape.fill(bytes)) std::abort();
  return bytes;
}

Complaint wrong(const char* what, std::optional<Error> got, std::optional<Error> want) {
  const auto text = [](std::optional<Error> e) { return e ? std::string(name(*e)) : "none"; };
  return std::string(what) + ": " + text(got) + " instead of " + text(want);
}

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

}  // namespace

std::string describe(const KeyedEvent& event) {
  constexpr const char* names[KeyedEvent::kinds] = {"seal",  "report", "deliver", "replay", "forge",
                                                    "rekey", "add",    "erase",   "end"};
  std::ostringstream out;
  out << names[static_cast<std::size_t>(event.kind)] << "(" << event.a << ", " << event.b << ", "
      << event.c << ")";
  return out.str();
}

KeyedLine::KeyedLine(unsigned mode, std::uint64_t seed)
    : profile_(every_srtp_profile[mode % every_srtp_profile.size()]),
      mki_bytes_(mki_sizes[mode / every_srtp_profile.size() % mki_sizes.size()]),
      seed_(seed),
      sender_(must(SrtpSender::create(profile_, key(0), salt(0), {.mki = Bytes(mki(0))}))),
      receiver_(must(SrtpReceiver::create(profile_, key(0), salt(0), {.mki = Bytes(mki(0))}))) {
}

Buffer KeyedLine::key(unsigned n) const {
  return from_tape(seed_ ^ n, srtp_sizes(profile_).key);
}
Buffer KeyedLine::salt(unsigned n) const {
  return from_tape(~(seed_ ^ n), srtp_sizes(profile_).salt);
}
Buffer KeyedLine::mki(unsigned n) const {
  Buffer name(mki_bytes_, 0x6b);
  if (!name.empty()) name.back() = static_cast<std::uint8_t>(n);
  return name;
}

Complaint KeyedLine::apply(const KeyedEvent& event) {
  switch (event.kind) {
    case KeyedEvent::Kind::seal:
      return seal(event);
    case KeyedEvent::Kind::report:
      return report(event);
    case KeyedEvent::Kind::deliver: {
      if (inbox_.empty()) return {};
      const auto chosen = inbox_.begin() + static_cast<std::ptrdiff_t>(event.a % inbox_.size());
      const std::size_t which = *chosen;
      inbox_.erase(chosen);
      return arrive(which);
    }
    case KeyedEvent::Kind::replay:
      return sent_.empty() ? Complaint{} : arrive(event.a % sent_.size());
    case KeyedEvent::Kind::forge:
      return forge(event);
    case KeyedEvent::Kind::end:
      return end(event.a % 4, event.b % 3 != 2);
    default:
      return change(event.kind, event.a % KeyedEvent::keys);
  }
}

Complaint KeyedLine::seal(const KeyedEvent& event) {
  const std::uint32_t ssrc = event.a % 4;
  const auto seq = static_cast<std::uint16_t>(
      (last_seq_.contains(ssrc) ? last_seq_[ssrc] : std::uint16_t{0}) + event.b);
  const auto index = spent_.spend(ssrc, seq);
  Packet packet{false, ssrc, index.value_or(0), current_, media_packet(ssrc, seq, event.c), {}};
  Buffer out(packet.plain.size() + sender_.overhead_bytes());
  const auto sealed = sender_.protect(out, packet.plain);
  if (!index) {
    return error_of(sealed) == index.error() ? Complaint{}
                                             : wrong("sealing", error_of(sealed), index.error());
  }
  last_seq_[ssrc] = seq;
  const std::size_t head = media_header_size(packet.plain);
  return keep(std::move(packet), sealed, head);
}

Complaint KeyedLine::report(const KeyedEvent& event) {
  const std::uint32_t ssrc = event.a % 4;
  const bool ended = spent_.ended(ssrc);
  Packet packet{true, ssrc, ended ? 0 : next_report_[ssrc]++, current_, Buffer(report_header), {}};
  packet.plain[0] = 0x80;
  packet.plain[1] = 200;
  packet.plain[7] = static_cast<std::uint8_t>(ssrc);
  packet.plain.resize(report_header + stream_bytes + event.c % 100);
  Buffer out(packet.plain.size() + sender_.rtcp_overhead_bytes());
  const auto sealed = sender_.protect_rtcp(out, packet.plain);
  if (ended)
    return error_of(sealed) == Error::counter_reused
               ? Complaint{}
               : wrong("reporting", error_of(sealed), Error::counter_reused);
  return keep(std::move(packet), sealed, report_header);
}

Complaint KeyedLine::keep(Packet packet, const Result<MutableBytes>& sealed, std::size_t head) {
  if (!sealed) return wrong("sealing", sealed.error(), std::nullopt);
  packet.wire.assign(sealed->begin(), sealed->end());
  if (!std::ranges::equal(Bytes(packet.wire).first(head), Bytes(packet.plain).first(head)))
    return "the header was altered";
  const Bytes stream = Bytes(packet.wire).subspan(head, stream_bytes);
  if (!keystreams_.insert(Buffer(stream.begin(), stream.end())).second)
    return "one nonce sealed two packets";
  inbox_.push_back(sent_.size());
  sent_.push_back(std::move(packet));
  return {};
}

std::optional<Error> KeyedLine::refusal(const Packet& packet) const {
  if (!held_.contains(packet.key)) return Error::unknown_key;
  const auto barred = barred_.find(packet.ssrc);
  if (barred != barred_.end() && barred->second.contains(packet.key)) return Error::replayed;
  if (!packet.control) return heard_.refusal(packet.ssrc, packet.index);
  const auto seen = reports_.find(packet.ssrc);
  if (seen == reports_.end()) return {};
  const std::uint64_t newest = *seen->second.rbegin();
  const bool past = packet.index <= newest && newest - packet.index >= srtp_replay_window;
  if (past || seen->second.contains(packet.index)) return Error::replayed;
  return {};
}

Result<MutableBytes> KeyedLine::open(MutableBytes out, Bytes wire, bool control) {
  return control ? receiver_.unprotect_rtcp(out, wire) : receiver_.unprotect(out, wire);
}

Complaint KeyedLine::arrive(std::size_t which) {
  Packet& packet = sent_[which];
  const auto expected = refusal(packet);
  if (packet.opened && !expected) return "the books would open a packet twice";
  Buffer out(packet.wire.size(), untouched);
  const auto opened = open(out, packet.wire, packet.control);
  if (error_of(opened) != expected) return wrong("a genuine packet", error_of(opened), expected);
  if (!opened) {
    const bool clean =
        std::ranges::all_of(out, [](auto byte) { return byte == untouched || byte == 0; });
    return clean ? Complaint{} : "a refused packet left something in the output";
  }
  if (!std::ranges::equal(*opened, packet.plain)) return "a packet opened to another one";
  packet.opened = true;
  if (packet.control)
    reports_[packet.ssrc].insert(packet.index);
  else
    heard_.opened(packet.ssrc, packet.index);
  return {};
}

Complaint KeyedLine::forge(const KeyedEvent& event) {
  const Buffer noise = from_tape(event.c, event.c % 90);
  Buffer wire = noise;
  bool control = event.b % 2 == 0;
  if (!sent_.empty()) {
    const Packet& packet = sent_[event.a % sent_.size()];
    wire = packet.wire;
    control = packet.control;
    switch (event.b % 7) {
      case 0:
        wire[event.c / 8 % wire.size()] ^= static_cast<std::uint8_t>(1U << event.c % 8);
        break;
      case 1:
        wire.resize(event.c % wire.size());
        break;
      case 2:
        wire.insert(wire.end(), noise.begin(), noise.end());
        break;
      case 3:  // for the other one's function
        control = !control;
        break;
      case 4: {  // under the name of another key
        const bool aead = srtp_sizes(profile_).salt == 12;
        const auto sizes = srtp_sizes(profile_);
        const std::size_t behind = aead ? 0 : control ? sizes.srtcp_tag : sizes.srtp_tag;
        const Buffer other = mki(event.c % KeyedEvent::keys);
        std::ranges::copy(other, wire.end() - static_cast<std::ptrdiff_t>(behind + other.size()));
        break;
      }
      case 5:  // the end of it made up
        for (std::size_t i = 0; i < std::min(noise.size(), wire.size() - 12); ++i)
          wire[wire.size() - 1 - i] ^= noise[i];
        break;
      default:  // another number
        wire[2] = static_cast<std::uint8_t>(event.c >> 8);
        wire[3] = static_cast<std::uint8_t>(event.c);
        break;
    }
  }
  const bool genuine = std::ranges::any_of(sent_, [&](const Packet& packet) {
    return packet.control == control && packet.wire == wire;
  });
  if (genuine) return {};
  Buffer out(wire.size(), untouched);
  if (open(out, wire, control)) return "what nobody sealed was opened";
  const bool clean =
      std::ranges::all_of(out, [](auto byte) { return byte == untouched || byte == 0; });
  return clean ? Complaint{} : "a refusal left something in the output";
}

Complaint KeyedLine::end(std::uint32_t ssrc, bool heard) {
  const auto sent = error_of(sender_.remove_stream(ssrc));
  if (sent) return wrong("ending a stream", sent, std::nullopt);
  spent_.end(ssrc, next_report_.erase(ssrc) != 0);
  last_seq_.erase(ssrc);
  if (!heard) return {};
  const auto got = error_of(receiver_.remove_stream(ssrc));
  if (got) return wrong("no more hearing a stream", got, std::nullopt);
  const bool was_heard = heard_.end(ssrc);
  if (reports_.erase(ssrc) != 0 || was_heard) {
    barred_[ssrc].insert(held_.begin(), held_.end());
    forgot_ = true;
  }
  return {};
}

Complaint KeyedLine::change(KeyedEvent::Kind kind, unsigned n) {
  std::optional<Error> expected;
  std::optional<Error> got;
  if (kind == KeyedEvent::Kind::rekey) {
    if (mki_bytes_ == 0 || n == current_)
      expected = Error::malformed;
    else if (!spent_.follow(!sent_under_.contains(n)))
      expected = Error::counter_reused;
    got = error_of(sender_.rekey(profile_, key(n), salt(n), mki(n)));
    if (!got) {
      current_ = n;
      sent_under_.insert(n);
    }
  } else if (kind == KeyedEvent::Kind::add) {
    if (mki_bytes_ == 0)
      expected = Error::malformed;
    else if (held_.contains(n))
      expected = Error::conflict;
    else if (forgot_ && heard_under_.contains(n))
      expected = Error::replayed;
    else if (held_.size() == srtp_max_keys)
      expected = Error::exhausted;
    got = error_of(receiver_.add_key(profile_, key(n), salt(n), mki(n)));
    if (!got) {
      held_.insert(n);
      heard_under_.insert(n);
    }
  } else {
    if (mki_bytes_ == 0 || !held_.contains(n)) expected = Error::unknown_key;
    got = error_of(receiver_.erase_key(mki(n)));
    if (!got) {
      held_.erase(n);
      for (auto& [ssrc, keys] : barred_) keys.erase(n);
    }
  }
  return got == expected ? Complaint{} : wrong(describe({kind, n, 0, 0}).c_str(), got, expected);
}

}  // namespace sotto::prop
