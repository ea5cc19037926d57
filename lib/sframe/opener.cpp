// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sframe/opener.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/overlap.hpp"
#include "base/verdict.hpp"
#include "sframe/chain.hpp"
#include "sframe/kid_order.hpp"

namespace sotto::sframe {

Result<std::unique_ptr<Opener::Held>> Opener::make(SframeKid kid, FrameKeys&& keys) const noexcept {
  auto cipher = Cipher::from_keys(*suite_, std::move(keys));
  if (!cipher) return std::unexpected(cipher.error());
  std::unique_ptr<Held> held(new (std::nothrow) Held(kid, *std::move(cipher)));
  if (held == nullptr) return std::unexpected(Error::out_of_memory);
  if (const auto* const before = resting_.find(kid, held->cipher); before != nullptr) {
    held->window = before->window;
    held->forgeries = before->forgeries;
  }
  return held;
}

Result<void> Opener::add_key(SframeKid kid, SframeBaseKey&& key,
                             std::optional<SframeChain> chain) noexcept {
  if (chain && (!is_valid(*chain) || limits_.kid_bits != 64))
    return std::unexpected(Error::malformed);
  if (base::is_zero_ct(key.expose())) return std::unexpected(Error::weak_key);
  if (find(kid) != nullptr) return std::unexpected(Error::conflict);
  const std::size_t place = place_of(kid);
  if (place == 0 && count_ == limits_.max_keys) return std::unexpected(Error::exhausted);
  auto held = make(kid, derive_keys(*suite_, kid, key.expose()));
  if (!held) return std::unexpected(held.error());
  if (is_over(**held)) return std::unexpected(Error::conflict);
  if (chain) {
    (*held)->ahead.reset(new (std::nothrow) StepsAhead(*suite_, *chain, kid, std::move(key)));
    if ((*held)->ahead == nullptr) return std::unexpected(Error::out_of_memory);
  } else {
    const SframeBaseKey consumed = std::move(key);
  }
  insert(place, *std::move(held));
  return {};
}

Result<void> Opener::erase_key(SframeKid kid) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (held_[i]->kid != kid) continue;
    drop(i);
    return {};
  }
  return std::unexpected(Error::unknown_key);
}

void Opener::let_go() noexcept {
  for (const auto& held : std::span(held_).first(count_))
    if (held->window.any() || held->forgeries > 0)
      resting_.put({held->kid, held->cipher.mark(), held->window, held->forgeries}, past_);
  for (; count_ > 0; --count_) held_[count_ - 1].reset();
}

/// Where KIDs come round, another key may have the KID of one that rests.
bool Opener::is_over(const Held& held) const noexcept {
  return past_.contain(held.kid, held.cipher) ||
         (limits_.kid_bits == 64 && resting_.rests_another(held.kid, held.cipher));
}

Result<Opener::Arrived> Opener::take_apart(MutableBytes out, Bytes metadata,
                                           Bytes frame) const noexcept {
  const auto header = parse_sframe_header(frame);
  if (!header) return std::unexpected(header.error());
  const Bytes sealed = frame.subspan(header->size_bytes);
  if (sealed.size() < suite_->tag_bytes || metadata.size() > sframe_max_metadata_bytes)
    return std::unexpected(Error::malformed);
  const std::size_t size = sealed.size() - suite_->tag_bytes;
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  const MutableBytes plaintext = out.first(size);
  if ((plaintext.data() != sealed.data() && base::overlap(plaintext, frame)) ||
      base::overlap(plaintext, metadata))
    return std::unexpected(Error::buffers_overlap);
  return Arrived{
      *header, {header->counter, frame.first(header->size_bytes), metadata}, sealed, plaintext};
}

Result<MutableBytes> Opener::open(MutableBytes out, Bytes metadata, Bytes frame,
                                  Instant now) noexcept {
  const auto arrived = take_apart(out, metadata, frame);
  if (!arrived) return std::unexpected(arrived.error());
  const SframeKid kid = arrived->header.kid;
  Result<void> opened = std::unexpected(Error::unknown_key);
  if (Held* const held = find(kid); held != nullptr) {
    if (!is_past(*held, now)) opened = open_with(*held, *arrived);
  } else if (Held* const head = find_head(kid, now); head != nullptr) {
    opened = open_ahead(*head, *arrived);
  }
  if (!opened) return std::unexpected(opened.error());
  settle(kid, now);
  return arrived->out;
}

Result<void> Opener::count_forgery(Held& held, Error error) noexcept {
  if (error == Error::authentication_failed) ++held.forgeries;
  return std::unexpected(error);
}

Result<void> Opener::open_with(Held& held, const Arrived& arrived) const noexcept {
  if (held.forgeries >= forgery_budget(*suite_)) return std::unexpected(Error::exhausted);
  if (!held.window.accepts(arrived.header.counter)) return std::unexpected(Error::replayed);
  const auto opened = held.cipher.open(arrived.out, arrived.frame, arrived.sealed);
  if (!opened) return count_forgery(held, opened.error());
  held.window.commit(arrived.header.counter);
  return {};
}

/// The frame is of a later step of the chain whose newest key `head` is: try the key of that step,
/// and only if it opens move the chain there.
Result<void> Opener::open_ahead(Held& head, const Arrived& arrived) noexcept {
  if (head.forgeries >= forgery_budget(*suite_)) return std::unexpected(Error::exhausted);
  const SframeKid target = arrived.header.kid;
  if (head.ahead->steps_to(target) > limits_.max_steps)
    return std::unexpected(Error::too_far_ahead);
  auto keys = head.ahead->keys_of(target);
  if (!keys) return std::unexpected(keys.error());
  auto newest = make(target, *std::move(keys));
  if (!newest) return std::unexpected(newest.error());
  if (is_over(**newest)) return std::unexpected(Error::unknown_key);
  const auto opened = open_with(**newest, arrived);
  if (!opened) return count_forgery(head, opened.error());
  move_chain(head, *std::move(newest));
  return {};
}

/// The keys of the last steps passed over are made now, for late frames. One that cannot be made
/// for want of memory is left out.
void Opener::move_chain(Held& head, std::unique_ptr<Held> newest) noexcept {
  const auto replaced = head.replaced;
  const std::uint64_t target = std::to_underlying(newest->kid);
  const std::uint64_t passed =
      std::min<std::uint64_t>(target - std::to_underlying(head.kid), limits_.max_keys) - 1;
  auto ahead = std::move(head.ahead);
  for (SframeKid kid{target - passed}; kid < newest->kid;
       kid = SframeKid{std::to_underlying(kid) + 1}) {
    if (find(kid) != nullptr) continue;
    auto keys = ahead->keys_of(kid);
    if (!keys) continue;
    auto held = make(kid, *std::move(keys));
    if (!held || is_over(**held)) continue;
    (*held)->replaced = replaced;
    insert(place_of(kid), *std::move(held));
  }
  ahead->move_to(newest->kid);
  newest->replaced = replaced;
  newest->ahead = std::move(ahead);
  const std::size_t place = place_of(newest->kid);
  insert(place, std::move(newest));
}

bool Opener::is_past(const Held& held, Instant now) const noexcept {
  return held.replaced && now - *held.replaced >= limits_.max_old_age;
}

Opener::Held* Opener::find(SframeKid kid) const noexcept {
  for (std::size_t i = 0; i < count_; ++i)
    if (held_[i]->kid == kid) return held_[i].get();
  return nullptr;
}

/// Of the keys that lead to `kid` the nearest: where a chain was added at two of its steps, those
/// in between are the earlier one's, and those behind the later one's.
Opener::Held* Opener::find_head(SframeKid kid, Instant now) const noexcept {
  Held* nearest = nullptr;
  for (const auto& held : std::span(held_).first(count_)) {
    if (held->ahead == nullptr || !held->ahead->leads_to(kid) || is_past(*held, now)) continue;
    if (nearest == nullptr || held->kid > nearest->kid) nearest = held.get();
  }
  return nearest;
}

/// Behind all that are older, however late they come.
std::size_t Opener::place_of(SframeKid kid) const noexcept {
  std::size_t place = count_;
  while (place > 0 && is_newer(held_[place - 1]->kid, kid, limits_.kid_bits)) --place;
  return place;
}

void Opener::insert(std::size_t place, std::unique_ptr<Held> held) noexcept {
  resting_.take_out(held->kid, held->cipher);
  if (count_ == limits_.max_keys) {
    drop(0);
    if (place > 0) --place;
  }
  const auto later = std::span(held_).subspan(place, count_ - place);
  std::ranges::move_backward(later, std::span(held_).first(++count_).end());
  held_[place] = std::move(held);
}

void Opener::drop(std::size_t place) noexcept {
  const Held& going = *held_[place];
  if (going.window.any()) past_.remember(going.kid, going.cipher.mark());
  const auto rest = std::span(held_).subspan(place, count_ - place);
  std::ranges::move(rest.subspan(1), rest.begin());
  held_[--count_].reset();
}

/// A frame opened under `opened`: the keys older than that are replaced now, and those that were
/// replaced long enough ago go.
void Opener::settle(SframeKid opened, Instant now) noexcept {
  const auto held = std::span(held_).first(count_);
  const auto used = std::ranges::find(held, opened, [](const auto& one) { return one->kid; });
  for (const auto& older : std::span(held.begin(), used))
    if (!older->replaced) older->replaced = now;
  for (std::size_t i = count_; i > 0; --i)
    if (is_past(*held_[i - 1], now)) drop(i - 1);
}

}  // namespace sotto::sframe
