// SPDX-License-Identifier: MIT OR Apache-2.0
/// The whole of a ratchet's state as bytes: one state has one image, and the other way round.
#pragma once

#include <cstddef>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

#include "ratchet/state.hpp"

namespace sotto::ratchet {

/// The size of `state`'s image.
[[nodiscard]] std::size_t image_size(const State& state) noexcept;

/// Write the image of `state` to `out`; returns the part used, `image_size(state)` bytes. They are
/// all the secrets of the ratchet in the plain: whoever asks for them wipes them.
/// Errors: `buffer_too_small` (`out` is then zeroed).
[[nodiscard]] Result<MutableBytes> save(const State& state, MutableBytes out) noexcept;

/// The state that `image` shows. Only what `save` writes is taken, to the last byte; whether it is
/// the newest image of its ratchet is for the caller to know: a state that goes back sends twice
/// under the same keys.
/// Errors: `malformed`, `out_of_memory`, `backend_unavailable`.
[[nodiscard]] Result<std::unique_ptr<State>> load(Bytes image) noexcept;

}  // namespace sotto::ratchet
