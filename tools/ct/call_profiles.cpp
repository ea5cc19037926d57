// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of the call profiles that others have: RingRTC's frames, its hop, WhatsApp's keys.
#include <algorithm>
#include <utility>
#include <vector>

#include <sotto/ringrtc.hpp>
#include <sotto/ringrtc_hop.hpp>

#include "call/whatsapp_schedule.hpp"
#include "ct/taint.hpp"

using namespace sotto;

namespace {

using Buffer = std::vector<std::uint8_t>;

/// A frame whose content is secret, from the sender to the receiver.
void exchange(RingrtcSender& sender, RingrtcReceiver& receiver) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{160}, std::size_t{1200}}) {
    Buffer text(size, 0x5a), frame(size + ringrtc_footer_bytes), out(size);
    ct::make_secret(text);
    ct::require(sender.seal(frame, text).has_value(), "seal");
    ct::publish(frame);
    Buffer forged = frame;
    forged.back() ^= 1;
    ct::require(!receiver.open(out, forged, {}), "a forged frame is refused");
    ct::require(receiver.open(out, frame, {}).has_value(), "open");
    ct::publish(out);
    ct::require(std::ranges::all_of(out, [](auto byte) { return byte == 0x5a; }), "same content");
    ct::require(!receiver.open(out, frame, {}), "a replay is refused");
  }
}

void frames(ct::SecretTape& tape) {
  auto sender = RingrtcSender::create(ct::draw<RingrtcSecret>(tape));
  RingrtcLimits limits;
  limits.max_secrets = 2;
  auto receiver = RingrtcReceiver::create(limits);
  ct::require(sender && receiver, "create");
  const auto tell = [&] {
    return receiver->add_secret(sender->step(), sender->secret().duplicate()).has_value();
  };
  ct::require(tell(), "add_secret");
  exchange(*sender, *receiver);
  ct::require(sender->ratchet().has_value() && sender->ratchet().has_value(), "ratchet");
  exchange(*sender, *receiver);
  ct::require(!tell(), "a secret that is held is refused");
  for (int i = 0; i < 3; ++i) {  // the last when one has been let go
    ct::require(sender->rekey(ct::draw<RingrtcSecret>(tape)).has_value() && tell(), "rekey");
    exchange(*sender, *receiver);
  }
}

void packets(CallMedia& from, CallMedia& to) {
  Buffer packet(12 + 160, 0x5a);
  packet[0] = 0x80;
  ct::make_secret(Bytes(packet).subspan(12));
  Buffer sealed(packet.size() + srtp_overhead_bytes), out(packet.size());
  const auto made = from.sender.protect(sealed, packet);
  ct::require(made.has_value(), "protect");
  ct::publish(*made);
  ct::require(to.receiver.unprotect(out, *made).has_value(), "unprotect");
}

void hop(ct::SecretTape& tape) {
  auto ours = RingrtcHopKeyPair::generate(tape), theirs = RingrtcHopKeyPair::generate(tape);
  ct::require(ours && theirs, "key pairs");
  const auto our_public = ours->public_key(), their_public = theirs->public_key();
  auto client =
      agree_on_ringrtc_hop(RingrtcHopSide::client, *std::move(ours), their_public, Buffer(9, 1));
  auto server =
      agree_on_ringrtc_hop(RingrtcHopSide::server, *std::move(theirs), our_public, Buffer(9, 1));
  ct::require(client && server, "agree_on_ringrtc_hop");
  packets(*client, *server);
}

/// The schedule alone, not its ends: AES-CM counts from the salt, which is no secret
/// [RFC 3711 §3.2.1] but looks like one here, and the backend branches on whether the count
/// carries.
void whatsapp(ct::SecretTape& tape) {
  const auto secret = draw_whatsapp_secret(tape);
  ct::require(secret.has_value(), "draw_whatsapp_secret");
  const auto master = call::whatsapp_schedule(*secret, Buffer(5, 'a'));
  const auto other = call::whatsapp_schedule(*secret, Buffer(7, 'b'));
  ct::publish(master.expose());
  ct::publish(other.expose());
  ct::require(!std::ranges::equal(master.expose(), other.expose()), "whatsapp_schedule");
}

}  // namespace

int main() {
  ct::SecretTape tape(6);
  frames(tape);
  hop(tape);
  whatsapp(tape);
  return 0;
}
