// SPDX-License-Identifier: MIT OR Apache-2.0
// Call profiles that others have: RingRTC's group frames and hop, keys in WhatsApp's manner.
#include <optional>
#include <string>

#include <sotto/ringrtc.hpp>
#include <sotto/ringrtc_hop.hpp>
#include <sotto/whatsapp.hpp>

#include "call/ringrtc_hop_schedule.hpp"
#include "call/ringrtc_keys.hpp"
#include "call/whatsapp_schedule.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

/// A frame of the secret `step` steps after the one given.
struct RingrtcFrameCase {
  Key secret;
  std::uint8_t step;
  std::uint32_t counter;
  Blob frame;
  std::optional<Blob> plaintext;
  Key step_secret{}, cipher_key{}, mac_key{};

  static RingrtcFrameCase read(Fields& fields) {
    RingrtcFrameCase test{fields.hex_of<32>("secret"),
                          static_cast<std::uint8_t>(fields.number("step", 255)),
                          fields.number32("counter"),
                          fields.hex("frame"),
                          {}};
    if (refused(fields)) return test;
    test.plaintext = fields.hex("plaintext");
    test.step_secret = fields.hex_of<32>("step_secret");
    test.cipher_key = fields.hex_of<32>("cipher_key");
    test.mac_key = fields.hex_of<32>("mac_key");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto receiver = RingrtcReceiver::create();
    if (!receiver) return std::unexpected(receiver.error());
    if (const auto added = receiver->add_secret(0, RingrtcSecret(secret)); !added) return added;
    Blob out(frame.size());
    const auto opened = receiver->open(out, frame, {});
    if (!opened) return std::unexpected(opened.error());
    if (!plaintext) return {};
    checks.equal("plaintext", *opened, *plaintext);

    auto sender = RingrtcSender::create(RingrtcSecret(secret), counter);
    if (!sender) return std::unexpected(sender.error());
    for (unsigned i = 0; i < step; ++i)
      if (const auto stepped = sender->ratchet(); !stepped) return stepped;
    checks.equal("step_secret", sender->secret().expose(), step_secret);
    checks.equal("cipher_key", call::ringrtc_cipher_key(sender->secret()).expose(), cipher_key);
    checks.equal("mac_key", call::ringrtc_mac_key(sender->secret()).expose(), mac_key);
    Blob sealed(plaintext->size() + ringrtc_footer_bytes);
    const auto made = sender->seal(sealed, *plaintext);
    if (!made) return std::unexpected(made.error());
    checks.equal("frame", *made, frame);
    return {};
  }
};

/// What a receiver with the usual limits makes of secrets and frames in order.
struct RingrtcReceiverCase {
  struct Event {
    bool adds;
    std::uint8_t step;
    Key secret;
    Blob frame;
    std::int64_t at_ms;
    Blob plaintext;
    std::string refused;
  };
  std::vector<Event> events;

  static Event read_event(Fields& fields) {
    Event event{};
    const std::string what = fields.text("do");
    if (what != "add" && what != "open") fields.wrong("do", "is neither `add` nor `open`");
    event.adds = what == "add";
    if (fields.has("refused")) event.refused = fields.text("refused");
    if (event.adds) {
      event.step = static_cast<std::uint8_t>(fields.number("step", 255));
      event.secret = fields.hex_of<32>("secret");
      return event;
    }
    event.frame = fields.hex("frame");
    event.at_ms = fields.number32("at");
    if (event.refused.empty()) event.plaintext = fields.hex("plaintext");
    return event;
  }

  static RingrtcReceiverCase read(Fields& fields) {
    RingrtcReceiverCase test;
    for (Fields* event : fields.objects("events")) test.events.push_back(read_event(*event));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto receiver = RingrtcReceiver::create();
    if (!receiver) return std::unexpected(receiver.error());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      const std::string where = "events[" + std::to_string(i) + "]";
      const auto judge_error = [&](const auto& result) {
        const std::string_view said = result ? std::string_view() : name(result.error());
        checks.require(said == event.refused, where + ": " + std::string(said) + " instead of " +
                                                  (event.refused.empty() ? "none" : event.refused));
      };
      if (event.adds) {
        judge_error(receiver->add_secret(event.step, RingrtcSecret(event.secret)));
        continue;
      }
      Blob out(event.frame.size());
      const Instant at{std::chrono::milliseconds(event.at_ms)};
      const auto opened = receiver->open(out, event.frame, at);
      judge_error(opened);
      if (opened) checks.equal(where + ".plaintext", *opened, event.plaintext);
    }
    return {};
  }
};

/// Both sides of a hop, from their keys to a packet each way.
struct RingrtcHopCase {
  Key client_secret, server_secret;
  Blob extra_info;
  Key shared;
  std::array<std::uint8_t, 16> client_key, server_key;
  std::array<std::uint8_t, 12> client_salt, server_salt;
  Blob packet, client_packet, server_packet;

  static RingrtcHopCase read(Fields& fields) {
    return {fields.hex_of<32>("client_secret"),
            fields.hex_of<32>("server_secret"),
            fields.hex("extra_info"),
            fields.hex_of<32>("shared"),
            fields.hex_of<16>("client_key"),
            fields.hex_of<16>("server_key"),
            fields.hex_of<12>("client_salt"),
            fields.hex_of<12>("server_salt"),
            fields.hex("packet"),
            fields.hex("client_packet"),
            fields.hex("server_packet")};
  }

  [[nodiscard]] static Result<RingrtcHopKeyPair> pair(const Key& secret) {
    return RingrtcHopKeyPair::from_secret(Secret<struct RingrtcHopRole, 32>(secret));
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto client = pair(client_secret), server = pair(server_secret);
    if (!client) return std::unexpected(client.error());
    if (!server) return std::unexpected(server.error());
    const auto client_public = client->public_key(), server_public = server->public_key();
    const auto agreed = crypto::agree(client->secret_key(), server_public);
    if (!agreed) return std::unexpected(agreed.error());
    checks.equal("shared", agreed->expose(), shared);
    const auto masters = call::ringrtc_hop_schedule(*agreed, extra_info);
    if (!masters) return std::unexpected(masters.error());
    const Bytes of_client = masters->client.expose(), of_server = masters->server.expose();
    checks.equal("client_key", of_client.first(16), client_key);
    checks.equal("client_salt", of_client.last(12), client_salt);
    checks.equal("server_key", of_server.first(16), server_key);
    checks.equal("server_salt", of_server.last(12), server_salt);

    auto at_client =
        agree_on_ringrtc_hop(RingrtcHopSide::client, *std::move(client), server_public, extra_info);
    if (!at_client) return std::unexpected(at_client.error());
    auto at_server =
        agree_on_ringrtc_hop(RingrtcHopSide::server, *std::move(server), client_public, extra_info);
    if (!at_server) return std::unexpected(at_server.error());
    Blob out(packet.size() + srtp_overhead_bytes);
    if (const auto sealed = at_client->sender.protect(out, packet))
      checks.equal("client_packet", *sealed, client_packet);
    if (const auto sealed = at_server->sender.protect(out, packet))
      checks.equal("server_packet", *sealed, server_packet);
    if (const auto opened = at_server->receiver.unprotect(out, client_packet))
      checks.equal("packet, at the server", *opened, packet);
    if (const auto opened = at_client->receiver.unprotect(out, server_packet))
      checks.equal("packet, at the client", *opened, packet);
    checks.require(checks.made() == 9, "a packet was refused");
    return {};
  }
};

/// One participant's keys and a packet under them.
struct WhatsappCase {
  Key secret;
  Blob participant;
  std::array<std::uint8_t, 16> master_key;
  std::array<std::uint8_t, 14> master_salt;
  std::uint64_t tag;
  Blob packet, sealed;

  static WhatsappCase read(Fields& fields) {
    WhatsappCase test{fields.hex_of<32>("secret"),     fields.hex("participant"),
                      fields.hex_of<16>("master_key"), fields.hex_of<14>("master_salt"),
                      fields.number("tag", 10),        fields.hex("packet"),
                      fields.hex("protected")};
    if (test.tag != 4 && test.tag != 10) fields.wrong("tag", "is neither 4 nor 10");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto master = call::whatsapp_schedule(WhatsappCallSecret(secret), participant);
    checks.equal("master_key", Bytes(master.expose()).first(16), master_key);
    checks.equal("master_salt", Bytes(master.expose()).subspan(16, 14), master_salt);
    const SrtpProfile profile =
        tag == 4 ? SrtpProfile::aes_cm_128_hmac_sha1_32 : SrtpProfile::aes_cm_128_hmac_sha1_80;
    constexpr std::array<std::uint8_t, 1> other{'?'};
    auto ours = start_whatsapp_media(WhatsappCallSecret(secret), {participant, other}, profile);
    if (!ours) return std::unexpected(ours.error());
    auto theirs = start_whatsapp_media(WhatsappCallSecret(secret), {other, participant}, profile);
    if (!theirs) return std::unexpected(theirs.error());
    Blob out(packet.size() + srtp_overhead_bytes);
    const auto made = ours->sender.protect(out, packet);
    if (!made) return std::unexpected(made.error());
    checks.equal("protected", *made, sealed);
    const auto opened = theirs->receiver.unprotect(out, sealed);
    if (!opened) return std::unexpected(opened.error());
    checks.equal("packet", *opened, packet);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"ringrtc_frame", run_case<RingrtcFrameCase>},
    {"ringrtc_receiver", run_case<RingrtcReceiverCase>},
    {"ringrtc_hop", run_case<RingrtcHopCase>},
    {"whatsapp_media", run_case<WhatsappCase>},
};

}  // namespace

std::span<const Kind> profile_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
