// SPDX-License-Identifier: MIT OR Apache-2.0
#include "party.hpp"

#include <algorithm>
#include <utility>

namespace sotto::prop {
namespace {

using Outcome = std::optional<Error>;

model::Key key_of(Bytes bytes) {
  return model::key_at(bytes, 0);
}

template <class Keys>
Keys pair_of(const model::Pair& pair) {
  using Secret = std::remove_cvref_t<decltype(std::declval<Keys>().secret_key())>;
  return *Keys::from_secret(Secret(std::span<const std::uint8_t, 32>(pair.secret)));
}

template <class Keys>
model::Pair pair_of(const Keys& keys) {
  return {key_of(keys.secret_key().expose()), key_of(keys.public_key().bytes())};
}

model::Bundle bundle_of(const wire::DeviceBundle& bundle) {
  model::Bundle out{std::to_underlying(bundle.registration), key_of(bundle.keys.identity.bytes()),
                    std::to_underlying(bundle.keys.signed_prekey_id),
                    key_of(bundle.keys.signed_prekey.bytes())};
  if (bundle.keys.one_time)
    out.one_time = {std::to_underlying(bundle.keys.one_time->id),
                    key_of(bundle.keys.one_time->key.bytes())};
  return out;
}

/// One of the tapes, and how much was drawn of it.
class Played final : public Entropy {
 public:
  explicit Played(const Tape& tape) : tape_(tape), good_(tape.seed) {}
  Result<void> fill(MutableBytes out) noexcept override {
    ++fills_;
    drawn_ += out.size();
    const bool fails = tape_.kind == Tape::Kind::fails_at_once ||
                       (tape_.kind == Tape::Kind::fails_later && fills_ > 1);
    if (fails) return std::unexpected(Error::entropy_failed);
    if (tape_.kind == Tape::Kind::constant) {
      std::ranges::fill(out, static_cast<std::uint8_t>(tape_.seed & 1));
      return {};
    }
    return good_.fill(out);
  }
  [[nodiscard]] std::size_t drawn() const { return drawn_; }

 private:
  Tape tape_;
  testing::TapeEntropy good_;
  std::size_t fills_ = 0;
  std::size_t drawn_ = 0;
};

template <class Operation>
Outcome outcome_of(Operation&& operation) {
  try {
    operation();
    return {};
  } catch (const model::Refused& refused) {
    return refused.error;
  }
}

template <class T>
Outcome error_in(const Result<T>& result) {
  return result ? Outcome{} : Outcome{result.error()};
}

std::string told(Outcome outcome) {
  return outcome ? std::string(name(*outcome)) : "ok";
}

void agree(bool holds, const std::string& what) {
  if (!holds) throw Difference{what};
}

bool same_prekeys(const model::Prekeys& a, const model::Prekeys& b) {
  return a.signed_prekeys == b.signed_prekeys && a.one_times == b.one_times &&
         a.remembered == b.remembered;
}

}  // namespace

Result<SignedPrekey> Shelf::signed_prekey(SignedPrekeyId id) noexcept {
  const auto found = prekeys_.signed_prekeys.find(std::to_underlying(id));
  if (found == prekeys_.signed_prekeys.end()) return std::unexpected(Error::unknown_prekey);
  return SignedPrekey{id, pair_of<SignedPrekeyPair>(found->second), Signature{}};
}

Result<bool> Shelf::keeps(const SignedPrekeyPublic& key) noexcept {
  return std::ranges::any_of(prekeys_.signed_prekeys, [&](const auto& kept) {
    return std::ranges::equal(kept.second.public_key, key.bytes());
  });
}

Result<OneTimePrekey> Shelf::one_time(OneTimePrekeyId id) noexcept {
  const auto found = prekeys_.one_times.find(std::to_underlying(id));
  if (found == prekeys_.one_times.end()) return std::unexpected(Error::unknown_prekey);
  return OneTimePrekey{id, pair_of<OneTimePrekeyPair>(found->second)};
}

Result<bool> Shelf::used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept {
  const auto found = prekeys_.remembered.find(std::to_underlying(id));
  if (found == prekeys_.remembered.end()) return false;
  if (found->second.contains(key_of(base_key.bytes()))) return true;
  if (found->second.size() >= prekeys_.max_last_resort) return std::unexpected(Error::exhausted);
  return false;
}

Result<bool> Shelf::in_use(const IdentityPublic& identity) noexcept {
  return prekeys_.of_other_names.contains(key_of(identity.bytes()));
}

Party::Party(std::uint64_t seed, const SessionLimits& limits, std::size_t max_last_resort,
             Tally& tally)
    : tape_(seed), limits_(limits), max_last_resort_(max_last_resort), tally_(tally) {
  reinstall();
}

void Party::reinstall() {
  held_.clear();
  prekeys_ = {};
  prekeys_.max_last_resort = max_last_resort_;
  signatures_.clear();
  identity_ = std::make_unique<IdentityKeyPair>(*IdentityKeyPair::generate(tape_));
  registration_ = static_cast<RegistrationId>(key_of(identity_->public_key().bytes())[0]);
  self_ = {pair_of(*identity_), std::to_underlying(registration_)};
  real_prekeys_ = prekeys_;
  rotate();
  restock();
}

void Party::rotate() {
  const auto made =
      *SignedPrekey::generate(static_cast<SignedPrekeyId>(next_prekey_), *identity_, tape_);
  prekeys_.signed_prekeys[next_prekey_] = pair_of(made.keys);
  real_prekeys_.signed_prekeys = prekeys_.signed_prekeys;
  signatures_.emplace(next_prekey_, made.signature);
  ++next_prekey_;
}

void Party::destroy_oldest_signed_prekey() {
  if (prekeys_.signed_prekeys.size() < 2) return;
  const std::uint32_t id = prekeys_.signed_prekeys.begin()->first;
  for (model::Prekeys* const kept : {&prekeys_, &real_prekeys_}) {
    kept->signed_prekeys.erase(id);
    kept->remembered.erase(id);
  }
}

void Party::restock() {
  const auto made = *OneTimePrekey::generate(static_cast<OneTimePrekeyId>(next_prekey_), tape_);
  prekeys_.one_times[next_prekey_] = pair_of(made.keys);
  real_prekeys_.one_times = prekeys_.one_times;
  ++next_prekey_;
}

wire::DeviceBundle Party::bundle(bool with_one_time, bool oldest_signed_prekey) const {
  const auto& signed_prekeys = prekeys_.signed_prekeys;
  const auto& [id, pair] =
      oldest_signed_prekey ? *signed_prekeys.begin() : *signed_prekeys.rbegin();
  const SignedPrekey prekey{static_cast<SignedPrekeyId>(id), pair_of<SignedPrekeyPair>(pair),
                            signatures_.at(id)};
  std::optional<OneTimePrekey> one_time;
  if (with_one_time && !prekeys_.one_times.empty())
    one_time.emplace(static_cast<OneTimePrekeyId>(prekeys_.one_times.rbegin()->first),
                     pair_of<OneTimePrekeyPair>(prekeys_.one_times.rbegin()->second));
  return {registration_, DeviceId{1},
          publish(identity_->public_key(), prekey, one_time ? &*one_time : nullptr)};
}

Party::Held& Party::held(std::size_t peer) {
  if (!held_.contains(peer))
    held_.emplace(peer, Held{std::make_unique<session::Peer>(limits_), {.limits = limits_}});
  return held_.at(peer);
}

/// [SES-1-3]: every peer here has a name of its own.
void Party::know_other_names(std::size_t peer) {
  prekeys_.of_other_names.clear();
  for (const auto& [other, held] : held_)
    if (other != peer && held.twin.proved) prekeys_.of_other_names.insert(*held.twin.identity);
  real_prekeys_.of_other_names = prekeys_.of_other_names;
}

void Party::compare_states(std::size_t peer) {
  Held& both = held(peer);
  agree(same_prekeys(prekeys_, real_prekeys_), "the prekeys that are left");
  const model::Records real = records_of(*both.real);
  const model::Records twin = model::records_of(both.twin);
  agree(real.size() == twin.size(), "the number of records");
  for (const auto& [name, record] : twin) {
    const std::string which = name.kind == model::RecordName::Kind::peer      ? "the peer's record"
                              : name.kind == model::RecordName::Kind::session ? "a session's record"
                                                                              : "a page";
    agree(real.contains(name), "there being " + which);
    const model::Buffer& other = real.at(name);
    const auto at = std::ranges::mismatch(record, other);
    agree(other == record, which + " from byte " + std::to_string(at.in1 - record.begin()));
  }
}

void Party::judge(const std::string& what, Outcome real, Outcome twin) {
  ++tally_[what + ": " + told(twin)];
  agree(real == twin, what + " is " + told(real) + ", by the rules " + told(twin));
}

void Party::connect(std::size_t peer, const wire::DeviceBundle& bundle, const Tape& tape,
                    Instant now) {
  Held& both = held(peer);
  know_other_names(peer);
  Played twin_tape(tape);
  const Outcome twin =
      outcome_of([&] { both.twin.connect(self_, bundle_of(bundle), prekeys_, twin_tape, now); });
  Played real_tape(tape);
  Shelf shelf(real_prekeys_);
  const auto verified = verify(bundle.keys);
  agree(verified.has_value(), "the bundle is not accepted");
  judge("connect",
        error_in(
            both.real->connect(real_self(), bundle.registration, *verified, shelf, real_tape, now)),
        twin);
  agree(real_tape.drawn() == twin_tape.drawn(), "what connect drew");
  compare_states(peer);
}

std::optional<Parcel> Party::encrypt(std::size_t peer, Bytes plaintext, Instant now,
                                     std::optional<std::size_t> room) {
  Held& both = held(peer);
  know_other_names(peer);
  model::Peer after = both.twin;
  model::Sent sent{};
  Outcome twin = outcome_of([&] { sent = after.encrypt(self_, plaintext, prekeys_, now); });
  // A caller's mistake, of which the rules do not speak.
  if (!twin && room && *room < sent.bytes.size()) twin = Error::buffer_too_small;
  if (!twin) both.twin = after;
  model::Buffer out(room.value_or(max_message_size(plaintext.size())), 0xa5);
  Shelf shelf(real_prekeys_);
  const auto real = both.real->encrypt(real_self(), out, plaintext, shelf, now);
  judge("encrypt", error_in(real), twin);
  compare_states(peer);
  if (twin) return {};
  agree(real->kind == sent.kind, "the kind of a message");
  agree(std::ranges::equal(real->bytes, sent.bytes), "the bytes of a message");
  ++tally_[sent.kind == MessageKind::prekey ? "sent prekey" : "sent signal"];
  return Parcel{0, peer, sent.kind, sent.bytes};
}

std::optional<model::Buffer> Party::decrypt(std::size_t peer, MessageKind kind, Bytes message,
                                            const Tape& tape, Instant now,
                                            std::optional<std::size_t> room) {
  Held& both = held(peer);
  know_other_names(peer);
  Played twin_tape(tape);
  model::Received received{};
  const std::size_t archived = both.twin.archived.size();
  const std::size_t skipped = both.twin.skipped_keys();
  const Outcome twin = outcome_of([&] {
    model::require(room.value_or(message.size()) >= message.size(), Error::buffer_too_small);
    received = both.twin.decrypt(self_, kind, message, prekeys_, twin_tape, now);
  });
  Played real_tape(tape);
  Shelf shelf(real_prekeys_);
  model::Buffer out(room.value_or(message.size()), 0xa5);
  const auto real = both.real->decrypt(real_self(), out, kind, message, shelf, real_tape, now);
  judge(kind == MessageKind::prekey ? "decrypt prekey" : "decrypt signal", error_in(real), twin);
  if (real && real->consumed) {
    const session::Consumed& consumed = *real->consumed;
    if (consumed.one_time)
      real_prekeys_.one_times.erase(std::to_underlying(*consumed.one_time));
    else
      real_prekeys_.remembered[std::to_underlying(consumed.signed_prekey)].insert(
          key_of(consumed.base_key.bytes()));
  }
  agree(real_tape.drawn() == twin_tape.drawn(), "what decrypt drew");
  compare_states(peer);
  if (twin) {
    agree(std::ranges::all_of(out, [](auto byte) { return byte == 0xa5 || byte == 0; }),
          "plaintext of a message that did not open");
    return {};
  }
  const Opened& opened = real->opened;
  agree(std::ranges::equal(opened.plaintext, received.plaintext), "the plaintext");
  agree(key_of(opened.identity.bytes()) == received.identity, "whose message it is");
  agree(opened.began_session == received.began_session, "began_session");
  agree(opened.first_identity == received.first_identity, "first_identity");
  agree(opened.changed_session == received.changed_session, "changed_session");
  agree(opened.consumed.has_value() == received.consumed.has_value(), "a one-time prekey consumed");
  if (received.consumed)
    agree(std::to_underlying(*opened.consumed) == *received.consumed, "which one-time prekey");
  if (!received.changed_session && both.twin.archived.size() < archived)
    ++tally_["a session went by age"];
  const std::size_t before = archived + (received.began_session ? 1 : 0);
  if (received.changed_session && both.twin.archived.size() < before)
    ++tally_["a session went by number"];
  if (received.changed_session && both.twin.skipped_keys() < skipped)
    ++tally_["skipped keys went by number"];
  if (received.began_session) ++tally_["began a session"];
  if (received.changed_session) ++tally_["changed the session"];
  if (received.consumed) ++tally_["consumed a one-time prekey"];
  return received.plaintext;
}

void Party::accept_identity(std::size_t peer, const model::Key& identity) {
  Held& both = held(peer);
  know_other_names(peer);
  const Outcome twin = outcome_of([&] { both.twin.accept_identity(self_, identity, prekeys_); });
  Shelf shelf(real_prekeys_);
  const IdentityPublic real_identity{std::span<const std::uint8_t, 32>(identity)};
  judge("accept_identity", error_in(both.real->accept_identity(real_self(), real_identity, shelf)),
        twin);
  compare_states(peer);
}

void Party::erase_sessions(std::size_t peer) {
  Held& both = held(peer);
  both.twin.erase_sessions();
  both.real->erase_sessions();
  ++tally_["erase_sessions: ok"];
  compare_states(peer);
}

void Party::forget(std::size_t peer) {
  Held& both = held(peer);
  both.twin.forget();
  both.real->forget();
  ++tally_["forget: ok"];
  compare_states(peer);
}

void Party::restart(std::size_t peer) {
  Held& both = held(peer);
  both.real = peer_of(records_of(*both.real), limits_, identity_->public_key());
  ++tally_["restart: ok"];
  compare_states(peer);
}

}  // namespace sotto::prop
