// SPDX-License-Identifier: MIT OR Apache-2.0
/// `sotto peer`: a party that other implementations are set against, over standard input and
/// output. It tells its secrets to whoever asks, and is for tests only.
#pragma once

namespace sotto::cli {

/// `peer` has no options.
struct PeerOptions {};

/// Runs until `quit` or the end of the input. Its protocol stands in docs/interop.md. Answers the
/// exit code: 0, or 1 when an answer cannot be written.
[[nodiscard]] int run_peer(const PeerOptions& options);

}  // namespace sotto::cli
