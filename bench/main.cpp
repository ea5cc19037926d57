// SPDX-License-Identifier: MIT OR Apache-2.0
#include <benchmark/benchmark.h>

#include <sotto/backend.hpp>

#include "floor.hpp"
#include "measure.hpp"

int main(int argc, char** argv) {
  sotto::bench::must(sotto::check_backend().has_value(), "check_backend");
  sotto::bench::check_floor();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
