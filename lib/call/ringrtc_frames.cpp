// SPDX-License-Identifier: MIT OR Apache-2.0
#include <new>
#include <utility>

#include <sotto/backend.hpp>
#include <sotto/ringrtc.hpp>

#include "base/door.hpp"
#include "base/verdict.hpp"
#include "call/ringrtc_opener.hpp"
#include "call/ringrtc_sealer.hpp"

namespace sotto {

Result<RingrtcSecret> draw_ringrtc_secret(Entropy& entropy) noexcept {
  Result<void> filled;
  auto secret = RingrtcSecret::made_by([&](MutableBytes out) { filled = entropy.draw(out); });
  if (!filled) return std::unexpected(filled.error());
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::entropy_failed);
  return secret;
}

RingrtcSender::RingrtcSender(std::unique_ptr<call::RingrtcSealer> impl) noexcept
    : impl_(std::move(impl)) {
}
RingrtcSender::RingrtcSender(RingrtcSender&&) noexcept = default;
RingrtcSender& RingrtcSender::operator=(RingrtcSender&&) noexcept = default;
RingrtcSender::~RingrtcSender() = default;

Result<RingrtcSender> RingrtcSender::create(RingrtcSecret&& secret,
                                            std::uint32_t first_counter) noexcept {
  if (first_counter == 0) return std::unexpected(Error::malformed);
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::weak_key);
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  auto keys = call::RingrtcKeys::create(secret);
  if (!keys) return std::unexpected(keys.error());
  std::unique_ptr<call::RingrtcSealer> impl(
      new (std::nothrow) call::RingrtcSealer(std::move(secret), *std::move(keys), first_counter));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return RingrtcSender(std::move(impl));
}

Result<MutableBytes> RingrtcSender::seal(MutableBytes out, Bytes frame) noexcept {
  return base::inside(impl_,
                      [&](call::RingrtcSealer& held) noexcept { return held.seal(out, frame); });
}
Result<void> RingrtcSender::ratchet() noexcept {
  return base::inside(impl_, [&](call::RingrtcSealer& held) noexcept { return held.ratchet(); });
}
Result<void> RingrtcSender::rekey(RingrtcSecret&& secret) noexcept {
  return base::inside(
      impl_, [&](call::RingrtcSealer& held) noexcept { return held.rekey(std::move(secret)); });
}
const RingrtcSecret& RingrtcSender::secret() const noexcept {
  return impl_->secret();
}
std::uint8_t RingrtcSender::step() const noexcept {
  return impl_ == nullptr ? std::uint8_t{} : impl_->step();
}
std::uint64_t RingrtcSender::next_counter() const noexcept {
  return impl_ == nullptr ? std::uint64_t{} : impl_->next_counter();
}

RingrtcReceiver::RingrtcReceiver(std::unique_ptr<call::RingrtcOpener> impl) noexcept
    : impl_(std::move(impl)) {
}
RingrtcReceiver::RingrtcReceiver(RingrtcReceiver&&) noexcept = default;
RingrtcReceiver& RingrtcReceiver::operator=(RingrtcReceiver&&) noexcept = default;
RingrtcReceiver::~RingrtcReceiver() = default;

Result<RingrtcReceiver> RingrtcReceiver::create(const RingrtcLimits& limits) noexcept {
  if (limits.max_secrets == 0 || limits.max_secrets > call::RingrtcOpener::most_secrets ||
      limits.max_old_steps > call::RingrtcOpener::most_old_steps || limits.max_old_frames == 0 ||
      limits.max_old_age < std::chrono::milliseconds::zero())
    return std::unexpected(Error::malformed);
  if (const auto backend = check_backend(); !backend) return std::unexpected(backend.error());
  std::unique_ptr<call::RingrtcOpener> impl(new (std::nothrow) call::RingrtcOpener(limits));
  if (impl == nullptr) return std::unexpected(Error::out_of_memory);
  return RingrtcReceiver(std::move(impl));
}

Result<void> RingrtcReceiver::add_secret(std::uint8_t step, RingrtcSecret&& secret) noexcept {
  return base::inside(impl_, [&](call::RingrtcOpener& held) noexcept {
    return held.add_secret(step, std::move(secret));
  });
}
Result<MutableBytes> RingrtcReceiver::open(MutableBytes out, Bytes frame, Instant now) noexcept {
  return base::inside(
      impl_, [&](call::RingrtcOpener& held) noexcept { return held.open(out, frame, now); });
}
std::size_t RingrtcReceiver::secrets() const noexcept {
  return impl_ == nullptr ? std::size_t{} : impl_->secrets();
}

}  // namespace sotto
