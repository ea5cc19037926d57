// SPDX-License-Identifier: MIT OR Apache-2.0
#include "story/story.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "story/chapters.hpp"

namespace sotto::story {

demo::Claim play(bool plain) {
  Teller teller(plain);
  teller.narrator().heading(
      "Alice has a phone and a tablet, Bob a phone; a service keeps all that passes");
  World world;
  const Talks talks = tell_devices(world, teller);
  tell_timer(world, talks, teller);
  tell_number(world, teller);
  tell_file(world, talks, teller);
  tell_report(world, talks, teller);
  tell_call(world, talks, teller);
  tell_ghost(world, talks, teller);
  tell_service(world, teller);
  return {"the secret conversation's story", teller.held() == teller.checks(),
          of(teller.held(), teller.checks())};
}

}  // namespace sotto::story

namespace sotto::cli {

void add_story(CLI::App& app, int& exit_code) {
  const auto plain = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "story", "a secret conversation on one screen: devices, timers, reports, a call, a ghost");
  command->add_flag("--plain", *plain, "no colours");
  command->callback([plain, &exit_code] {
    try {
      const demo::Claim claim = story::play(*plain);
      std::cout << (claim.held ? "\nall of it held: " : "\nNOT all of it held: ") << claim.detail
                << '\n';
      exit_code = claim.held ? 0 : 1;
    } catch (const std::exception& failure) {
      std::cerr << "sotto: " << failure.what() << '\n';
      exit_code = 1;
    }
  });
}

}  // namespace sotto::cli
