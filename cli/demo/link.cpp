// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/link.hpp"

#include "demo/failure.hpp"

namespace sotto::demo {
namespace {

constexpr SignedPrekeyId signed_prekey_id{1};
constexpr OneTimePrekeyId one_time_prekey_id{42};

/// The beginning of an identity key, for people to compare. (Safety numbers do that properly.)
std::string shown_key(const IdentityPublic& key) {
  std::string digits;
  for (const std::uint8_t byte : key.bytes().first<8>()) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits + "...";
}

}  // namespace

Instant now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void report_refusal(std::string_view what, Error error) {
  say("refuses " + std::string(what) + ": " + std::string(name(error)));
  tell("refused-" + std::string(name(error)));
}

Link::Link(CallSide side, std::uint16_t tcp_port)
    : side_(side),
      identity_(need(IdentityKeyPair::generate(entropy_), "an identity key")),
      stream_(connect_tcp(tcp_port)) {
  const std::uint8_t role = side == CallSide::caller ? 0 : 1;
  stream_.send(Frame::hello, Bytes(&role, 1));
}

void Link::establish() {
  if (side_ == CallSide::caller)
    establish_as_caller();
  else
    establish_as_callee();
  say("knows " + std::string(side_ == CallSide::caller ? "Alice" : "Bob") + " by " +
      shown_key(ours()) + ", " + (side_ == CallSide::caller ? "Bob" : "Alice") + " by " +
      shown_key(theirs()));
}

void Link::establish_as_caller() {
  stream_.send(Frame::fetch, {});
  const Framed answer = wait_frame();
  const auto bundle = decode_bundle(answer.body);
  if (answer.type != Frame::publish || !bundle) throw Failure("the relay's answer is no bundle");
  const auto verified = need(verify(*bundle), "Bob's bundle");
  say("fetches Bob's bundle from the relay; his identity key signed the prekey in it");
  auto initiated = need(initiate(identity_, verified, entropy_), "the agreement with Bob");
  say("agrees on keys with Bob, who is away (X3DH, with a one-time prekey)");
  initiation_ = initiated.initiation;
  theirs_ = bundle->identity;
  ratchet_ = need(Ratchet::start(std::move(initiated.agreement), entropy_), "Alice's ratchet");
}

void Link::establish_as_callee() {
  signed_prekey_ =
      need(SignedPrekey::generate(signed_prekey_id, identity_, entropy_), "a signed prekey");
  one_time_ = need(OneTimePrekey::generate(one_time_prekey_id, entropy_), "a one-time prekey");
  stream_.send(Frame::publish,
               encode(publish(identity_.public_key(), *signed_prekey_, &*one_time_)));
  say("publishes a bundle: identity key, signed prekey, one-time prekey");
  tell("published");
  while (!ratchet_) {
    const Framed frame = wait_frame();
    if (frame.type == Frame::message) open(frame.body);
  }
}

Framed Link::wait_frame() {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    if (auto frame = stream_.next()) return *std::move(frame);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) throw Failure("the other side does not answer");
    if (wait_readable({fd()}, left) && !stream_.fill()) throw Failure("the relay hung up");
  }
}

void Link::send(const Content& content) {
  const Blob plaintext = encode(content);
  Blob body{static_cast<std::uint8_t>(initiation_ ? 1 : 0)};
  if (initiation_) put(body, encode(*initiation_));
  Blob message(Ratchet::encrypted_size(plaintext.size()));
  put(body, need(ratchet_->encrypt(message, plaintext), "encrypting a message"));
  stream_.send(Frame::message, body);
  tell("sent");
}

bool Link::receive() {
  const bool open_line = stream_.fill();
  while (const auto frame = stream_.next())
    if (frame->type == Frame::message) open(frame->body);
  return open_line;
}

std::optional<Content> Link::next() {
  if (opened_.empty()) return std::nullopt;
  Content content = std::move(opened_.front());
  opened_.pop_front();
  return content;
}

void Link::open(Bytes body) {
  Cursor cursor(body);
  const auto carries = cursor.take_flag();
  const auto initiation = carries && *carries ? take_initiation(cursor) : std::nullopt;
  if (!carries || (*carries && !initiation)) return report_refusal("a message", Error::malformed);
  Result<void> done;
  if (!ratchet_ && initiation)
    done = open_first(*initiation, cursor.rest());
  else if (ratchet_)
    done = decrypt(*ratchet_, cursor.rest());
  else
    done = std::unexpected(Error::malformed);
  if (!done) report_refusal("a message", done.error());
}

/// Nothing is kept, and no prekey is given up, before the first message has opened.
Result<void> Link::open_first(const Initiation& initiation, Bytes message) {
  auto agreement =
      respond(identity_, *signed_prekey_, one_time_ ? &*one_time_ : nullptr, initiation);
  if (!agreement) return std::unexpected(agreement.error());
  auto ratchet = Ratchet::start(*std::move(agreement));
  if (!ratchet) return std::unexpected(ratchet.error());
  if (auto opened = decrypt(*ratchet, message); !opened) return opened;
  ratchet_ = *std::move(ratchet);
  theirs_ = initiation.identity;
  one_time_.reset();
  say("opens Alice's first message, which proves her keys, and deletes the one-time prekey");
  return {};
}

Result<void> Link::decrypt(Ratchet& ratchet, Bytes message) {
  Blob out(message.size());
  const std::size_t kept_before = ratchet.skipped_keys();
  const auto plaintext = ratchet.decrypt(out, message, entropy_, now());
  if (!plaintext) return std::unexpected(plaintext.error());
  const std::size_t kept = ratchet.skipped_keys();
  if (kept > kept_before)
    say("keeps the key of a message that was overtaken");
  else if (kept < kept_before)
    say("opens the overtaken message with the key it kept, and erases that key");
  auto content = decode_content(*plaintext);
  wipe(out);
  if (!content) return std::unexpected(Error::malformed);
  tell("opened");
  initiation_.reset();  // The other side has our keys: it answered.
  opened_.push_back(*std::move(content));
  return {};
}

}  // namespace sotto::demo
