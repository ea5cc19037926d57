// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands of SFrame: senders and receivers of one key, each a context.
#include <map>
#include <string>
#include <utility>

#include "peer/party.hpp"

namespace sotto::cli {
namespace {

const std::map<std::string, SframeSuite>& suites() {
  using enum SframeSuite;
  static const std::map<std::string, SframeSuite> named = {
      {"AES_128_CTR_HMAC_SHA256_80", aes_128_ctr_hmac_sha256_80},
      {"AES_128_CTR_HMAC_SHA256_64", aes_128_ctr_hmac_sha256_64},
      {"AES_128_CTR_HMAC_SHA256_32", aes_128_ctr_hmac_sha256_32},
      {"AES_128_GCM_SHA256_128", aes_128_gcm_sha256_128},
      {"AES_256_GCM_SHA512_128", aes_256_gcm_sha512_128},
      {"AES_256_CTR_HMAC_SHA512_80", aes_256_ctr_hmac_sha512_80},
      {"AES_256_CTR_HMAC_SHA512_64", aes_256_ctr_hmac_sha512_64},
      {"AES_256_CTR_HMAC_SHA512_32", aes_256_ctr_hmac_sha512_32},
      {"SOTTO_AES_256_CTR_HMAC_SHA512_256", sotto_aes_256_ctr_hmac_sha512_256},
  };
  return named;
}

SframeSuite suite_of(const Fields& fields) {
  const auto found = suites().find(fields.text("suite"));
  if (found == suites().end()) throw fault("bad_field", "suite is none that is known");
  return found->second;
}

void sframe_sender(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const std::uint64_t counter = fields.has("counter") ? fields.number64("counter") : 0;
  auto sender =
      take(SframeSender::create(suite_of(fields), SframeKid{fields.number64("kid")},
                                take(SframeBaseKey::create(fields.bytes("baseKey"))), counter));
  const std::string context = new_context(process, "sframe-sender-");
  process.frame_senders.emplace(context, std::move(sender));
  answer.put("context", context);
}

void sframe_receiver(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  auto receiver = take(SframeReceiver::create(suite_of(fields)));
  take(receiver.add_key(SframeKid{fields.number64("kid")},
                        take(SframeBaseKey::create(fields.bytes("baseKey")))));
  const std::string context = new_context(process, "sframe-receiver-");
  process.frame_receivers.emplace(context, std::move(receiver));
  answer.put("context", context);
}

void sframe_seal(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  SframeSender& sender = context_of(process.frame_senders, fields);
  const Blob plaintext = fields.bytes("plaintext");
  Blob out(sender.sealed_size(plaintext.size()));
  answer.put("frame", hex(take(sender.seal(out, fields.bytes("metadata"), plaintext))));
}

void sframe_open(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  SframeReceiver& receiver = context_of(process.frame_receivers, fields);
  const Blob frame = fields.bytes("frame");
  Blob out(frame.size());
  answer.put("plaintext",
             hex(take(receiver.open(out, fields.bytes("metadata"), frame, request.now))));
}

}  // namespace

std::string new_context(Process& process, const char* kind) {
  return kind + std::to_string(++process.contexts);
}

Command frame_command(const std::string& name) {
  static const std::map<std::string, Command> commands = {
      {"sframe_sender", sframe_sender},
      {"sframe_receiver", sframe_receiver},
      {"sframe_seal", sframe_seal},
      {"sframe_open", sframe_open},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

}  // namespace sotto::cli
