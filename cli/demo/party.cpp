// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/party.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "demo/failure.hpp"
#include "demo/frames_file.hpp"
#include "demo/link.hpp"
#include "demo/media_line.hpp"
#include "demo/own_call.hpp"
#include "demo/report.hpp"
#include "demo/rows.hpp"
#include "demo/text_file.hpp"
#include "file.hpp"

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
        link_(options.side, options.tcp_port, options.store_path, options.halt),
        media_(options.side, options.udp_port),
        call_(options.side, link_, media_) {
    link_.on_message([this](Transaction& tx, std::uint32_t number, const Content& content) {
      if (content.kind == Kind::text) keep_line(tx, number, content.body);
      if (content.kind == Kind::receipt) take_receipt(tx, content.body);
    });
  }

  void run() {
    if (options_.side == CallSide::caller) {
      recall_lines();
      link_.establish();
      talk(static_cast<std::uint32_t>(lines_.size()) - 1);
      agree();
      call();
      tell("call-done");
      wait_for_order();
      talk(static_cast<std::uint32_t>(lines_.size()));
    } else {
      link_.establish();
      show_history();
      agree();
      call();
      tell("call-done");
      media_.announce_refusals();
      while (wait()) read_all();
      read_all();
      media_.receive();  // The line may end before what came beside it was read.
      write_history();
    }
  }

 private:
  /// What is to be said, and how far that has come, as the database knows.
  void recall_lines() {
    lines_ = read_lines(options_.text_path);
    lines_.push_back(as_blob(last_line()));
    auto tx = link_.begin();
    said_ = read_number(tx, "said");
    receipts_ = static_cast<std::uint32_t>(rows_of(tx, 'r').size());
  }

  /// The first `until` lines, each acknowledged; the second to the fourth leave in one go.
  void talk(std::uint32_t until) {
    while (receipts_ < until) {
      if (said_ < until && (said_ == receipts_ || (said_ < 4 && receipts_ > 0))) {
        const Blob& line = lines_[said_];
        say("sends " + shown(line));
        link_.send({Kind::text, line},
                   [&](Transaction& tx) { write_number(tx, "said", said_ + 1); });
        ++said_;
        continue;
      }
      if (!wait()) throw Failure("the relay hung up");
      read_all();
    }
  }

  /// In the transaction that opened the line: it is kept, and its receipt is on its way.
  void keep_line(Transaction& tx, std::uint32_t number, const Blob& line) {
    write_row(tx, numbered('h', number), line);
    link_.stage(tx, {Kind::receipt, receipt_for(line)});
  }

  void take_receipt(Transaction& tx, const Blob& receipt) {
    for (std::uint32_t i = 0; i < said_; ++i) {
      if (receipt_for(lines_[i]) != receipt || has_row(tx, numbered('r', i))) continue;
      write_number(tx, numbered('r', i), 1);
      ++receipts_;
      return;
    }
    throw Failure("Bob understood something else than Alice sent");
  }

  /// Whoever died between storing a line and showing it shows it now.
  void show_history() {
    auto tx = link_.begin();
    for (const auto& [number, line] : rows_of(tx, 'h')) show(number, "reads " + shown(line));
  }

  void write_history() {
    auto tx = link_.begin();
    std::vector<Blob> lines;
    for (auto& [number, line] : rows_of(tx, 'h')) lines.push_back(std::move(line));
    write_frames(options_.history_path, lines);
  }

  /// Until media can flow. What the other side sends already waits for its keys in the socket.
  void agree() {
    if (options_.side == CallSide::caller) call_.place();
    while (!call_.keyed()) {
      if (wait_readable({link_.fd()}) && !link_.receive()) throw Failure("the relay hung up");
      read_all();
    }
  }

  /// Speak, show and listen at once, until both have said all.
  void call() {
    const auto frames = encode_speech(read_wav(options_.wav_path));
    write_frames(options_.frames_path, frames);
    const auto total = static_cast<std::uint32_t>(frames.size());
    say("speaks " + std::to_string(total * frame_ms / 1000) + "." +
        std::to_string(total * frame_ms / 100 % 10) + " s of recorded speech in " +
        std::to_string(total) + " packets, and shows a picture beside it");

    const std::uint32_t ticks = std::max(total, 50U);  // So that there is time for new keys.
    // What follows waits for the new keys: the call is to show both. And a proposal's answer may be
    // overtaken by media, but not by so many that Bob believes Alice to have gone on without him.
    const std::uint32_t proposed = ticks / 3;
    const std::uint32_t last_old = options_.side == CallSide::caller
                                       ? std::min(3 * ticks / 4, proposed + 2000 / frame_ms)
                                       : 3 * ticks / 4;
    std::uint32_t tick = 0, heard = 0;
    bool end_sent = false;
    auto next_send = Clock::now();
    while (!end_sent || !all_came()) {
      const auto waits = [&] { return tick >= last_old && media_.sending_epoch() == 0; };
      if (waits() && media_.ended()) call_.pass_until_deadline();
      const bool sends = tick < ticks && !waits() && media_.ready();
      if (sends && Clock::now() >= next_send) {
        if (tick < total) media_.send(tick, frames[tick]);
        for (auto n = video_frames_after(tick); n < video_frames_after(tick + 1); ++n)
          media_.send_video();
        ++tick;
        next_send += milliseconds(options_.pace_ms);
        if (tick % 25 == 0 || tick == ticks) tell("progress", 100ULL * tick / ticks);
        if (tick == proposed && options_.side == CallSide::caller) call_.rekey();
      }
      if (tick == ticks && !end_sent) {
        Blob counts;
        put_u32(counts, total);
        put_u32(counts, media_.video_sent());
        link_.send({Kind::media_end, counts});
        media_.send_end();
        end_sent = true;
      }
      if (end_sent && all_came()) break;
      if (!wait(sends ? std::optional(next_send) : std::nullopt))
        throw Failure("the relay hung up during the call");
      read_all();
      const std::uint32_t passed =
          media_.heard_until() - std::exchange(heard, media_.heard_until());
      call_.pass(milliseconds(frame_ms) * passed);
    }
    media_.finish(end_->speech);
    tell_counts(total);
    write_wav(options_.heard_path, media_.heard());
    cli::write_file(options_.pattern_path, media_.pattern());
  }

  /// The other side has said how much it sent, and all of that came which was not lost.
  [[nodiscard]] bool all_came() const { return end_ && media_.ended() && media_.ready(); }

  void tell_counts(std::uint32_t total) const {
    tell("packets-sent", total);
    tell("packets-heard", static_cast<std::uint64_t>(
                              std::count(media_.pattern().begin(), media_.pattern().end(), '1')));
    tell("video-sent", media_.video_sent());
    tell("video-seen", media_.video_opened() - media_.video_damaged());
    tell("video-damaged", media_.video_damaged());
    tell("old-keys", media_.opened_in(0));
    tell("new-keys", media_.opened_in(1));
  }

  void read(const Received& one) {
    if (call_.take(one.content)) return;
    if (one.content.kind == Kind::media_end) {
      Cursor counts(one.content.body);
      const auto speech = counts.take_u32();
      end_ = Counts{speech.value(), counts.take_u32().value()};
    }
    if (one.content.kind == Kind::text) show(one.number, "reads " + shown(one.content.body));
  }

  void read_all() {
    call_.hear_second();
    while (const auto received = link_.next()) read(*received);
  }

  void wait_for_order() {
    for (;;) {
      while (const auto order = orders_.next())
        if (*order == "finish") return;
      const auto ready = wait_readable({link_.fd(), media_.fd(), Orders::fd()});
      if (ready == Orders::fd()) orders_.fill();
      if (ready == link_.fd() && !link_.receive()) throw Failure("the relay hung up");
      if (ready == media_.fd()) media_.receive();
      read_all();
    }
  }

  /// Take in what comes, or wait `until`. Answers false when the relay hung up.
  bool wait(std::optional<Clock::time_point> until = {}) {
    const auto ready = wait_readable({link_.fd(), media_.fd()}, until);
    if (ready == media_.fd()) media_.receive();
    return ready != link_.fd() || link_.receive();
  }

  const PartyOptions& options_;
  /// Packets of each stream that the other side sent.
  struct Counts {
    std::uint32_t speech;
    std::uint32_t video;
  };

  Orders orders_;
  Link link_;
  MediaLine media_;
  OwnCall call_;
  std::optional<Counts> end_;
  std::vector<Blob> lines_;     ///< the caller's
  std::uint32_t said_ = 0;      ///< how many of them were given to the outbox
  std::uint32_t receipts_ = 0;  ///< and how many were acknowledged
};

}  // namespace

void run_party(const PartyOptions& options) {
  heed_stall(options.side == CallSide::caller ? "caller" : "callee");
  Party(options).run();
}

}  // namespace sotto::demo
