// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/story.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include <poll.h>
#include <unistd.h>

#include "demo/failure.hpp"
#include "demo/frames_file.hpp"
#include "demo/narrator.hpp"
#include "demo/opus_codec.hpp"
#include "demo/process.hpp"
#include "demo/text_file.hpp"
#include "demo/wav.hpp"

namespace sotto::demo {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// A folder that goes away with this object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Failure("no folder for temporary files");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

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
    listen([&] { return events_["call-done"] >= 2; });
    narrator_.heading("The relay tries what it kept");
    relay_->order("attack " + folder_.file("text") + " " + folder_.file("alice.frames") + " " +
                  folder_.file("bob.frames"));
    listen([&] { return events_["attack-done"] >= 1; });
    narrator_.heading("And the conversation goes on");
    caller_->order("finish");
    listen([&] { return !caller_->open(); });
    relay_->order("stop");
    listen([&] { return !relay_->open() && !callee_->open(); });
    return summary();
  }

 private:
  void prepare_files() {
    const auto lines =
        options_.text_path.empty() ? default_lines() : read_lines(options_.text_path);
    std::ofstream text(folder_.file("text"), std::ios::binary);
    for (const Blob& line : lines) {
      text.write(reinterpret_cast<const char*>(line.data()),
                 static_cast<std::streamsize>(line.size()));
      text.put('\n');
    }
    swap_ = lines.size() >= 4;
    const Samples speech = options_.wav_path.empty()
                               ? recorded_speech({"Front_Center", "Front_Left", "Front_Right"})
                               : read_wav(options_.wav_path);
    write_wav(folder_.file("alice.wav"), speech);
    write_wav(folder_.file("bob.wav"),
              options_.wav_path.empty() ? recorded_speech({"Rear_Center", "Side_Left"}) : speech);
    check_output();
  }

  /// Whether the result can be written is found out now, not after the call.
  void check_output() {
    std::error_code ignored;
    for (const std::string& input : {options_.text_path, options_.wav_path})
      if (!input.empty() && std::filesystem::equivalent(input, options_.out_path, ignored))
        throw Failure(options_.out_path + ": it is an input as well");
    const bool there = std::filesystem::exists(options_.out_path, ignored);
    if (!std::ofstream(options_.out_path, std::ios::binary | std::ios::app))
      throw Failure(options_.out_path + ": it cannot be written");
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
    listen([&] { return events_.contains("tcp-port") && events_.contains("udp-port"); });
    callee_ = party("Bob", "callee");
    listen([&] { return events_.contains("published"); });
    caller_ = party("Alice", "caller");
  }

  std::unique_ptr<Process> party(const std::string& name, const std::string& side) {
    const std::string stem = name == "Alice" ? "alice" : "bob";
    return std::make_unique<Process>(
        name, std::vector<std::string>{
                  "demo-party", "--side", side, "--tcp", std::to_string(last_["tcp-port"]), "--udp",
                  std::to_string(last_["udp-port"]), "--text", folder_.file("text"), "--wav",
                  folder_.file(stem + ".wav"), "--frames", folder_.file(stem + ".frames"),
                  "--heard", folder_.file(stem + ".heard.wav"), "--pattern",
                  folder_.file(stem + ".pattern"), "--pace-ms", options_.realtime ? "20" : "5"});
  }

  /// Take in what the processes tell until `enough`.
  void listen(const std::function<bool()>& enough) {
    constexpr auto patience = std::chrono::seconds(45);
    constexpr int slice_ms = 50;  // An interrupt between the check and the wait costs this.
    constexpr auto settling = std::chrono::milliseconds(30);
    auto heard = Clock::now();
    while (!enough()) {
      std::vector<pollfd> polled;
      std::vector<Process*> processes;
      for (Process* process : {relay_.get(), callee_.get(), caller_.get()})
        if (process != nullptr && process->open()) {
          polled.push_back({process->fd(), POLLIN, 0});
          processes.push_back(process);
        }
      const int ready = ::poll(polled.data(), polled.size(), slice_ms);
      if (interrupted != 0) throw Failure("interrupted");
      if (ready > 0) heard = Clock::now();
      if (polled.empty() || Clock::now() - heard > patience) throw Failure("the demo stands still");
      if (ready <= 0) continue;
      for (std::size_t i = 0; i < polled.size(); ++i)
        if (polled[i].revents != 0) hear(*processes[i]);
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

  void note(const Process& process, const std::string& text) {
    std::istringstream words(text);
    std::string key;
    std::uint64_t value = 0;
    words >> key >> value;
    if (key == "progress") return narrator_.progress(process.title(), value);
    ++events_[key];
    sums_[key] += value;
    last_[key] = value;
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

  bool check(const std::string& what, bool held, const std::string& detail) {
    narrator_.row(what, (held ? "yes   " : "NO    ") + detail);
    return held;
  }

  bool summary() {
    narrator_.heading("Summary");
    narrator_.row("messages", std::to_string(events_["sent"]) + " sent and " +
                                  std::to_string(events_["opened"]) +
                                  " read, each under its own key");
    narrator_.row("media packets", std::to_string(sums_["packets-sent"]) + " sent, " +
                                       std::to_string(sums_["packets-heard"]) + " heard");
    narrator_.row("what the network did to them",
                  std::to_string(sums_["lost"]) + " lost, " + std::to_string(sums_["reordered"]) +
                      " reordered, " + std::to_string(sums_["duplicated"]) + " duplicated (" +
                      std::to_string(events_["dropped-replayed"]) + " copies refused)");
    bool good = true;
    good &= check("Bob heard what Alice's codec made", heard_exactly("alice", "bob"),
                  "sample for sample, as if nothing were encrypted");
    good &= check("Alice heard what Bob's codec made", heard_exactly("bob", "alice"),
                  "sample for sample");
    good &= check("all was heard that was not lost",
                  sums_["packets-heard"] + sums_["lost"] >= sums_["packets-sent"],
                  std::to_string(events_["late"]) + " came too late to be played");
    good &=
        check("the relay found nothing", sums_["found"] == 0 && sums_["control"] == sums_["sought"],
              std::to_string(sums_["found"]) + " of " + std::to_string(sums_["sought"]) +
                  " pieces; in the unencrypted control " + std::to_string(sums_["control"]));
    good &= check("its own keys opened nothing", events_["tried"] == 3 && events_["refused"] == 3,
                  std::to_string(events_["refused"]) + " of " + std::to_string(events_["tried"]) +
                      " attempts refused");
    const std::uint64_t altered = events_["refused-authentication_failed"];
    const std::uint64_t replayed = events_["refused-replayed"];
    constexpr std::uint64_t injected = 5;
    good &= check("Bob refused altered and old copies",
                  altered + replayed == injected && altered >= 2 && replayed >= 2,
                  std::to_string(altered + replayed) + " of " + std::to_string(injected) + ": " +
                      std::to_string(altered) + " authentication_failed, " +
                      std::to_string(replayed) + " replayed");
    std::filesystem::copy_file(folder_.file("bob.heard.wav"), options_.out_path,
                               std::filesystem::copy_options::overwrite_existing);
    narrator_.row("what Bob heard", options_.out_path);
    return good;
  }

  const StoryOptions& options_;
  Narrator narrator_;
  Folder folder_;
  bool swap_ = false;
  std::unique_ptr<Process> relay_, callee_, caller_;
  std::multimap<Clock::time_point, std::pair<std::string, std::string>> said_;
  std::map<std::string, std::uint64_t> events_, sums_, last_;
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
