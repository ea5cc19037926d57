// SPDX-License-Identifier: MIT OR Apache-2.0
/// What is stored of a peer, in the layout of spec/storage.md.
#pragma once

#include <compare>

#include "peer.hpp"

namespace sotto::model {

/// Which record: of the peer (all zero), of a session (`session` alone), or a page of its skipped
/// keys.
struct RecordName {
  enum class Kind : std::uint8_t { peer, session, page };
  Kind kind = Kind::peer;
  std::uint32_t session = 0;
  std::uint32_t chain = 0;
  std::uint32_t page = 0;
  friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

using Records = std::map<RecordName, Buffer>;

/// All records of a peer.
[[nodiscard]] Records records_of(const Peer& peer);

}  // namespace sotto::model
