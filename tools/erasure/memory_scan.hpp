// SPDX-License-Identifier: MIT OR Apache-2.0
/// Looks for secrets in all memory that this process may write to.
///
/// What is looked for is kept masked, and what is read is masked in registers before it is
/// compared, so that the search finds everything but itself. A secret counts as found when any 8
/// bytes of it are, in one of the forms in which it is worked on: as it is, under the pads of HMAC,
/// or with its words turned round as SHA-256 loads them.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::testing {

/// Eight bytes of a secret, masked.
struct Needle {
  char name[40] = {};
  std::uint64_t masked = 0;
};

/// Takes note of secrets. Only ever used in a process of its own, whose memory nobody scans.
class Notes {
 public:
  void add(std::string_view name, Bytes secret);
  [[nodiscard]] const std::vector<Needle>& needles() const { return needles_; }

 private:
  void add_form(std::string_view name, Bytes form);
  std::vector<Needle> needles_;
};

/// Run `tell` in a child process and bring home what it noted, masked.
[[nodiscard]] std::vector<Needle> learn(const std::function<void(Notes&)>& tell);

/// The names of the secrets that are somewhere in writable memory, the stack below this call
/// included. `where` gets one line for each place.
[[nodiscard]] std::set<std::string> found_in_memory(const std::vector<Needle>& needles,
                                                    std::string* where = nullptr);

/// The lower of the two frames of `deep_down`.
template <class Operation>
[[gnu::noinline]] void at_the_bottom(Operation& operation) {
  operation();
  asm volatile("" : : : "memory");  // No tail call: the frame is this function's own.
}

/// Run `operation` some way down the stack, so that what it leaves there is not overwritten by the
/// search itself. What is inlined of it stands in a frame below all of `depth`, wherever in its own
/// frame a compiler places an array: stack protectors move arrays to the upper end.
template <class Operation>
[[gnu::noinline]] void deep_down(Operation&& operation) {
  volatile std::uint8_t depth[1 << 16];
  depth[0] = 0;
  at_the_bottom(operation);
  asm volatile("" : : "r"(depth) : "memory");
}

}  // namespace sotto::testing
