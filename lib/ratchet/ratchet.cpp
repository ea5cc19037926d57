// SPDX-License-Identifier: MIT OR Apache-2.0
/// The public `Ratchet` over the engine.
#include <utility>

#include <sotto/ratchet.hpp>

#include "base/door.hpp"
#include "ratchet/message.hpp"
#include "ratchet/state.hpp"

namespace sotto {

Result<Ratchet> Ratchet::start(InitiatorAgreement&& agreement, Entropy& entropy,
                               const RatchetLimits& limits) noexcept {
  auto state = ratchet::State::start(std::move(agreement), entropy, limits);
  if (!state) return std::unexpected(state.error());
  return Ratchet(*std::move(state));
}

Result<Ratchet> Ratchet::start(ResponderAgreement&& agreement,
                               const RatchetLimits& limits) noexcept {
  auto state = ratchet::State::start(std::move(agreement), limits);
  if (!state) return std::unexpected(state.error());
  return Ratchet(*std::move(state));
}

Ratchet::Ratchet(std::unique_ptr<ratchet::State> state) noexcept : state_(std::move(state)) {
}
Ratchet::Ratchet(Ratchet&&) noexcept = default;
Ratchet& Ratchet::operator=(Ratchet&&) noexcept = default;
Ratchet::~Ratchet() = default;

Result<MutableBytes> Ratchet::encrypt(MutableBytes out, Bytes plaintext) noexcept {
  return base::inside(state_, [&](ratchet::State& state) noexcept {
    return ratchet::encrypt(state, out, plaintext);
  });
}

Result<MutableBytes> Ratchet::decrypt(MutableBytes out, Bytes message, Entropy& entropy,
                                      Instant now) noexcept {
  return base::inside(state_, [&](ratchet::State& state) noexcept {
    return ratchet::decrypt(state, out, message, entropy, now);
  });
}

std::size_t Ratchet::skipped_keys() const noexcept {
  return state_ == nullptr ? 0 : state_->skipped_keys();
}

}  // namespace sotto
