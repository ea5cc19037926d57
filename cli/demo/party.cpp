// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/party.hpp"

#include <fstream>
#include <optional>

#include "demo/failure.hpp"
#include "demo/frames_file.hpp"
#include "demo/link.hpp"
#include "demo/media_line.hpp"
#include "demo/report.hpp"
#include "demo/text_file.hpp"

namespace sotto::demo {
namespace {

using std::chrono::milliseconds;

std::string as_text(const Blob& body) {
  return {body.begin(), body.end()};
}

Blob as_blob(const std::string& text) {
  return {text.begin(), text.end()};
}

/// A line as it is shown: long ones are cut.
std::string shown(const Blob& line) {
  constexpr std::size_t widest = 90;
  if (line.size() <= widest) return "\"" + as_text(line) + "\"";
  return "\"" + as_text(line).substr(0, widest) + "...\" (" + std::to_string(line.size()) +
         " bytes)";
}

Blob receipt_for(const Blob& line) {
  return as_blob(std::to_string(line.size()) + " bytes, checksum " + checksum(line));
}

class Party {
 public:
  explicit Party(const PartyOptions& options)
      : options_(options),
        link_(options.side, options.tcp_port),
        media_(options.side, options.udp_port) {}

  void run() {
    link_.establish();
    if (options_.side == CallSide::caller) {
      talk();
      call(agree_as_caller());
      tell("call-done");
      wait_for_order();
      send_and_wait(as_blob("That was all, Bob. Whatever the relay tried, this line still opens."));
    } else {
      call(agree_as_callee());
      tell("call-done");
      media_.announce_refusals();
      while (wait(milliseconds(200))) answer_all();
    }
  }

 private:
  /// All lines, each acknowledged; the second to the fourth leave in one go.
  void talk() {
    const auto lines = read_lines(options_.text_path);
    std::size_t next = 0;
    while (next < lines.size()) {
      const std::size_t burst = next == 1 ? std::min<std::size_t>(3, lines.size() - 1) : 1;
      for (std::size_t i = 0; i < burst; ++i) {
        say("sends " + shown(lines[next + i]));
        link_.send({Kind::text, lines[next + i]});
      }
      for (std::size_t i = 0; i < burst; ++i) take_receipt(lines, next, burst);
      next += burst;
    }
  }

  void take_receipt(const std::vector<Blob>& lines, std::size_t first, std::size_t count) {
    const Content content = wait_for(Kind::receipt);
    for (std::size_t i = first; i < first + count; ++i)
      if (content.body == receipt_for(lines[i])) return;
    throw Failure("Bob understood something else than Alice sent");
  }

  void send_and_wait(const Blob& line) {
    say("sends " + shown(line));
    link_.send({Kind::text, line});
    take_receipt({line}, 0, 1);
  }

  CallMedia agree_as_caller() {
    say("calls Bob: sends a fresh call key inside an encrypted message");
    auto keys = need(CallKeyPair::generate(entropy_), "a call key");
    link_.send(
        {Kind::offer, Blob(keys.public_key().bytes().begin(), keys.public_key().bytes().end())});
    const Content answer = wait_for(Kind::answer);
    return agree(std::move(keys), answer);
  }

  CallMedia agree_as_callee() {
    const Content offer = wait_for(Kind::offer);
    auto keys = need(CallKeyPair::generate(entropy_), "a call key");
    const Blob public_key(keys.public_key().bytes().begin(), keys.public_key().bytes().end());
    CallMedia media = agree(std::move(keys), offer);
    say("answers the call with a fresh key of his own");
    link_.send({Kind::answer, public_key});
    return media;
  }

  CallMedia agree(CallKeyPair&& keys, const Content& theirs) {
    const bool calling = options_.side == CallSide::caller;
    const CallIdentities identities{calling ? link_.ours() : link_.theirs(),
                                    calling ? link_.theirs() : link_.ours()};
    return need(agree_on_call(options_.side, std::move(keys),
                              CallPublic(std::span(theirs.body).first<32>()), identities),
                "agreeing on the call");
  }

  /// Speak and listen at once, until both have said all.
  void call(CallMedia media) {
    media_.start(std::move(media));
    const auto frames = encode_speech(read_wav(options_.wav_path));
    write_frames(options_.frames_path, frames);
    const auto total = static_cast<std::uint32_t>(frames.size());
    say("speaks " + std::to_string(total * frame_ms / 1000) + "." +
        std::to_string(total * frame_ms / 100 % 10) + " s of recorded speech in " +
        std::to_string(total) + " packets");

    std::uint32_t sent = 0;
    bool end_sent = false;
    auto next_send = Clock::now();
    std::optional<std::uint32_t> theirs;
    const auto quiet = milliseconds(1000);  // Nothing for so long: what is missing is lost.
    while (!end_sent || !theirs ||
           (media_.opened() < *theirs && Clock::now() - media_.last_packet() < quiet)) {
      if (sent < total && Clock::now() >= next_send) {
        media_.send(sent, frames[sent]);
        ++sent;
        next_send += milliseconds(options_.pace_ms);
        if (sent % 25 == 0 || sent == total) tell("progress", 100ULL * sent / total);
      }
      if (sent == total && !end_sent) {
        Blob count;
        put_u32(count, total);
        link_.send({Kind::media_end, count});
        end_sent = true;
      }
      const auto until = sent < total
                             ? std::chrono::duration_cast<milliseconds>(next_send - Clock::now())
                             : milliseconds(20);
      if (!wait(until)) throw Failure("the relay hung up during the call");
      while (const auto content = link_.next())
        if (content->kind == Kind::media_end) theirs = Cursor(content->body).take_u32();
    }
    media_.finish(*theirs);
    tell("packets-sent", sent);
    tell("packets-heard", static_cast<std::uint64_t>(
                              std::count(media_.pattern().begin(), media_.pattern().end(), '1')));
    tell("packets-of-other", *theirs);
    write_wav(options_.heard_path, media_.heard());
    std::ofstream(options_.pattern_path) << media_.pattern();
  }

  Content wait_for(Kind kind) {
    const auto deadline = Clock::now() + patience;
    while (Clock::now() < deadline) {
      while (auto content = link_.next()) {
        if (content->kind == kind) return *std::move(content);
        answer(*content);
      }
      if (!wait(milliseconds(200))) throw Failure("the relay hung up");
    }
    throw Failure("the other side does not answer");
  }

  void answer(const Content& content) {
    if (content.kind != Kind::text) return;
    say("reads " + shown(content.body));
    link_.send({Kind::receipt, receipt_for(content.body)});
  }

  void answer_all() {
    while (const auto content = link_.next()) answer(*content);
  }

  void wait_for_order() {
    for (;;) {
      while (const auto order = orders_.next())
        if (*order == "finish") return;
      const auto ready = wait_readable({link_.fd(), media_.fd(), Orders::fd()}, milliseconds(200));
      if (ready == Orders::fd()) orders_.fill();
      if (ready == link_.fd() && !link_.receive()) throw Failure("the relay hung up");
      if (ready == media_.fd()) media_.receive();
      answer_all();
    }
  }

  /// Take in what comes within `timeout`. Answers false when the relay hung up.
  bool wait(milliseconds timeout) {
    const auto ready = wait_readable({link_.fd(), media_.fd()}, timeout);
    if (ready == media_.fd()) media_.receive();
    return ready != link_.fd() || link_.receive();
  }

  const PartyOptions& options_;
  SystemEntropy entropy_;
  Orders orders_;
  Link link_;
  MediaLine media_;
};

}  // namespace

void run_party(const PartyOptions& options) {
  Party(options).run();
}

}  // namespace sotto::demo
