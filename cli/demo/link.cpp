// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/link.hpp"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "demo/failure.hpp"
#include "demo/rows.hpp"
#include "demo/store_file.hpp"
#include "file.hpp"

namespace sotto::demo {
namespace {

/// The beginning of an identity key, for people to compare. (Safety numbers do that properly.)
std::string shown_key(const IdentityPublic& key) {
  std::string digits;
  for (const std::uint8_t byte : key.bytes().first<8>()) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits + "...";
}

/// The key of a database, in a file beside it. An app keeps it in the system's keyring.
StorageKey storage_key(const std::string& path, Entropy& entropy) {
  std::array<std::uint8_t, 32> bytes{};
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) {
    need(entropy.fill(bytes), "a storage key");
    cli::write_file(path, bytes, S_IRUSR | S_IWUSR);
  }
  StorageKey key(bytes);
  wipe(bytes);
  return key;
}

Device open_device(Store& rows, const std::string& store_path, Entropy& entropy, bool& returned) {
  const StorageKey key = storage_key(store_path + ".key", entropy);
  auto device = Device::open(rows, key);
  returned = device.has_value();
  if (returned || device.error() != Error::not_set_up)
    return need(std::move(device), "opening the device");
  const auto identity = need(IdentityKeyPair::generate(entropy), "an identity key");
  return need(Device::create(rows, key, identity, DeviceId{1}, RegistrationId{1}), "a device");
}

/// Stand still, to be killed here.
[[noreturn]] void stand_still() {
  tell("halt");
  for (;;) ::pause();
}

}  // namespace

Instant now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void report_refusal(std::string_view what, Error error) {
  say("refuses " + std::string(what) + ": " + std::string(name(error)));
  tell("refused-" + std::string(name(error)));
}

Link::Link(CallSide side, std::uint16_t tcp_port, const std::string& store_path, Halt halt)
    : side_(side),
      rows_(open_store(store_path)),
      device_(open_device(rows_, store_path, entropy_, returned_)),
      stream_(connect_tcp(tcp_port)),
      halt_(halt) {
}

Address Link::peer() const noexcept {
  return {side_ == CallSide::caller ? "bob" : "alice", DeviceId{1}};
}

Transaction Link::begin() {
  return need(device_.begin(), "a transaction");
}

std::size_t Link::skipped(Transaction& tx) const {
  const auto info = tx.info(peer(), now());
  return info ? info->skipped_keys : 0;
}

void Link::establish() {
  const std::uint8_t role = side_ == CallSide::caller ? 0 : 1;
  stream_.send(Frame::hello, Bytes(&role, 1));
  if (returned_) return_to_work();
  if (side_ == CallSide::caller && !theirs_) establish_as_caller();
  // Whoever came back before anybody wrote cannot know whether the bundle got out.
  if (side_ == CallSide::callee && !theirs_) publish();
  while (!theirs_) take(wait_frame());
  say("knows " + std::string(side_ == CallSide::caller ? "Alice" : "Bob") + " by " +
      shown_key(ours()) + ", " + (side_ == CallSide::caller ? "Bob" : "Alice") + " by " +
      shown_key(theirs()));
}

/// The relay passes over what it accepted before.
void Link::return_to_work() {
  auto tx = begin();
  theirs_ = need(tx.identity(peer()), "the other's identity");
  const auto unsent = rows_of(tx, 'o');
  say("is back: the device opens from its file, " + std::to_string(unsent.size()) +
      " in the outbox");
  for (const auto& [number, message] : unsent) {
    Blob letter;
    put_u32(letter, number);
    put(letter, message);
    stream_.send(Frame::message, letter);
  }
}

void Link::establish_as_caller() {
  stream_.send(Frame::fetch, {});
  const Framed answer = wait_frame();
  const auto bundle = wire::parse_bundle(answer.body);
  if (answer.type != Frame::publish || !bundle) throw Failure("the relay's answer is no bundle");
  const auto verified = need(verify(bundle->keys), "Bob's bundle");
  say("fetches Bob's bundle from the relay; his identity key signed the prekey in it");
  need(device_.connect(peer(), bundle->registration, verified, entropy_, now()),
       "the agreement with Bob");
  theirs_ = bundle->keys.identity;
  say("agrees on keys with Bob, who is away (X3DH, with a one-time prekey)");
}

void Link::publish() {
  auto tx = begin();
  need(tx.rotate_signed_prekey(entropy_, now()), "a signed prekey");
  static_cast<void>(need(tx.replenish(entropy_), "one-time prekeys"));
  const auto pending = need(tx.bundle(), "a bundle");
  const auto committed = need(std::move(tx).commit(), "storing the prekeys");
  const auto bundle = need(pending.release(committed), "a bundle");
  Blob bytes(wire::max_bundle_bytes);
  stream_.send(Frame::publish, need(wire::write_bundle(bytes, bundle), "a bundle"));
  say("publishes a bundle: identity key, signed prekey, one-time prekey");
  tell("published");
}

Framed Link::wait_frame() {
  for (;;) {
    if (auto frame = stream_.next()) return *std::move(frame);
    if (wait_readable({fd()}) && !stream_.fill()) throw Failure("the relay hung up");
  }
}

void Link::send(const Content& content, const Also& also) {
  auto tx = begin();
  stage(tx, content);
  if (also) also(tx);
  commit(std::move(tx));
}

void Link::stage(Transaction& tx, const Content& content) {
  const Blob plaintext = encode(content);
  const auto message = need(tx.encrypt(peer(), plaintext, now()), "encrypting a message");
  const std::uint32_t number = read_number(tx, "next");
  write_number(tx, "next", number + 1);
  write_row(tx, numbered('o', number), message);
  staged_.push_back({number, message});
}

void Link::commit(Transaction&& tx) {
  const bool halts = ++commits_ == halt_.at;
  if (halts && halt_.before) stand_still();
  const auto committed = need(std::move(tx).commit(), "storing");
  if (halts) stand_still();
  for (const Staged& one : staged_) {
    Blob bytes(one.message.size());
    const Message message = need(one.message.release(committed, bytes), "a message");
    stream_.send(Frame::message, encode(Letter{one.number, message.kind, std::move(bytes)}));
  }
  staged_.clear();
}

bool Link::receive() {
  const bool open_line = stream_.fill();
  while (const auto frame = stream_.next()) take(*frame);
  return open_line;
}

std::optional<Received> Link::next() {
  if (opened_.empty()) return std::nullopt;
  Received received = std::move(opened_.front());
  opened_.pop_front();
  return received;
}

void Link::take(const Framed& frame) {
  if (frame.type == Frame::accepted) {
    const auto number = Cursor(frame.body).take_u32();
    if (!number) return;
    auto tx = begin();
    erase_row(tx, numbered('o', *number));
    static_cast<void>(need(std::move(tx).commit(), "emptying the outbox"));
  } else if (frame.type == Frame::message) {
    if (const auto letter = decode_letter(frame.body)) return open(*letter);
    report_refusal("a message", Error::malformed);
  } else if (frame.type == Frame::publish) {
    second_.connect(frame.body);
  } else if (frame.type == Frame::ring) {
    second_.take(frame.body);
  }
}

void Link::reach_second() {
  second_.fetch();
  while (!second_.connected()) take(wait_frame());
}

void Link::acknowledge(std::uint32_t number) {
  Blob body;
  put_u32(body, number);
  stream_.send(Frame::ack, body);
}

void Link::open(const Letter& letter) {
  auto tx = begin();
  const std::string seen = numbered('s', letter.number);
  if (has_row(tx, seen)) return acknowledge(letter.number);
  const std::size_t kept_before = skipped(tx);
  Blob out(letter.message.size());
  const auto opened = tx.decrypt(out, peer(), letter.kind, letter.message, entropy_, now());
  if (!opened) return report_refusal("a message", opened.error());
  auto content = decode_content(opened->plaintext);
  wipe(out);
  if (!content) return report_refusal("a message", Error::malformed);
  const std::size_t kept = skipped(tx);
  theirs_ = opened->identity;
  write_number(tx, seen, 1);
  if (on_message_) on_message_(tx, letter.number, *content);
  commit(std::move(tx));
  acknowledge(letter.number);
  tell_of(*opened, kept_before, kept);
  opened_.push_back({letter.number, *std::move(content)});
}

void Link::tell_of(const Opened& opened, std::size_t kept_before, std::size_t kept) {
  if (opened.consumed)
    say("opens Alice's first message, which proves her keys, and deletes the one-time prekey");
  if (kept > kept_before)
    say("keeps the key of a message that was overtaken");
  else if (kept < kept_before)
    say("opens the overtaken message with the key it kept, and erases that key");
}

}  // namespace sotto::demo
