// SPDX-License-Identifier: MIT OR Apache-2.0
// A conversation that was recorded from devices of others, byte for byte: ours takes either role.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "session/session.hpp"
#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"
#include "wire/frame.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;
using session::Self;
using session::Session;

template <class Pair, class Role>
Result<Pair> pair_of(const Key& secret) {
  return Pair::from_secret(Secret<Role, 32>(secret));
}

/// One message that arrived.
struct RecordedStep {
  bool by_initiator;
  MessageKind kind;
  std::uint32_t lost;  ///< messages of the same sender, just before, that never arrived
  Blob plaintext;
  Blob message;
  Blob entropy;  ///< all that opening it draws

  static RecordedStep read(Fields& fields) {
    const std::string by = fields.text("by");
    if (by != "initiator" && by != "responder")
      fields.wrong("by", "is neither \"initiator\" nor \"responder\"");
    const std::string kind = fields.text("kind");
    if (kind != "prekey" && kind != "signal")
      fields.wrong("kind", "is neither \"prekey\" nor \"signal\"");
    return {by == "initiator",       kind == "prekey" ? MessageKind::prekey : MessageKind::signal,
            fields.number32("lost"), fields.hex("plaintext"),
            fields.hex("message"),   fields.hex("entropy")};
  }
};

struct Device {
  Key identity_secret;
  RegistrationId registration;

  static Device read(Fields& fields, const std::string& role) {
    return {fields.hex_of<32>(role + "_identity_secret"),
            RegistrationId{fields.number32(role + "_registration")}};
  }
};

struct Recording {
  Device initiator, responder;
  SignedPrekeyId signed_prekey_id;
  Key signed_prekey_secret;
  Signature signed_prekey_signature;
  std::optional<OneTimePrekeyId> one_time_prekey_id;
  Key one_time_prekey_secret;
  EphemeralPublic base_key;
  std::optional<Key> base_key_secret;
  Key initiator_ratchet_secret;
  std::uint8_t version_byte;
  std::vector<RecordedStep> steps;

  static Recording read(Fields& fields) {
    Recording test{Device::read(fields, "initiator"),
                   Device::read(fields, "responder"),
                   SignedPrekeyId{fields.number32("signed_prekey_id")},
                   fields.hex_of<32>("signed_prekey_secret"),
                   Signature(fields.hex_of<64>("signed_prekey_signature")),
                   std::nullopt,
                   {},
                   EphemeralPublic(fields.hex_of<32>("base_key")),
                   std::nullopt,
                   fields.hex_of<32>("initiator_ratchet_secret"),
                   static_cast<std::uint8_t>(fields.number("version_byte", 0xff)),
                   {}};
    if (fields.has("one_time_prekey_id")) {
      test.one_time_prekey_id = OneTimePrekeyId{fields.number32("one_time_prekey_id")};
      test.one_time_prekey_secret = fields.hex_of<32>("one_time_prekey_secret");
    }
    if (fields.has("base_key_secret")) test.base_key_secret = fields.hex_of<32>("base_key_secret");
    for (Fields* step : fields.objects("steps")) test.steps.push_back(RecordedStep::read(*step));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto a = pair_of<IdentityKeyPair, struct IdentityRole>(initiator.identity_secret);
    auto b = pair_of<IdentityKeyPair, struct IdentityRole>(responder.identity_secret);
    auto prekey = pair_of<SignedPrekeyPair, struct SignedPrekeyRole>(signed_prekey_secret);
    if (!a || !b || !prekey) return std::unexpected(Error::entropy_failed);
    const SignedPrekey spk{signed_prekey_id, *std::move(prekey), signed_prekey_signature};
    std::optional<OneTimePrekey> one_time;
    if (one_time_prekey_id) {
      auto keys = pair_of<OneTimePrekeyPair, struct OneTimePrekeyRole>(one_time_prekey_secret);
      if (!keys) return std::unexpected(keys.error());
      one_time.emplace(*one_time_prekey_id, *std::move(keys));
    }
    const OneTimePrekey* const opk = one_time ? &*one_time : nullptr;
    const auto bundle = sotto::verify(publish(b->public_key(), spk, opk));
    if (!bundle) return std::unexpected(bundle.error());

    const Self us[2] = {{*a, initiator.registration}, {*b, responder.registration}};
    auto begun =
        base_key_secret ? connect(us[0], us[1], *bundle) : begin_initiator(us[0], us[1], spk, opk);
    if (!begun) return std::unexpected(begun.error());
    checks.equal("base_key", (*begun)->base_key.bytes(), base_key.bytes());
    std::unique_ptr<Session> sessions[2] = {*std::move(begun), nullptr};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const RecordedStep& step = steps[i];
      const std::string where = "steps[" + std::to_string(i) + "]";
      const std::size_t from = step.by_initiator ? 0 : 1;
      const std::size_t to = 1 - from;
      if (sessions[from] == nullptr) return std::unexpected(Error::no_session);
      const auto sent = send(checks, where, step, us[from], *sessions[from]);
      if (!sent) return sent;
      if (sessions[to] == nullptr) {
        const auto parsed = wire::parse_prekey_message(step.message);
        if (!parsed) return std::unexpected(parsed.error());
        checks.require(parsed->one_time_prekey_id == one_time_prekey_id,
                       where + " names another prekey");
        auto made = Session::respond(us[to], *parsed, spk, opk, {}, Instant{});
        if (!made) return std::unexpected(made.error());
        sessions[to] = *std::move(made);
      }
      const auto opened = receive(checks, where, step, *sessions[to]);
      if (!opened || !checks.failed().empty()) return opened;
      sessions[to]->pending.reset();
    }
    return {};
  }

 private:
  [[nodiscard]] Result<std::unique_ptr<Session>> connect(const Self& us, const Self& them,
                                                         const VerifiedBundle& bundle) const {
    Blob drawn(base_key_secret->begin(), base_key_secret->end());
    drawn.insert(drawn.end(), initiator_ratchet_secret.begin(), initiator_ratchet_secret.end());
    FixedEntropy entropy(drawn);
    return Session::initiate(us, them.registration, bundle, entropy, {}, Instant{});
  }

  /// The secret of the base key was not kept, so what was agreed is taken from the other side.
  [[nodiscard]] Result<std::unique_ptr<Session>> begin_initiator(const Self& us, const Self& them,
                                                                 const SignedPrekey& spk,
                                                                 const OneTimePrekey* opk) const {
    auto agreed = respond(them.identity, spk, opk,
                          {us.identity.public_key(), base_key, spk.id, one_time_prekey_id});
    if (!agreed) return std::unexpected(agreed.error());
    FixedEntropy entropy(Blob(initiator_ratchet_secret.begin(), initiator_ratchet_secret.end()));
    auto ratchet = ratchet::State::start(
        InitiatorAgreement{std::move(agreed->root_key), std::move(agreed->chain_key),
                           spk.keys.public_key().as<struct RatchetRole>(), agreed->theirs,
                           agreed->ours},
        entropy, RatchetLimits{});
    if (!ratchet) return std::unexpected(ratchet.error());
    auto made = std::make_unique<Session>();
    made->ratchet = *std::move(ratchet);
    made->base_key = base_key;
    made->registration = them.registration;
    made->pending = session::Pending{spk.id, one_time_prekey_id};
    return made;
  }

  /// Our message must be theirs. A sender that also speaks newer versions says so in its first
  /// byte, which is under the MAC: there our own byte is put aside and theirs sealed.
  Result<void> send(Checks& checks, const std::string& where, const RecordedStep& step,
                    const Self& self, Session& session) const {
    Blob out(max_message_size(step.plaintext.size()));
    for (std::uint32_t i = 0; i < step.lost; ++i) {
      const auto lost = session.ratchet->next_message();
      if (!lost) return std::unexpected(lost.error());
    }
    if (version_byte == wire::version_byte) {
      const auto made = session.encrypt(self, out, step.plaintext, wire::max_message_bytes);
      if (!made) return std::unexpected(made.error());
      checks.require(made->kind == step.kind, where + " is of the other kind");
      checks.equal(where + ".message", made->bytes, step.message);
      return {};
    }
    const auto outgoing = session.ratchet->next_message();
    if (!outgoing) return std::unexpected(outgoing.error());
    std::optional<wire::PrekeyHeader> prekey;
    if (session.pending)
      prekey = wire::PrekeyHeader{self.registration, session.pending->one_time,
                                  session.pending->signed_prekey, session.base_key,
                                  self.identity.public_key()};
    const auto layout =
        wire::lay_out(out, {outgoing->header.dh, outgoing->header.n, outgoing->header.pn},
                      prekey ? &*prekey : nullptr, (step.plaintext.size() / 16 + 1) * 16);
    if (!layout) return std::unexpected(layout.error());
    layout->whole[0] = layout->message[0] = version_byte;
    outgoing->keys.seal_into(layout->message, layout->ciphertext_at, step.plaintext,
                             session.ratchet->sending_associated_data());
    checks.equal(where + ".message", layout->whole, step.message);
    return {};
  }

  static Result<void> receive(Checks& checks, const std::string& where, const RecordedStep& step,
                              Session& session) {
    auto message = step.kind == MessageKind::prekey ? inner(step.message)
                                                    : wire::parse_signal_message(step.message);
    if (!message) return std::unexpected(message.error());
    FixedEntropy entropy(step.entropy);
    Blob out(step.message.size());
    session::Budget budget{RatchetLimits{}.max_forward_jump, wire::max_message_bytes};
    const auto plaintext = session.decrypt(out, *message, entropy, Instant{}, budget);
    if (!plaintext) {
      checks.require(false, where + " was refused as " + std::string(name(plaintext.error())));
      return {};
    }
    checks.equal(where + ".plaintext", *plaintext, step.plaintext);
    checks.require(entropy.used_up(), where + " drew less than it was given");
    return {};
  }

  static Result<wire::SignalMessage> inner(Bytes message) {
    const auto parsed = wire::parse_prekey_message(message);
    if (!parsed) return std::unexpected(parsed.error());
    return parsed->message;
  }
};

constexpr Kind kinds[] = {{"session_recording", run_case<Recording>}};

}  // namespace

std::span<const Kind> recording_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
