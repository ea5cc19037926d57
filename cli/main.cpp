// SPDX-License-Identifier: MIT OR Apache-2.0
/// The program `sotto`: shows the library at work and verifies it.
#include <cstdio>

#include <CLI/CLI.hpp>

#include <sotto/backend.hpp>
#include <sotto/error.hpp>

#include "chat/chat.hpp"
#include "demo/demo.hpp"
#include "inspect.hpp"
#include "peer/peer.hpp"
#include "safety_number.hpp"
#include "story/story.hpp"
#include "verify.hpp"

int main(int argc, char** argv) {
  if (const auto ready = sotto::check_backend(); !ready) {
    const auto text = sotto::describe(ready.error());
    std::fprintf(stderr, "sotto: %.*s\n", static_cast<int>(text.size()), text.data());
    return 1;
  }
  CLI::App app("Conversations and calls that nobody in between can read.", "sotto");
  app.set_version_flag("--version", SOTTO_VERSION);
  app.require_subcommand(1);
  int exit_code = 0;
  sotto::cli::add_chat(app, exit_code);
  sotto::cli::add_demo(app, exit_code);
  sotto::cli::add_inspect(app, exit_code);
  sotto::cli::add_peer(app, exit_code);
  sotto::cli::add_safety_number(app, exit_code);
  sotto::cli::add_story(app, exit_code);
  sotto::cli::add_verify(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return exit_code;
}
