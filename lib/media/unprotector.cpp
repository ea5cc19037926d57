// SPDX-License-Identifier: MIT OR Apache-2.0
#include "media/unprotector.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "media/buffers.hpp"

namespace sotto::media {

void Unprotector::hold(const Key& first) noexcept {
  profile_ = first.packets.profile();
  mki_bytes_ = first.packets.mki().size();
  overhead_ = first.packets.overhead_bytes();
  behind_mki_ = first.packets.behind_mki();
  all_known_ = history_.add(first.packets.print());
  encrypted_ = first.packets.encrypted();
  if (const std::optional<Transform>& control = first.control; control) {
    control_overhead_ = control->overhead_bytes() + control_word_bytes;
    behind_control_mki_ = control->behind_mki();
  }
}

Unprotector::Key* Unprotector::find(Bytes mki) noexcept {
  for (std::optional<Key>& key : keys_)
    if (key && std::ranges::equal(key->packets.mki().bytes(), mki)) return &*key;
  return nullptr;
}

Unprotector::Key* Unprotector::key_of(Bytes sealed, std::size_t behind) noexcept {
  return find(sealed.first(sealed.size() - behind).last(mki_bytes_));
}

Result<void> Unprotector::add_key(Transform&& packets, Transform&& control) noexcept {
  if (packets.profile() != profile_ || packets.mki().size() != mki_bytes_ || mki_bytes_ == 0)
    return std::unexpected(Error::malformed);
  if (find(packets.mki().bytes()) != nullptr) return std::unexpected(Error::conflict);
  const bool had = history_.holds(packets.print());
  if (had && forgot_) return std::unexpected(Error::replayed);
  const std::span keys(keys_);
  const auto room = std::ranges::find_if(keys, [](const auto& key) { return !key; });
  if (room == keys.end()) return std::unexpected(Error::exhausted);
  if (!had && !history_.add(packets.print())) all_known_ = false;
  may_retire_ = may_retire_ && !had && all_known_;
  newest_key_ = static_cast<std::size_t>(room - keys.begin());
  room->emplace(std::move(packets), std::move(control)).place = newest_key_;
  // A key has no forgeries yet, whatever the one had that was here.
  streams_.each([&](Stream& stream) { stream.budgets[newest_key_] = {}; });
  return {};
}

bool Unprotector::needs_new_key() const noexcept {
  const std::optional<Key>& key = keys_[newest_key_];
  if (!key) return false;
  bool low = key->strays.low();
  streams_.each([&](const Stream& stream) { low |= stream.budgets[newest_key_].low(); });
  return low;
}

Result<void> Unprotector::erase_key(Bytes mki) noexcept {
  const Key* const key = find(mki);
  if (mki.empty() || key == nullptr) return std::unexpected(Error::unknown_key);
  const KeySet gone = key->as_set();
  keys_[key->place].reset();
  const auto part = [&](auto& stream) {
    stream.under &= static_cast<KeySet>(~gone);
    stream.barred &= static_cast<KeySet>(~gone);
  };
  streams_.each(part);
  reports_.each(part);
  static_cast<void>(ended_.release(gone));
  return {};
}

template <class State>
bool Unprotector::has_place(const StreamTable<State>& table) const noexcept {
  if (!table.full()) return true;
  return may_retire_ && table.any([](const State& state) { return state.is_over(); });
}

template <class State>
State* Unprotector::begin(StreamTable<State>& table, Ssrc ssrc) noexcept {
  // A stream whose keys are all gone opens nothing any more, and so nothing twice.
  if (table.full() && table.erase_one([](const State& state) { return state.is_over(); }))
    forgot_ = true;
  State state;
  state.barred = ended_.barred(ssrc);
  return table.add(ssrc, state);
}

Result<void> Unprotector::remove(Ssrc ssrc) noexcept {
  const Stream* const stream = streams_.find(ssrc);
  if ((stream != nullptr && stream->opened) || reports_.find(ssrc) != nullptr) {
    KeySet held = 0;
    for (const std::optional<Key>& key : keys_)
      if (key) held |= key->as_set();
    if (!all_known_) held |= barred_for_good;
    if (held != 0 && !ended_.add(ssrc, held)) return std::unexpected(Error::exhausted);
    forgot_ = true;
  }
  streams_.erase(ssrc);
  reports_.erase(ssrc);
  return {};
}

Result<MutableBytes> Unprotector::unprotect(MutableBytes out, Bytes packet,
                                            PacketIndex* at) noexcept {
  const auto header = parse_rtp_header(packet);
  if (!header) return std::unexpected(header.error());
  if (packet.size() - header->size_bytes < overhead_) return std::unexpected(Error::malformed);
  const auto plain = usable_output(out, packet, packet.size() - overhead_);
  if (!plain) return std::unexpected(plain.error());
  Key* const key = key_of(packet, behind_mki_);
  if (key == nullptr) return std::unexpected(Error::unknown_key);

  const Bytes sent = packet.first(header->size_bytes);
  if (const auto found = key->packets.check_header(sent); !found)
    return std::unexpected(found.error());

  // Plan: where the packet stands, and whether it may. All of it is a guess about bytes that
  // anybody can have written, so nothing is kept of it until they open
  // [RFC3711-3.3-2] [RFC7714-5.3-1].
  Stream* stream = streams_.find(header->ssrc);
  const KeySet barred = stream != nullptr ? stream->barred : ended_.barred(header->ssrc);
  if ((barred & (key->as_set() | barred_for_good)) != 0) return std::unexpected(Error::replayed);
  if (stream == nullptr && !has_place(streams_)) return std::unexpected(Error::too_many_streams);
  const auto index =
      open(*key, stream, plain->subspan(sent.size()), {*header, sent, packet.subspan(sent.size())});
  if (!index) return std::unexpected(index.error());

  // Commit [RFC3711-3.3.1-5].
  if (stream == nullptr) stream = begin(streams_, header->ssrc);
  stream->under |= key->as_set();
  if (stream->opened)
    stream->opened->commit(*index);
  else
    stream->opened.emplace(*index);
  if (key->has_short_tag()) {
    stream->budgets[key->place].count_opened();
    key->strays.count_opened();
  }
  const MutableBytes read = plain->first(sent.size());
  if (plain->data() != packet.data()) std::memcpy(read.data(), sent.data(), sent.size());
  // Only now are they read [RFC6904-3-4].
  key->packets.apply_to_header(read, header->ssrc, *index);
  if (at != nullptr) *at = *index;
  return *plain;
}

Result<PacketIndex> Unprotector::open(Key& key, Stream* stream, MutableBytes out,
                                      const Sealed& packet) const noexcept {
  const ReplayWindow* const window =
      stream != nullptr && stream->opened ? &*stream->opened : nullptr;
  const std::uint16_t seq = packet.header.seq;
  const IndexGuesses guesses(
      window != nullptr ? estimate_index(window->newest(), seq) : PacketIndex::of(first_roc_, seq),
      stream != nullptr ? stream->told_roc : 0);
  const bool refused = window != nullptr && !window->accepts(guesses.first());
  // Inside the window it was seen. What would lie behind the window may be a round or two ahead.
  if (refused && window->covers(guesses.first())) return std::unexpected(Error::replayed);
  ForgeryBudget* budget = stream != nullptr ? &stream->budgets[key.place] : &key.strays;
  if (!key.has_short_tag()) budget = nullptr;
  const bool near = window != nullptr && !refused &&
                    guesses.first().value <= window->newest().value + srtp_in_place_near;
  auto opened = search(key, budget, guesses, {refused, near}, out, packet);
  if (!opened && opened.error() == Error::authentication_failed) {
    wipe(out);
    if (refused) return std::unexpected(Error::replayed);
  }
  return opened;
}

Result<PacketIndex> Unprotector::search(const Key& key, ForgeryBudget* budget,
                                        const IndexGuesses& guesses, Search how, MutableBytes out,
                                        const Sealed& packet) noexcept {
  // What is opened in place and in vain is gone under an AEAD, so it is opened from a copy. The
  // copy is ciphertext: there is nothing to wipe.
  std::array<std::uint8_t, srtp_in_place_search_bytes> copy;
  Bytes body = packet.body;
  bool last = false;
  if (key.packets.spoils_in_place() && out.data() == body.data() && !body.empty()) {
    last = how.near || body.size() > copy.size();
    if (!last) {
      std::memcpy(copy.data(), body.data(), body.size());
      body = Bytes(copy).first(body.size());
    }
  }
  for (const PacketIndex& index : guesses) {
    if (how.late && index == guesses.first()) continue;
    if (budget != nullptr && budget->spent()) return std::unexpected(Error::exhausted);
    if (key.packets.open(out, packet.header.ssrc, index, packet.clear, body)) return index;
    if (budget != nullptr) budget->count_failure();
    if (last) break;
  }
  return std::unexpected(Error::authentication_failed);
}

Result<std::uint32_t> Unprotector::rollover(Ssrc ssrc) noexcept {
  const Stream* const stream = streams_.find(ssrc);
  if (stream == nullptr || !stream->opened) return std::unexpected(Error::invalid_argument);
  return stream->opened->newest().roc();
}

Result<void> Unprotector::set_rollover(Ssrc ssrc, std::uint32_t roc) noexcept {
  Stream* stream = streams_.find(ssrc);
  if (stream == nullptr && !has_place(streams_)) return std::unexpected(Error::too_many_streams);
  if (stream == nullptr) stream = begin(streams_, ssrc);
  stream->told_roc = roc;
  return {};
}

Result<MutableBytes> Unprotector::unprotect_control(MutableBytes out, Bytes packet,
                                                    PacketIndex* at) noexcept {
  if (control_overhead_ == 0) return std::unexpected(Error::unknown_key);
  const auto ssrc = parse_rtcp_header(packet);
  if (!ssrc) return std::unexpected(ssrc.error());
  if (packet.size() - rtcp_header_bytes < control_overhead_)
    return std::unexpected(Error::malformed);
  const Bytes clear = packet.first(rtcp_header_bytes);
  const Bytes sealed = packet.subspan(rtcp_header_bytes);
  Key* const key = key_of(packet, behind_control_mki_);
  if (key == nullptr) return std::unexpected(Error::unknown_key);
  const std::optional<Transform>& control = key->control;
  if (!control) return std::unexpected(Error::unknown_key);
  std::uint32_t word = 0;
  for (const std::uint8_t byte : control->control_word_of(sealed)) word = word << 8 | byte;
  // A packet that says it is not encrypted is none of ours, whoever authenticated it
  // [RFC3711-3.4-3].
  if (word <= last_control_index) return std::unexpected(Error::malformed);
  const auto plain = usable_output(out, packet, packet.size() - control_overhead_);
  if (!plain) return std::unexpected(plain.error());

  Reports* reports = reports_.find(*ssrc);
  const KeySet barred = reports != nullptr ? reports->barred : ended_.barred(*ssrc);
  if ((barred & (key->as_set() | barred_for_good)) != 0) return std::unexpected(Error::replayed);
  if (reports == nullptr && !has_place(reports_)) return std::unexpected(Error::too_many_streams);
  const PacketIndex index{word & last_control_index};
  if (reports != nullptr && !reports->opened.accepts(index))
    return std::unexpected(Error::replayed);
  const auto opened =
      control->open_control(plain->subspan(clear.size()), *ssrc, index, clear, sealed);
  if (!opened) return std::unexpected(opened.error());
  if (reports != nullptr) {
    reports->opened.commit(index);
  } else {
    reports = begin(reports_, *ssrc);
    reports->opened = ReplayWindow(index);
  }
  reports->under |= key->as_set();
  if (plain->data() != packet.data()) std::memcpy(plain->data(), clear.data(), clear.size());
  if (at != nullptr) *at = index;
  return *plain;
}

}  // namespace sotto::media
