// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/relay.hpp"

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sys/socket.h>

#include <sotto/wire.hpp>

#include "demo/failure.hpp"
#include "demo/kept.hpp"
#include "demo/media_relay.hpp"
#include "demo/net.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

class Relay {
 public:
  explicit Relay(const RelayOptions& options) : options_(options), media_(options, kept_) {
    auto [listener, tcp_port] = listen_tcp();
    listener_ = std::move(listener);
    tell("tcp-port", tcp_port);
    tell("udp-port", media_.port());
  }

  void run() {
    while (!stopped_) {
      const int first = lines_.size() > 0 ? lines_[0].fd() : Orders::fd();
      const int second = lines_.size() > 1 ? lines_[1].fd() : Orders::fd();
      const int third = lines_.size() > 2 ? lines_[2].fd() : Orders::fd();
      const auto ready =
          wait_readable({media_.fd(), listener_.get(), first, second, third, Orders::fd()});
      if (!ready) continue;
      if (*ready == media_.fd()) {
        media_.receive();
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
  void serve(std::size_t line) {
    if (!lines_[line].fill()) {
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(line));
      roles_.erase(roles_.begin() + static_cast<std::ptrdiff_t>(line));
      return;
    }
    while (const auto frame = lines_[line].next()) {
      if (frame->type == Frame::hello && frame->body.size() == 1 && frame->body[0] <= second_device)
        greet(line, frame->body[0]);
      else if (roles_[line] && (roles_[line] == second_device || is_of_second(*frame)))
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
    if (party == second_device) return;
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
      send_to(from == second_device ? caller : second_device, Frame::ring, frame.body);
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
      media_.tell_mischief();
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
    media_.send(callee, std::move(moved));
    media_.send(callee, media_.arrived());
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
  Orders orders_;
  std::vector<FrameStream> lines_;
  std::vector<std::optional<std::size_t>> roles_;
  std::array<bool, 2> wants_bundle_{};
  std::array<Blob, 2> bundle_bytes_;
  Blob second_bundle_;
  std::optional<Blob> held_message_;
  std::array<std::map<std::uint32_t, Blob>, 2> waiting_;  ///< for each party, not acknowledged yet
  std::array<std::set<std::uint32_t>, 2> taken_;          ///< numbers that each party used
  std::uint32_t copies_ = 0;
  Kept kept_;
  MediaRelay media_;
  bool forge_next_ = false;
  bool stopped_ = false;
};

}  // namespace

void run_relay(const RelayOptions& options) {
  heed_stall("relay");
  Relay(options).run();
}

}  // namespace sotto::demo
