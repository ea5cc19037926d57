// SPDX-License-Identifier: MIT OR Apache-2.0
/// How an operation that uses up its input is timed: in batches, inputs made outside the clock.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include <benchmark/benchmark.h>

#include <sotto/error.hpp>

namespace sotto::bench {

/// A benchmark that fails would time nothing.
inline void must(bool done, std::string_view what) {
  if (done) return;
  std::fprintf(stderr, "bench: failed: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// What this thread used of a processor so far: not what others took from it meanwhile.
inline double processor_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Time `run(i)` for i below `batch`, after `prepare()`, as `batch` iterations.
template <class Prepare, class Run>
void in_batches(benchmark::State& state, int batch, Prepare&& prepare, Run&& run) {
  while (state.KeepRunningBatch(batch)) {
    prepare();
    const double start = processor_seconds();
    for (int i = 0; i < batch; ++i) run(i);
    state.SetIterationTime(processor_seconds() - start);
  }
}

/// How the registered benchmarks of in_batches are reported.
inline void batched(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kNanosecond);
}

}  // namespace sotto::bench
