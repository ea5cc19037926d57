// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>

#include <sotto/srtp.hpp>

#include "base/verdict.hpp"
#include "media/gcm_transform.hpp"
#include "media/protector.hpp"
#include "media/unprotector.hpp"

namespace sotto {
namespace {

/// One end of a master's direction. The master is consumed on success and kept otherwise: one
/// master makes one sender, so that no two share a stream [RFC7714-8.4-2].
template <class End>
Result<std::unique_ptr<End>> make_end(SrtpMaster&& master) noexcept {
  // A master that was consumed is all zero: under it every counter would start again, and anybody
  // knows the key.
  if (base::is_zero_ct(master.key.expose())) return std::unexpected(Error::weak_key);
  auto transform = media::GcmTransform::from_master(master.key.expose(), master.salt.expose());
  if (!transform) return std::unexpected(transform.error());
  std::unique_ptr<End> end(new (std::nothrow) End(std::move(*transform)));
  if (end == nullptr) return std::unexpected(Error::out_of_memory);
  const SrtpMaster spent = std::move(master);  // wiped here [RFC7714-13.1-1]
  return end;
}

}  // namespace

SrtpSender::SrtpSender(std::unique_ptr<media::Protector> impl) noexcept : impl_(std::move(impl)) {
}
SrtpSender::SrtpSender(SrtpSender&&) noexcept = default;
SrtpSender& SrtpSender::operator=(SrtpSender&&) noexcept = default;
SrtpSender::~SrtpSender() = default;

Result<SrtpSender> SrtpSender::create(SrtpMaster&& master) noexcept {
  auto end = make_end<media::Protector>(std::move(master));
  if (!end) return std::unexpected(end.error());
  return SrtpSender(std::move(*end));
}

Result<MutableBytes> SrtpSender::protect(MutableBytes out, Bytes packet) noexcept {
  return impl_->protect(out, packet);
}

SrtpReceiver::SrtpReceiver(std::unique_ptr<media::Unprotector> impl) noexcept
    : impl_(std::move(impl)) {
}
SrtpReceiver::SrtpReceiver(SrtpReceiver&&) noexcept = default;
SrtpReceiver& SrtpReceiver::operator=(SrtpReceiver&&) noexcept = default;
SrtpReceiver::~SrtpReceiver() = default;

Result<SrtpReceiver> SrtpReceiver::create(SrtpMaster&& master) noexcept {
  auto end = make_end<media::Unprotector>(std::move(master));
  if (!end) return std::unexpected(end.error());
  return SrtpReceiver(std::move(*end));
}

Result<MutableBytes> SrtpReceiver::unprotect(MutableBytes out, Bytes packet) noexcept {
  return impl_->unprotect(out, packet);
}

}  // namespace sotto
