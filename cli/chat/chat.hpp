// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto chat`: a secret conversation in a terminal, over a broker or a file.
#pragma once

#include <cstdint>
#include <string>

namespace sotto::chat {

struct Options {
  std::string as, with;      ///< the person at the terminal, and the other one
  std::uint32_t device = 1;  ///< which of that person's devices this is
  std::string store;         ///< its database; empty: named after the person and the device
  std::string relay = "sotto-relay.db";
  std::string broker;  ///< HOST:PORT; empty: the relay's file is used
  std::string user, password_file, ca_file;
  bool plain = false;
};

/// Runs until the person quits or the input ends. Throws `demo::Failure` when it cannot be run.
void run_chat(const Options& options);

}  // namespace sotto::chat
