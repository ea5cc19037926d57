// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole conversations of two devices, byte for byte: every operation of spec/session.md in order.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "session/peer.hpp"
#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

/// Our own prekeys and what was begun with them.
struct Shelf final : session::PrekeySource {
  std::map<SignedPrekeyId, SignedPrekey> signed_prekeys;
  std::map<OneTimePrekeyId, OneTimePrekey> one_times;
  std::set<std::pair<SignedPrekeyId, EphemeralPublic>> remembered;

  Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept override {
    const auto found = signed_prekeys.find(id);
    if (found == signed_prekeys.end()) return std::unexpected(Error::unknown_prekey);
    return SignedPrekey{id, found->second.keys.duplicate(), found->second.signature};
  }
  Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept override {
    const auto found = one_times.find(id);
    if (found == one_times.end()) return std::unexpected(Error::unknown_prekey);
    return OneTimePrekey{id, found->second.keys.duplicate()};
  }
  Result<bool> keeps(const SignedPrekeyPublic& key) noexcept override {
    return std::ranges::any_of(
        signed_prekeys, [&](const auto& kept) { return kept.second.keys.public_key() == key; });
  }
  Result<bool> used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept override {
    return remembered.contains({id, base_key});
  }
  Result<bool> in_use(const IdentityPublic&) noexcept override { return false; }
};

struct Actor {
  IdentityKeyPair identity;
  RegistrationId registration;
  Shelf shelf;
  std::map<std::string, std::unique_ptr<session::Peer>> peers;
};

struct Step {
  std::string verb;
  std::string by;
  std::string to;
  Instant now;
  std::uint32_t number = 0;  ///< a prekey's id, or a registration
  std::optional<std::uint32_t> one_time;
  Blob key;  ///< a secret, or an identity
  Blob signature;
  std::optional<MessageKind> kind;
  Blob message;
  Blob plaintext;
  Blob entropy;
  std::optional<std::string> refused;

  static Step read(Fields& fields) {
    Step step;
    step.verb = fields.text("do");
    step.by = fields.text("by");
    if (step.verb == "install") {
      step.key = fields.hex("identity_secret");
      step.number = fields.number32("registration");
    } else if (step.verb == "signed_prekey" || step.verb == "one_time_prekey") {
      step.number = fields.number32("prekey_id");
      step.key = fields.hex("secret");
      if (step.verb == "signed_prekey") step.signature = fields.hex("signature");
    } else {
      step.to = fields.text("to");
      step.now = Instant(std::chrono::milliseconds(fields.number("now", std::uint64_t{1} << 60)));
      if (fields.has("refused")) step.refused = fields.text("refused");
      read_operation(fields, step);
    }
    if (!step.key.empty() && step.key.size() != 32) fields.wrong("by", "has a key of another size");
    return step;
  }

  static void read_operation(Fields& fields, Step& step) {
    const bool encrypts = step.verb == "encrypt";
    const bool decrypts = step.verb == "decrypt";
    if (step.verb == "connect") {
      step.number = fields.number32("signed_prekey_id");
      if (fields.has("one_time_prekey_id")) step.one_time = fields.number32("one_time_prekey_id");
    } else if (step.verb == "accept") {
      step.key = fields.hex("identity");
    } else if (!encrypts && !decrypts) {
      fields.wrong("do", "is no operation");
    }
    if (step.verb == "connect" || decrypts) step.entropy = fields.hex("entropy");
    if (encrypts || (decrypts && !step.refused)) step.plaintext = fields.hex("plaintext");
    if (decrypts || (encrypts && !step.refused)) {
      step.kind = fields.text("kind") == "prekey" ? MessageKind::prekey : MessageKind::signal;
      step.message = fields.hex("message");
    }
  }
};

template <class Pair, class Role>
Pair pair_of(const Blob& secret) {
  return *Pair::from_secret(Secret<Role, 32>(std::span<const std::uint8_t, 32>(secret.data(), 32)));
}

struct Conversation {
  SessionLimits limits;
  std::vector<Step> steps;

  static Conversation read(Fields& fields) {
    Conversation test;
    test.limits.ratchet.max_forward_jump = fields.number32("max_forward_jump");
    test.limits.max_archived = fields.number32("max_archived");
    test.limits.max_unanswered_connects = fields.number32("max_unanswered_connects");
    for (Fields* step : fields.objects("steps")) test.steps.push_back(Step::read(*step));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    std::map<std::string, Actor> actors;
    for (std::size_t i = 0; i < steps.size() && checks.failed().empty(); ++i) {
      const Step& step = steps[i];
      const std::string where = "steps[" + std::to_string(i) + "]";
      if (step.verb == "install") {
        actors.insert_or_assign(step.by,
                                Actor{pair_of<IdentityKeyPair, struct IdentityRole>(step.key),
                                      RegistrationId{step.number},
                                      {},
                                      {}});
        continue;
      }
      const auto actor = actors.find(step.by);
      if (actor == actors.end()) throw BadVector(where + ".by names nobody");
      if (step.verb == "signed_prekey") {
        const SignedPrekeyId id{step.number};
        const Signature signature(std::span<const std::uint8_t, 64>(step.signature));
        actor->second.shelf.signed_prekeys.emplace(
            id, SignedPrekey{id, pair_of<SignedPrekeyPair, struct SignedPrekeyRole>(step.key),
                             signature});
      } else if (step.verb == "one_time_prekey") {
        const OneTimePrekeyId id{step.number};
        actor->second.shelf.one_times.emplace(
            id, OneTimePrekey{id, pair_of<OneTimePrekeyPair, struct OneTimePrekeyRole>(step.key)});
      } else {
        FixedEntropy entropy(step.entropy);
        const Result<void> done = perform(checks, where, step, actor->second, actors, entropy);
        const std::string told = done ? "ok" : std::string(name(done.error()));
        checks.require(told == step.refused.value_or("ok"), where + " is " + told);
        checks.require(entropy.used_up(), where + " drew less than it was given");
      }
    }
    return {};
  }

 private:
  [[nodiscard]] Result<void> perform(Checks& checks, const std::string& where, const Step& step,
                                     Actor& us, std::map<std::string, Actor>& actors,
                                     Entropy& entropy) const {
    auto& peer = us.peers[step.to];
    if (!peer) peer = std::make_unique<session::Peer>(limits);
    const session::Self self{us.identity, us.registration};
    if (step.verb == "connect") {
      const Actor& them = actors.at(step.to);
      const SignedPrekey& prekey = them.shelf.signed_prekeys.at(SignedPrekeyId{step.number});
      const OneTimePrekey* const one_time =
          step.one_time ? &them.shelf.one_times.at(OneTimePrekeyId{*step.one_time}) : nullptr;
      const auto bundle = sotto::verify(publish(them.identity.public_key(), prekey, one_time));
      if (!bundle) return std::unexpected(bundle.error());
      return peer->connect(self, them.registration, *bundle, us.shelf, entropy, step.now);
    }
    if (step.verb == "accept")
      return peer->accept_identity(
          self, IdentityPublic(std::span<const std::uint8_t, 32>(step.key.data(), 32)), us.shelf);
    if (step.verb == "encrypt") {
      Blob out(max_message_size(step.plaintext.size()));
      const auto sent = peer->encrypt(self, out, step.plaintext, us.shelf, step.now);
      if (!sent) return std::unexpected(sent.error());
      checks.require(sent->kind == step.kind, where + " is of the other kind");
      checks.equal(where + ".message", sent->bytes, step.message);
      return {};
    }
    Blob out(step.message.size());
    const auto opened =
        peer->decrypt(self, out, *step.kind, step.message, us.shelf, entropy, step.now);
    if (!opened) return std::unexpected(opened.error());
    checks.equal(where + ".plaintext", opened->opened.plaintext, step.plaintext);
    if (const auto& consumed = opened->consumed; consumed && consumed->one_time)
      us.shelf.one_times.erase(*consumed->one_time);
    else if (consumed)
      us.shelf.remembered.insert({consumed->signed_prekey, consumed->base_key});
    return {};
  }
};

constexpr Kind kinds[] = {{"session_rules", run_case<Conversation>}};

}  // namespace

std::span<const Kind> rules_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
