// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/backend.hpp>
#include <sotto/call.hpp>

#include "base/verdict.hpp"
#include "crypto/x25519.hpp"
#include "media/call_schedule.hpp"

namespace sotto {

Result<CallMedia> agree_on_call(CallSide side, CallKeyPair&& ours, const CallPublic& theirs,
                                const CallIdentities& identities) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  if (!crypto::is_acceptable_u(theirs.bytes())) return std::unexpected(Error::weak_key);
  // A peer that answers with our own key, or in our own name, is a mirror.
  if (theirs == ours.public_key() || identities.caller == identities.callee)
    return std::unexpected(Error::own_identity);
  // A pair that was consumed has a secret of zeros, which anybody knows.
  if (base::is_zero_ct(ours.secret_key().expose())) return std::unexpected(Error::weak_key);

  const auto shared = crypto::agree(ours.secret_key(), theirs);
  if (!shared) return std::unexpected(shared.error());
  auto masters = media::call_schedule(*shared, identities);
  const bool calling = side == CallSide::caller;
  auto sender = SrtpSender::create(std::move(calling ? masters.offer : masters.answer));
  if (!sender) return std::unexpected(sender.error());
  auto receiver = SrtpReceiver::create(std::move(calling ? masters.answer : masters.offer));
  if (!receiver) return std::unexpected(receiver.error());
  const CallKeyPair spent = std::move(ours);
  return CallMedia{std::move(*sender), std::move(*receiver)};
}

}  // namespace sotto
