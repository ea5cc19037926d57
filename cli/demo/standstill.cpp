// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/standstill.hpp"

#include <utility>

namespace sotto::demo {

bool Standstill::seen(const std::vector<Process*>& processes) {
  std::vector<std::int64_t> now_ns;
  for (const Process* process : processes)
    if (const auto used_ns = process->asleep_ns()) now_ns.push_back(*used_ns);
  const bool quiet = now_ns.size() == processes.size() && now_ns == used_ns_;
  used_ns_ = std::move(now_ns);
  quiet_ = quiet ? quiet_ + 1 : 0;
  return quiet_ >= looks;
}

}  // namespace sotto::demo
