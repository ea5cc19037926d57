// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <utility>

#include <sotto/whatsapp.hpp>

#include "base/verdict.hpp"
#include "call/whatsapp_schedule.hpp"
#include "crypto/hkdf.hpp"

namespace sotto {
namespace call {

WhatsappMaster whatsapp_schedule(const WhatsappCallSecret& secret, Bytes participant) noexcept {
  return WhatsappMaster::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), secret.expose(), participant);
  });
}

}  // namespace call

namespace {

constexpr std::size_t key_bytes = 16, salt_bytes = 14;

bool is_name(Bytes name) noexcept {
  return !name.empty() && name.size() <= whatsapp_max_participant_bytes;
}

template <class End>
Result<End> end_of(const WhatsappCallSecret& secret, Bytes participant,
                   SrtpProfile profile) noexcept {
  const auto master = call::whatsapp_schedule(secret, participant);
  return End::create(profile, Bytes(master.expose()).first(key_bytes),
                     Bytes(master.expose()).subspan(key_bytes, salt_bytes));
}

}  // namespace

Result<WhatsappCallSecret> draw_whatsapp_secret(Entropy& entropy) noexcept {
  Result<void> filled;
  auto secret = WhatsappCallSecret::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::entropy_failed);
  return secret;
}

Result<CallMedia> start_whatsapp_media(WhatsappCallSecret&& secret,
                                       const WhatsappParticipants& participants,
                                       SrtpProfile profile) noexcept {
  if ((profile != SrtpProfile::aes_cm_128_hmac_sha1_80 &&
       profile != SrtpProfile::aes_cm_128_hmac_sha1_32) ||
      !is_name(participants.ours) || !is_name(participants.theirs))
    return std::unexpected(Error::malformed);
  if (std::ranges::equal(participants.ours, participants.theirs))
    return std::unexpected(Error::own_identity);
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::weak_key);
  auto sender = end_of<SrtpSender>(secret, participants.ours, profile);
  if (!sender) return std::unexpected(sender.error());
  auto receiver = end_of<SrtpReceiver>(secret, participants.theirs, profile);
  if (!receiver) return std::unexpected(receiver.error());
  const WhatsappCallSecret spent = std::move(secret);
  return CallMedia{*std::move(sender), *std::move(receiver)};
}

}  // namespace sotto
