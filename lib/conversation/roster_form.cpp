// SPDX-License-Identifier: MIT OR Apache-2.0
#include "conversation/roster_form.hpp"

#include <algorithm>

#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"

namespace sotto {
namespace conversation {
namespace {

constexpr std::uint8_t version = 1;

/// All but the signature.
void put_body(base::Writer& writer, const RosterParts& parts) noexcept {
  writer.put_uint(version);
  writer.put(parts.user.bytes());
  writer.put_uint(parts.number);
  writer.put(parts.previous.bytes());
  writer.put_uint(static_cast<std::uint64_t>(parts.at.time_since_epoch().count()));
  writer.put_uint(static_cast<std::uint32_t>(parts.signer));
  writer.put_uint(parts.count);
  for (const DeviceClaim& claim : parts.devices()) put_claim(writer, claim);
}

bool identities_differ(std::span<const DeviceClaim> devices) noexcept {
  for (std::size_t i = 1; i < devices.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (devices[i].identity == devices[j].identity) return false;
  return true;
}

}  // namespace

bool well_formed(const RosterParts& parts) noexcept {
  if (parts.count == 0 || parts.count > roster_max_devices) return false;  // [RO-1-3]
  if (parts.at.time_since_epoch().count() < 0) return false;
  const auto devices = parts.devices();
  const auto not_ascending = [](const DeviceClaim& a, const DeviceClaim& b) {
    return a.device >= b.device;
  };
  return std::ranges::adjacent_find(devices, not_ascending) == devices.end() &&  // [RO-1-2]
         identities_differ(devices);
}

bool begins_anew(const RosterParts& parts) noexcept {
  return parts.number == 0 && parts.previous == RosterHash{} && parts.count == 1 &&
         parts.claims[0].device == parts.signer;
}

void put_claim(base::Writer& writer, const DeviceClaim& claim) noexcept {
  writer.put_uint(static_cast<std::uint32_t>(claim.device));
  writer.put(claim.identity.bytes());
  writer.put(claim.signature.bytes());
}

DeviceClaim take_claim(base::Fields& fields) noexcept {
  DeviceClaim claim;
  claim.device = DeviceId(fields.uint<std::uint32_t>());
  claim.identity = fields.public_value<IdentityPublic>();
  claim.signature = fields.public_value<Signature>();
  return claim;
}

Result<MutableBytes> write_roster(MutableBytes out, const RosterParts& parts) noexcept {
  if (out.size() < roster_bytes(parts.count)) return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  put_body(writer, parts);
  writer.put(parts.signature.bytes());
  return writer.finish();
}

RosterMessage::RosterMessage(const RosterParts& parts) noexcept {
  base::Writer writer(bytes_);
  writer.put(crypto::label("sotto roster 1"));
  put_body(writer, parts);
  size_ = writer.finish()->size();
}

Result<RosterChange> change_between(const RosterParts& before, const RosterParts& after) noexcept {
  RosterChange change{.by = after.signer, .number = after.number, .at = after.at, .identity = {}};
  int changes = 0;
  const auto note = [&](RosterChangeKind kind, const DeviceClaim& claim) {
    change.kind = kind;
    change.device = claim.device;
    change.identity = claim.identity;
    ++changes;
  };
  const auto old = before.devices();
  const auto now = after.devices();
  for (auto was = old.begin(), is = now.begin(); was != old.end() || is != now.end();) {
    if (is == now.end() || (was != old.end() && was->device < is->device)) {
      note(RosterChangeKind::removed, *was++);
    } else if (was == old.end() || is->device < was->device) {
      note(RosterChangeKind::added, *is++);
    } else {
      if (was->identity != is->identity)
        note(RosterChangeKind::replaced, *is);
      else if (was->signature != is->signature)
        return std::unexpected(Error::malformed);
      ++was;
      ++is;
    }
  }
  if (changes != 1) return std::unexpected(Error::malformed);
  return change;
}

}  // namespace conversation

Result<RosterParts> read_roster(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const auto written = fields.uint<std::uint8_t>();
  if (!bytes.empty() && written != conversation::version)
    return std::unexpected(Error::unsupported_version);
  RosterParts parts;
  parts.user = fields.public_value<UserId>();
  parts.number = fields.uint<std::uint64_t>();
  parts.previous = fields.public_value<RosterHash>();
  parts.at = Instant(fields.milliseconds());
  parts.signer = DeviceId(fields.uint<std::uint32_t>());
  parts.count = fields.uint<std::uint16_t>();
  if (parts.count > roster_max_devices || bytes.size() != roster_bytes(parts.count))  // [RO-1-1]
    return std::unexpected(Error::malformed);
  for (DeviceClaim& claim : std::span(parts.claims).first(parts.count))
    claim = conversation::take_claim(fields);
  parts.signature = fields.public_value<Signature>();
  if (!fields.finished() || !conversation::well_formed(parts))
    return std::unexpected(Error::malformed);
  return parts;
}

RosterHash roster_hash(const RosterParts& parts) noexcept {  // [RO-1-4]
  constexpr std::size_t label_bytes = 14;                    // "sotto roster 1"
  const conversation::RosterMessage message(parts);
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto roster hash 1"));
  hash.update(message.bytes().subspan(label_bytes));
  crypto::Sha256Digest digest;
  hash.finish(digest);
  return RosterHash(digest);
}

RosterHash rosters_hash(const RosterHash& ours, const RosterHash& theirs) noexcept {  // [RO-1-5]
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto rosters 1"));
  hash.update(std::min(ours, theirs).bytes());
  hash.update(std::max(ours, theirs).bytes());
  crypto::Sha256Digest digest;
  hash.finish(digest);
  return RosterHash(digest);
}

}  // namespace sotto
