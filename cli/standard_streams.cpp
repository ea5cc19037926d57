// SPDX-License-Identifier: MIT OR Apache-2.0
#include "standard_streams.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace sotto::cli {

bool open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free descriptor is taken, which is this one: those below it are open by now.
    if (::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY) != stream) return false;
  }
  return true;
}

int finish_output(int status) {
  errno = 0;
  const bool failed_before = std::ferror(stdout) != 0;
  // Some file systems tell only at the closing. The descriptor alone is closed: std::cout flushes
  // the stream once more when the process ends.
  const bool written = std::fflush(stdout) == 0 && !failed_before && ::close(STDOUT_FILENO) == 0;
  if (written) return status;
  const char* const why = errno == 0 ? "" : std::strerror(errno);
  std::fprintf(stderr, "sotto: standard output cannot be written%s%s\n", *why == '\0' ? "" : ": ",
               why);
  return status == 0 ? 1 : status;
}

}  // namespace sotto::cli
