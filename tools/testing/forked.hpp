// SPDX-License-Identifier: MIT OR Apache-2.0
/// A call in a process that was forked off, for tests.
#pragma once

#include <cstdlib>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

#include <sotto/error.hpp>

namespace sotto::testing {

/// What `act` answers there: its error, or nothing when it succeeds or the process does not end by
/// itself.
template <class Act>
std::optional<Error> in_a_forked_process(const Act& act) {
  const pid_t child = fork();
  if (child == 0) {
    const std::optional<Error> error = act();
    std::_Exit(error ? static_cast<int>(*error) + 1 : 0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 0)
    return std::nullopt;
  return static_cast<Error>(WEXITSTATUS(status) - 1);
}

}  // namespace sotto::testing
