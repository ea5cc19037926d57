// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/work.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include <sotto/secret.hpp>
#include <sotto/unopened.hpp>

namespace sotto::session {
namespace {

bool is_alarm(Error error) noexcept {
  return error == Error::identity_changed || error == Error::identity_in_use;
}

/// Whether a first message was refused for a prekey that served before, or may have.
bool is_prekey_gone(Error error) noexcept {
  return error == Error::replayed || error == Error::unknown_prekey;
}

/// The identity that a message shows: a first message in itself, another by its session.
std::optional<IdentityPublic> identity_shown(
    MessageKind kind, Bytes message, const std::optional<IdentityPublic>& accepted) noexcept {
  if (kind != MessageKind::prekey) return accepted;
  const auto parsed = wire::parse_prekey_message(message);
  return parsed ? std::optional(parsed->identity) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Work>> Work::begin(Home& home) noexcept {
  if (const auto alone = home.occupy(); !alone) return std::unexpected(alone.error());
  auto work = begin_inside(home);
  if (!work) home.vacate();
  return work;
}

Result<std::unique_ptr<Work>> Work::begin_inside(Home& home) noexcept {
  auto inside = home.store_link().enter();
  if (!inside) return std::unexpected(inside.error());
  if (const auto known = home.look_at_store(); !known) return std::unexpected(known.error());
  std::unique_ptr<Work> work(new (std::nothrow) Work(home.hold(), *std::move(inside)));
  if (!work) return std::unexpected(Error::out_of_memory);
  return work;
}

Work::Work(HomeHandle home, base::Door::Visit&& inside) noexcept
    : home_(std::move(home)),
      inside_(std::move(inside)),
      serial_(Home::next_transaction()),
      reads_(home_->store_link(), home_->commits()),
      rows_(home_->store_link(), home_->keys(), reads_),
      prekeys_(rows_, home_->limits().prekeys) {
}

Work::~Work() {
  end();
}

Result<void> Work::enter() noexcept {
  if (const auto entered = enter_at_the_end(); !entered) return entered;
  reads_.begin_operation();
  const auto still = home_->commits().usable();
  if (!still) leave();
  return still;
}

Result<void> Work::enter_at_the_end() noexcept {
  State was = State::idle;
  if (!state_.compare_exchange_strong(was, State::entered, std::memory_order_acquire))
    return std::unexpected(was == State::over ? Error::consumed : Error::wrong_state);
  auto usable = home_->usable();
  if (usable) {
    auto inside = home_->store_link().enter();
    if (inside) {
      inside_.emplace(*std::move(inside));
      return {};
    }
    usable = std::unexpected(inside.error());
  }
  state_.store(State::idle, std::memory_order_release);
  return usable;
}

void Work::leave() noexcept {
  if (state_.load(std::memory_order_relaxed) != State::entered) return;
  inside_.reset();
  state_.store(State::idle, std::memory_order_release);
}

void Work::end() noexcept {
  if (!home_) return;
  for (auto& peer : peers_)
    if (!peer->changed() && peer->revision() != Revision{}) home_->put(std::move(peer));
  peers_.clear();
  prekeys_.forget();
  rows_.forget();
  reads_.forget();
  inside_.reset();
  home_->vacate();
  home_.reset();
  state_.store(State::over, std::memory_order_release);
}

Result<HeldPeer*> Work::peer(const Address& address) noexcept {
  const auto id = PeerId::of(address);
  if (!id) return std::unexpected(id.error());
  return peer(*id);
}

Result<HeldPeer*> Work::peer(const PeerId& id) noexcept {
  for (const auto& held : peers_)
    if (held->id() == id) return held.get();
  if (const auto room = peers_.reserve(1); !room) return std::unexpected(room.error());
  auto held = current(id);
  if (!held) return std::unexpected(held.error());
  // Others may be at other devices of the name, and do not see this one if it is new.
  if (!(*held)->stored_identity())
    if (const auto name = rows_.at(name_row(rows_.keys(), id).bytes()); !name)
      return std::unexpected(name.error());
  peers_.append(*std::move(held));
  return (peers_.end() - 1)->get();
}

/// The cached peer if it still is what is stored, or else what is stored.
Result<std::unique_ptr<HeldPeer>> Work::current(const PeerId& id) noexcept {
  if (std::unique_ptr<HeldPeer> cached = home_->take(id)) {
    if (home_->commits().unchanged_since(cached->revision())) {
      const RowName name = peer_row(cached->token());
      if (const auto known = reads_.add_known_row(name.bytes(), cached->revision()); !known)
        return std::unexpected(known.error());
      return cached;
    }
    const auto row = home_->store().get(peer_row(cached->token()).bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    const Revision found = stored ? stored->revision : Revision{};
    if (found == cached->revision()) return as_read(std::move(cached));
    const auto right = home_->commits().explain(home_->store(), cached->revision(), found);
    if (!right) return std::unexpected(right.error());
  }
  auto loaded = HeldPeer::load(home_->store(), home_->keys(), id, home_->identity().public_key(),
                               home_->limits().sessions);
  if (!loaded) return std::unexpected(reads_.told(loaded.error()));
  return as_read(*std::move(loaded));
}

/// A peer whose row was read now.
Result<std::unique_ptr<HeldPeer>> Work::as_read(std::unique_ptr<HeldPeer> peer) noexcept {
  const RowName name = peer_row(peer->token());
  if (const auto read = reads_.add_row(name.bytes(), peer->revision()); !read)
    return std::unexpected(read.error());
  return peer;
}

Result<void> Work::replace(HeldPeer& held, std::unique_ptr<Peer> peer) noexcept {
  // Only what was proved belongs to a name, so that peers come back in any order [SES-1-3,
  // SES-9-4].
  if (const auto& identity = peer->identity(); identity && peer->proved()) {
    PeerPrekeys prekeys(*this, held.id());
    const auto in_use = prekeys.in_use(*identity);
    if (!in_use) return std::unexpected(in_use.error());
    if (*in_use) return std::unexpected(Error::identity_in_use);
    prekeys.bind(*identity);
  }
  held.replace(std::move(peer));
  return {};
}

Result<void> Work::connect(const Address& peer, RegistrationId registration,
                           const VerifiedBundle& bundle, Entropy& entropy, Instant now) noexcept {
  // [SES-2-5]
  if (bundle.device().value_or(peer.device) != peer.device)
    return std::unexpected(Error::malformed);
  const auto held = this->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*this, (*held)->id());
  const auto begun =
      (*held)->peer().connect(self((*held)->id()), registration, bundle, prekeys, entropy, now);
  if (!begun) {
    if (is_alarm(begun.error())) {
      if (const auto room = home_->offers().reserve(); !room) return room;
      home_->offers().add((*held)->id(), bundle.bundle().identity, Offers::Shown::in_a_bundle);
    }
    return begun;
  }
  (*held)->note_change();
  return {};
}

Result<Opened> Work::decrypt(MutableBytes out, const Address& peer, MessageKind kind, Bytes message,
                             Entropy& entropy, Instant now) noexcept {
  const auto held = this->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*this, (*held)->id());
  auto done =
      (*held)->peer().decrypt(self((*held)->id()), out, kind, message, prekeys, entropy, now);
  if (!done && kind == MessageKind::prekey && is_prekey_gone(done.error())) {
    const auto alarm = alarm_under_another_name(out, **held, message, entropy, now);
    if (!alarm) return std::unexpected(alarm.error());
    done = std::unexpected(alarm->value_or(done.error()));
  }
  if (!done) {
    if (is_alarm(done.error())) {
      const auto shown = identity_shown(kind, message, (*held)->peer().identity());
      if (const auto room = home_->offers().reserve(); !room) return std::unexpected(room.error());
      if (shown) home_->offers().add((*held)->id(), *shown, Offers::Shown::by_a_message);
    }
    return std::unexpected(done.error());
  }
  if (const std::optional<Consumed>& consumed = done->consumed) {
    prekeys_.consume(*consumed, (*held)->id().name());
    done->opened.consumed = consumed->one_time;
  }
  if (done->proved) prekeys.bind(done->opened.identity);  // [SES-1-3]
  home_->unsure().forget({peer.device, done->opened.identity, kind, message});
  (*held)->note_change();
  return done->opened;
}

Result<Message> Work::encrypt(MutableBytes out, const Address& peer, Bytes plaintext,
                              Instant now) noexcept {
  const auto held = this->peer(peer);
  if (!held) return std::unexpected(held.error());
  PeerPrekeys prekeys(*this, (*held)->id());
  const auto message = (*held)->peer().encrypt(self((*held)->id()), out, plaintext, prekeys, now);
  if (!message) return message;
  (*held)->note_change();
  std::uint64_t mac = 0;  // The last 8 bytes are the message's MAC.
  for (const std::uint8_t byte : message->bytes.last(8)) mac = mac << 8 | byte;
  mark_ = std::rotl(mark_, 1) + mac;
  return message;
}

Result<CommitNumber> Work::commit() noexcept {
  const auto done = finish();
  const CommitNumber number = home_->commits().number();
  end();
  if (!done) return std::unexpected(done.error());
  return number;
}

Result<Opened> Work::decrypt_and_commit(MutableBytes out, const Address& peer, MessageKind kind,
                                        Bytes message, Entropy& entropy, Instant now) noexcept {
  const auto id = PeerId::of(peer);
  if (!id) return std::unexpected(id.error());
  UnsureMessages& unsure = home_->unsure();
  auto opened = decrypt(out, peer, kind, message, entropy, now);
  if (!opened && unopened(opened.error()) != Unopened::keep) {
    // It may have opened in a commit that was not known to have happened, and nobody was told. Then
    // it is `replayed`, or something else when its session is gone since.
    const auto held = this->peer(*id);
    if (!held) return std::unexpected(held.error());
    if (const std::optional<IdentityPublic>& whose = (*held)->peer().identity()) {
      const auto before = unsure.take(out, {peer.device, *whose, kind, message});
      if (!before) return std::unexpected(before.error());
      if (const std::optional<Opened>& kept = *before) return *kept;
    }
  }
  if (!opened) return opened;
  auto done = unsure.reserve(message.size(), opened->plaintext.size());
  if (done) done = finish();
  if (!done) {
    if (done.error() == Error::outcome_unknown) unsure.keep(peer.device, kind, message, *opened);
    wipe(opened->plaintext);
    opened = std::unexpected(done.error());
  }
  unsure.trim();
  end();
  return opened;
}

/// Messages that nobody was given are of no more use once their sender's identity is held under no
/// name: it was forgotten, or another one was accepted.
void Work::drop_unsure() noexcept {
  for (const auto& peer : peers_) {
    const std::optional<IdentityPublic>& was = peer->stored_identity();
    if (!was || peer->peer().identity() == was) continue;
    const bool moved = std::ranges::any_of(peers_, [&](const std::unique_ptr<HeldPeer>& other) {
      return other->id().device() == peer->id().device() && other->peer().identity() == was;
    });
    if (!moved) home_->unsure().forget_all(peer->id().device(), *was);
  }
}

Result<void> Work::dismiss(const PeerId& device) noexcept {
  return dismissed_.push(device);
}

Result<void> Work::dismiss_account(const PeerId& any) noexcept {
  return dismissed_accounts_.push(any);
}

/// What was offered of a peer has been answered once another identity, or none, is accepted for it,
/// or the one that was offered is its own.
void Work::drop_offers() noexcept {
  Offers& offers = home_->offers();
  for (const auto& peer : peers_) {
    const std::optional<IdentityPublic>& now = peer->peer().identity();
    if (now != peer->stored_identity() || (peer->peer().proved() && now == offers.of(peer->id())))
      offers.withdraw(peer->id());
  }
  for (const PeerId& device : dismissed_) offers.withdraw(device);
  for (const PeerId& any : dismissed_accounts_) offers.withdraw_account(any);
}

/// All of a commit but the end of the transaction.
Result<void> Work::finish() noexcept {
  const auto revision = store();
  // Until it is known what became of a commit, the draft is what tells.
  const bool unknown = !revision && revision.error() == Error::outcome_unknown;
  if (!unknown) home_->draft().clear();
  if (renamed_ && (revision || unknown)) home_->rename_own(*renamed_, revision.has_value());
  if (revision || unknown) drop_offers();
  if (!revision) {
    outbox_ = Outbox();  // [SES-9-2]
    return std::unexpected(revision.error());
  }
  drop_unsure();
  for (const auto& peer : peers_)
    if (peer->changed()) peer->settle(*revision);
  return {};
}

Result<Revision> Work::store() noexcept {
  Draft& draft = home_->draft();
  draft.clear();
  if (const auto marked = mark_names(); !marked) return std::unexpected(marked.error());
  for (const auto& peer : peers_)
    if (peer->changed())
      if (const auto staged = peer->stage(draft, home_->keys()); !staged)
        return std::unexpected(staged.error());
  if (const auto staged = prekeys_.stage(); !staged) return std::unexpected(staged.error());
  if (const auto staged = rows_.stage(draft); !staged) return std::unexpected(staged.error());
  if (!draft.writes()) {
    if (const auto same = unchanged(); !same) return std::unexpected(same.error());
    return home_->commits().head_revision();
  }
  for (const auto& peer : peers_)
    if (!peer->changed())
      if (const auto checked = draft.check(peer_row(peer->token()).bytes(), peer->revision());
          !checked)
        return std::unexpected(checked.error());
  return home_->commits().commit(home_->store(), draft, mark_, reads_.moment());
}

/// What was only read is still so: the same is asked as of a commit that writes.
Result<void> Work::unchanged() noexcept {
  if (const auto still = home_->commits().look(home_->store()); !still) return still;
  if (home_->commits().head_revision() == reads_.moment()) return {};
  for (const auto& peer : peers_) {
    const auto row = home_->store().get(peer_row(peer->token()).bytes());
    if (!row) return std::unexpected(row.error());
    const std::optional<Row>& stored = *row;
    if ((stored ? stored->revision : Revision{}) != peer->revision())
      return std::unexpected(Error::conflict);
  }
  return rows_.unchanged();
}

Result<SignedPrekey> PeerPrekeys::signed_prekey(SignedPrekeyId id) noexcept {
  return work_->prekeys().signed_prekey(id);
}

Result<OneTimePrekey> PeerPrekeys::one_time(OneTimePrekeyId id) noexcept {
  return work_->prekeys().one_time(id);
}

Result<bool> PeerPrekeys::keeps(const SignedPrekeyPublic& key) noexcept {
  return work_->prekeys().keeps(key);
}

Result<bool> PeerPrekeys::used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept {
  return work_->prekeys().used(id, base_key, peer_->name());
}

/// [SES-1-3]
Result<bool> PeerPrekeys::in_use(const IdentityPublic& identity) noexcept {
  const auto row = work_->rows().at(identity_row(work_->rows().keys(), identity).bytes());
  if (!row) return std::unexpected(row.error());
  if (const auto name = (*row)->value()) return !std::ranges::equal(*name, peer_->name());
  if (const auto room = (*row)->reserve(peer_->name().size()); !room)
    return std::unexpected(room.error());
  return false;
}

void PeerPrekeys::bind(const IdentityPublic& identity) noexcept {
  const auto row = work_->rows().at(identity_row(work_->rows().keys(), identity).bytes());
  if (!(*row)->there()) (*row)->put(peer_->name());
}

}  // namespace sotto::session
