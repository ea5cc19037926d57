// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/second_line.hpp"

#include <sotto/wire.hpp>
#include <sotto/x3dh.hpp>

#include "demo/failure.hpp"
#include "demo/link.hpp"

namespace sotto::demo {
namespace {

Address tablet_address() noexcept {
  return {"bob", DeviceId{2}};
}

}  // namespace

void SecondLine::fetch() {
  const std::uint8_t whose = 2;
  stream_.send(Frame::fetch, Bytes(&whose, 1));
}

void SecondLine::connect(Bytes bundle) {
  const auto parsed = need(wire::parse_bundle(bundle), "the bundle of Bob's tablet");
  const auto verified = need(verify(parsed.keys), "the bundle of Bob's tablet");
  need(device_.connect(tablet_address(), parsed.registration, verified, entropy_, now()),
       "the agreement with Bob's tablet");
  connected_ = true;
}

void SecondLine::send(const Content& content) {
  const Blob plaintext = encode(content);
  Blob room(max_message_size(plaintext.size()));
  const auto message =
      need(device_.encrypt(room, tablet_address(), plaintext, now()), "a message to Bob's tablet");
  stream_.send(Frame::ring,
               encode(Letter{0, message.kind, Blob(message.bytes.begin(), message.bytes.end())}));
}

void SecondLine::take(Bytes body) {
  const auto letter = decode_letter(body);
  if (!letter) return report_refusal("a message of Bob's tablet", Error::malformed);
  Blob out(letter->message.size());
  const auto opened =
      device_.decrypt(out, tablet_address(), letter->kind, letter->message, entropy_, now());
  if (!opened) return report_refusal("a message of Bob's tablet", opened.error());
  if (auto content = decode_content(opened->plaintext))
    received_.push_back({*std::move(content), opened->identity});
}

std::optional<SecondLine::Received> SecondLine::next() {
  if (received_.empty()) return std::nullopt;
  Received one = std::move(received_.front());
  received_.pop_front();
  return one;
}

}  // namespace sotto::demo
