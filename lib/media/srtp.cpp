// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>

#include <sotto/srtp.hpp>

#include "base/door.hpp"
#include "base/verdict.hpp"
#include "media/protector.hpp"
#include "media/transform.hpp"
#include "media/unprotector.hpp"

namespace sotto {
namespace {

/// The transforms of one key.
struct Transforms {
  media::Transform packets;
  media::Transform control;
};

Result<Transforms> transforms_of(SrtpProfile profile, Bytes key, Bytes salt, Bytes mki,
                                 const media::ExtensionIds& encrypted) noexcept {
  using media::Transform;
  // A master that was consumed is all zero: under it every counter would start again, and anybody
  // knows the key.
  if (base::is_zero_ct(key)) return std::unexpected(Error::weak_key);
  const auto named = media::Mki::create(mki);
  if (!named) return std::unexpected(named.error());
  auto packets = Transform::from_master(profile, key, salt, Transform::Use::rtp, *named, encrypted);
  if (!packets) return std::unexpected(packets.error());
  auto control = Transform::from_master(profile, key, salt, Transform::Use::rtcp, *named);
  if (!control) return std::unexpected(control.error());
  return Transforms{*std::move(packets), *std::move(control)};
}

/// One end of a direction: no two of them share a stream [RFC7714-8.4-2].
template <class End>
Result<std::unique_ptr<End>> make_end(SrtpProfile profile, Bytes key, Bytes salt,
                                      const SrtpOptions& options) noexcept {
  const auto encrypted = media::ExtensionIds::create(options.encrypted_extensions);
  if (!encrypted) return std::unexpected(encrypted.error());
  auto made = transforms_of(profile, key, salt, options.mki, *encrypted);
  if (!made) return std::unexpected(made.error());
  if (options.max_streams == 0 || options.max_streams > srtp_streams_limit)
    return std::unexpected(Error::malformed);
  std::unique_ptr<End> end;
  if constexpr (std::is_same_v<End, media::Protector>)
    end.reset(new (std::nothrow)
                  End(std::move(made->packets), std::move(made->control), 0, options.max_streams));
  else
    end.reset(new (std::nothrow)
                  End(std::move(made->packets), std::move(made->control), options.max_streams));
  if (end == nullptr || !end->has_room()) return std::unexpected(Error::out_of_memory);
  return end;
}

/// `use` of the profile, key and salt of a master, which is consumed on success and kept otherwise.
template <class Use>
auto consume(SrtpMaster&& master, Use&& use) noexcept {
  auto done =
      use(SrtpProfile::aead_aes_256_gcm, Bytes(master.key.expose()), Bytes(master.salt.expose()));
  if (done) const SrtpMaster spent = std::move(master);  // wiped here [RFC7714-13.1-1]
  return done;
}

}  // namespace

SrtpSizes srtp_sizes(SrtpProfile profile) noexcept {
  switch (profile) {
    case SrtpProfile::aes_cm_128_hmac_sha1_80:
      return {16, 14, 10, 10};
    case SrtpProfile::aes_cm_128_hmac_sha1_32:
      return {16, 14, 4, 10};
    case SrtpProfile::aead_aes_128_gcm:
      return {16, 12, 16, 16};
    case SrtpProfile::aead_aes_256_gcm:
      return {32, 12, 16, 16};
    case SrtpProfile::aes_cm_256_hmac_sha1_80:
      return {32, 14, 10, 10};
    case SrtpProfile::aes_cm_256_hmac_sha1_32:
      return {32, 14, 4, 10};
  }
  return {0, 0, 0, 0};
}

SrtpSender::SrtpSender(std::unique_ptr<media::Protector> impl) noexcept : impl_(std::move(impl)) {
}
SrtpSender::SrtpSender(SrtpSender&&) noexcept = default;
SrtpSender& SrtpSender::operator=(SrtpSender&&) noexcept = default;
SrtpSender::~SrtpSender() = default;

Result<SrtpSender> SrtpSender::create(SrtpMaster&& master, const SrtpOptions& options) noexcept {
  return consume(std::move(master), [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return create(profile, key, salt, options);
  });
}

Result<SrtpSender> SrtpSender::create(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                                      const SrtpOptions& options) noexcept {
  auto end = make_end<media::Protector>(profile, master_key, master_salt, options);
  if (!end) return std::unexpected(end.error());
  return SrtpSender(std::move(*end));
}

Result<void> SrtpSender::rekey(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                               Bytes mki) noexcept {
  return base::inside(impl_, [&](media::Protector& held) noexcept -> Result<void> {
    auto made = transforms_of(profile, master_key, master_salt, mki, held.encrypted_extensions());
    if (!made) return std::unexpected(made.error());
    return held.rekey(std::move(made->packets), std::move(made->control));
  });
}

Result<void> SrtpSender::rekey(SrtpMaster&& master, Bytes mki) noexcept {
  return consume(std::move(master), [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return rekey(profile, key, salt, mki);
  });
}

Result<MutableBytes> SrtpSender::protect_rtcp(MutableBytes out, Bytes packet) noexcept {
  return base::inside(
      impl_, [&](media::Protector& held) noexcept { return held.protect_control(out, packet); });
}

std::size_t SrtpSender::overhead_bytes() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->overhead_bytes();
}

std::size_t SrtpSender::rtcp_overhead_bytes() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->control_overhead_bytes();
}

Result<MutableBytes> SrtpSender::protect(MutableBytes out, Bytes packet) noexcept {
  return base::inside(impl_,
                      [&](media::Protector& held) noexcept { return held.protect(out, packet); });
}

Result<std::uint32_t> SrtpSender::rollover(std::uint32_t ssrc) noexcept {
  return base::inside(impl_, [&](media::Protector& held) noexcept {
    return held.streams().rollover(media::Ssrc{ssrc});
  });
}

Result<void> SrtpSender::set_rollover(std::uint32_t ssrc, std::uint32_t roc) noexcept {
  return base::inside(impl_, [&](media::Protector& held) noexcept {
    return held.streams().set_rollover(media::Ssrc{ssrc}, roc);
  });
}

Result<void> SrtpSender::remove_stream(std::uint32_t ssrc) noexcept {
  return base::inside(impl_, [&](media::Protector& held) noexcept {
    return held.streams().remove(media::Ssrc{ssrc});
  });
}

SrtpReceiver::SrtpReceiver(std::unique_ptr<media::Unprotector> impl) noexcept
    : impl_(std::move(impl)) {
}
SrtpReceiver::SrtpReceiver(SrtpReceiver&&) noexcept = default;
SrtpReceiver& SrtpReceiver::operator=(SrtpReceiver&&) noexcept = default;
SrtpReceiver::~SrtpReceiver() = default;

Result<SrtpReceiver> SrtpReceiver::create(SrtpMaster&& master,
                                          const SrtpOptions& options) noexcept {
  return consume(std::move(master), [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return create(profile, key, salt, options);
  });
}

Result<SrtpReceiver> SrtpReceiver::create(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                                          const SrtpOptions& options) noexcept {
  auto end = make_end<media::Unprotector>(profile, master_key, master_salt, options);
  if (!end) return std::unexpected(end.error());
  return SrtpReceiver(std::move(*end));
}

Result<void> SrtpReceiver::add_key(SrtpProfile profile, Bytes master_key, Bytes master_salt,
                                   Bytes mki) noexcept {
  return base::inside(impl_, [&](media::Unprotector& held) noexcept -> Result<void> {
    auto made = transforms_of(profile, master_key, master_salt, mki, held.encrypted_extensions());
    if (!made) return std::unexpected(made.error());
    return held.add_key(std::move(made->packets), std::move(made->control));
  });
}

Result<void> SrtpReceiver::add_key(SrtpMaster&& master, Bytes mki) noexcept {
  return consume(std::move(master), [&](SrtpProfile profile, Bytes key, Bytes salt) {
    return add_key(profile, key, salt, mki);
  });
}

Result<void> SrtpReceiver::erase_key(Bytes mki) noexcept {
  return base::inside(impl_,
                      [&](media::Unprotector& held) noexcept { return held.erase_key(mki); });
}

bool SrtpReceiver::needs_new_key() const noexcept {
  return impl_ != nullptr && impl_->needs_new_key();
}

Result<SrtpOpened> SrtpReceiver::open(MutableBytes out, Bytes packet) noexcept {
  return base::inside(impl_, [&](media::Unprotector& held) noexcept -> Result<SrtpOpened> {
    media::PacketIndex at;
    const auto opened = held.unprotect(out, packet, &at);
    if (!opened) return std::unexpected(opened.error());
    return SrtpOpened{*opened, held.mki_of(packet, false), at.value};
  });
}

Result<SrtpOpened> SrtpReceiver::open_rtcp(MutableBytes out, Bytes packet) noexcept {
  return base::inside(impl_, [&](media::Unprotector& held) noexcept -> Result<SrtpOpened> {
    media::PacketIndex at;
    const auto opened = held.unprotect_control(out, packet, &at);
    if (!opened) return std::unexpected(opened.error());
    return SrtpOpened{*opened, held.mki_of(packet, true), at.value};
  });
}

Result<std::uint32_t> SrtpReceiver::rollover(std::uint32_t ssrc) noexcept {
  return base::inside(
      impl_, [&](media::Unprotector& held) noexcept { return held.rollover(media::Ssrc{ssrc}); });
}

Result<void> SrtpReceiver::set_rollover(std::uint32_t ssrc, std::uint32_t roc) noexcept {
  return base::inside(impl_, [&](media::Unprotector& held) noexcept {
    return held.set_rollover(media::Ssrc{ssrc}, roc);
  });
}

Result<void> SrtpReceiver::remove_stream(std::uint32_t ssrc) noexcept {
  return base::inside(
      impl_, [&](media::Unprotector& held) noexcept { return held.remove(media::Ssrc{ssrc}); });
}

Result<MutableBytes> SrtpReceiver::unprotect_rtcp(MutableBytes out, Bytes packet) noexcept {
  return base::inside(impl_, [&](media::Unprotector& held) noexcept {
    return held.unprotect_control(out, packet);
  });
}

std::size_t SrtpReceiver::overhead_bytes() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->overhead_bytes();
}

std::size_t SrtpReceiver::rtcp_overhead_bytes() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->control_overhead_bytes();
}

Result<MutableBytes> SrtpReceiver::unprotect(MutableBytes out, Bytes packet) noexcept {
  return base::inside(
      impl_, [&](media::Unprotector& held) noexcept { return held.unprotect(out, packet); });
}

}  // namespace sotto
