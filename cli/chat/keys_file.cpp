// SPDX-License-Identifier: MIT OR Apache-2.0
#include "chat/keys_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sotto/entropy.hpp>
#include <sotto/secret.hpp>

#include "demo/failure.hpp"

namespace sotto::chat {
namespace {

using demo::Failure;
using demo::need;

constexpr std::size_t half = 32;
using Room = std::array<std::uint8_t, 2 * half>;  // storage key, identity key

/// A file that is closed in the end.
struct File {
  int fd;
  explicit File(int opened) : fd(opened) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

[[noreturn]] void fail(const std::string& path) {
  throw Failure(path + ": " + std::strerror(errno));
}

talk::Keys keys_of(const Room& room) {
  const std::span<const std::uint8_t, 2 * half> bytes(room);
  Secret<IdentityRole, half> identity{bytes.last<half>()};
  return {StorageKey(bytes.first<half>()),
          need(IdentityKeyPair::from_secret(std::move(identity)), "the identity key")};
}

talk::Keys read(const File& file, const std::string& path) {
  struct stat about{};
  if (::fstat(file.fd, &about) != 0) fail(path);
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw Failure(path +
                  ": others may read it; chmod 600 first, if the keys are still yours alone");
  Room room{};
  if (about.st_size != static_cast<off_t>(room.size()) ||
      ::read(file.fd, room.data(), room.size()) != static_cast<ssize_t>(room.size()))
    throw Failure(path + ": this is no file of keys");
  auto keys = keys_of(room);
  wipe(room);
  return keys;
}

}  // namespace

talk::Keys open_keys(const std::string& path) {
  const File there(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (there.fd >= 0) return read(there, path);
  if (errno != ENOENT) fail(path);
  // Whole or not at all: written beside it, and named in the end.
  const std::string part = path + ".part";
  ::unlink(part.c_str());
  const File made(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (made.fd < 0) fail(part);
  SystemEntropy entropy;
  Room room{};
  need(entropy.fill(room), "keys");
  auto keys = keys_of(room);
  std::memcpy(room.data() + half, keys.identity.secret_key().expose().data(), half);
  const bool written =
      ::write(made.fd, room.data(), room.size()) == static_cast<ssize_t>(room.size()) &&
      ::fsync(made.fd) == 0;
  wipe(room);
  if (!written || ::link(part.c_str(), path.c_str()) != 0) fail(path);
  ::unlink(part.c_str());
  return keys;
}

}  // namespace sotto::chat
