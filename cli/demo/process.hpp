// SPDX-License-Identifier: MIT OR Apache-2.0
/// A child process with a pipe to its input and one from its output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "demo/net.hpp"

namespace sotto::demo {

class Process {
 public:
  /// Runs this very program with `arguments`. The child dies with its parent. Throws `Failure`.
  Process(std::string title, const std::vector<std::string>& arguments);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends the child if it still runs.
  ~Process();

  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] int fd() const noexcept { return output_.get(); }
  [[nodiscard]] bool open() const noexcept { return open_; }

  /// End it as a power cut would.
  void kill();
  void order(const std::string& line);
  /// Read what the child has written; notes its end.
  void fill();
  [[nodiscard]] std::optional<std::string> next_line();
  /// Wait for its end; the exit code, or nothing when it was waited for before.
  [[nodiscard]] std::optional<int> wait();
  /// The processor time that it has used, in nanoseconds, if it sleeps just now. Nothing while it
  /// runs, wants to run or waits for a disk, and where the system does not say.
  [[nodiscard]] std::optional<std::int64_t> asleep_ns() const;

 private:
  std::string title_;
  pid_t pid_ = -1;
  Fd input_;
  Fd output_;
  std::string buffer_;
  bool open_ = true;
};

}  // namespace sotto::demo
