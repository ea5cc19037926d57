// SPDX-License-Identifier: MIT OR Apache-2.0
/// `demo --mitm`: somebody in the middle of a call, first on the line only, then with sessions of
/// his own to both sides; and what each side sees of it. All in one process.
#pragma once

namespace sotto::demo {

/// Plays it. Answers whether every tampering was refused, and the two codes of the call that he sat
/// in the middle of differed; throws `Failure` when it could not be run.
[[nodiscard]] bool run_middle(bool plain);

}  // namespace sotto::demo
