// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/ringrtc_opener.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/overlap.hpp"
#include "base/reader.hpp"
#include "base/verdict.hpp"

namespace sotto::call {
namespace {

/// How many steps lead from one number to another: numbers are modulo 256.
std::uint8_t distance(std::uint8_t from, std::uint8_t to) noexcept {
  return static_cast<std::uint8_t>(to - from);
}

RingrtcSecret stepped(const RingrtcSecret& secret, std::uint8_t steps) noexcept {
  auto at = secret.duplicate();
  for (std::uint8_t i = 0; i < steps; ++i) at = ringrtc_next_secret(at);
  return at;
}

}  // namespace

Result<void> RingrtcOpener::add_secret(std::uint8_t step, RingrtcSecret&& secret) noexcept {
  if (base::is_zero_ct(secret.expose())) return std::unexpected(Error::weak_key);
  if (knows(step, secret)) return std::unexpected(Error::conflict);
  auto keys = RingrtcKeys::create(secret);
  if (!keys) return std::unexpected(keys.error());
  std::unique_ptr<Held> held(new (std::nothrow) Held(secret.duplicate()));
  if (held == nullptr) return std::unexpected(Error::out_of_memory);
  held->steps.list[0] = {step, *std::move(keys), std::nullopt};
  held->steps.count = 1;
  const RingrtcSecret spent = std::move(secret);
  if (count_ == limits_.max_secrets) drop(0);
  held_[count_++] = std::move(held);
  return {};
}

Result<RingrtcOpener::Arrived> RingrtcOpener::take_apart(MutableBytes out, Bytes frame,
                                                         Instant now) noexcept {
  if (frame.size() < ringrtc_footer_bytes ||
      frame.size() - ringrtc_footer_bytes > ringrtc_max_frame_bytes)
    return std::unexpected(Error::malformed);
  Arrived arrived{{}, frame.first(frame.size() - ringrtc_footer_bytes), {}, now};
  base::Reader reader(frame.last(ringrtc_footer_bytes));
  arrived.footer.step = *reader.take_uint<std::uint8_t>();
  arrived.footer.counter = *reader.take_uint<std::uint32_t>();
  std::ranges::copy(reader.rest(), arrived.footer.mac.begin());
  if (arrived.footer.counter == 0) return std::unexpected(Error::malformed);
  if (out.size() < arrived.ciphertext.size()) return std::unexpected(Error::buffer_too_small);
  arrived.out = out.first(arrived.ciphertext.size());
  if (arrived.out.data() != frame.data() && base::overlap(arrived.out, frame))
    return std::unexpected(Error::buffers_overlap);
  return arrived;
}

Result<MutableBytes> RingrtcOpener::open(MutableBytes out, Bytes frame, Instant now) noexcept {
  const auto arrived = take_apart(out, frame, now);
  if (!arrived) return std::unexpected(arrived.error());
  Trial trial;
  try_known_steps(trial, *arrived);
  if (!trial.decided) try_later_steps(trial, *arrived);
  if (!trial.decided) {
    if (!trial.any_held) return std::unexpected(Error::unknown_key);
    return std::unexpected(trial.any_tried ? Error::authentication_failed : Error::too_far_ahead);
  }
  const Result<void>& decided = *trial.decided;
  if (!decided) return std::unexpected(decided.error());
  return arrived->out;
}

/// Keys that are at hand, of the frame's own step.
void RingrtcOpener::try_known_steps(Trial& trial, const Arrived& arrived) noexcept {
  for (std::size_t place = count_; place > 0; --place) {
    Held& held = *held_[place - 1];
    if (is_too_old(held.replaced, arrived.now)) continue;
    trial.any_held = true;
    for (const Step& step : std::span(held.steps.list).first(held.steps.count)) {
      if (step.number != arrived.footer.step || is_too_old(step.replaced, arrived.now)) continue;
      trial.any_tried = true;
      if (!step.keys->mac().fits(arrived.footer, arrived.ciphertext)) continue;
      trial.decided = open_with(held, step, arrived);
      if (*trial.decided) settle(place - 1, arrived);
      return;
    }
  }
}

/// The keys of the frame's step, made from each secret that is not there yet.
void RingrtcOpener::try_later_steps(Trial& trial, const Arrived& arrived) noexcept {
  for (std::size_t place = count_; place > 0; --place) {
    Held& held = *held_[place - 1];
    const std::uint8_t steps = distance(held.head(), arrived.footer.step);
    if (steps == 0 || steps > limits_.max_steps || is_too_old(held.replaced, arrived.now)) continue;
    trial.any_tried = true;
    auto target = stepped(held.secret, steps);
    if (!RingrtcMac(target).fits(arrived.footer, arrived.ciphertext)) continue;
    trial.decided = open_ahead(held, std::move(target), steps, arrived);
    if (*trial.decided) settle(place - 1, arrived);
    return;
  }
}

/// The frame's MAC is right. It still may have come before; or, if the keys have been replaced, it
/// may be of somebody who learned them, for the sender never goes back to keys.
Result<void> RingrtcOpener::open_with(Held& held, const Step& step,
                                      const Arrived& arrived) noexcept {
  const std::uint32_t counter = arrived.footer.counter;
  for (const std::optional<Replaced>& replaced : {held.replaced, step.replaced})
    if (replaced && counter >= replaced->counter)
      return std::unexpected(Error::authentication_failed);
  if (!held.window.accepts(counter)) return std::unexpected(Error::replayed);
  step.keys->apply(arrived.out, counter, arrived.ciphertext);
  held.window.commit(counter);
  return {};
}

/// The same for a frame that is `steps` ahead. All that can fail is done before anything changes.
Result<void> RingrtcOpener::open_ahead(Held& held, RingrtcSecret&& target, std::uint8_t steps,
                                       const Arrived& arrived) noexcept {
  auto made = make_steps(held, steps, {arrived.footer.counter, arrived.now});
  if (!made) return std::unexpected(made.error());
  if (const auto opened = open_with(held, made->list[0], arrived); !opened) return opened;
  for (Step& old : std::span(held.steps.list).first(held.steps.count)) {
    if (made->count > limits_.max_old_steps) break;
    if (!old.replaced) old.replaced = {arrived.footer.counter, arrived.now};
    made->list[made->count++] = std::move(old);
  }
  held.steps = *std::move(made);
  held.secret = std::move(target);
  return {};
}

/// The step that is `steps` ahead, and of those passed over the ones that late frames may be of.
Result<RingrtcOpener::Steps> RingrtcOpener::make_steps(const Held& held, std::uint8_t steps,
                                                       const Replaced& by) const noexcept {
  Steps made;
  made.count = std::min<std::size_t>(steps, limits_.max_old_steps + std::size_t{1});
  auto secret = held.secret.duplicate();
  for (std::size_t i = 1; i <= steps; ++i) {
    secret = ringrtc_next_secret(secret);
    const std::size_t place = steps - i;
    if (place >= made.count) continue;
    auto keys = RingrtcKeys::create(secret);
    if (!keys) return std::unexpected(keys.error());
    made.list[place] = {static_cast<std::uint8_t>(held.head() + i), *std::move(keys),
                        place == 0 ? std::nullopt : std::optional(by)};
  }
  return made;
}

/// A frame opened under the secret at `place`: the secrets added before are replaced now, and what
/// was replaced long enough ago goes.
void RingrtcOpener::settle(std::size_t place, const Arrived& arrived) noexcept {
  const std::uint32_t counter = arrived.footer.counter;
  Steps& steps = held_[place]->steps;
  while (steps.count > 1 && is_past(steps.list[steps.count - 1].replaced, counter, arrived.now))
    steps.list[--steps.count] = {};
  for (std::size_t i = place; i > 0; --i) {
    std::optional<Replaced>& replaced = held_[i - 1]->replaced;
    if (!replaced) replaced = {counter, arrived.now};
    if (is_past(replaced, counter, arrived.now)) drop(i - 1);
  }
}

bool RingrtcOpener::is_too_old(const std::optional<Replaced>& replaced,
                               Instant now) const noexcept {
  return replaced && now - replaced->at >= limits_.max_old_age;
}

bool RingrtcOpener::is_past(const std::optional<Replaced>& replaced, std::uint32_t counter,
                            Instant now) const noexcept {
  if (!replaced) return false;
  return is_too_old(replaced, now) ||
         (counter >= replaced->counter && counter - replaced->counter >= limits_.max_old_frames);
}

/// Whether a secret that is held, or was, stands at `step` and is `secret`.
bool RingrtcOpener::is_at(std::uint8_t step, const RingrtcSecret& secret) const noexcept {
  const auto held = std::span(held_).first(count_);
  const auto gone = std::span(remembered_).first(std::min(dropped_, most_remembered));
  return std::ranges::any_of(held,
                             [&](const auto& one) {
                               return one->head() == step &&
                                      base::equal_ct(one->secret.expose(), secret.expose());
                             }) ||
         std::ranges::any_of(gone, [&](const Remembered& one) {
           return one.step == step &&
                  base::equal_ct(one.memory.bytes(), ringrtc_memory(secret).bytes());
         });
}

/// Whether `secret` is one that is held or was, at the same step, at one before or at one after.
bool RingrtcOpener::knows(std::uint8_t step, const RingrtcSecret& secret) const noexcept {
  const auto held = std::span(held_).first(count_);
  const bool later = std::ranges::any_of(held, [&](const auto& one) {
    const auto there = stepped(one->secret, distance(one->head(), step));
    return base::equal_ct(there.expose(), secret.expose());
  });
  if (later) return true;
  auto at = secret.duplicate();
  for (unsigned ahead = 0; ahead < 256; ++ahead) {
    if (is_at(static_cast<std::uint8_t>(step + ahead), at)) return true;
    at = ringrtc_next_secret(at);
  }
  return false;
}

void RingrtcOpener::drop(std::size_t place) noexcept {
  const Held& going = *held_[place];
  remembered_[dropped_++ % most_remembered] = {going.head(), ringrtc_memory(going.secret)};
  const auto rest = std::span(held_).subspan(place, count_ - place);
  std::ranges::move(rest.subspan(1), rest.begin());
  held_[--count_].reset();
}

}  // namespace sotto::call
