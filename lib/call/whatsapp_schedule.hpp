// SPDX-License-Identifier: MIT OR Apache-2.0
/// From the secret of a call to the SRTP master of one participant.
#pragma once

#include <sotto/whatsapp.hpp>

namespace sotto::call {

/// Master key 16, master salt 14, and the rest of what is derived, which nothing uses: 16.
using WhatsappMaster = Secret<struct WhatsappMasterRole, 46>;

[[nodiscard]] WhatsappMaster whatsapp_schedule(const WhatsappCallSecret& secret,
                                               Bytes participant) noexcept;

}  // namespace sotto::call
