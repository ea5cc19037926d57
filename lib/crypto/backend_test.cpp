// SPDX-License-Identifier: MIT OR Apache-2.0
// What a program finds that starts: each case runs in a child that has not loaded anything yet.
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sotto/backend.hpp>
#include <sotto/entropy.hpp>
#include <sotto/keys.hpp>

#include "crypto/backend_config.hpp"
#include "crypto/boring_linked.hpp"
#include "crypto/sha2.hpp"
#include "testing/error_of.hpp"

namespace sotto {
namespace {

using testing::error_of;

std::string report() {
  std::array<char, 10'000> room;
  return std::string(backend_report(room));
}

/// What a child says that finds all as it should be.
constexpr int as_expected = 0;
constexpr int skipped = 77;

/// The result of `run` in a child process.
template <class Run>
int in_child(Run run) {
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) _exit(run());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1'000 + WTERMSIG(status);
}

/// Ends the child with the line of what is not as it should be.
#define MUST(condition)                                                                \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      std::fprintf(stderr, "line %d: %s\n%s", __LINE__, #condition, report().c_str()); \
      return 1;                                                                        \
    }                                                                                  \
  } while (false)

TEST(Backend, a_missing_library_is_named_with_its_reason_and_another_choice_helps) {
  EXPECT_EQ(in_child([] {
              MUST(set_backend_library("/usr/lib/no-such-folder/libcrypto.so"));
              MUST(error_of(check_backend()) == Error::backend_unavailable);
              MUST(report().contains("/usr/lib/no-such-folder/libcrypto.so: refused: "));
              MUST(report().contains("No such file"));
              MUST(set_backend_library({}));
              MUST(check_backend());
              MUST(report().contains(": good"));
              MUST(!report().contains("refused"));
              return as_expected;
            }),
            as_expected);
}

TEST(Backend, a_library_that_is_another_is_named_with_what_it_lacks) {
  EXPECT_EQ(in_child([] {
              MUST(set_backend_library("libm.so.6"));
              MUST(error_of(check_backend()) == Error::backend_unavailable);
              MUST(report().contains("libm.so.6: refused: it has no OpenSSL_version\n"));
              return as_expected;
            }),
            as_expected);
}

TEST(Backend, a_library_with_wrong_answers_is_named_with_the_function) {
  // The build puts it beside this room's objects: every function is there and answers nothing.
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "crypto";
  EXPECT_EQ(
      in_child([&] {
        MUST(set_backend_library((folder / "libfake_boring.so").string()));
        MUST(error_of(check_backend()) == Error::backend_unavailable);
        MUST(report().contains("libfake_boring.so: refused: wrong answer of OpenSSL_version"));
        return as_expected;
      }),
      as_expected);
}

TEST(Backend, the_places_of_the_build_are_tried_in_their_order) {
  if (sotto_linked_boring() != nullptr) GTEST_SKIP() << "BoringSSL is linked in";
  EXPECT_EQ(in_child([] {
              MUST(check_backend());
              MUST(report().contains(std::string(crypto::boringssl_places[0]) + ": good"));
              MUST(report().starts_with("libsodium "));
              return as_expected;
            }),
            as_expected);
  EXPECT_FALSE(std::string_view(crypto::boringssl_places[2]).contains('/'));
}

TEST(Backend, the_choice_is_made_before_the_library_is_loaded) {
  EXPECT_EQ(in_child([] {
              MUST(set_backend_library(crypto::boringssl_places[0]));
              MUST(check_backend());
              MUST(set_backend_library(crypto::boringssl_places[0]));
              MUST(error_of(set_backend_library("libm.so.6")) == Error::wrong_state);
              MUST(error_of(set_backend_library({})) == Error::wrong_state);
              MUST(check_backend());
              return as_expected;
            }),
            as_expected);
}

TEST(Backend, a_path_that_is_none_is_refused_and_changes_nothing) {
  EXPECT_EQ(
      in_child([] {
        MUST(error_of(set_backend_library(std::string(4096, 'a'))) == Error::invalid_argument);
        MUST(error_of(set_backend_library(std::string_view("a\0b", 3))) == Error::invalid_argument);
        MUST(check_backend());
        return as_expected;
      }),
      as_expected);
}

TEST(Backend, a_report_stays_inside_its_buffer) {
  EXPECT_EQ(in_child([] {
              MUST(set_backend_library(std::string(4095, 'a')));
              MUST(!check_backend());
              const std::string whole = report();
              for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
                std::string room(size + 1, '!');
                MUST(backend_report(std::span(room).first(size)) == whole.substr(0, size));
                MUST(room[size] == '!');
              }
              return as_expected;
            }),
            as_expected);
}

// A system that refuses

/// From here on these system calls of the process answer EPERM. False where no filter can be set.
template <std::size_t n>
bool refuse(const std::array<std::uint32_t, n>& calls) {
  std::array<sock_filter, 2 * n + 2> program;
  program[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (std::size_t i = 0; i < n; ++i) {
    program[2 * i + 1] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
    program[2 * i + 2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  }
  program[2 * n + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#define SKIP_OR_EXPECT(result)                                            \
  const int ended = result;                                               \
  if (ended == skipped) GTEST_SKIP() << "no filter of system calls here"; \
  EXPECT_EQ(ended, as_expected)

TEST(Backend, no_random_bytes_are_an_error_also_once_all_is_loaded) {
  SKIP_OR_EXPECT(in_child([] {
    MUST(check_backend());
    if (!refuse(std::to_array<std::uint32_t>({SYS_getrandom}))) return skipped;
    SystemEntropy entropy;
    std::array<std::uint8_t, 600> bytes;
    bytes.fill(1);
    MUST(error_of(entropy.fill(bytes)) == Error::entropy_failed);
    MUST((bytes == std::array<std::uint8_t, 600>{}));
    MUST(error_of(IdentityKeyPair::generate(entropy)) == Error::entropy_failed);
    MUST(check_backend());
    return as_expected;
  }));
}

TEST(Backend, no_random_bytes_are_an_error_that_says_so_before_all_is_loaded) {
  SKIP_OR_EXPECT(in_child([] {
    if (!refuse(std::to_array<std::uint32_t>({SYS_getrandom, SYS_openat}))) return skipped;
    SystemEntropy entropy;
    std::array<std::uint8_t, 32> bytes;
    MUST(error_of(entropy.fill(bytes)) == Error::entropy_failed);
    MUST(error_of(check_backend()) == Error::backend_unavailable);
    MUST(report().contains("the system gives no random bytes: Operation not permitted"));
    MUST(sotto_linked_boring() != nullptr || report().contains("libcrypto.so.0: refused: "));
    return as_expected;
  }));
}

}  // namespace
}  // namespace sotto
