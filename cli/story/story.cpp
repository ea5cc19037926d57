// SPDX-License-Identifier: MIT OR Apache-2.0
#include "story/story.hpp"

#include <csignal>
#include <cstdio>
#include <string>

#include "story/chapters.hpp"

namespace sotto::story {

bool run_story(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);  // Whoever reads less of it leaves no databases behind.
  Teller teller(options.plain);
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
  const bool held = teller.held() == teller.checks();
  std::printf("\n%s of it held: %s\n", held ? "all" : "NOT all",
              of(teller.held(), teller.checks()).c_str());
  return held;
}

}  // namespace sotto::story
