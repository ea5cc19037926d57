// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peers/live_script.hpp"

#include <utility>

#include "session/peers/row_store.hpp"
#include "session/peers/their_record.hpp"
#include "testing/hex.hpp"

namespace sotto::peers {
namespace {

/// Connects of one script: fewer than either side archives, so that no session is dropped.
constexpr std::size_t most_connects = 30;

const char* side_name(Side side) {
  return side == ours ? "ours" : "theirs";
}

}  // namespace

std::string_view name(Event event) {
  static constexpr std::string_view names[] = {
      "connect with one-time prekey",
      "connect without one-time prekey",
      "re-key",
      "simultaneous initiation",
      "send a PreKeySignalMessage",
      "send a SignalMessage",
      "open in order",
      "open reordered",
      "open on an older chain",
      "open in another session",
      "lose",
      "refuse a duplicate",
      "refuse on a chain gone",
      "refuse altered bytes",
      "refuse a spent one-time prekey",
      "refuse a stale bundle",
      "refuse a changed identity",
      "restart",
      "restore from a snapshot",
      "converge",
  };
  static_assert(std::size(names) == event_kinds);
  return names[static_cast<std::size_t>(event)];
}

Script::Script(std::uint64_t seed, Tally& tally)
    : tally_(tally),
      dice_(seed),
      tape_(~seed),
      us_(seed),
      them_(std::make_unique<SignalC>(RegistrationId{1 + static_cast<std::uint32_t>(seed % 16380)},
                                      tape_)),
      keeps_order_(std::array{0U, 50U, 80U, 100U}[below(4)]),
      seldom_connect_(std::array{1U, 2U, 10U}[below(3)]),
      newest_first_(one_in(5)) {
}

void Script::expect(bool good, const std::string& complaint) {
  if (!good && failed_.empty()) failed_ = complaint;
}

std::string Script::run(std::size_t events) {
  for (std::size_t i = 0; i < events && failed_.empty(); ++i) {
    step();
    if (!failed_.empty()) return "event " + std::to_string(i) + ": " + failed_;
  }
  if (failed_.empty()) converge();
  return failed_;
}

void Script::step() {
  const Side side = one_in(2) ? ours : theirs;
  switch (const std::uint64_t roll = below(100)) {
    default:
      if (roll < 35) return send(side);
      if (roll < 70) return deliver(side);
      if (roll < 76) return deliver_again(side);
      if (roll < 82) return deliver_altered(side);
      if (roll < 86) return lose(side);
      if (roll < 92) return restart(side);
      if (roll < 98) return one_in(seldom_connect_) ? connect(side) : deliver(side);
      if (roll < 99) return old_bundle();
      if (one_in(4)) return set_up_anew();
  }
}

void Script::connect(Side side) {
  if (connects_ == most_connects) return;
  ++connects_;
  const bool with_one_time = !one_in(3);
  const bool rotate = one_in(4);
  // Now and then the one in between hands out a bundle twice.
  auto& on_offer = bundles_[other(side)];
  wire::DeviceBundle bundle;
  if (!on_offer.empty() && one_in(6)) {
    bundle = on_offer.back();
  } else if (side == theirs) {
    bundle = us_.publish(rotate, with_one_time);
    on_offer.push_back(bundle);
  } else {
    if (rotate) ++signed_id_;
    std::optional<OneTimePrekeyId> one_time;
    if (with_one_time) one_time = OneTimePrekeyId{one_time_id_++};
    bundle = them_->publish(SignedPrekeyId{signed_id_}, one_time);
    on_offer.push_back(bundle);
  }
  if (book_.current(side)) tally_.add(Event::rekey, side);
  for (const Letter& letter : on_the_way_[side])
    if (letter.sent.kind == MessageKind::prekey) {
      tally_.add(Event::simultaneous, side);
      break;
    }
  tally_.add(bundle.keys.one_time ? Event::connect_with_one_time : Event::connect_without_one_time,
             side);
  if (side == ours) {
    const auto done = us_.connect(bundle);
    expect(done.has_value(), "our connect: " + std::string(done ? "" : name(done.error())));
  } else {
    const auto done = them_->connect("us", bundle);
    expect(done.has_value(), "their connect: " + std::string(done ? "" : name(done.error())));
  }
  book_.connected(side, bundle.keys);
}

Letter Script::make(Side side) {
  Blob plaintext(below(4) == 0 ? below(200) : below(20));
  for (std::uint8_t& byte : plaintext) byte = static_cast<std::uint8_t>(dice_());
  ++tally_.messages;
  Letter letter{side, {}, plaintext, *book_.current(side), {}, 0, 0};
  if (side == ours) {
    auto sent = us_.encrypt(plaintext);
    expect(sent.has_value(), "our encrypt: " + std::string(sent ? "" : name(sent.error())));
    if (sent) letter.sent = *std::move(sent);
  } else {
    auto sent = them_->encrypt("us", plaintext);
    expect(sent.has_value(), "their encrypt: " + std::string(sent ? "" : name(sent.error())));
    if (sent) letter.sent = *std::move(sent);
  }
  if (!failed_.empty()) return letter;

  const Bytes bytes = letter.sent.bytes;
  expect(letter.sent.kind == book_.kind(side), "a message of the wrong kind");
  SessionEntry& entry = book_.session(letter.session);
  std::optional<wire::SignalMessage> message;
  if (letter.sent.kind == MessageKind::prekey) {
    const auto parsed = wire::parse_prekey_message(bytes);
    expect(parsed.has_value(), "a prekey message that we cannot read");
    if (!parsed) return letter;
    if (entry.base_key == EphemeralPublic{}) entry.base_key = parsed->base_key;
    expect(entry.base_key == parsed->base_key, "a message of another session than expected");
    expect(entry.one_time == parsed->one_time_prekey_id, "another one-time prekey is named");
    message = parsed->message;
  } else if (const auto parsed = wire::parse_signal_message(bytes)) {
    message = *parsed;
  }
  expect(message.has_value(), "a message that we cannot read");
  if (!message) return letter;
  letter.ratchet_key = message->ratchet_key;
  letter.number = message->counter;
  letter.previous_counter = message->previous_counter;
  expect(book_.counted(letter), "a message miscounted by " + std::string(side_name(side)));
  if (side == theirs)
    expect(their_base_key(them_->session_record("us")) == entry.base_key,
           "their current session is not the one expected");
  tally_.add(letter.sent.kind == MessageKind::prekey ? Event::send_prekey : Event::send_signal,
             side);
  return letter;
}

void Script::send(Side side) {
  if (!book_.current(side)) return connect(side);
  const std::size_t burst = one_in(8) ? 1 + below(8) : 1;
  for (std::size_t i = 0; i < burst && failed_.empty(); ++i)
    on_the_way_[other(side)].push_back(make(side));
}

/// The letter must open.
void Script::open(const Letter& letter) {
  const Side to = other(letter.from);
  std::string outcome = "opened";
  Blob plaintext;
  if (to == ours) {
    auto opened = us_.decrypt(letter.sent.kind, letter.sent.bytes);
    if (opened)
      plaintext = *std::move(opened);
    else
      outcome = name(opened.error());
  } else {
    auto opened = them_->decrypt("us", letter.sent.kind, letter.sent.bytes);
    if (opened)
      plaintext = *std::move(opened);
    else
      outcome = name(opened.error());
  }
  expect(outcome == "opened", std::string(side_name(to)) + " refused a good message: " + outcome);
  expect(plaintext == letter.plaintext, std::string(side_name(to)) + " read something else");
  if (!failed_.empty()) return;

  const SessionEntry& entry = book_.session(letter.session);
  const auto& chains = entry.received[to].chains;
  const auto& numbers = entry.received[to].opened;
  const auto chain = numbers.find(letter.ratchet_key);
  const bool later_was_read =
      chain != numbers.end() && !chain->second.empty() && *chain->second.rbegin() > letter.number;
  const bool known = std::ranges::find(chains, letter.ratchet_key) != chains.end();
  if (known && chains.back() != letter.ratchet_key) tally_.add(Event::open_late_chain, to);
  // They write where they read last.
  const bool goes_on_there = to == theirs || us_.goes_on_there();
  if (goes_on_there && book_.current(to) && *book_.current(to) != letter.session)
    tally_.add(Event::open_changes_session, to);
  tally_.add(later_was_read ? Event::open_reordered : Event::open_in_order, to);
  book_.opened(letter, goes_on_there);
  arrived_[to].push_back(letter);
  const std::optional<OneTimePrekeyId> named =
      to == theirs && entry.initiator == ours ? entry.one_time : std::nullopt;
  if (named) expect(!them_->has_one_time(*named), "they kept a one-time prekey that served");
}

/// The name of the refusal, having seen that nothing changed; or "opened".
Script::Outcome Script::refused(Side to, MessageKind kind, Bytes message) {
  if (to == ours) {
    const Blob before = us_.mark();
    const auto opened = us_.decrypt(kind, message);
    if (opened) return "opened";
    expect(us_.mark() == before, "what we refused changed our state");
    return std::string(name(opened.error()));
  }
  Rows before = them_->rows();
  const auto opened = them_->decrypt("us", kind, message);
  if (opened) return "opened";
  // They accept an identity on first use before the message is authentic.
  const auto identity = them_->rows().find(row_name("identity", "us"));
  if (kind == MessageKind::prekey && identity != them_->rows().end()) before.insert(*identity);
  expect(them_->rows() == before, "what they refused changed their state");
  return std::string(name(opened.error()));
}

void Script::deliver(Side to) {
  auto& letters = on_the_way_[to];
  if (letters.empty()) return;
  std::size_t i = below(100) < keeps_order_ ? 0 : below(letters.size());
  if (newest_first_ && !one_in(12)) i = letters.size() - 1;
  const Letter letter = letters[i];
  letters.erase(letters.begin() + static_cast<std::ptrdiff_t>(i));
  switch (book_.fate(letter)) {
    case Fate::opens:
      return open(letter);
    case Fate::too_late: {
      const Outcome outcome = refused(to, letter.sent.kind, letter.sent.bytes);
      expect(outcome == (to == ours ? "authentication_failed" : "invalid_message"),
             "too late at " + std::string(side_name(to)) + ": " + outcome);
      return tally_.add(Event::refuse_late, to);
    }
    case Fate::orphan: {
      const Outcome outcome = refused(to, letter.sent.kind, letter.sent.bytes);
      expect(outcome == (to == ours ? "unknown_prekey" : "invalid_key_id"),
             "a spent prekey at " + std::string(side_name(to)) + ": " + outcome);
      return tally_.add(Event::refuse_orphan, to);
    }
    case Fate::twice:
      expect(false, "one number was used twice");
  }
}

void Script::lose(Side to) {
  auto& letters = on_the_way_[to];
  if (letters.empty()) return;
  letters.erase(letters.begin() + static_cast<std::ptrdiff_t>(below(letters.size())));
  tally_.add(Event::lose, to);
}

void Script::deliver_again(Side to) {
  const auto& letters = arrived_[to];
  if (letters.empty()) return;
  const Letter& letter = letters[one_in(2) ? letters.size() - 1 : below(letters.size())];
  const Outcome outcome = refused(to, letter.sent.kind, letter.sent.bytes);
  const bool chain_gone = book_.fate(letter) == Fate::too_late;
  const std::string_view due = to == ours ? (chain_gone ? "authentication_failed" : "replayed")
                                          : (chain_gone ? "invalid_message" : "duplicate");
  expect(outcome == due, "a duplicate at " + std::string(side_name(to)) + ": " + outcome);
  tally_.add(Event::refuse_duplicate, to);
}

/// Every bit of a SignalMessage is under its MAC; of what stands around it in a
/// PreKeySignalMessage, the two keys enter the agreement.
void Script::deliver_altered(Side to) {
  const auto& letters = on_the_way_[to];
  if (letters.empty()) return;
  const Letter& letter = letters[below(letters.size())];
  if (book_.fate(letter) != Fate::opens) return;
  Blob altered = letter.sent.bytes;
  std::size_t begin = 0;
  if (letter.sent.kind == MessageKind::prekey) {
    const auto parsed = wire::parse_prekey_message(letter.sent.bytes);
    begin = static_cast<std::size_t>(parsed->message.whole.data() - letter.sent.bytes.data());
    const std::size_t end = begin + parsed->message.whole.size();
    altered[begin + below(end - begin)] ^= static_cast<std::uint8_t>(1U << below(8));
  } else if (one_in(4)) {
    altered.resize(below(altered.size()));
  } else {
    altered[below(altered.size())] ^= static_cast<std::uint8_t>(1U << below(8));
  }
  const Outcome outcome = refused(to, letter.sent.kind, altered);
  expect(outcome != "opened", "altered bytes opened at " + std::string(side_name(to)));
  tally_.add(Event::refuse_altered, to);
}

void Script::restart(Side side) {
  const bool from_snapshot = one_in(2);
  if (side == ours) {
    from_snapshot ? us_.restore() : us_.restart();
  } else if (from_snapshot) {
    const Rows copy = them_->rows();
    them_->restore(copy);
  } else {
    them_->restart();
  }
  tally_.add(from_snapshot ? Event::restore : Event::restart, side);
}

/// The one in between hands us a bundle whose signed prekey was replaced since.
void Script::old_bundle() {
  if (bundles_[theirs].empty()) return;
  const wire::DeviceBundle& old = bundles_[theirs][below(bundles_[theirs].size())];
  if (old.keys.signed_prekey_id == bundles_[theirs].back().keys.signed_prekey_id) return;
  if (std::to_underlying(old.keys.signed_prekey_id) + 8 < signed_id_) return;
  const Blob before = us_.mark();
  const auto done = us_.connect(old);
  expect(!done && done.error() == Error::stale_bundle, "a stale bundle was taken");
  expect(us_.mark() == before, "a stale bundle changed our state");
  tally_.add(Event::refuse_stale_bundle, ours);
}

/// Their device is lost and another one comes in its place: nothing of it is taken until the user
/// has accepted its identity, and all of it from then on.
void Script::set_up_anew() {
  const SessionInfo known = us_.info();
  if (!known.can_send) return;
  auto fresh = std::make_unique<SignalC>(RegistrationId{77}, tape_);
  bundles_[theirs] = {
      fresh->publish(SignedPrekeyId{++signed_id_}, OneTimePrekeyId{one_time_id_++})};
  bundles_[ours] = {us_.publish(false, true)};
  const auto connected = fresh->connect("us", bundles_[ours].back());
  const auto first = fresh->encrypt("us", Blob{1, 2, 3});
  if (!connected || !first) return expect(false, "the fresh device cannot begin");
  const Outcome outcome = refused(ours, first->kind, first->bytes);
  expect(outcome == "identity_changed", "another identity: " + outcome);
  const auto refusal = us_.connect(bundles_[theirs].back());
  expect(!refusal && refusal.error() == Error::identity_changed, "another identity's bundle");

  expect(us_.accept_identity(fresh->identity()).has_value(), "its identity cannot be accepted");
  const auto opened = us_.decrypt(first->kind, first->bytes);
  expect(opened == Blob{1, 2, 3}, "its message does not open after that");
  them_ = std::move(fresh);
  book_ = Book();
  for (auto* letters : {on_the_way_, arrived_})
    for (std::size_t side : {ours, theirs}) letters[side].clear();
  for (auto& bundles : bundles_) bundles.clear();
  connects_ = 0;
  tally_.add(Event::refuse_identity, ours);
}

/// Nothing is lost any more: after some turns both use one session, and no more prekeys are named.
void Script::converge() {
  for (auto& letters : on_the_way_) letters.clear();
  // What we began is not given up for an older session: whoever cannot be heard begins anew.
  if (book_.current(ours) && !book_.can_reach(ours)) {
    connects_ = 0;
    while (!book_.can_reach(ours) && failed_.empty()) connect(ours);
  }
  if (!book_.can_reach(ours) && !book_.can_reach(theirs)) {
    connects_ = 0;
    Side side = one_in(2) ? ours : theirs;
    while (!book_.can_reach(side) && failed_.empty()) connect(side);
  }
  Side side = book_.can_reach(ours) ? ours : theirs;
  for (int turn = 0; turn < 6 && failed_.empty(); ++turn, side = other(side)) {
    const Letter letter = make(side);
    if (failed_.empty()) open(letter);
    if (turn >= 2) expect(letter.sent.kind == MessageKind::signal, "prekeys are named for ever");
  }
  expect(book_.current(ours) == book_.current(theirs), "the two sides did not come together");
  if (failed_.empty())
    for (const Side each : {ours, theirs}) tally_.add(Event::converge, each);
}

}  // namespace sotto::peers
