// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/story.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <poll.h>
#include <unistd.h>

#include "demo/failure.hpp"
#include "demo/folder.hpp"
#include "demo/frames_file.hpp"
#include "demo/group_scene.hpp"
#include "demo/narrator.hpp"
#include "demo/opus_codec.hpp"
#include "demo/party.hpp"
#include "demo/process.hpp"
#include "demo/standstill.hpp"
#include "demo/text_file.hpp"
#include "demo/told.hpp"
#include "demo/wav.hpp"
#include "file.hpp"

namespace sotto::demo {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// Several recordings one after the other; only the first must exist.
Samples recorded_speech(std::initializer_list<const char*> names) {
  Samples all;
  for (const char* name : names) {
    const std::string path = std::string("/usr/share/sounds/alsa/") + name + ".wav";
    if (!all.empty() && !std::filesystem::exists(path)) continue;
    const Samples one = read_wav(path);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

class Story {
 public:
  explicit Story(const StoryOptions& options) : options_(options), narrator_(options.plain) {}

  bool run() {
    prepare_files();
    narrator_.heading("Two people agree on keys, talk and call, through a relay that keeps all");
    start_processes();
    listen([&] {
      return told_.events["call-done"] >= 2 &&
             told_.events["second-refused"] + told_.events["second-accepted"] > 0;
    });
    tablet_->order("report");
    listen([&] { return told_.events.contains("tablet-tried"); });
    narrator_.heading("The relay tries what it kept");
    relay_->order("attack " + folder_.file("text") + " " + folder_.file("alice.frames") + " " +
                  folder_.file("bob.frames"));
    listen([&] { return told_.events["attack-done"] >= 1; });
    narrator_.heading("And the conversation goes on");
    caller_->order("finish");
    listen([&] { return !caller_->open(); });
    listen([&] { return told_.events["acknowledged"] >= told_.events["carried"]; });
    relay_->order("stop");
    listen([&] { return !relay_->open() && !callee_->open() && !tablet_->open(); });
    narrator_.heading("Four in a group call");
    group_ = play_group(narrator_);
    return summary();
  }

 private:
  void prepare_files() {
    const auto lines =
        options_.text_path.empty() ? default_lines() : read_lines(options_.text_path);
    Blob text;
    for (const Blob& line : lines) {
      text.insert(text.end(), line.begin(), line.end());
      text.push_back('\n');
    }
    cli::write_file(folder_.file("text"), text);
    swap_ = lines.size() >= 4;
    lines_ = lines;
    check_kill();
    const Samples speech = options_.wav_path.empty()
                               ? recorded_speech({"Front_Center", "Front_Left", "Front_Right"})
                               : read_wav(options_.wav_path);
    write_wav(folder_.file("alice.wav"), speech);
    write_wav(folder_.file("bob.wav"),
              options_.wav_path.empty() ? recorded_speech({"Rear_Center", "Side_Left"}) : speech);
    check_output();
  }

  /// How often a side stores something while they talk: Bob once for each line, Alice twice, the
  /// line and its receipt.
  [[nodiscard]] std::uint32_t commits(const std::string& side) const {
    const auto lines = static_cast<std::uint32_t>(lines_.size());
    return side == "caller" ? 2 * lines : lines;
  }

  void check_kill() const {
    const std::uint32_t most = commits(is_killed("caller") ? "caller" : "callee");
    if (options_.kill_at > most)
      throw Failure("--kill-at " + std::to_string(options_.kill_at) +
                    ": with this text it is from 1 to " + std::to_string(most));
  }

  /// Whether the result can be written is found out now, not after the call.
  void check_output() {
    std::error_code ignored;
    for (const std::string& input : {options_.text_path, options_.wav_path})
      if (!input.empty() && std::filesystem::equivalent(input, options_.out_path, ignored))
        throw Failure(options_.out_path + ": it is an input as well");
    const bool there = std::filesystem::exists(options_.out_path, ignored);
    if (!std::ofstream(options_.out_path, std::ios::binary | std::ios::app))
      throw cli::file_fault(options_.out_path);
    if (!there) std::filesystem::remove(options_.out_path, ignored);
  }

  static std::vector<Blob> default_lines() {
    const std::string text = default_text();
    return split_lines(Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }

  void start_processes() {
    const RelayOptions& network = options_.network;
    relay_ = std::make_unique<Process>(
        "Relay",
        std::vector<std::string>{"demo-relay", "--loss", std::to_string(network.loss_percent),
                                 "--reorder", std::to_string(network.reorder_percent),
                                 "--duplicate", std::to_string(network.duplicate_percent), "--seed",
                                 std::to_string(network.seed), swap_ ? "--swap" : "--no-swap"});
    listen([&] { return told_.events.contains("tcp-port") && told_.events.contains("udp-port"); });
    callee_ = party("Bob", halt_of("callee"));
    listen([&] { return told_.events.contains("published"); });
    tablet_ = std::make_unique<Process>(
        "Tablet",
        std::vector<std::string>{"demo-tablet", "--tcp", std::to_string(told_.last("tcp-port")),
                                 "--udp", std::to_string(told_.last("udp-port"))});
    listen([&] { return told_.events.contains("tablet-published"); });
    caller_ = party("Alice", halt_of("caller"));
  }

  [[nodiscard]] bool is_killed(const std::string& side) const {
    return options_.kill == "both" || options_.kill == side;
  }

  /// Where a side stands still to be killed.
  [[nodiscard]] Halt halt_of(const std::string& side) const {
    if (!is_killed(side)) return {};
    const bool calling = side == "caller";
    // Alice's second line, which she stores third; Bob's third, which was overtaken by the fourth.
    const std::uint32_t in_the_midst = calling ? 3 : 4;
    const std::uint32_t wanted = options_.kill_at == 0 ? in_the_midst : options_.kill_at;
    const bool before = options_.kill_when == "mixed" ? !calling : options_.kill_when == "before";
    return {std::min(wanted, commits(side)), before};
  }

  std::unique_ptr<Process> party(const std::string& name, const Halt& halt) {
    const std::string stem = name == "Alice" ? "alice" : "bob";
    const std::vector<std::pair<std::string, std::string>> options{
        {"--side", name == "Alice" ? "caller" : "callee"},
        {"--tcp", std::to_string(told_.last("tcp-port"))},
        {"--udp", std::to_string(told_.last("udp-port"))},
        {"--text", folder_.file("text")},
        {"--wav", folder_.file(stem + ".wav")},
        {"--frames", folder_.file(stem + ".frames")},
        {"--heard", folder_.file(stem + ".heard.wav")},
        {"--pattern", folder_.file(stem + ".pattern")},
        {"--store", folder_.file(stem + ".db")},
        {"--history", folder_.file(stem + ".history")},
        {"--halt-at", std::to_string(halt.at)},
        {"--halt-before", halt.before ? "1" : "0"},
        {"--pace-ms", options_.realtime ? "20" : "0"}};
    std::vector<std::string> words{"demo-party"};
    for (const auto& [option, value] : options) words.insert(words.end(), {option, value});
    return std::make_unique<Process>(name, words);
  }

  /// Kill who stands still for it, and start them again over what they stored.
  void revive() {
    for (const std::string& name : std::exchange(halted_, {})) {
      const bool calling = name == "Alice";
      const bool before = halt_of(calling ? "caller" : "callee").before;
      std::unique_ptr<Process>& process = calling ? caller_ : callee_;
      process->kill();
      said_.emplace(Clock::now(),
                    std::pair("Demo", "kills " + name + "'s process (SIGKILL), which had " +
                                          (before ? "worked on a message and not stored it yet"
                                                  : "stored a message and let nothing out yet") +
                                          "; starts it again"));
      process = party(name, {});
      ++kills_;
    }
  }

  /// Take in what the processes tell until `enough`.
  void listen(const std::function<bool()>& enough) {
    constexpr int slice_ms = 50;  // An interrupt between the check and the wait costs this.
    constexpr auto settling = std::chrono::milliseconds(30);
    Standstill standstill;
    while (!enough()) {
      std::vector<pollfd> polled;
      std::vector<Process*> processes;
      for (Process* process : {relay_.get(), callee_.get(), caller_.get(), tablet_.get()})
        if (process != nullptr && process->open()) {
          polled.push_back({process->fd(), POLLIN, 0});
          processes.push_back(process);
        }
      const int ready = ::poll(polled.data(), polled.size(), slice_ms);
      if (interrupted != 0) throw Failure("interrupted");
      if (ready == 0 && standstill.seen(processes)) throw Failure("the demo stands still");
      if (ready <= 0) continue;
      standstill = {};
      for (std::size_t i = 0; i < polled.size(); ++i)
        if (polled[i].revents != 0) hear(*processes[i]);
      revive();
      speak(Clock::now() - settling);
    }
    speak(Clock::time_point::max());
  }

  /// Pass on what was said before `until`, in the order in which it was said.
  void speak(Clock::time_point until) {
    const auto end = said_.lower_bound(until);
    for (auto one = said_.begin(); one != end; ++one)
      narrator_.line(one->second.first, one->second.second);
    said_.erase(said_.begin(), end);
  }

  void hear(Process& process) {
    process.fill();
    while (const auto line = process.next_line()) {
      if (line->starts_with("say "))
        keep(process, line->substr(4));
      else if (line->starts_with("show "))
        keep_shown(process, line->substr(5));
      else if (line->starts_with("tell "))
        note(process, line->substr(5));
    }
    if (!process.open()) {
      if (process.wait() != 0) throw Failure(process.title() + " ended before its time");
    }
  }

  /// "TIME SENTENCE": held until nothing said earlier can still come.
  void keep(const Process& process, const std::string& text) {
    std::istringstream words(text);
    std::int64_t stamp_us = 0;
    words >> stamp_us;
    const Clock::time_point said{std::chrono::microseconds(stamp_us)};
    said_.emplace(said, std::pair(process.title(), text.substr(text.find(' ') + 1)));
  }

  /// "TIME NUMBER SENTENCE": as above, but each number once.
  void keep_shown(const Process& process, const std::string& text) {
    std::istringstream words(text);
    std::string time;
    std::uint32_t number = 0;
    words >> time >> number;
    const std::size_t sentence = text.find(' ', time.size() + 1);
    if (shown_.insert(number).second) keep(process, time + text.substr(sentence));
  }

  void note(const Process& process, const std::string& text) {
    std::istringstream words(text);
    std::string key;
    std::uint64_t value = 0;
    words >> key >> value;
    if (key == "halt") return halted_.push_back(process.title());
    if (key == "progress") return narrator_.progress(process.title(), value);
    told_.note(key, value);
  }

  /// Decode what `speaker` sent, without any encryption, with the frames missing that `listener`
  /// missed: sample for sample what `listener` heard.
  bool heard_exactly(const std::string& speaker, const std::string& listener) {
    const auto frames = read_frames(folder_.file(speaker + ".frames"));
    std::string pattern;
    std::ifstream(folder_.file(listener + ".pattern")) >> pattern;
    if (pattern.size() != frames.size()) return false;
    SpeechDecoder plain;
    for (std::size_t i = 0; i < frames.size(); ++i)
      plain.hear(pattern[i] == '1' ? Bytes(frames[i]) : Bytes{});
    const Samples heard = read_wav(folder_.file(listener + ".heard.wav"));
    return heard == plain.heard();
  }

  /// What Bob's database holds in the end is what Alice said, line for line.
  bool history_is_whole() {
    auto expected = lines_;
    const std::string last = last_line();
    expected.emplace_back(last.begin(), last.end());
    return read_frames(folder_.file("bob.history")) == expected;
  }

  bool all_were_shown() {
    const std::uint64_t wanted = (is_killed("caller") ? 1U : 0U) + (is_killed("callee") ? 1U : 0U);
    return shown_.size() == lines_.size() + 1 && kills_ == wanted;
  }

  bool check(const std::string& what, bool held, const std::string& detail) {
    narrator_.row(what, (held ? "yes   " : "NO    ") + detail);
    return held;
  }

  bool summary() {
    narrator_.heading("Summary");
    narrator_.row("messages", std::to_string(told_.events["carried"]) + " sent and " +
                                  std::to_string(told_.events["acknowledged"]) +
                                  " read, each under its own key");
    narrator_.row("speech packets", std::to_string(told_.sums["packets-sent"]) + " sent, " +
                                        std::to_string(told_.sums["packets-heard"]) + " heard");
    narrator_.row("video packets", std::to_string(told_.sums["video-sent"]) + " sent, " +
                                       std::to_string(told_.sums["video-seen"]) + " seen");
    narrator_.row("what the network did to them",
                  std::to_string(told_.sums["lost"]) + " lost, " +
                      std::to_string(told_.sums["reordered"]) + " reordered, " +
                      std::to_string(told_.sums["duplicated"]) + " duplicated (" +
                      std::to_string(told_.events["dropped-replayed"]) + " copies refused)");
    bool good = true;
    good &= check("each line was shown once", history_is_whole() && all_were_shown(),
                  std::to_string(lines_.size() + 1) + " lines, through " + std::to_string(kills_) +
                      (kills_ == 1 ? " kill" : " kills"));
    good &= check("Bob heard what Alice's codec made", heard_exactly("alice", "bob"),
                  "sample for sample, as if nothing were encrypted");
    good &= check("Alice heard what Bob's codec made", heard_exactly("bob", "alice"),
                  "sample for sample");
    good &= check("all was heard and seen that was not lost",
                  told_.sums["packets-heard"] + told_.sums["video-seen"] + told_.sums["lost"] >=
                      told_.sums["packets-sent"] + told_.sums["video-sent"],
                  std::to_string(told_.events["late"]) + " came too late to be played");
    for (const Claim& claim : call_claims(told_))
      good &= check(claim.what, claim.held, claim.detail);
    good &=
        check("the relay found nothing",
              told_.sums["found"] == 0 && told_.sums["control"] == told_.sums["sought"],
              std::to_string(told_.sums["found"]) + " of " + std::to_string(told_.sums["sought"]) +
                  " pieces; in the unencrypted control " + std::to_string(told_.sums["control"]));
    good &= check("its own keys opened nothing",
                  told_.events["tried"] == 3 && told_.events["refused"] == 3,
                  std::to_string(told_.events["refused"]) + " of " +
                      std::to_string(told_.events["tried"]) + " attempts refused");
    const std::uint64_t altered = told_.events["refused-authentication_failed"];
    const std::uint64_t replayed = told_.events["refused-replayed"];
    constexpr std::uint64_t injected = 5;
    good &= check("Bob refused altered and old copies",
                  altered + replayed == injected && altered >= 2 && replayed >= 2,
                  std::to_string(altered + replayed) + " of " + std::to_string(injected) + ": " +
                      std::to_string(altered) + " authentication_failed, " +
                      std::to_string(replayed) + " replayed");
    for (const Claim& claim : group_) good &= check(claim.what, claim.held, claim.detail);
    write_wav(options_.out_path, read_wav(folder_.file("bob.heard.wav")));
    narrator_.row("what Bob heard", options_.out_path);
    return good;
  }

  const StoryOptions& options_;
  Narrator narrator_;
  Folder folder_;
  bool swap_ = false;
  std::vector<Blob> lines_;
  std::vector<std::string> halted_;
  std::set<std::uint32_t> shown_;  ///< numbers of the lines that Bob showed
  std::uint64_t kills_ = 0;
  std::unique_ptr<Process> relay_, callee_, caller_, tablet_;
  std::multimap<Clock::time_point, std::pair<std::string, std::string>> said_;
  Told told_;
  std::vector<Claim> group_;
};

}  // namespace

bool run_story(const StoryOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return Story(options).run();
}

}  // namespace sotto::demo
