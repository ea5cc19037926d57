// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_sender.hpp"

#include <algorithm>
#include <array>

#include "base/verdict.hpp"
#include "call/group_messages.hpp"

namespace sotto::call {
namespace {

bool is_allowed(SframeSuite suite) noexcept {  // [GC-2-2]
  return suite == SframeSuite::aes_128_gcm_sha256_128 ||
         suite == SframeSuite::aes_256_gcm_sha512_128 ||
         suite == SframeSuite::sotto_aes_256_ctr_hmac_sha512_256;
}

Result<SframeBaseKey> draw_key(SframeSuite suite, Entropy& entropy) noexcept {  // [GC-3-2]
  std::array<std::uint8_t, 64> room{};
  const MutableBytes key = MutableBytes(room).first(sframe_sizes(suite).ratchet_key);
  const auto filled = entropy.draw(key);
  if (!filled || base::is_zero_ct(key)) {
    wipe(room);
    return std::unexpected(Error::entropy_failed);
  }
  auto made = SframeBaseKey::create(key);
  wipe(room);
  return made;
}

}  // namespace

Result<GroupSender> GroupSender::create(SframeSuite suite, std::uint64_t roster,
                                        Entropy& entropy) noexcept {
  if (!is_allowed(suite)) return std::unexpected(Error::downgraded);
  auto key = draw_key(suite, entropy);
  if (!key) return std::unexpected(key.error());
  auto frames = SframeSender::create(suite, group_kid(0), *std::move(key));
  if (!frames) return std::unexpected(frames.error());
  return GroupSender(*std::move(frames), suite, roster);
}

Result<GroupSender::Tell> GroupSender::on_join(std::uint64_t roster, Entropy& entropy,
                                               Instant now) noexcept {
  if (waiting_) return Tell::newcomers;
  const auto stepped = frames_.ratchet(group_chain);
  if (stepped) return Tell::newcomers;
  if (stepped.error() != Error::exhausted) return std::unexpected(stepped.error());
  const auto renewed = on_leave(roster, entropy, now);
  if (!renewed) return std::unexpected(renewed.error());
  return Tell::all;
}

Result<void> GroupSender::on_leave(std::uint64_t roster, Entropy& entropy, Instant now) noexcept {
  auto key = draw_key(suite_, entropy);
  if (!key) return std::unexpected(key.error());
  // Who left may have been told the one that waits, so that one is never used. The time by which
  // the present one goes was set when the first left.
  const std::optional<Waiting>& waiting = waiting_;
  const Instant due = waiting ? waiting->due : now + group_switch_delay;
  waiting_.emplace(*std::move(key), roster, due);
  ++generation_;
  return {};
}

void GroupSender::confirm(std::uint64_t roster) noexcept {
  std::optional<Waiting>& waiting = waiting_;
  (waiting ? waiting->since : since_) = roster;
}

Result<void> GroupSender::switch_if_due(Instant now) noexcept {
  std::optional<Waiting>& waiting = waiting_;
  if (!waiting || now < waiting->due) return {};
  const auto kid = group_kid(generation_);
  if (auto taken = frames_.rekey(kid, std::move(waiting->key)); !taken) return taken;
  since_ = waiting->since;
  waiting.reset();
  return {};
}

GroupKeyView GroupSender::newest() const noexcept {
  const std::optional<Waiting>& waiting = waiting_;
  if (waiting) return {group_kid(generation_), waiting->since, waiting->key.expose()};
  return {frames_.kid(), since_, frames_.base_key().expose()};
}

std::optional<Instant> GroupSender::switches_at() const noexcept {
  const std::optional<Waiting>& waiting = waiting_;
  return waiting ? std::optional(waiting->due) : std::nullopt;
}

}  // namespace sotto::call
