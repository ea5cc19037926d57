// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands without sessions: primitives, safety numbers, fixed randomness.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include <sotto/primitives.hpp>
#include <sotto/safety_number.hpp>

#include "peer/party.hpp"

namespace sotto::cli {
namespace {

using primitives::PrivateKey;
using primitives::PublicKey;

void hello(Process&, const Request&, JsonObject& answer) {
  answer.put("impl", "sotto");
  answer.put("version", SOTTO_VERSION);
  answer.put("features", {"x3dh", "fingerprint", "export", "fix-random", "now", "accept-identity"});
}

void fix_random(Process& process, const Request& request, JsonObject&) {
  process.entropy.fix(request.fields.bytes("bytes"));
}

void fingerprint(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const std::uint32_t version = fields.number("version", 1);
  if (version > 255) throw fault(Error::unsupported_version);
  const Blob our_id = fields.bytes("localId");
  const Blob their_id = fields.bytes("remoteId");
  const auto ours = fields.has("localKey") ? fields.key<IdentityPublic>("localKey")
                                           : party_of(process).device.identity();
  const auto theirs = fields.key<IdentityPublic>("remoteKey");
  const auto number =
      take(safety_number(static_cast<std::uint8_t>(version), {our_id, ours}, {their_id, theirs},
                         fields.number("iterations", safety_number_iterations)));
  answer.put("display", std::string(number.digits.begin(), number.digits.end()));
  answer.put("scannable", hex(number.scannable));
}

void sign(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const auto key = fields.has("privateKey") ? fields.exactly<PrivateKey>("privateKey")
                                            : party_of(process).identity.duplicate();
  const auto signature = take(primitives::sign(key, fields.bytes("message"), process.entropy));
  answer.put("signature", hex(signature.bytes()));
}

void verify(Process&, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const auto key = fields.key<PublicKey>("publicKey");
  const Blob message = fields.bytes("message");
  const Blob signature = fields.bytes("signature");
  if (signature.size() != Signature::size_bytes) {
    answer.put("valid", false);
    return;
  }
  const auto valid =
      primitives::verify(key, message, Signature(Bytes(signature).first<Signature::size_bytes>()));
  if (!valid && valid.error() == Error::backend_unavailable) throw fault(valid.error());
  answer.put("valid", valid.has_value());
}

void dh(Process&, const Request& request, JsonObject& answer) {
  const auto ours = request.fields.exactly<PrivateKey>("privateKey");
  const auto theirs = request.fields.key<PublicKey>("publicKey");
  answer.put("secret", hex(take(primitives::x25519(ours, theirs)).expose()));
}

void public_key(Process&, const Request& request, JsonObject& answer) {
  const auto key = request.fields.exactly<PrivateKey>("privateKey");
  answer.put("publicKey", hex(wire::signal_key(take(primitives::public_key(key)))));
}

void hkdf(Process&, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const Blob salt = fields.has("salt") ? fields.bytes("salt") : Blob();
  // One byte more than there may be is refused like any longer length, and needs no memory.
  constexpr std::uint32_t too_long = 255 * 32 + 1;
  Blob okm(std::min(fields.number("length", 32), too_long));
  take(primitives::hkdf_sha256(okm, salt, fields.bytes("ikm"), fields.bytes("info")));
  answer.put("okm", hex(okm));
}

}  // namespace

Result<void> FixedEntropy::fill(MutableBytes out) noexcept {
  const std::size_t fixed = std::min(out.size(), fixed_.size() - played_);
  std::copy_n(fixed_.begin() + static_cast<std::ptrdiff_t>(played_), fixed, out.begin());
  played_ += fixed;
  if (fixed == out.size()) return {};
  return system_.fill(out.subspan(fixed));
}

void FixedEntropy::fix(Blob bytes) {
  fixed_ = std::move(bytes);
  played_ = 0;
}

Party& party_of(Process& process) {
  if (!process.party) throw fault("not_initialised", "init comes first");
  return *process.party;
}

Command primitive_command(const std::string& name) {
  static const std::map<std::string, Command> commands = {
      {"hello", hello}, {"fingerprint", fingerprint}, {"sign", sign}, {"verify", verify},
      {"dh", dh},       {"public_key", public_key},   {"hkdf", hkdf}, {"fix_random", fix_random},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

}  // namespace sotto::cli
