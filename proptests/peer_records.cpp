// SPDX-License-Identifier: MIT OR Apache-2.0
/// The library's records of a peer, written and read.
#include <algorithm>
#include <utility>
#include <vector>

#include "party.hpp"
#include "session/records.hpp"

namespace sotto::prop {
namespace {

using session::PeerRecord;
using Kind = model::RecordName::Kind;

model::Buffer copied(MutableBytes bytes) {
  return model::Buffer(bytes.begin(), bytes.end());
}

model::RecordName named(const session::PageName& page) {
  return {Kind::page, page.session, page.chain, page.page};
}

template <class T>
T taken(Result<T> result, const char* what) {
  if (!result) throw Difference{std::string("not read again: ") + what};
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace

model::Records records_of(const session::Peer& peer) {
  model::Records records;
  std::array<std::uint8_t, session::max_peer_record_bytes> of_peer;
  records[{}] = copied(PeerRecord::write(of_peer, peer));
  const auto add = [&](const session::Session& session) {
    std::array<std::uint8_t, session::max_session_record_bytes> of_session;
    records[{Kind::session, session.id}] = copied(PeerRecord::write(of_session, session));
    std::vector<session::PageMark> marks(PeerRecord::count_pages(session));
    PeerRecord::mark_pages(marks, session);
    for (const session::PageMark& mark : marks) {
      std::array<std::uint8_t, session::max_page_record_bytes> of_page;
      records[named(mark.name)] = copied(PeerRecord::write(of_page, session, mark));
    }
  };
  if (peer.current() != nullptr) add(*peer.current());
  for (std::size_t i = 0; i < peer.archived_count(); ++i) add(peer.archived(i));
  return records;
}

std::unique_ptr<session::Peer> peer_of(const model::Records& records, const SessionLimits& limits,
                                       const IdentityPublic& ours) {
  auto index = taken(PeerRecord::read_peer(records.at({}), limits), "a peer");
  for (std::size_t i = 0; i < index.count; ++i) {
    const std::uint32_t id = index.ids[i];
    auto session = taken(PeerRecord::read_session(records.at({Kind::session, id}), id, ours,
                                                  *index.peer->identity(), limits.ratchet),
                         "a session");
    for (const auto& [name, record] : records)
      if (name.kind == Kind::page && name.session == id)
        taken(PeerRecord::read_page(record, *session, {id, name.chain, name.page}), "a page");
    taken(PeerRecord::finish_session(*session), "all pages");
    PeerRecord::add(index, std::move(session));
  }
  return std::move(index.peer);
}

}  // namespace sotto::prop
