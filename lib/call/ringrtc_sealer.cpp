// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/ringrtc_sealer.hpp"

#include "base/overlap.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"

namespace sotto::call {

Result<MutableBytes> RingrtcSealer::seal(MutableBytes out, Bytes frame) noexcept {
  if (frame.size() > ringrtc_max_frame_bytes) return std::unexpected(Error::malformed);
  if (next_ > last_counter) return std::unexpected(Error::exhausted);
  if (out.size() < frame.size() + ringrtc_footer_bytes)
    return std::unexpected(Error::buffer_too_small);
  const MutableBytes sealed = out.first(frame.size() + ringrtc_footer_bytes);
  if (sealed.data() != frame.data() && base::overlap(sealed, frame))
    return std::unexpected(Error::buffers_overlap);

  // The counter is spent here, before the first byte is written.
  const auto counter = static_cast<std::uint32_t>(next_++);
  const MutableBytes ciphertext = sealed.first(frame.size());
  keys_->apply(ciphertext, counter, frame);
  base::Writer footer(sealed.subspan(frame.size()));
  footer.put_uint(step_);
  footer.put_uint(counter);
  keys_->mac().tag(footer.claim(16).first<16>(), counter, ciphertext);
  return sealed;
}

Result<void> RingrtcSealer::ratchet() noexcept {
  return take(ringrtc_next_secret(secret_), static_cast<std::uint8_t>(step_ + 1));
}

Result<void> RingrtcSealer::rekey(RingrtcSecret&& secret) noexcept {
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::weak_key);
  return take(std::move(secret), 0);
}

Result<void> RingrtcSealer::take(RingrtcSecret&& secret, std::uint8_t step) noexcept {
  auto keys = RingrtcKeys::create(secret);
  if (!keys) return std::unexpected(keys.error());
  secret_ = std::move(secret);
  keys_ = *std::move(keys);
  step_ = step;
  return {};
}

}  // namespace sotto::call
