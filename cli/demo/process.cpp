// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo/failure.hpp"
#include "demo/report.hpp"

namespace sotto::demo {
namespace {

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Failure(std::string("pipe: ") + std::strerror(errno));
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

Process::Process(std::string title, const std::vector<std::string>& arguments)
    : title_(std::move(title)) {
  auto [child_in, parent_out] = make_pipe();
  auto [parent_in, child_out] = make_pipe();
  std::vector<std::string> words{"sotto"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw Failure(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // It died before the line above took effect.
    ::dup2(child_in.get(), 0);
    ::dup2(child_out.get(), 1);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  }
  input_ = std::move(parent_out);
  output_ = std::move(parent_in);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  open_ = false;
}

void Process::order(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw Failure(title_ + " takes no orders");
}

void Process::fill() {
  std::array<char, 4096> piece;
  const auto n = ::read(output_.get(), piece.data(), piece.size());
  if (n > 0)
    buffer_.append(piece.data(), static_cast<std::size_t>(n));
  else if (n == 0)
    open_ = false;
}

std::optional<std::string> Process::next_line() {
  return take_line(buffer_);
}

std::optional<int> Process::wait() {
  if (pid_ <= 0) return std::nullopt;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0)
    if (errno != EINTR) return std::nullopt;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::optional<std::int64_t> Process::asleep_ns() const {
  clockid_t clock{};
  timespec used{};
  if (pid_ <= 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    return std::nullopt;
  // "PID (NAME) STATE ...", where S is a sleep that a signal would end.
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(") ");
  if (name_end == std::string::npos || text.substr(name_end + 2, 1) != "S") return std::nullopt;
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace sotto::demo
