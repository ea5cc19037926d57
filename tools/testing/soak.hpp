// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `./dev soak` varies in a test from outside. Where a variable is not set, the test runs as
/// it always does; a value that is no number ends it. What was read is printed as `NAME=VALUE`: by
/// that line tools/soak.py knows that a test does listen.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace sotto::testing {

inline std::uint64_t soak_number(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  char* end = nullptr;
  errno = 0;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0') {
    std::printf("%s=%s is no number\n", variable, text);
    std::fflush(stdout);
    std::abort();
  }
  std::printf("%s=%llu\n", variable, static_cast<unsigned long long>(value));
  return value;
}

/// The seed, or the one that the test has otherwise.
inline std::uint64_t soak_seed(std::uint64_t otherwise) {
  return soak_number("SOTTO_SEED", otherwise);
}

/// How many times its usual length a simulation is to run.
inline std::uint64_t soak_times() {
  const std::uint64_t times = soak_number("SOTTO_TIMES", 1);
  if (times == 0) {  // A test that does nothing would pass.
    std::printf("SOTTO_TIMES=0 is not above 0\n");
    std::fflush(stdout);
    std::abort();
  }
  return times;
}

/// How many steps beyond its usual depth a search is to go.
inline std::uint64_t soak_deeper() {
  return soak_number("SOTTO_DEEPER", 0);
}

}  // namespace sotto::testing
