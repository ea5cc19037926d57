// SPDX-License-Identifier: MIT OR Apache-2.0
#include "records.hpp"

namespace sotto::model {
namespace {

constexpr std::uint8_t format = 2;
constexpr std::uint8_t suite_signal_v3 = 0x31;
constexpr std::uint32_t page_numbers = 64;

/// Big-endian numbers and bytes, one after the other.
struct Writer {
  Buffer out{};

  void number(std::uint64_t value, std::size_t n) {
    for (std::size_t i = n; i-- > 0;)
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xff));
  }
  void one(std::size_t value) { number(value, 1); }
  void four(std::size_t value) { number(value, 4); }
  void time(Instant at) { number(static_cast<std::uint64_t>(at.time_since_epoch().count()), 8); }
  void bytes(Bytes more) { out.insert(out.end(), more.begin(), more.end()); }
};

Buffer peer_record(const Peer& peer) {
  Writer w;
  w.one(format);
  w.number(peer.epoch, 8);
  w.four(peer.next_session);
  w.four(peer.unanswered);
  w.one(!peer.identity ? 0 : peer.proved ? 2 : 1);
  w.bytes(peer.identity.value_or(Key{}));
  w.one(static_cast<std::size_t>(peer.doubt.mark));
  w.one(peer.seen.size());
  for (const Key& seen : peer.seen) w.bytes(seen);
  w.one(peer.current ? 1 : 0);
  w.one(peer.archived.size() + (peer.current ? 1 : 0));
  if (peer.current) w.four(peer.current->id);
  for (const Session& session : peer.archived) w.four(session.id);
  return w.out;
}

Buffer session_record(const Session& session) {
  const Ratchet& ratchet = session.ratchet;
  const Pending named = session.pending.value_or(Pending{0, {}});
  Writer w;
  w.one(format);
  w.one(suite_signal_v3);
  w.one((session.pending ? 1U : 0U) + (named.one_time ? 2U : 0U) + (session.established ? 4U : 0U));
  w.bytes(session.base_key);
  w.four(session.registration);
  w.four(named.signed_prekey);
  w.four(named.one_time.value_or(0));
  w.time(session.created);
  w.time(session.archived);
  w.bytes(ratchet.root);
  w.bytes(ratchet.own.secret);
  w.bytes(ratchet.own.public_key);
  w.bytes(ratchet.sending);
  w.four(ratchet.next);
  w.four(ratchet.pn);
  w.four(ratchet.next_serial);
  w.one(static_cast<std::size_t>(ratchet.doubt.mark));
  w.one(ratchet.chains.size());
  for (const Chain& chain : ratchet.chains) {
    w.four(chain.serial);
    w.bytes(chain.theirs);
    w.bytes(chain.key);
    w.four(chain.next);
    w.four(chain.last);
    w.time(chain.retired);
    w.four(chain.skipped.size());
  }
  return w.out;
}

Buffer page_record(const Chain& chain, std::uint32_t page) {
  std::uint64_t present = 0;
  Writer keys;
  for (const auto& [n, skipped] : chain.skipped) {
    if (n / page_numbers != page) continue;
    present |= std::uint64_t{1} << n % page_numbers;
    keys.time(skipped.since);
    keys.bytes(skipped.seed);
  }
  Writer w;
  w.one(format);
  w.number(present, 8);
  w.bytes(keys.out);
  return w.out;
}

void add_session(Records& records, const Session& session) {
  using Kind = RecordName::Kind;
  records[{Kind::session, session.id}] = session_record(session);
  for (const Chain& chain : session.ratchet.chains)
    for (const auto& [n, skipped] : chain.skipped) {
      const std::uint32_t page = n / page_numbers;
      records[{Kind::page, session.id, chain.serial, page}] = page_record(chain, page);
    }
}

}  // namespace

Records records_of(const Peer& peer) {
  Records records;
  records[{}] = peer_record(peer);
  if (peer.current) add_session(records, *peer.current);
  for (const Session& session : peer.archived) add_session(records, session);
  return records;
}

}  // namespace sotto::model
