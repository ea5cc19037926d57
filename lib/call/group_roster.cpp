// SPDX-License-Identifier: MIT OR Apache-2.0
#include "call/group_roster.hpp"

#include <algorithm>
#include <new>

#include "base/writer.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"

namespace sotto {
namespace call {
namespace {

template <class Number>
void absorb(crypto::Sha256& hash, Number number) noexcept {
  std::array<std::uint8_t, sizeof(Number)> bytes;
  base::Writer writer(bytes);
  writer.put_uint(number);
  hash.update(bytes);
}

}  // namespace

Result<Roster> Roster::create(const CallId& id, std::uint64_t number,
                              std::span<const MemberId> members) noexcept {
  if (members.empty() || members.size() > group_max_members)
    return std::unexpected(Error::malformed);
  Roster roster;
  roster.members_.reset(new (std::nothrow) MemberId[members.size()]);
  if (roster.members_ == nullptr) return std::unexpected(Error::out_of_memory);
  roster.count_ = members.size();
  const std::span<MemberId> sorted(roster.members_.get(), roster.count_);
  std::ranges::copy(members, sorted.begin());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return std::unexpected(Error::malformed);

  crypto::Sha256 hash;  // [GC-7-1]
  hash.update(crypto::label("sotto group roster 1"));
  hash.update(id.bytes());
  absorb(hash, number);
  for (const MemberId& member : sorted) {
    hash.update(member.identity.bytes());
    absorb(hash, member.device);
  }
  crypto::Sha256Digest digest;
  hash.finish(digest);
  roster.name_ = {number, RosterHash(digest)};
  return roster;
}

bool Roster::contains(const MemberId& member) const noexcept {
  return std::ranges::binary_search(members(), member);
}

Sight RosterPast::look_at(const RosterName& said, const RosterName& present) const noexcept {
  if (said.number > present.number) return Sight::ahead;
  const auto known = std::span(names_).first(std::min(count_, names_.size()));
  const auto ours = std::ranges::find(known, said.number, &RosterName::number);
  if (ours == known.end()) return Sight::unknown;
  return ours->hash == said.hash ? Sight::same : Sight::differs;
}

}  // namespace call

Result<RosterHash> group_roster_hash(const CallId& id, std::uint64_t number,
                                     std::span<const MemberId> members) noexcept {
  auto roster = call::Roster::create(id, number, members);
  if (!roster) return std::unexpected(roster.error());
  return roster->name().hash;
}

}  // namespace sotto
