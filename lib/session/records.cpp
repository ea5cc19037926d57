// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/records.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "ratchet/suite.hpp"

namespace sotto::session {
namespace {

constexpr std::uint8_t no_identity = 0;
constexpr std::uint8_t unproved_identity = 1;
constexpr std::uint8_t proved_identity = 2;

constexpr std::uint8_t is_pending = 1;
constexpr std::uint8_t names_one_time = 2;
constexpr std::uint8_t is_established = 4;

void put_instant(base::Writer& writer, Instant instant) noexcept {
  writer.put_uint(static_cast<std::uint64_t>(instant.time_since_epoch().count()));
}

/// The part that was written. That the buffer is big enough is the caller's promise.
MutableBytes written(const base::Writer& writer) noexcept {
  const auto used = writer.finish();
  if (!used) std::abort();
  return *used;
}

std::uint8_t flags_of(const Session& session) noexcept {
  std::uint8_t flags = session.established ? is_established : 0;
  if (session.pending) flags |= is_pending;
  if (session.pending && session.pending->one_time) flags |= names_one_time;
  return flags;
}

/// The one format that is read. Others are of an older or a newer program, but for 0, which none
/// writes.
Result<void> check_format(base::Fields& fields) noexcept {
  const auto format = fields.uint<std::uint8_t>();
  if (format > record_format) return std::unexpected(Error::unsupported_version);
  if (format == 0) return std::unexpected(Error::malformed);
  if (format != record_format) return std::unexpected(Error::old_format);
  return {};
}

}  // namespace

std::uint8_t PeerRecord::identity_state_of(const Peer& peer) noexcept {
  if (!peer.identity_) return no_identity;
  return peer.proved_ ? proved_identity : unproved_identity;
}

MutableBytes PeerRecord::write(MutableBytes out, const Peer& peer) noexcept {
  base::Writer writer(out);
  writer.put_uint(record_format);
  writer.put_uint(peer.epoch_);
  writer.put_uint(peer.next_session_);
  writer.put_uint(peer.unanswered_);
  writer.put_uint(identity_state_of(peer));
  writer.put(peer.identity_.value_or(IdentityPublic{}).bytes());
  writer.put_uint(peer.doubt_.stored());
  writer.put_uint(static_cast<std::uint8_t>(peer.seen_count_));
  for (std::size_t i = 0; i < peer.seen_count_; ++i) writer.put(peer.seen_[i].bytes());
  writer.put_uint(static_cast<std::uint8_t>(peer.current_ ? 1 : 0));
  writer.put_uint(static_cast<std::uint8_t>(peer.archived_count_ + (peer.current_ ? 1 : 0)));
  for (std::size_t place = 0; place < peer.places(); ++place)
    if (const Session* const session = peer.at(place)) writer.put_uint(session->id);
  return written(writer);
}

MutableBytes PeerRecord::write(MutableBytes out, const Session& session) noexcept {
  const Pending pending = session.pending.value_or(Pending{SignedPrekeyId{0}, std::nullopt});
  base::Writer writer(out);
  writer.put_uint(record_format);
  writer.put_uint(session.ratchet->suite().id);
  writer.put_uint(flags_of(session));
  writer.put(session.base_key.bytes());
  writer.put_uint(std::to_underlying(session.registration));
  writer.put_uint(std::to_underlying(pending.signed_prekey));
  writer.put_uint(std::to_underlying(pending.one_time.value_or(OneTimePrekeyId{0})));
  put_instant(writer, session.created);
  put_instant(writer, session.archived);
  ratchet::write_head(writer, *session.ratchet);
  return written(writer);
}

MutableBytes PeerRecord::write(MutableBytes out, const Session& session,
                               const PageMark& page) noexcept {
  base::Writer writer(out);
  writer.put_uint(record_format);
  ratchet::write_page(writer, *session.ratchet, {page.name.chain, page.name.page});
  return written(writer);
}

std::size_t PeerRecord::count_pages(const Session& session) noexcept {
  std::size_t count = 0;
  ratchet::for_each_page(*session.ratchet, [&](const ratchet::PageMark&) { ++count; });
  return count;
}

void PeerRecord::mark_pages(std::span<PageMark> out, const Session& session) noexcept {
  std::size_t at = 0;
  ratchet::for_each_page(*session.ratchet, [&](const ratchet::PageMark& mark) {
    if (at < out.size())
      out[at++] = {
          {session.id, mark.name.chain, mark.name.page}, mark.present, mark.earliest, mark.latest};
  });
}

Result<PeerRecord::Index> PeerRecord::read_peer(Bytes record,
                                                const SessionLimits& limits) noexcept {
  base::Fields fields(record);
  if (const auto format = check_format(fields); !format) return std::unexpected(format.error());
  Index index;
  index.peer.reset(new (std::nothrow) Peer(limits));
  if (!index.peer) return std::unexpected(Error::out_of_memory);
  Peer& peer = *index.peer;
  peer.epoch_ = fields.uint<std::uint64_t>();
  peer.next_session_ = fields.uint<std::uint32_t>();
  peer.unanswered_ = fields.uint<std::uint32_t>();
  const auto identity_state = fields.uint<std::uint8_t>();
  const auto identity = fields.public_value<IdentityPublic>();
  if (identity_state != no_identity) peer.identity_ = identity;
  peer.proved_ = identity_state == proved_identity;
  peer.doubt_ = ratchet::ClockDoubt(fields.uint<std::uint8_t>());
  peer.seen_count_ = fields.uint<std::uint8_t>();
  if (identity_state > proved_identity ||
      (identity_state == no_identity && identity != IdentityPublic{}) || peer.next_session_ == 0 ||
      peer.seen_count_ > most_seen_prekeys)
    return std::unexpected(Error::malformed);
  for (std::size_t i = 0; i < peer.seen_count_; ++i)
    peer.seen_[i] = fields.public_value<SignedPrekeyPublic>();

  const auto has_current = fields.uint<std::uint8_t>();
  index.has_current = has_current == 1;
  index.count = fields.uint<std::uint8_t>();
  if (has_current > 1 || index.count < has_current || index.count > has_current + most_archived ||
      (index.count > 0 && identity_state == no_identity))
    return std::unexpected(Error::malformed);
  for (std::size_t i = 0; i < index.count; ++i) {
    const auto id = fields.uint<std::uint32_t>();
    const auto before = std::span(index.ids).first(i);
    if (id == 0 || id >= peer.next_session_ || std::ranges::find(before, id) != before.end())
      return std::unexpected(Error::malformed);
    index.ids[i] = id;
  }
  if (!fields.finished()) return std::unexpected(Error::malformed);
  return index;
}

Result<std::unique_ptr<Session>> PeerRecord::read_session(Bytes record, std::uint32_t id,
                                                          const IdentityPublic& ours,
                                                          const IdentityPublic& theirs,
                                                          const RatchetLimits& limits) noexcept {
  base::Fields fields(record);
  if (const auto format = check_format(fields); !format) return std::unexpected(format.error());
  const ratchet::Suite* const suite = ratchet::find_suite(fields.uint<std::uint8_t>());
  const auto flags = fields.uint<std::uint8_t>();
  std::unique_ptr<Session> session(new (std::nothrow) Session);
  if (!session) return std::unexpected(Error::out_of_memory);
  session->id = id;
  session->base_key = fields.public_value<EphemeralPublic>();
  session->registration = RegistrationId{fields.uint<std::uint32_t>()};
  const SignedPrekeyId signed_prekey{fields.uint<std::uint32_t>()};
  const OneTimePrekeyId one_time{fields.uint<std::uint32_t>()};
  session->created = Instant(fields.milliseconds());
  session->archived = Instant(fields.milliseconds());
  if (fields.failed()) return std::unexpected(Error::malformed);
  // A suite unknown here is a newer program's.
  if (suite == nullptr) return std::unexpected(Error::unsupported_version);

  const bool pending = (flags & is_pending) != 0;
  const bool named = (flags & names_one_time) != 0;
  session->established = (flags & is_established) != 0;
  // What answers a session ends its being pending [SES-4-4].
  if ((flags & ~(is_pending | names_one_time | is_established)) != 0 || (named && !pending) ||
      (pending && session->established) || (!pending && signed_prekey != SignedPrekeyId{0}) ||
      (!named && one_time != OneTimePrekeyId{0}))
    return std::unexpected(Error::malformed);
  if (pending) session->pending = {signed_prekey, named ? std::optional(one_time) : std::nullopt};

  base::Reader reader(fields.rest());
  auto state = ratchet::read_head(reader, *suite, ours, theirs, limits);
  if (!state) return std::unexpected(state.error());
  if (const auto finished = reader.finish(); !finished) return std::unexpected(finished.error());
  session->ratchet = *std::move(state);
  return session;
}

Result<void> PeerRecord::read_page(Bytes record, Session& session, const PageName& name) noexcept {
  base::Fields fields(record);
  if (const auto format = check_format(fields); !format) return format;
  if (name.session != session.id) return std::unexpected(Error::malformed);
  return ratchet::read_page(fields.rest(), *session.ratchet, {name.chain, name.page});
}

Result<void> PeerRecord::finish_session(Session& session) noexcept {
  return ratchet::finish(*session.ratchet);
}

void PeerRecord::add(Index& index, std::unique_ptr<Session> session) noexcept {
  Peer& peer = *index.peer;
  if (index.has_current && !peer.current_)
    peer.current_ = std::move(session);
  else
    peer.archived_[peer.archived_count_++] = std::move(session);
}

}  // namespace sotto::session
