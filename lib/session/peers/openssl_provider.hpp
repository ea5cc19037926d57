// SPDX-License-Identifier: MIT OR Apache-2.0
/// The primitives that libsignal-protocol-c asks its caller for, all from OpenSSL, so that nothing
/// of ours computes for the peer. Random bytes alone come from a tape, so that a script is the same
/// every time.
#pragma once

#include <sotto/entropy.hpp>

struct signal_context;

namespace sotto::peers {

/// Give `context` its primitives; `entropy` must outlive it. False when it refuses them.
[[nodiscard]] bool provide_primitives(signal_context* context, Entropy& entropy);

}  // namespace sotto::peers
