// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace sotto::cli {
namespace {

using Chosen = std::expected<Subcommand, int>;

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
                   const std::string& description = "") {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(name, description);
  command->callback([options, &chosen] { chosen = *options; });
  return {*command, *options};
}

void add_chat(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<chat::Options>(
      app, chosen, "chat", "a secret conversation in the terminal, over an MQTT broker or a file");
  command.add_option("--as", options.as, "your name")->required();
  command.add_option("--with", options.with, "whom to talk to")->required();
  command.add_option("--device", options.device, "which of your devices this is")
      ->check(CLI::Range(1U, 0x7fffffffU))
      ->capture_default_str();
  command.add_option("--store", options.store,
                     "the device's database; its keys stand beside it [sotto-NAME-DEVICE.db]");
  auto* relay = command
                    .add_option("--relay", options.relay,
                                "a file that all on this machine share, in place of a broker")
                    ->capture_default_str();
  command.add_option("--broker", options.broker, "an MQTT broker: HOST:PORT")->excludes(relay);
  command.add_option("--user", options.user, "whom to come to the broker as");
  command.add_option("--password-file", options.password_file, "a file with the password for it");
  command.add_option("--cafile", options.ca_file, "TLS, with these authorities");
  command.add_flag("--plain", options.plain, "no colours and no prompt");
}

void add_network(CLI::App& command, demo::RelayOptions& network) {
  command.add_option("--loss", network.loss_percent, "media packets lost, in percent")
      ->check(CLI::Range(0.0, 90.0));
  command.add_option("--reorder", network.reorder_percent, "media packets overtaken, in percent")
      ->check(CLI::Range(0.0, 90.0));
  command.add_option("--duplicate", network.duplicate_percent, "media packets doubled, in percent")
      ->check(CLI::Range(0.0, 90.0));
  command.add_option("--seed", network.seed, "which packets that befalls");
}

void add_demo(CLI::App& app, Chosen& chosen) {
  const auto [command, options] = add<demo::StoryOptions>(
      app, chosen, "demo",
      "two people agree on keys, talk and call, through a relay that learns nothing");
  command.add_option("--text", options.text_path, "a text file: each line is a message");
  command.add_option("--wav", options.wav_path,
                     "a recording to speak in the call: WAV, 16-bit PCM");
  command.add_option("--out", options.out_path, "where to write what was heard")
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
  command.add_option("--kill-at", options.kill_at,
                     "at which message, sent or read, that befalls them; 0: one in the midst");
  add_network(command, options.network);
  command.add_flag("--realtime", options.realtime,
                   "speak at natural speed, not as fast as it goes");
  command.add_flag("--plain", options.plain, "no colours and no moving line");
  command.add_flag("--mitm", options.middle,
                   "somebody in the middle of a call instead, and what each side sees of it");
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
      ->check(CLI::IsMember({"1", "2", "account"}));
  add_side(command, "our", options.ours);
  add_side(command, "their", options.theirs);
  command.add_flag("--no-qr", options.no_qr, "Draw no code in the terminal");
  command.add_option("--svg", options.svg, "Keep the code in this file as SVG");
  command.add_option("--png", options.png, "Keep the code in this file as PNG");
  command.add_option("--scan", options.scan,
                     "Compare with a scanned code: hexadecimal digits, or a file of them or of "
                     "the bytes themselves; exits with 2 unless both are the same");
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
  command.add_option("FILE|DIR", options.paths,
                     "Files of vectors, or folders of them; without any, those built in");
  command.add_flag("--json", options.json, "Print a JSON document instead of a table");
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return std::unexpected(app.exit(error));
  }
  return chosen;
}

}  // namespace sotto::cli
