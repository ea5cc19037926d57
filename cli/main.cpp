// SPDX-License-Identifier: MIT OR Apache-2.0
/// The program `sotto`: shows the library at work and verifies it.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <variant>

#include <sotto/backend.hpp>
#include <sotto/error.hpp>

#include "command_line.hpp"
#include "demo/middle.hpp"
#include "standard_streams.hpp"

namespace sotto::cli {
namespace {

// Each subcommand's way to run. Its answer is the exit code.

int run(const chat::Options& options) {
  chat::run_chat(options);
  return 0;
}

int run(const demo::PartyOptions& options) {
  demo::run_party(options);
  return 0;
}

int run(const demo::RelayOptions& options) {
  demo::run_relay(options);
  return 0;
}

int run(const demo::StoryOptions& options) {
  const bool held = options.middle ? demo::run_middle(options.plain) : demo::run_story(options);
  return held ? 0 : 1;
}

int run(const demo::TabletOptions& options) {
  demo::run_tablet(options);
  return 0;
}

int run(const InspectOptions& options) {
  return run_inspect(options);
}

int run(const PeerOptions& options) {
  return run_peer(options);
}

int run(const SafetyNumberOptions& options) {
  return run_safety_number(options);
}

int run(const story::Options& options) {
  return story::run_story(options) ? 0 : 1;
}

int run(const VerifyOptions& options) {
  return run_verify(options);
}

/// Runs the subcommand; a failure becomes one line and exit code 1, a word of the command line that
/// turns out to be none `exit_misuse`.
int guarded(const Subcommand& subcommand) {
  try {
    return std::visit([](const auto& options) { return run(options); }, subcommand);
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "sotto: %s\n", wrong.what());
    return exit_misuse;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "sotto: %s\n", failure.what());
    return 1;
  }
}

int run(int argc, char** argv) {
  if (const auto ready = check_backend(); !ready) {
    const auto text = describe(ready.error());
    std::fprintf(stderr, "sotto: %.*s\n", static_cast<int>(text.size()), text.data());
    return 1;
  }
  const auto subcommand = read_command_line(argc, argv, SOTTO_VERSION);
  return subcommand ? guarded(*subcommand) : subcommand.error();
}

}  // namespace
}  // namespace sotto::cli

int main(int argc, char** argv) {
  if (!sotto::cli::open_standard_streams()) return 1;
  return sotto::cli::finish_output(sotto::cli::run(argc, argv));
}
