// SPDX-License-Identifier: MIT OR Apache-2.0
// SRTP as whoever calls it sees it: scripts of packets and keys, in every profile.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <sotto/srtp.hpp>

#include "crypto/aes.hpp"
#include "media/header_extension.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

/// The other mode of encryption of RFC 3711 §4.1.2, which the library does not offer: AES is what
/// is tested.
struct SrtpF8 {
  using Block = std::array<std::uint8_t, 16>;
  Block key;
  Blob salt;
  std::uint32_t roc;
  std::array<std::uint8_t, 11> header;  ///< without its first byte, which does not count
  Blob payload, ciphertext;

  static SrtpF8 read(Fields& fields) {
    SrtpF8 test{fields.hex_of<16>("key"),    fields.hex("salt"),    fields.number32("roc"),
                fields.hex_of<11>("header"), fields.hex("payload"), fields.hex("ciphertext")};
    if (test.salt.size() > 16) fields.wrong("salt", "is longer than the key");
    return test;
  }

  /// One block: the first of the keystream at that counter.
  static Block encrypt(const Block& with, const Block& block) {
    Block out{};
    crypto::aes_ctr(out, with, block, out);
    return out;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    Block masked = key;
    for (std::size_t i = 0; i < 16; ++i)
      masked[i] ^= i < salt.size() ? salt[i] : std::uint8_t{0x55};
    Block iv{};
    std::copy(header.begin(), header.end(), iv.begin() + 1);
    for (std::size_t i = 0; i < 4; ++i) iv[12 + i] = static_cast<std::uint8_t>(roc >> 8 * (3 - i));
    iv = encrypt(masked, iv);
    Blob out = payload;
    Block stream{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % 16 == 0) {
        for (std::size_t at = 0; at < 16; ++at) stream[at] ^= iv[at];
        stream[15] ^= static_cast<std::uint8_t>(i / 16);
        stream = encrypt(key, stream);
      }
      out[i] ^= stream[i % 16];
    }
    checks.equal("ciphertext", out, ciphertext);
    return {};
  }
};

/// A header whose chosen extension elements are encrypted [RFC 6904 §3].
struct SrtpExtension {
  Blob master_key;
  Blob master_salt;  ///< 14 bytes, or the 12 of an AEAD
  Blob ids;
  std::uint32_t roc;
  Blob header, sealed;

  static SrtpExtension read(Fields& fields) {
    SrtpExtension test{fields.hex("master_key"), fields.hex("master_salt"), fields.hex("ids"),
                       fields.number32("roc"),   fields.hex("header"),      {}};
    if (test.master_salt.size() != 12 && test.master_salt.size() != 14)
      fields.wrong("master_salt", "has neither 12 nor 14 bytes");
    if (test.master_key.size() != 16 && test.master_key.size() != 32)
      fields.wrong("master_key", "has neither 16 nor 32 bytes");
    if (test.header.size() < 12) fields.wrong("header", "is shorter than an RTP header");
    if (!refused(fields)) test.sealed = fields.hex("protected_header");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto chosen = media::ExtensionIds::create(ids);
    if (!chosen) return std::unexpected(chosen.error());
    const auto salt = media::KdfSalt::made_by(
        [&](MutableBytes out) { std::ranges::copy(master_salt, out.begin()); });
    const auto cipher =
        media::ExtensionCipher::from_master(master_key, salt, master_salt.size(), *chosen);
    if (!cipher) return std::unexpected(cipher.error());
    if (const auto good = media::ExtensionCipher::check(header); !good) return good;
    const auto seq = static_cast<std::uint16_t>(header[2] << 8 | header[3]);
    const auto ssrc = media::Ssrc{std::uint32_t{header[8]} << 24 | std::uint32_t{header[9]} << 16 |
                                  std::uint32_t{header[10]} << 8 | header[11]};
    Blob made = header;
    cipher->apply(made, ssrc, media::PacketIndex::of(roc, seq));
    checks.equal("protected_header", made, sealed);
    cipher->apply(made, ssrc, media::PacketIndex::of(roc, seq));
    checks.equal("header", made, header);
    return {};
  }
};

/// Both ends of one direction, and what becomes of packets and keys in order.
struct SrtpScript {
  struct Event {
    std::string what;
    Blob given;   ///< the packet to seal or to open
    Blob result;  ///< what comes of it
    Blob key, salt, mki;
    std::string refused;
  };

  SrtpProfile profile{};
  Blob key, salt, mki;
  std::vector<Event> events;

  static SrtpProfile profile_of(Fields& fields) {
    using enum SrtpProfile;
    static const std::map<std::string, SrtpProfile> named = {
        {"AES_CM_128_HMAC_SHA1_80", aes_cm_128_hmac_sha1_80},
        {"AES_CM_128_HMAC_SHA1_32", aes_cm_128_hmac_sha1_32},
        {"AES_CM_256_HMAC_SHA1_80", aes_cm_256_hmac_sha1_80},
        {"AES_CM_256_HMAC_SHA1_32", aes_cm_256_hmac_sha1_32},
        {"AEAD_AES_128_GCM", aead_aes_128_gcm},
        {"AEAD_AES_256_GCM", aead_aes_256_gcm},
    };
    const auto found = named.find(fields.text("profile"));
    if (found == named.end()) fields.wrong("profile", "is none that is known");
    return found->second;
  }

  static Event read_event(Fields& fields) {
    Event event;
    event.what = fields.text("do");
    const bool seals = event.what == "seal" || event.what == "seal_control";
    const bool opens = event.what == "open" || event.what == "open_control";
    if (fields.has("refused")) event.refused = fields.text("refused");
    if (seals || opens) {
      event.given = fields.hex(seals ? "packet" : "protected");
      if (event.refused.empty()) event.result = fields.hex(seals ? "protected" : "packet");
      return event;
    }
    event.mki = fields.hex("mki");
    if (event.what == "erase_key") return event;
    if (event.what != "rekey" && event.what != "add_key")
      fields.wrong("do", "is no event that is known");
    event.key = fields.hex("master_key");
    event.salt = fields.hex("master_salt");
    return event;
  }

  static SrtpScript read(Fields& fields) {
    SrtpScript test;
    test.profile = profile_of(fields);
    test.key = fields.hex("master_key");
    test.salt = fields.hex("master_salt");
    if (fields.has("mki")) test.mki = fields.hex("mki");
    for (Fields* event : fields.objects("events")) test.events.push_back(read_event(*event));
    return test;
  }

  struct Ends {
    SrtpSender sender;
    SrtpReceiver receiver;
  };

  /// What an event comes to: the packet; nothing for a key; or why not.
  [[nodiscard]] Result<Blob> happen(Ends& ends, const Event& event) const {
    const auto nothing = [](const Result<void>& done) {
      return done ? Result<Blob>() : std::unexpected(done.error());
    };
    if (event.what == "rekey")
      return nothing(ends.sender.rekey(profile, event.key, event.salt, event.mki));
    if (event.what == "add_key")
      return nothing(ends.receiver.add_key(profile, event.key, event.salt, event.mki));
    if (event.what == "erase_key") return nothing(ends.receiver.erase_key(event.mki));
    Blob out(event.given.size() + ends.sender.rtcp_overhead_bytes());
    const auto made = event.what == "seal"           ? ends.sender.protect(out, event.given)
                      : event.what == "seal_control" ? ends.sender.protect_rtcp(out, event.given)
                      : event.what == "open"         ? ends.receiver.unprotect(out, event.given)
                                             : ends.receiver.unprotect_rtcp(out, event.given);
    if (!made) return std::unexpected(made.error());
    return Blob(made->begin(), made->end());
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto sender = SrtpSender::create(profile, key, salt, {.mki = mki});
    if (!sender) return std::unexpected(sender.error());
    auto receiver = SrtpReceiver::create(profile, key, salt, {.mki = mki});
    if (!receiver) return std::unexpected(receiver.error());
    Ends ends{*std::move(sender), *std::move(receiver)};
    for (std::size_t i = 0; i < events.size(); ++i) {
      const Event& event = events[i];
      const std::string where = "events[" + std::to_string(i) + "]";
      const auto made = happen(ends, event);
      const std::string said = made ? "" : std::string(name(made.error()));
      checks.require(said == event.refused,
                     where + ": '" + said + "' instead of '" + event.refused + "'");
      if (made && event.refused.empty()) checks.equal(where, *made, event.result);
    }
    return {};
  }
};

constexpr Kind kinds[] = {
    {"srtp_extension", run_case<SrtpExtension>},
    {"srtp_f8", run_case<SrtpF8>},
    {"srtp_script", run_case<SrtpScript>},
};

}  // namespace

std::span<const Kind> srtp_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
