// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peer_content.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "base/fields.hpp"
#include "base/writer.hpp"
#include "session/records.hpp"

namespace sotto::session {
namespace {

constexpr std::size_t page_head_bytes = 4 + 4 + 4;

template <class Visit>
void for_each_session(const Peer& peer, Visit&& visit) noexcept {
  if (peer.current() != nullptr) visit(*peer.current());
  for (std::size_t i = 0; i < peer.archived_count(); ++i) visit(peer.archived(i));
}

void put_record(base::Writer& writer, Bytes record) noexcept {
  writer.put_uint(static_cast<std::uint32_t>(record.size()));
  writer.put(record);
}

/// A record of our own making that cannot be read is not of our making.
Error as_sealed(Error error) noexcept {
  return error == Error::malformed ? Error::corrupted : error;
}

Result<void> read_pages(base::Fields& fields, Session& session) noexcept {
  for (auto left = fields.uint<std::uint32_t>(); left > 0; --left) {
    PageName name{session.id, 0, 0};
    name.chain = fields.uint<std::uint32_t>();
    name.page = fields.uint<std::uint32_t>();
    const Bytes record = fields.view(fields.uint<std::uint32_t>());
    if (fields.failed()) return std::unexpected(Error::malformed);
    if (const auto read = PeerRecord::read_page(record, session, name); !read) return read;
  }
  if (fields.failed()) return std::unexpected(Error::malformed);
  return PeerRecord::finish_session(session);
}

Result<std::unique_ptr<Peer>> read_version_2(Bytes content, const IdentityPublic& ours,
                                             const PeerId& id,
                                             const SessionLimits& limits) noexcept {
  base::Fields fields(content);
  const auto owner = fields.public_value<IdentityPublic>();
  const Bytes address = fields.view(fields.uint<std::uint16_t>());
  const Bytes record = fields.view(fields.uint<std::uint32_t>());
  if (fields.failed() || owner != ours || !std::ranges::equal(address, id.bytes()))
    return std::unexpected(Error::corrupted);
  auto index = PeerRecord::read_peer(record, limits);
  if (!index) return std::unexpected(index.error());
  const std::optional<IdentityPublic> theirs = index->peer->identity();
  for (std::size_t i = 0; i < index->count; ++i) {
    if (!theirs) return std::unexpected(Error::corrupted);
    const Bytes bytes = fields.view(fields.uint<std::uint32_t>());
    auto session = PeerRecord::read_session(bytes, index->ids[i], ours, *theirs,
                                            index->peer->limits().ratchet);
    if (!session) return std::unexpected(session.error());
    if (const auto pages = read_pages(fields, **session); !pages)
      return std::unexpected(pages.error());
    PeerRecord::add(*index, *std::move(session));
  }
  if (!fields.finished()) return std::unexpected(Error::corrupted);
  return std::move(index->peer);
}

}  // namespace

std::size_t peer_content_size(const PeerId& id, const Peer& peer) noexcept {
  Passing<max_peer_record_bytes> record;
  std::size_t size =
      32 + 2 + id.bytes().size() + 4 + PeerRecord::write(record.bytes(), peer).size();
  for_each_session(peer, [&](const Session& session) {
    size += 4 + session_record_bytes(session.ratchet->receiving_chains()) + 4;
    ratchet::for_each_page(*session.ratchet, [&](const ratchet::PageMark& mark) {
      size += page_head_bytes +
              page_record_bytes(static_cast<std::size_t>(std::popcount(mark.present)));
    });
  });
  return size;
}

void write_peer_content(MutableBytes out, const IdentityPublic& ours, const PeerId& id,
                        const Peer& peer) noexcept {
  base::Writer writer(out);
  writer.put(ours.bytes());
  writer.put_uint(static_cast<std::uint16_t>(id.bytes().size()));
  writer.put(id.bytes());
  Passing<max_session_record_bytes> record;
  put_record(writer, PeerRecord::write(record.bytes(), peer));
  for_each_session(peer, [&](const Session& session) {
    put_record(writer, PeerRecord::write(record.bytes(), session));
    writer.put_uint(static_cast<std::uint32_t>(PeerRecord::count_pages(session)));
    ratchet::for_each_page(*session.ratchet, [&](const ratchet::PageMark& mark) {
      Passing<max_page_record_bytes> page;
      const PageMark named{
          {session.id, mark.name.chain, mark.name.page}, mark.present, mark.earliest, mark.latest};
      writer.put_uint(mark.name.chain);
      writer.put_uint(mark.name.page);
      put_record(writer, PeerRecord::write(page.bytes(), session, named));
    });
  });
  const auto written = writer.finish();
  if (!written || written->size() != out.size()) std::abort();
}

Result<std::unique_ptr<Peer>> read_peer_content(Bytes content, std::uint8_t version,
                                                const IdentityPublic& ours, const PeerId& id,
                                                const SessionLimits& limits) noexcept {
  Result<std::unique_ptr<Peer>> peer = std::unexpected(Error::unsupported_version);
  switch (version) {
    case 2:
      peer = read_version_2(content, ours, id, limits);
      break;
    default:
      break;
  }
  if (!peer) return std::unexpected(as_sealed(peer.error()));
  return peer;
}

}  // namespace sotto::session
