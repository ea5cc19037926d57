// SPDX-License-Identifier: MIT OR Apache-2.0
/// Any bytes as the record of a peer, or of a session and its pages: what is read writes the
/// same bytes. The first byte says which.
#include "agreement.hpp"
#include "known_device.hpp"
#include "session/growing.hpp"
#include "session/records.hpp"

namespace sotto::fuzz {
namespace {

using session::PeerRecord;

void peer(Bytes record) {
  const auto index = PeerRecord::read_peer(record, {});
  // Without its sessions it names none; so only one that has none writes the same.
  if (!index || index->count > 0) return;
  session::Passing<session::max_peer_record_bytes> again;
  require(std::ranges::equal(PeerRecord::write(again.bytes(), *index->peer), record),
          "a peer's record that was read writes as another");
}

Result<std::unique_ptr<session::Session>> read(Bytes record) {
  const KnownDevice& known = known_device();
  return PeerRecord::read_session(record, 1, known.identity, known.theirs, {});
}

/// A session's record, then pages behind their names until the bytes end.
void session_and_pages(Input& input) {
  const Bytes record = input.take(input.number(2));
  const auto session = read(record);
  if (!session) return;
  while (!input.empty()) {
    const session::PageName name{1, input.number(4), input.number(4)};
    const Bytes page = input.take(input.number(2));
    if (!PeerRecord::read_page(page, **session, name)) return;
    session::Passing<session::max_page_record_bytes> again;
    require(std::ranges::equal(PeerRecord::write(again.bytes(), **session, {name, 0}), page),
            "a page that was read writes as another");
  }
  const std::size_t chains = (*session)->ratchet->receiving_chains();
  if (!PeerRecord::finish_session(**session)) return;
  if (chains != (*session)->ratchet->receiving_chains()) return;  // more than the limits allow
  session::Passing<session::max_session_record_bytes> again;
  require(std::ranges::equal(PeerRecord::write(again.bytes(), **session), record),
          "a session's record that was read writes as another");
}

}  // namespace
}  // namespace sotto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  fuzz::Input input(data, size);
  if (input.byte() % 2 == 0)
    fuzz::peer(input.rest());
  else
    fuzz::session_and_pages(input);
  return 0;
}
