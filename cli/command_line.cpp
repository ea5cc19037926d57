// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace sotto::cli {
namespace {

using Chosen = std::expected<Subcommand, int>;
using Mistake = CLI::ValidationError;

/// A whole number in decimal digits: CLI11 itself takes -1 for the largest number there is, and 010
/// for eight.
CLI::Validator whole(std::uint64_t least, std::uint64_t most) {
  const std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
  const auto read = [=](std::string& text) {
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size() || number < least || number > most)
      return "'" + text + "' is no whole number " + range;
    text = std::to_string(number);
    return std::string();
  };
  return CLI::Validator(read, range);
}

template <class Number>
CLI::Validator any_whole() {
  return whole(0, std::numeric_limits<Number>::max());
}

CLI::Validator percent() {
  constexpr double most = 90;
  const auto read = [](std::string& text) {
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good =
        fault == std::errc() && end == text.data() + text.size() && number >= 0 && number <= most;
    return good ? std::string() : "'" + text + "' is no number from 0 to 90";
  };
  return CLI::Validator(read, "from 0 to 90");
}

/// Of a file or the like: without this, an empty name would be as good as no option.
CLI::Validator named() {
  return CLI::Validator(
      [](std::string& text) { return std::string(text.empty() ? "it names nothing" : ""); }, "");
}

/// A person's name is part of a file's name.
CLI::Validator person() {
  const auto read = [](std::string& text) -> std::string {
    if (text.empty()) return "a name has at least one letter";
    if (text.find('/') != std::string::npos) return "'" + text + "': a name has no slash in it";
    return "";
  };
  return CLI::Validator(read, "");
}

/// What else must hold of the options of a subcommand; throws a `Mistake`.
template <class Options>
using Rule = std::function<void(const CLI::App&, const Options&)>;

/// A subcommand while it is set up, with the options that its arguments are read into.
template <class Options>
struct Added {
  CLI::App& command;
  Options& options;
};

/// Add a subcommand; once the line is read, `chosen` is its options if it is the one called.
/// `chosen` must outlive the parsing.
template <class Options>
Added<Options> add(CLI::App& app, Chosen& chosen, const std::string& name,
                   const std::string& description = "", const Rule<Options>& rule = {}) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(name, description);
  command->callback([options, command, rule, &chosen] {
    if (rule) rule(*command, *options);
    chosen = *options;
  });
  return {*command, *options};
}

void check_chat(const CLI::App& /*command*/, const chat::Options& options) {
  if (options.as == options.with) throw Mistake("--with", "this is who you are by --as");
}

void add_chat(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<chat::Options>(
      app, chosen, "chat", "a secret conversation in the terminal, over an MQTT broker or a file",
      check_chat);
  command.add_option("--as", options.as, "your name")->required()->check(person());
  command.add_option("--with", options.with, "whom to talk to")->required()->check(person());
  command.add_option("--device", options.device, "which of your devices this is")
      ->transform(whole(1, 0x7fffffffU))
      ->capture_default_str();
  command
      .add_option("--store", options.store,
                  "the device's database; its keys stand beside it [sotto-NAME-DEVICE.db]")
      ->check(named());
  auto* relay = command
                    .add_option("--relay", options.relay,
                                "a file that all on this machine share, in place of a broker")
                    ->check(named())
                    ->capture_default_str();
  auto* broker = command.add_option("--broker", options.broker, "an MQTT broker: HOST:PORT")
                     ->check(named())
                     ->excludes(relay);
  auto* user = command.add_option("--user", options.user, "whom to come to the broker as")
                   ->check(named())
                   ->needs(broker);
  command.add_option("--password-file", options.password_file, "a file with the password for it")
      ->check(named())
      ->needs(user);
  command.add_option("--cafile", options.ca_file, "TLS, with these authorities")
      ->check(named())
      ->needs(broker);
  command.add_flag("--plain", options.plain, "no colours and no prompt");
}

void add_network(CLI::App& command, demo::RelayOptions& network) {
  command.add_option("--loss", network.loss_percent, "media packets lost, in percent")
      ->check(percent());
  command.add_option("--reorder", network.reorder_percent, "media packets overtaken, in percent")
      ->check(percent());
  command.add_option("--duplicate", network.duplicate_percent, "media packets doubled, in percent")
      ->check(percent());
  command.add_option("--seed", network.seed, "which packets that befalls")
      ->transform(any_whole<std::uint64_t>());
}

void check_demo(const CLI::App& command, const demo::StoryOptions& options) {
  for (const char* name : {"--kill-when", "--kill-at"})
    if (options.kill == "none" && command.count(name) > 0)
      throw Mistake(name, "nobody is killed with --kill none");
}

void add_demo(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<demo::StoryOptions>(
      app, chosen, "demo",
      "two people agree on keys, talk and call, through a relay that learns nothing", check_demo);
  command.add_option("--text", options.text_path, "a text file: each line is a message")
      ->check(named());
  command
      .add_option("--wav", options.wav_path, "a recording to speak in the call: WAV, 16-bit PCM")
      ->check(named());
  command.add_option("--out", options.out_path, "where to write what was heard")
      ->check(named())
      ->capture_default_str();
  command
      .add_option("--kill", options.kill,
                  "whose process is killed in the midst of the conversation, and started again")
      ->check(CLI::IsMember({"caller", "callee", "both", "none"}))
      ->capture_default_str();
  command
      .add_option("--kill-when", options.kill_when,
                  "before or after what they worked on is stored; mixed: Alice after, Bob before")
      ->check(CLI::IsMember({"before", "after", "mixed"}))
      ->capture_default_str();
  command
      .add_option("--kill-at", options.kill_at,
                  "at which message, sent or read, that is; whoever has fewer is killed at the "
                  "last one; 0: one in the middle")
      ->transform(any_whole<std::uint32_t>());
  add_network(command, options.network);
  command.add_flag("--realtime", options.realtime,
                   "speak at natural speed, not as fast as it goes");
  const std::vector<CLI::Option*> of_the_conversation = command.get_options();
  auto* middle =
      command.add_flag("--mitm", options.middle,
                       "somebody in the middle of a call instead, and what each side sees of it");
  for (CLI::Option* option : of_the_conversation)
    if (option != command.get_help_ptr()) middle->excludes(option);
  command.add_flag("--plain", options.plain, "no colours and no moving line");
}

void add_relay(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<demo::RelayOptions>(app, chosen, "demo-relay");
  command.group("");
  add_network(command, options);
  command.add_flag("--swap,!--no-swap", options.swap);
}

void add_party(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<demo::PartyOptions>(app, chosen, "demo-party");
  command.group("");
  command
      .add_option_function<std::string>("--side",
                                        [&side = options.side](const std::string& name) {
                                          side = name == "caller" ? CallSide::caller
                                                                  : CallSide::callee;
                                        })
      ->required()
      ->check(CLI::IsMember({"caller", "callee"}));
  command.add_option("--tcp", options.tcp_port)->required();
  command.add_option("--udp", options.udp_port)->required();
  command.add_option("--text", options.text_path);
  command.add_option("--wav", options.wav_path)->required();
  command.add_option("--frames", options.frames_path)->required();
  command.add_option("--heard", options.heard_path)->required();
  command.add_option("--pattern", options.pattern_path)->required();
  command.add_option("--store", options.store_path)->required();
  command.add_option("--history", options.history_path)->required();
  command.add_option("--halt-at", options.halt.at);
  command.add_option("--halt-before", options.halt.before);
  command.add_option("--pace-ms", options.pace_ms);
}

void add_tablet(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<demo::TabletOptions>(app, chosen, "demo-tablet");
  command.group("");
  command.add_option("--tcp", options.tcp_port)->required();
  command.add_option("--udp", options.udp_port)->required();
}

void add_inspect(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<InspectOptions>(
      app, chosen, "inspect",
      "Show what can be read of a message, a bundle or a snapshot without any key.");
  command.add_option("input", options.input,
                     "The bytes as hexadecimal digits, or a file of them or of the bytes "
                     "themselves (./NAME if its name is all such digits); - or none: read stdin");
  command.add_option("--as", options.as, "What the bytes are; else it is found out")
      ->check(CLI::IsMember({"signal", "prekey", "bundle", "snapshot"}));
}

void add_peer(CLI::App& app, Chosen& chosen) {
  add<PeerOptions>(app, chosen, "peer",
                   "Be a party for tests: one JSON object a line in, one out (docs/interop.md)");
}

void add_side(CLI::App& command, const std::string& name, SideText& side) {
  command
      .add_option("--" + name + "-id", side.id,
                  "form 1: a telephone number; 2: a UUID; account: 64 hexadecimal digits")
      ->required();
  command.add_option("--" + name + "-key", side.key, "The identity key, in hexadecimal digits");
  command.add_option("--" + name + "-device", side.devices,
                     "NUMBER:KEY of a device of the account; for each of them");
}

void add_safety_number(CLI::App& app, Chosen& chosen) {
  const auto [command, options] =
      add<SafetyNumberOptions>(app, chosen, "safety-number",
                               "What two people compare to know that nobody stands between them.");
  command
      .add_option("--form", options.form,
                  "1 or 2: Signal's, of an identity key a side; account: over all devices")
      ->check(CLI::IsMember({"1", "2", "account"}))
      ->capture_default_str();
  add_side(command, "our", options.ours);
  add_side(command, "their", options.theirs);
  command.add_flag("--no-qr", options.no_qr, "Draw no code in the terminal");
  command.add_option("--svg", options.svg, "Keep the code in this file as SVG")->check(named());
  command.add_option("--png", options.png, "Keep the code in this file as PNG")->check(named());
  command
      .add_option("--scan", options.scan,
                  "Compare with a scanned code: hexadecimal digits, or a file of them or of the "
                  "bytes themselves; exits with 2 when it is another")
      ->check(named());
}

void add_story(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<story::Options>(
      app, chosen, "story",
      "a secret conversation on one screen: devices, timers, reports, a call, a ghost");
  command.add_flag("--plain", options.plain, "no colours");
}

void add_verify(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<VerifyOptions>(
      app, chosen, "verify", "Run test vectors against this build and say what they showed");
  command
      .add_option("FILE|DIR", options.paths,
                  "Files of vectors, or folders of them; without any, those built in")
      ->check(named());
  command.add_flag("--json", options.json, "Print a JSON document instead of a table");
}

/// The subcommands that a person may call, in one line.
std::string subcommands(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) names += (names.empty() ? "" : ", ") + command->get_name();
  return names;
}

/// Says what is wrong where no subcommand was called: CLI11 would say only that one is required.
/// `word`: what stands in its place, if anything does.
int complain_of_none(const CLI::App& app, const std::string& word) {
  const std::string said = word.empty()            ? "a subcommand is required"
                           : word.starts_with('-') ? "there is no option " + word
                                                   : "there is no subcommand " + word;
  std::fprintf(stderr, "sotto: %s; there are %s\nRun with --help for more information.\n",
               said.c_str(), subcommands(app).c_str());
  return exit_misuse;
}

}  // namespace

std::expected<Subcommand, int> read_command_line(int argc, char** argv, const char* version) {
  CLI::App app("Conversations and calls that nobody in between can read.", "sotto");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  Chosen chosen = std::unexpected(0);
  add_chat(app, chosen);
  add_demo(app, chosen);
  add_relay(app, chosen);
  add_party(app, chosen);
  add_tablet(app, chosen);
  add_inspect(app, chosen);
  add_peer(app, chosen);
  add_safety_number(app, chosen);
  add_story(app, chosen);
  add_verify(app, chosen);
  // Behind the subcommands, which would show it as well.
  app.footer("Exits with 0 when all went well, with " + std::to_string(exit_misuse) +
             " when the command line is not as it must be, and\nwith 1 when something else did "
             "not go well. safety-number --scan exits with 2 when the code is another.");
  // `help` is another way to write --help, before the subcommand that it is of.
  std::vector<const char*> words(argv, argv + argc);
  if (argc > 1 && std::string_view(argv[1]) == "help") {
    const auto is_meant = [&](const CLI::App* command) { return command->get_name() == argv[2]; };
    if (argc > 2 && app.get_subcommands(is_meant).empty())
      return std::unexpected(complain_of_none(app, argv[2]));
    words.erase(words.begin() + 1);
    words.push_back("--help");
  }
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    const bool told = error.get_exit_code() == 0;  // help, or the version
    if (!told && app.get_subcommands().empty()) {
      const auto others = app.remaining();
      return std::unexpected(complain_of_none(app, others.empty() ? "" : others[0]));
    }
    static_cast<void>(app.exit(error));
    return std::unexpected(told ? 0 : exit_misuse);
  }
  return chosen;
}

}  // namespace sotto::cli
