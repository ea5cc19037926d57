// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/ringrtc_hop.hpp>

#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "call/profile_labels.hpp"
#include "call/ringrtc_hop_schedule.hpp"
#include "crypto/hkdf.hpp"

namespace sotto {
namespace call {

Result<RingrtcHopMasters> ringrtc_hop_schedule(const crypto::SharedSecret& shared,
                                               Bytes extra_info) noexcept {
  if (extra_info.size() > ringrtc_hop_max_extra_bytes) return std::unexpected(Error::malformed);
  std::array<std::uint8_t, ringrtc_hop_label.size() + ringrtc_hop_max_extra_bytes> room;
  base::Writer info(room);
  info.put(crypto::label(ringrtc_hop_label));
  info.put(extra_info);
  constexpr std::size_t master_bytes = RingrtcHopMaster::size_bytes;
  using Okm = Secret<struct RingrtcHopOkmRole, 2 * master_bytes>;
  const auto okm = Okm::made_by([&](MutableBytes out) {
    crypto::hkdf_sha256(out, crypto::zero_salt(), shared.expose(), *info.finish());
  });
  return RingrtcHopMasters{RingrtcHopMaster(okm.expose().first<master_bytes>()),
                           RingrtcHopMaster(okm.expose().last<master_bytes>())};
}

}  // namespace call

namespace {

constexpr auto profile = SrtpProfile::aead_aes_128_gcm;
constexpr std::size_t key_bytes = 16;

template <class End>
Result<End> end_of(const call::RingrtcHopMaster& master) noexcept {
  return End::create(profile, Bytes(master.expose()).first(key_bytes),
                     Bytes(master.expose()).subspan(key_bytes));
}

}  // namespace

Result<CallMedia> agree_on_ringrtc_hop(RingrtcHopSide side, RingrtcHopKeyPair&& ours,
                                       const RingrtcHopPublic& theirs, Bytes extra_info) noexcept {
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  if (!crypto::is_acceptable_u(theirs.bytes())) return std::unexpected(Error::weak_key);
  if (theirs == ours.public_key()) return std::unexpected(Error::own_identity);
  // A pair that was consumed has a secret of zeros, which anybody knows.
  if (base::is_zero_ct(ours.secret_key().expose())) return std::unexpected(Error::weak_key);
  const auto shared = crypto::agree(ours.secret_key(), theirs);
  if (!shared) return std::unexpected(shared.error());
  const auto masters = call::ringrtc_hop_schedule(*shared, extra_info);
  if (!masters) return std::unexpected(masters.error());
  const bool client = side == RingrtcHopSide::client;
  auto sender = end_of<SrtpSender>(client ? masters->client : masters->server);
  if (!sender) return std::unexpected(sender.error());
  auto receiver = end_of<SrtpReceiver>(client ? masters->server : masters->client);
  if (!receiver) return std::unexpected(receiver.error());
  const RingrtcHopKeyPair spent = std::move(ours);
  return CallMedia{*std::move(sender), *std::move(receiver)};
}

}  // namespace sotto
