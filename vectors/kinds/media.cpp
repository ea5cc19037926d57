// SPDX-License-Identifier: MIT OR Apache-2.0
// SRTP and the key schedule of calls.
#include <optional>
#include <utility>

#include "crypto/x25519.hpp"
#include "media/call_schedule.hpp"
#include "media/protector.hpp"
#include "media/srtp_kdf.hpp"
#include "media/unprotector.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;
using Salt = std::array<std::uint8_t, 12>;

/// One session key or salt [RFC 3711 §4.3.1].
struct SrtpKdf {
  Blob master_key;
  std::array<std::uint8_t, 14> master_salt;
  media::SrtpLabel label;
  Blob output;

  static SrtpKdf read(Fields& fields) {
    SrtpKdf test{fields.hex("master_key"), fields.hex_of<14>("master_salt"),
                 static_cast<media::SrtpLabel>(fields.number("label", 7)), fields.hex("output")};
    if (test.master_key.size() != 16 && test.master_key.size() != 32)
      fields.wrong("master_key", "has neither 16 nor 32 bytes");
    if (test.output.size() > 16 << 16) fields.wrong("output", "is longer than 2^16 blocks");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Blob out(output.size());
    media::derive_srtp(out, master_key, media::KdfSalt(master_salt), label);
    checks.equal("output", out, output);
    return {};
  }
};

/// One packet under known session keys, at a known rollover counter [RFC 7714 §8].
struct SrtpGcmPacket {
  Blob session_key;
  Salt session_salt;
  std::uint32_t roc;
  std::optional<Blob> packet;
  Blob protected_packet;

  static SrtpGcmPacket read(Fields& fields) {
    SrtpGcmPacket test{fields.hex("session_key"), fields.hex_of<12>("session_salt"),
                       fields.number32("roc"), std::nullopt, fields.hex("protected")};
    if (!refused(fields)) test.packet = fields.hex("packet");
    return test;
  }

  [[nodiscard]] Result<media::GcmTransform> transform() const {
    return media::GcmTransform::from_session(session_key, media::SessionSalt(session_salt));
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto for_receiver = transform();
    if (!for_receiver) return std::unexpected(for_receiver.error());
    media::Unprotector receiver(*std::move(for_receiver), roc);
    Blob out(protected_packet.size());
    const auto opened = receiver.unprotect(out, protected_packet);
    if (!opened) return std::unexpected(opened.error());
    if (!packet) return {};
    checks.equal("packet", *opened, *packet);

    auto for_sender = transform();
    if (!for_sender) return std::unexpected(for_sender.error());
    media::Protector sender(*std::move(for_sender), roc);
    Blob sealed(packet->size() + srtp_overhead_bytes);
    const auto made = sender.protect(sealed, *packet);
    if (!made) return std::unexpected(made.error());
    checks.equal("protected", *made, protected_packet);
    return {};
  }
};

/// One SRTCP packet under known session keys, at a known index [RFC 7714 §9].
struct SrtcpGcmPacket {
  Blob session_key;
  Salt session_salt;
  std::uint32_t index;
  std::optional<Blob> packet;
  Blob protected_packet;

  static SrtcpGcmPacket read(Fields& fields) {
    SrtcpGcmPacket test{fields.hex("session_key"), fields.hex_of<12>("session_salt"),
                        static_cast<std::uint32_t>(fields.number("index", 0x7fffffff)),
                        std::nullopt, fields.hex("protected")};
    if (!refused(fields)) test.packet = fields.hex("packet");
    return test;
  }

  [[nodiscard]] media::Transform transform() const {
    return *media::GcmTransform::from_session(session_key, media::SessionSalt(session_salt));
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    media::Unprotector receiver(transform(), transform());
    Blob out(protected_packet.size());
    const auto opened = receiver.unprotect_control(out, protected_packet);
    if (!opened) return std::unexpected(opened.error());
    if (!packet) return {};
    checks.equal("packet", *opened, *packet);
    media::Protector sender(transform(), transform(), index);
    Blob sealed(packet->size() + sender.control_overhead_bytes());
    const auto made = sender.protect_control(sealed, *packet);
    if (!made) return std::unexpected(made.error());
    checks.equal("protected", *made, protected_packet);
    return {};
  }
};

/// Packets in the order of sending under one master key, through the public interface.
struct SrtpStream {
  struct Packet {
    Blob plain;
    Blob sealed;
  };

  Key master_key;
  Salt master_salt;
  std::vector<Packet> packets;

  static SrtpStream read(Fields& fields) {
    SrtpStream test{fields.hex_of<32>("master_key"), fields.hex_of<12>("master_salt"), {}};
    for (Fields* packet : fields.objects("packets"))
      test.packets.push_back({packet->hex("packet"), packet->hex("protected")});
    return test;
  }

  [[nodiscard]] SrtpMaster master() const {
    return {SrtpMasterKey(master_key), SrtpMasterSalt(master_salt)};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto sender = SrtpSender::create(master());
    if (!sender) return std::unexpected(sender.error());
    auto receiver = SrtpReceiver::create(master());
    if (!receiver) return std::unexpected(receiver.error());
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const std::string where = "packets[" + std::to_string(i) + "]";
      Blob sealed(packets[i].plain.size() + srtp_overhead_bytes);
      const auto made = sender->protect(sealed, packets[i].plain);
      if (!made) return std::unexpected(made.error());
      checks.equal(where + ".protected", *made, packets[i].sealed);
      Blob out(packets[i].sealed.size());
      const auto opened = receiver->unprotect(out, packets[i].sealed);
      if (!opened) return std::unexpected(opened.error());
      checks.equal(where + ".packet", *opened, packets[i].plain);
    }
    return {};
  }
};

/// From both sides' call keys to the SRTP masters of both directions.
struct CallSchedule {
  Key caller_secret, callee_secret, caller_identity, callee_identity, shared, offer_key, answer_key;
  Salt offer_salt, answer_salt;

  static CallSchedule read(Fields& fields) {
    return {fields.hex_of<32>("caller_secret"),   fields.hex_of<32>("callee_secret"),
            fields.hex_of<32>("caller_identity"), fields.hex_of<32>("callee_identity"),
            fields.hex_of<32>("shared"),          fields.hex_of<32>("offer_key"),
            fields.hex_of<32>("answer_key"),      fields.hex_of<12>("offer_salt"),
            fields.hex_of<12>("answer_salt")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto caller = CallKeyPair::from_secret(Secret<struct CallRole, 32>(caller_secret));
    if (!caller) return std::unexpected(caller.error());
    const auto callee = CallKeyPair::from_secret(Secret<struct CallRole, 32>(callee_secret));
    if (!callee) return std::unexpected(callee.error());
    const auto at_caller = crypto::agree(caller->secret_key(), callee->public_key());
    if (!at_caller) return std::unexpected(at_caller.error());
    const auto at_callee = crypto::agree(callee->secret_key(), caller->public_key());
    if (!at_callee) return std::unexpected(at_callee.error());
    checks.equal("shared, at the caller", at_caller->expose(), shared);
    checks.equal("shared, at the callee", at_callee->expose(), shared);
    const media::CallMasters masters = media::call_schedule(
        *at_caller, {IdentityPublic(caller_identity), IdentityPublic(callee_identity)});
    checks.equal("offer_key", masters.offer.key.expose(), offer_key);
    checks.equal("offer_salt", masters.offer.salt.expose(), offer_salt);
    checks.equal("answer_key", masters.answer.key.expose(), answer_key);
    checks.equal("answer_salt", masters.answer.salt.expose(), answer_salt);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"srtp_kdf", run_case<SrtpKdf>},
    {"srtp_gcm_packet", run_case<SrtpGcmPacket>},
    {"srtcp_gcm_packet", run_case<SrtcpGcmPacket>},
    {"srtp_stream", run_case<SrtpStream>},
    {"call_schedule", run_case<CallSchedule>},
};

}  // namespace

std::span<const Kind> media_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
