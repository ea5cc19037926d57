// SPDX-License-Identifier: MIT OR Apache-2.0
/// Kills a process that talks, hundreds of times, and looks at what is left.
///
///     crash_test [--kills N] [--seed S]
///
/// A child runs two devices over a database each. It dies by SIGKILL at one exact point after
/// another (before and after each call of the store, between storing and sending, between storing
/// and acknowledging, and before, in the middle of and after each write of SQLite), or whenever the
/// parent's signal comes. What it let out is in memory that it shares with the parent, who is
/// relay and judge.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/wire.hpp>

#include "crash/talker.hpp"
#include "crash/world.hpp"
#include "testing/options.hpp"

namespace sotto::crash {
namespace {

/// Steps until a child has nothing more to do. At its 400th point it is dead, and a step has
/// several.
constexpr int longest_life = 200;

struct Outcome {
  int kills = 0;
  int by_the_parent = 0;
  int finished = 0;
  int faults = 0;
};

void complain(Outcome& outcome, const std::string& what) {
  std::printf("FAULT: %s\n", what.c_str());
  ++outcome.faults;
}

/// A life of the child.
void live(const std::string& folder, Relay& relay, std::mt19937_64& random, bool drain,
          Outcome& outcome) {
  const std::uint64_t seed = random();
  const bool by_the_parent = !drain && random() % 4 == 0;
  relay.until_death = drain || by_the_parent ? -1 : static_cast<std::int32_t>(1 + random() % 400);
  const pid_t child = fork();
  if (child == 0) {
    talk(folder, relay, seed, drain ? 20 : longest_life, drain);
    while (by_the_parent) pause();  // However late the signal comes, the relay has room.
    std::_Exit(0);
  }
  if (by_the_parent) {
    usleep(static_cast<useconds_t>(random() % 40'000));
    kill(child, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    ++outcome.kills;
    outcome.by_the_parent += by_the_parent ? 1 : 0;
  } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    ++outcome.finished;
  } else {
    complain(outcome, relay.fault[0] != '\0' ? relay.fault.data() : "the child crashed");
  }
}

/// No two different messages under one key: ratchet key and counter name it.
void judge_keys(const Relay& relay, Outcome& outcome) {
  std::map<std::tuple<std::uint8_t, RatchetPublic, std::uint32_t>, std::vector<std::uint8_t>> seen;
  for (std::uint32_t i = 0; i < relay.count; ++i) {
    const Letter& letter = relay.letters[i];
    const Bytes bytes = Bytes(letter.bytes).first(letter.size);
    const auto prekey = letter.kind == static_cast<std::uint8_t>(MessageKind::prekey)
                            ? wire::parse_prekey_message(bytes)
                            : Result<wire::PrekeyMessage>(std::unexpected(Error::malformed));
    const auto message =
        prekey ? Result<wire::SignalMessage>(prekey->message) : wire::parse_signal_message(bytes);
    if (!message) {
      complain(outcome, "a letter is malformed");
      continue;
    }
    const Bytes sealed = message->whole;
    const auto [place, fresh] =
        seen.try_emplace({letter.from, message->ratchet_key, message->counter},
                         std::vector<std::uint8_t>(sealed.begin(), sealed.end()));
    if (!fresh && !std::ranges::equal(place->second, sealed))
      complain(outcome, "two messages under one key");
  }
}

/// Every message that was stored as sent was shown, and nothing else.
void judge_accounts(const std::string& folder, Outcome& outcome) {
  for (int side = 0; side < 2; ++side) {
    const Account sender = account_of(folder, side), receiver = account_of(folder, 1 - side);
    if (receiver.shown != sender.sent || receiver.beyond != 0)
      complain(outcome, "of " + std::to_string(sender.sent) + " messages " +
                            std::to_string(receiver.shown) + " were shown without a gap, and " +
                            std::to_string(receiver.beyond) + " others");
    else
      std::printf("%s sent %u messages, each was shown once\n", side == 0 ? "alice" : "bob",
                  sender.sent);
  }
}

void judge_files(const std::string& folder, Outcome& outcome) {
  for (const char* const file : {"/alice.db", "/bob.db"}) {
    sqlite3* database = nullptr;
    sqlite3_open((folder + file).c_str(), &database);
    std::string answer;
    sqlite3_exec(
        database, "PRAGMA integrity_check",
        [](void* out, int, char** columns, char**) {
          *static_cast<std::string*>(out) += columns[0];
          return 0;
        },
        &answer, nullptr);
    sqlite3_close(database);
    if (answer != "ok") complain(outcome, std::string(file) + ": " + answer);
  }
}

int run(int kills, std::uint64_t seed) {
  std::string folder = (std::filesystem::temp_directory_path() / "sotto-crash-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 2;
  void* const memory =
      mmap(nullptr, sizeof(Relay), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  Relay& relay = *new (memory) Relay;
  std::mt19937_64 random(seed);
  Outcome outcome;
  set_up(folder);
  for (int life = 0; outcome.kills < kills && outcome.faults == 0 && life < 2 * kills; ++life)
    live(folder, relay, random, false, outcome);
  if (outcome.faults == 0) live(folder, relay, random, true, outcome);
  if (outcome.finished != 1) complain(outcome, "the last life did not end in peace");
  if (outcome.kills < kills) complain(outcome, "too few kills");
  judge_keys(relay, outcome);
  if (outcome.faults == 0) judge_accounts(folder, outcome);
  judge_files(folder, outcome);
  std::printf(
      "seed %llu: %d kills (%d from outside, %u inside of SQLite, %u writes torn), %u "
      "points, %u letters: %d faults\n",
      static_cast<unsigned long long>(seed), outcome.kills, outcome.by_the_parent,
      relay.died_in_files.load(), relay.torn_writes.load(), relay.points.load(), relay.count.load(),
      outcome.faults);
  if (outcome.faults == 0) std::filesystem::remove_all(folder);
  return outcome.faults == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sotto::crash

int main(int argc, char** argv) {
  std::uint64_t kills = 400, seed = 20261123;
  const sotto::testing::NumberOption options[] = {
      {"--kills", &kills, 1, 1'000'000},
      {"--seed", &seed},
  };
  const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
  if (!sotto::testing::read_options(words.subspan(1), options)) return 2;
  return sotto::crash::run(static_cast<int>(kills), seed);
}
