// SPDX-License-Identifier: MIT OR Apache-2.0
// A whole conversation in the compact frame, byte for byte, through the public interface alone.
#include <memory>
#include <optional>
#include <utility>

#include <sotto/ratchet.hpp>

#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

enum class Side : std::uint8_t { initiator, responder };

/// One call of `encrypt` or `decrypt`.
struct Step {
  bool encrypts;
  Side by;
  Blob message;
  Blob plaintext;  ///< empty when the message is to be refused
  Blob entropy;    ///< all that a decryption draws
  std::optional<std::string> refusal;

  static Step read(Fields& fields) {
    const std::string verb = fields.text("do");
    if (verb != "encrypt" && verb != "decrypt")
      fields.wrong("do", "is neither \"encrypt\" nor \"decrypt\"");
    const std::string by = fields.text("by");
    if (by != "initiator" && by != "responder")
      fields.wrong("by", "is neither \"initiator\" nor \"responder\"");
    Step step{verb == "encrypt",
              by == "initiator" ? Side::initiator : Side::responder,
              fields.hex("message"),
              {},
              {},
              std::nullopt};
    if (!step.encrypts) step.entropy = fields.hex("entropy");
    if (!step.encrypts && fields.has("refused"))
      step.refusal = fields.text("refused");
    else
      step.plaintext = fields.hex("plaintext");
    return step;
  }
};

struct Transcript {
  Key root_key;
  Key chain_key;
  Key initiator_identity;
  Key responder_identity;
  Key signed_prekey_secret;
  Blob initiator_entropy;
  std::vector<Step> steps;

  static Transcript read(Fields& fields) {
    Transcript test{fields.hex_of<32>("root_key"),
                    fields.hex_of<32>("chain_key"),
                    fields.hex_of<32>("initiator_identity"),
                    fields.hex_of<32>("responder_identity"),
                    fields.hex_of<32>("signed_prekey_secret"),
                    fields.hex("initiator_entropy"),
                    {}};
    for (Fields* step : fields.objects("steps")) test.steps.push_back(Step::read(*step));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto prekey = RatchetKeyPair::from_secret(Secret<struct RatchetRole, 32>(signed_prekey_secret));
    if (!prekey) return std::unexpected(prekey.error());
    const IdentityPublic a(initiator_identity);
    const IdentityPublic b(responder_identity);
    FixedEntropy entropy(initiator_entropy);
    auto initiator = Ratchet::start(
        InitiatorAgreement{RootKey(root_key), ChainKey(chain_key), prekey->public_key(), a, b},
        entropy);
    if (!initiator) return std::unexpected(initiator.error());
    checks.require(entropy.used_up(), "the initiator drew less than it was given");
    auto responder = Ratchet::start(
        ResponderAgreement{RootKey(root_key), ChainKey(chain_key), *std::move(prekey), b, a});
    if (!responder) return std::unexpected(responder.error());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Ratchet& ratchet = steps[i].by == Side::initiator ? *initiator : *responder;
      const std::string where = "steps[" + std::to_string(i) + "]";
      const auto done = steps[i].encrypts ? encrypt(checks, where, steps[i], ratchet)
                                          : decrypt(checks, where, steps[i], ratchet);
      if (!done || !checks.failed().empty()) return done;
    }
    return {};
  }

 private:
  static Result<void> encrypt(Checks& checks, const std::string& where, const Step& step,
                              Ratchet& ratchet) {
    Blob out(Ratchet::encrypted_size(step.plaintext.size()));
    const auto message = ratchet.encrypt(out, step.plaintext);
    if (!message) return std::unexpected(message.error());
    checks.equal(where + ".message", *message, step.message);
    return {};
  }

  static Result<void> decrypt(Checks& checks, const std::string& where, const Step& step,
                              Ratchet& ratchet) {
    FixedEntropy entropy(step.entropy);
    Blob out(step.message.size());
    const auto plaintext = ratchet.decrypt(out, step.message, entropy, Instant{});
    const std::string outcome(plaintext ? "accepted" : name(plaintext.error()));
    if (step.refusal) {
      checks.require(outcome == *step.refusal,
                     where + " was " + outcome + ", should be refused as " + *step.refusal);
      return {};
    }
    if (!plaintext) {
      checks.require(false, where + " was refused as " + outcome);
      return {};
    }
    checks.equal(where + ".plaintext", *plaintext, step.plaintext);
    checks.require(entropy.used_up(), where + " drew less than it was given");
    return {};
  }
};

constexpr Kind kinds[] = {{"ratchet_transcript", run_case<Transcript>}};

}  // namespace

std::span<const Kind> transcript_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
