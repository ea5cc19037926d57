// SPDX-License-Identifier: MIT OR Apache-2.0
/// A process that divides: both halves go on with whatever the generator had in memory.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/entropy.hpp>

namespace sotto::crypto {
namespace {

TEST(Attack, attack_I05_fork_rng_parent_and_children_differ) {
  using Drawn = std::array<std::uint8_t, 32>;
  SystemEntropy entropy;
  std::vector<Drawn> all;
  const auto draw = [&] {
    Drawn drawn{};
    EXPECT_TRUE(entropy.fill(drawn));
    return drawn;
  };
  all.push_back(draw());  // A generator that seeds itself has done so now.
  for (int child = 0; child < 3; ++child) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      for (int i = 0; i < 4; ++i) {
        const Drawn drawn = draw();
        if (write(ends[1], drawn.data(), drawn.size()) != 32) _exit(1);
      }
      _exit(0);
    }
    close(ends[1]);
    for (int i = 0; i < 4; ++i) all.push_back(draw());
    Drawn drawn{};
    int received = 0;
    while (read(ends[0], drawn.data(), drawn.size()) == 32) {
      all.push_back(drawn);
      ++received;
    }
    EXPECT_EQ(received, 4);
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_EQ(status, 0);
  }
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
  EXPECT_EQ(all.size(), 1U + 3 * 8);
}

}  // namespace
}  // namespace sotto::crypto
