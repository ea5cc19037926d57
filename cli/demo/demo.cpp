// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/demo.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "demo/failure.hpp"
#include "demo/middle.hpp"
#include "demo/party.hpp"
#include "demo/relay.hpp"
#include "demo/story.hpp"
#include "demo/tablet.hpp"

namespace sotto::cli {
namespace {

/// Runs `work`; a failure becomes one line and exit code 1.
template <class Work>
void guarded(int& exit_code, const Work& work) {
  try {
    exit_code = work() ? 0 : 1;
  } catch (const std::exception& failure) {
    std::cerr << "sotto: " << failure.what() << '\n';
    exit_code = 1;
  }
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

void add_story(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<demo::StoryOptions>();
  CLI::App* command = app.add_subcommand(
      "demo", "two people agree on keys, talk and call, through a relay that learns nothing");
  command->add_option("--text", options->text_path, "a text file: each line is a message");
  command->add_option("--wav", options->wav_path,
                      "a recording to speak in the call: WAV, 16-bit PCM");
  command->add_option("--out", options->out_path, "where to write what was heard")
      ->capture_default_str();
  command
      ->add_option("--kill", options->kill,
                   "whose process is killed in the midst of the conversation, and started again")
      ->check(CLI::IsMember({"caller", "callee", "both", "none"}))
      ->capture_default_str();
  command
      ->add_option("--kill-when", options->kill_when,
                   "before or after what they worked on is stored; mixed: Alice after, Bob before")
      ->check(CLI::IsMember({"before", "after", "mixed"}))
      ->capture_default_str();
  command->add_option("--kill-at", options->kill_at,
                      "at which message, sent or read, that befalls them; 0: one in the midst");
  add_network(*command, options->network);
  command->add_flag("--realtime", options->realtime,
                    "speak at natural speed, not as fast as it goes");
  command->add_flag("--plain", options->plain, "no colours and no moving line");
  command->add_flag("--mitm", options->middle,
                    "somebody in the middle of a call instead, and what each side sees of it");
  command->callback([options, &exit_code] {
    guarded(exit_code, [&] {
      return options->middle ? demo::run_middle(options->plain) : demo::run_story(*options);
    });
  });
}

void add_relay(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<demo::RelayOptions>();
  CLI::App* command = app.add_subcommand("demo-relay")->group("");
  add_network(*command, *options);
  command->add_flag("--swap,!--no-swap", options->swap);
  command->callback([options, &exit_code] {
    guarded(exit_code, [&] {
      demo::run_relay(*options);
      return true;
    });
  });
}

void add_party(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<demo::PartyOptions>();
  const auto side = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("demo-party")->group("");
  command->add_option("--side", *side)->required()->check(CLI::IsMember({"caller", "callee"}));
  command->add_option("--tcp", options->tcp_port)->required();
  command->add_option("--udp", options->udp_port)->required();
  command->add_option("--text", options->text_path);
  command->add_option("--wav", options->wav_path)->required();
  command->add_option("--frames", options->frames_path)->required();
  command->add_option("--heard", options->heard_path)->required();
  command->add_option("--pattern", options->pattern_path)->required();
  command->add_option("--store", options->store_path)->required();
  command->add_option("--history", options->history_path)->required();
  command->add_option("--halt-at", options->halt.at);
  command->add_option("--halt-before", options->halt.before);
  command->add_option("--pace-ms", options->pace_ms);
  command->callback([options, side, &exit_code] {
    options->side = *side == "caller" ? CallSide::caller : CallSide::callee;
    guarded(exit_code, [&] {
      demo::run_party(*options);
      return true;
    });
  });
}

void add_tablet(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<demo::TabletOptions>();
  CLI::App* command = app.add_subcommand("demo-tablet")->group("");
  command->add_option("--tcp", options->tcp_port)->required();
  command->add_option("--udp", options->udp_port)->required();
  command->callback([options, &exit_code] {
    guarded(exit_code, [&] {
      demo::run_tablet(*options);
      return true;
    });
  });
}

}  // namespace

void add_demo(CLI::App& app, int& exit_code) {
  add_story(app, exit_code);
  add_relay(app, exit_code);
  add_party(app, exit_code);
  add_tablet(app, exit_code);
}

}  // namespace sotto::cli
