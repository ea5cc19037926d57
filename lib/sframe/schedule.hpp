// SPDX-License-Identifier: MIT OR Apache-2.0
/// From a base key to what seals frames, and to the base key of the next step.
#pragma once

#include <sotto/secret.hpp>
#include <sotto/sframe.hpp>

#include "sframe/suite.hpp"

namespace sotto::sframe {

using FrameSalt = Secret<struct SframeSaltRole, 12>;

/// sframe_key, of the suite's size with zeros behind it, and sframe_salt [RFC9605-4.4.2-1].
struct FrameKeys {
  Secret<struct SframeKeyRole, max_key_bytes> key;
  FrameSalt salt;
};

[[nodiscard]] FrameKeys derive_keys(const Suite& suite, SframeKid kid, Bytes base_key) noexcept;

/// base_key of the next step, of the hash's size [RFC9605-5.1-1].
[[nodiscard]] SframeBaseKey next_base_key(const Suite& suite, Bytes base_key) noexcept;

}  // namespace sotto::sframe
