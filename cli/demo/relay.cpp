// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/relay.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include <sotto/wire.hpp>

#include "demo/failure.hpp"
#include "demo/kept.hpp"
#include "demo/net.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t caller = 0;
constexpr std::size_t callee = 1;
constexpr std::size_t tablet = 2;  ///< the callee's second device

/// The epoch of a media packet's keys, which is there for all to see.
std::uint32_t epoch_of(Bytes packet) {
  return packet.size() < 4 ? 0 : Cursor(packet.last(4)).take_u32().value();
}

/// What the network does to media packets on their way.
class Mischief {
 public:
  explicit Mischief(const RelayOptions& options) : options_(options), random_(options.seed) {}

  /// Which copies of `packet`, and of those held back before, go out now, in order.
  std::vector<Blob> pass(Blob packet) {
    std::vector<Blob> out;
    if (chance(options_.loss_percent)) {
      ++lost;
    } else if (chance(options_.reorder_percent)) {
      ++reordered;
      held_.push_back({2, std::move(packet)});
      return out;
    } else {
      if (chance(options_.duplicate_percent)) {
        ++duplicated;
        out.push_back(packet);
      }
      out.push_back(std::move(packet));
    }
    for (Held& one : held_) --one.wait;
    std::erase_if(held_, [&](Held& one) {
      if (one.wait > 0) return false;
      out.push_back(std::move(one.packet));
      return true;
    });
    return out;
  }

  /// All that is still held back.
  std::vector<Blob> release() {
    std::vector<Blob> out;
    for (Held& one : held_) out.push_back(std::move(one.packet));
    held_.clear();
    return out;
  }

  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;
  std::uint64_t duplicated = 0;

 private:
  struct Held {
    int wait;
    Blob packet;
  };

  bool chance(double percent) {
    return std::uniform_real_distribution<double>(0, 100)(random_) < percent;
  }

  const RelayOptions& options_;
  std::mt19937_64 random_;
  std::vector<Held> held_;
};

class Relay {
 public:
  explicit Relay(const RelayOptions& options)
      : options_(options), mischief_{Mischief(options), Mischief(options)} {
    auto [listener, tcp_port] = listen_tcp();
    auto [media, udp_port] = bind_udp();
    listener_ = std::move(listener);
    media_ = std::move(media);
    tell("tcp-port", tcp_port);
    tell("udp-port", udp_port);
  }

  void run() {
    while (!stopped_) {
      const int first = lines_.size() > 0 ? lines_[0].fd() : Orders::fd();
      const int second = lines_.size() > 1 ? lines_[1].fd() : Orders::fd();
      const int third = lines_.size() > 2 ? lines_[2].fd() : Orders::fd();
      const auto ready = wait_readable(
          {media_.get(), listener_.get(), first, second, third, Orders::fd()}, milliseconds(50));
      if (!ready) {
        for (const std::size_t from : {caller, callee}) send_media(from, mischief_[from].release());
      } else if (*ready == media_.get()) {
        while (auto packet = receive_media()) pass_media(*std::move(packet));
      } else if (*ready == listener_.get()) {
        lines_.emplace_back(Fd(::accept(listener_.get(), nullptr, nullptr)));
        roles_.emplace_back();
      } else if (*ready == Orders::fd()) {
        orders_.fill();
        while (const auto order = orders_.next()) obey(*order);
      } else {
        for (std::size_t line = 0; line < lines_.size(); ++line)
          if (lines_[line].fd() == *ready) serve(line);
      }
    }
  }

 private:
  struct Media {
    sockaddr_in from;
    Blob bytes;
  };

  std::optional<Media> receive_media() {
    Media media{};
    auto bytes = receive_datagram(media_.get(), &media.from);
    if (!bytes) return std::nullopt;
    media.bytes = *std::move(bytes);
    return media;
  }

  /// A datagram of a zero and a role says where that party listens; all else is media.
  void pass_media(Media media) {
    if (media.bytes.size() == 2 && media.bytes[0] == 0) {
      if (media.bytes[1] > tablet) return;
      addresses_[media.bytes[1]] = media.from;
      send_datagram(media.bytes[1], media.bytes);
      return;
    }
    for (const std::size_t from : {caller, callee}) {
      if (!addresses_[from] || addresses_[from]->sin_port != media.from.sin_port) continue;
      kept_.packets[from].push_back(media.bytes);
      send_media(from, mischief_[from].pass(std::move(media.bytes)));
      return;
    }
  }

  void send_media(std::size_t from, const std::vector<Blob>& packets) {
    for (const Blob& packet : packets) {
      send_datagram(1 - from, packet);
      send_datagram(tablet, packet);
    }
    for (const Blob& packet : packets)
      if (from == caller && (arrived_.empty() || epoch_of(packet) > epoch_of(arrived_)))
        arrived_ = packet;
  }

  void send_datagram(std::size_t to, Bytes bytes) {
    if (!addresses_[to]) return;
    ::sendto(media_.get(), bytes.data(), bytes.size(), 0,
             reinterpret_cast<const sockaddr*>(&*addresses_[to]), sizeof(sockaddr_in));
  }

  void serve(std::size_t line) {
    if (!lines_[line].fill()) {
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(line));
      roles_.erase(roles_.begin() + static_cast<std::ptrdiff_t>(line));
      return;
    }
    while (const auto frame = lines_[line].next()) {
      if (frame->type == Frame::hello && frame->body.size() == 1 && frame->body[0] <= tablet)
        greet(line, frame->body[0]);
      else if (roles_[line] && (roles_[line] == tablet || is_of_second(*frame)))
        serve_second(*roles_[line], *frame);
      else if (roles_[line])
        forward(*roles_[line], *frame);
    }
  }

  /// A party that is here for the first time, or again: it gets what it has not acknowledged.
  void greet(std::size_t line, std::size_t party) {
    for (auto& role : roles_)
      if (role == party) role.reset();
    roles_[line] = party;
    if (party == tablet) return;
    for (const auto& [number, body] : waiting_[party])
      if (party != callee || body != held_message_) send_to(party, Frame::message, body);
  }

  static bool is_of_second(const Framed& frame) {
    return frame.type == Frame::ring || (frame.type == Frame::fetch && !frame.body.empty());
  }

  void serve_second(std::size_t from, const Framed& frame) {
    if (frame.type == Frame::publish) {
      second_bundle_ = frame.body;
    } else if (frame.type == Frame::fetch) {
      send_to(from, Frame::publish, second_bundle_);
    } else if (frame.type == Frame::ring) {
      kept_.rings.push_back(frame.body);
      send_to(from == tablet ? caller : tablet, Frame::ring, frame.body);
    }
  }

  void forward(std::size_t from, const Framed& frame) {
    if (frame.type == Frame::publish) {
      if (const auto bundle = wire::parse_bundle(frame.body)) kept_.bundles[from] = bundle->keys;
      bundle_bytes_[from] = frame.body;
    } else if (frame.type == Frame::fetch) {
      wants_bundle_[from] = true;
    } else if (frame.type == Frame::message) {
      take_letter(from, frame.body);
    } else if (frame.type == Frame::ack) {
      const auto number = Cursor(frame.body).take_u32();
      if (number && waiting_[from].erase(*number) != 0) tell("acknowledged");
    }
    for (const std::size_t party : {caller, callee}) {
      if (!wants_bundle_[party] || bundle_bytes_[1 - party].empty()) continue;
      wants_bundle_[party] = false;
      send_to(party, Frame::publish, bundle_bytes_[1 - party]);
    }
  }

  /// A number that came before is a sender's who did not hear that it was accepted.
  void take_letter(std::size_t from, const Blob& body) {
    const auto number = Cursor(body).take_u32();
    if (!number) return;
    send_to(from, Frame::accepted, Bytes(body).first(4));
    if (!taken_[from].insert(*number).second) return;
    tell("carried");
    kept_.messages[from].push_back(body);
    waiting_[1 - from].emplace(*number, body);
    deliver(from, body);
  }

  void deliver(std::size_t from, const Blob& body) {
    const std::size_t number = kept_.messages[from].size();
    if (forge_next_ && from == caller) return deliver_with_forgeries(body);
    if (options_.swap && from == caller && number == 3) {
      held_message_ = body;
      return;
    }
    send_to(1 - from, Frame::message, body);
    if (held_message_ && from == caller) {
      say("delivers Alice's message 4 before her message 3, as networks do");
      send_to(1 - from, Frame::message, *held_message_);
      held_message_.reset();
    }
  }

  void send_to(std::size_t party, Frame type, Bytes body) {
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      if (roles_[line] != party) continue;
      try {
        lines_[line].send(type, body);
      } catch (const Failure&) {
        roles_[line].reset();  // It died. What it did not acknowledge waits for it.
      }
    }
  }

  /// A copy under a number of its own: the receiver has not seen that, so its session must judge.
  Blob renumbered(const Blob& body) {
    Blob copy;
    put_u32(copy, 0x80000000U + copies_++);
    put(copy, Bytes(body).subspan(4));
    return copy;
  }

  void obey(const std::string& order) {
    std::istringstream words(order);
    std::string verb, text_path;
    std::array<std::string, 2> frames_paths;
    words >> verb;
    if (verb == "stop") {
      stopped_ = true;
    } else if (verb == "attack" && words >> text_path >> frames_paths[0] >> frames_paths[1]) {
      for (const std::size_t from : {caller, callee}) {
        tell("lost", mischief_[from].lost);
        tell("reordered", mischief_[from].reordered);
        tell("duplicated", mischief_[from].duplicated);
      }
      search_for_plaintext(kept_, text_path, frames_paths);
      try_own_keys(kept_);
      inject();
      tell("attack-done");
    }
  }

  /// Send Bob altered and old copies of what Alice sent him; her next message goes the same way.
  void inject() {
    say("sends Bob Alice's very first message again");
    send_to(callee, Frame::message, renumbered(kept_.messages[caller].front()));
    Blob moved = kept_.packets[caller].back();
    moved[2] = static_cast<std::uint8_t>(moved[2] ^ 0x10);
    say("sends Bob a media packet under another number, and an old one again");
    send_datagram(callee, moved);
    send_datagram(callee, arrived_);
    forge_next_ = true;
  }

  /// A copy with one bit changed first, then the message, then the message again.
  void deliver_with_forgeries(const Blob& body) {
    forge_next_ = false;
    Blob altered = renumbered(body);
    altered[altered.size() - 9] ^= 1;  // the last byte of the ciphertext
    say("sends Bob Alice's newest message with one bit changed, then as it was, then once more");
    send_to(callee, Frame::message, altered);
    send_to(callee, Frame::message, body);
    send_to(callee, Frame::message, renumbered(body));
  }

  const RelayOptions& options_;
  Fd listener_;
  Fd media_;
  Orders orders_;
  std::vector<FrameStream> lines_;
  std::vector<std::optional<std::size_t>> roles_;
  std::array<std::optional<sockaddr_in>, 3> addresses_;
  std::array<bool, 2> wants_bundle_{};
  std::array<Blob, 2> bundle_bytes_;
  Blob second_bundle_;
  std::array<Mischief, 2> mischief_;
  std::optional<Blob> held_message_;
  std::array<std::map<std::uint32_t, Blob>, 2> waiting_;  ///< for each party, not acknowledged yet
  std::array<std::set<std::uint32_t>, 2> taken_;          ///< numbers that each party used
  Blob arrived_;  ///< the first of the caller's under the newest keys that was not lost
  std::uint32_t copies_ = 0;
  Kept kept_;
  bool forge_next_ = false;
  bool stopped_ = false;
};

}  // namespace

void run_relay(const RelayOptions& options) {
  Relay(options).run();
}

}  // namespace sotto::demo
