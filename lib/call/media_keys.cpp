// SPDX-License-Identifier: MIT OR Apache-2.0
/// From the keys of an epoch to the ends that use them.
#include <optional>
#include <utility>

#include <sotto/sotto_call.hpp>

#include "base/verdict.hpp"
#include "crypto/x25519.hpp"

namespace sotto {
namespace {

/// A packet's MKI: its epoch, big-endian [MK-5-3].
constexpr std::array<std::uint8_t, 4> mki_of(std::uint32_t epoch) noexcept {
  return {static_cast<std::uint8_t>(epoch >> 24), static_cast<std::uint8_t>(epoch >> 16),
          static_cast<std::uint8_t>(epoch >> 8), static_cast<std::uint8_t>(epoch)};
}

constexpr SframeKid kid_of(std::uint32_t epoch) noexcept {
  return SframeKid{epoch};
}

/// `make` of the profile, master key and master salt in `keys`, which are gone if it succeeds
/// [MK-5-2].
template <class Keys, class Make>
auto with_master(Keys& keys, const CallTerms& terms, Make&& make) noexcept
    -> decltype(make(terms.srtp, Bytes{}, Bytes{})) {
  const SrtpSizes sizes = srtp_sizes(terms.srtp);
  const Bytes bytes = keys.expose();
  auto made = make(terms.srtp, bytes.first(sizes.key), bytes.subspan(sizes.key, sizes.salt));
  if (made) const Keys spent = std::move(keys);
  return made;
}

/// `make` of the base key in `keys`, which are gone if it succeeds [MK-5-2].
template <class Keys, class Make>
auto with_base_key(Keys& keys, Make&& make) noexcept
    -> decltype(make(std::declval<SframeBaseKey>())) {
  auto base_key = SframeBaseKey::create(keys.expose());
  if (!base_key) return std::unexpected(base_key.error());
  auto made = make(std::move(*base_key));
  if (made) const Keys spent = std::move(keys);
  return made;
}

}  // namespace

Result<SrtpSender> CallSendKeys::srtp_sender() noexcept {
  return with_master(srtp_, terms_, [&](SrtpProfile profile, Bytes key, Bytes salt) {
    const auto mki = mki_of(epoch_);
    return SrtpSender::create(profile, key, salt, {.mki = mki});
  });
}

Result<void> CallSendKeys::rekey(SrtpSender& sender) noexcept {
  return with_master(srtp_, terms_, [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return sender.rekey(profile, key, salt, mki_of(epoch_));
  });
}

Result<SframeSender> CallSendKeys::frame_sender() noexcept {
  return with_base_key(frames_, [&](SframeBaseKey&& key) {
    return SframeSender::create(terms_.frames, kid_of(epoch_), std::move(key));
  });
}

Result<void> CallSendKeys::rekey(SframeSender& sender) noexcept {
  return with_base_key(
      frames_, [&](SframeBaseKey&& key) { return sender.rekey(kid_of(epoch_), std::move(key)); });
}

Result<SrtpReceiver> CallReceiveKeys::srtp_receiver() noexcept {
  return with_master(srtp_, terms_, [&](SrtpProfile profile, Bytes key, Bytes salt) {
    const auto mki = mki_of(epoch_);
    return SrtpReceiver::create(profile, key, salt, {.mki = mki});
  });
}

Result<void> CallReceiveKeys::add_to(SrtpReceiver& receiver) noexcept {
  return with_master(srtp_, terms_, [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return receiver.add_key(profile, key, salt, mki_of(epoch_));
  });
}

Result<SframeReceiver> CallReceiveKeys::frame_receiver(const SframeLimits& limits) noexcept {
  return with_base_key(frames_, [&](SframeBaseKey&& key) -> Result<SframeReceiver> {
    auto receiver = SframeReceiver::create(terms_.frames, limits);
    if (!receiver) return receiver;
    if (const auto added = receiver->add_key(kid_of(epoch_), std::move(key)); !added)
      return std::unexpected(added.error());
    return receiver;
  });
}

Result<void> CallReceiveKeys::add_to(SframeReceiver& receiver) noexcept {
  return with_base_key(frames_, [&](SframeBaseKey&& key) {
    return receiver.add_key(kid_of(epoch_), std::move(key));
  });
}

Result<void> erase_call_epoch(SrtpReceiver& receiver, std::uint32_t epoch) noexcept {
  return receiver.erase_key(mki_of(epoch));
}

Result<void> erase_call_epoch(SframeReceiver& receiver, std::uint32_t epoch) noexcept {
  return receiver.erase_key(kid_of(epoch));
}

}  // namespace sotto
