// SPDX-License-Identifier: MIT OR Apache-2.0
/// Doing again what another thread or process got in the way of.
#pragma once

#include <sotto/error.hpp>

namespace sotto {

/// Calls `operation`, which returns a `Result`, until it answers anything but `conflict`, at most
/// `attempts` times; returns the last answer. `operation` must begin its transaction anew on each
/// call, for what it read before the conflict is out of date. Nothing is waited for in between:
/// whoever won has committed already. Do not use it for `Device::open`, `Device::erase` (it may
/// say that another device stands there by now), `purge`, `rotate_storage_key` or
/// `Messenger::mark_compared`: their `conflict` says something else.
template <class Operation>
[[nodiscard]] auto retry_on_conflict(Operation&& operation, int attempts = 16)
    -> decltype(operation()) {
  for (;;) {
    auto done = operation();
    if (done || done.error() != Error::conflict || --attempts <= 0) return done;
  }
}

}  // namespace sotto
