// SPDX-License-Identifier: MIT OR Apache-2.0
#include "file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace sotto::cli {
namespace {

/// Whether all of it was written; else errno says why not.
bool write_all(int fd, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

demo::Failure file_fault(const std::string& path) {
  return demo::Failure(path + ": " + std::strerror(errno));
}

void write_file(const std::string& path, Bytes bytes, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) throw file_fault(path);
  if (!write_all(fd, bytes)) {
    const demo::Failure fault = file_fault(path);
    ::close(fd);
    throw fault;
  }
  // Some file systems tell only now that there was no room.
  if (::close(fd) != 0) throw file_fault(path);
}

void write_file(const std::string& path, std::string_view text) {
  write_file(path, Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace sotto::cli
