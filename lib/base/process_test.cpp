// SPDX-License-Identifier: MIT OR Apache-2.0
/// Processes and those forked from them are told apart, however the fork was made.
#include "base/process.hpp"

#include <csignal>
#include <functional>
#include <optional>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sotto::base {
namespace {

/// As `fork`, but nothing of the C library hears of it.
pid_t bare_fork() {
  return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// What `act` answers in a child, or nothing when the child did not come to its end.
std::optional<int> in_child(const std::function<int()>& act, pid_t (*split)() = fork) {
  const pid_t child = split();
  if (child == 0) _exit(act());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

TEST(Process, is_another_after_a_fork) {
  const Process parent;
  EXPECT_TRUE(parent.here());
  using Split = pid_t (*)();
  for (const Split split : {Split{fork}, Split{bare_fork}}) {
    EXPECT_EQ(in_child([&] { return parent.here() ? 1 : 0; }, split), 0);
    EXPECT_TRUE(parent.here());
    EXPECT_EQ(in_child([] { return Process().here() ? 0 : 1; }, split), 0);
  }
}

TEST(Process, is_another_than_each_of_those_before_it) {
  const Process parent;
  EXPECT_EQ(in_child([&] {
              const Process child;
              return *in_child([&] {
                const Process grandchild;
                return parent.here() || child.here() || !grandchild.here() ? 1 : 0;
              });
            }),
            0);
}

TEST(Process, is_another_where_both_have_one_number) {
  // Each is the first of a namespace of its own.
  constexpr int not_allowed = 77;
  const auto in_namespace = [](const std::function<int()>& act) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return not_allowed;
    return in_child(act).value_or(1);
  };
  const auto answer = in_child([&] {
    return in_namespace([&] {
      const Process parent;
      const pid_t number = getpid();
      return in_namespace([&] { return parent.here() || getpid() != number ? 1 : 0; });
    });
  });
  if (answer == not_allowed) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace sotto::base
