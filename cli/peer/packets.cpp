// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands of SRTP and SRTCP: senders and receivers of one master key, each a context.
#include <map>
#include <string>
#include <utility>

#include "peer/party.hpp"

namespace sotto::cli {
namespace {

SrtpProfile profile_of(const Fields& fields) {
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
  if (found == named.end()) throw fault("bad_field", "profile is none that is known");
  return found->second;
}

template <class End>
void make(std::map<std::string, End>& ends, Process& process, const char* kind,
          const Fields& fields, JsonObject& answer) {
  auto end =
      take(End::create(profile_of(fields), fields.bytes("masterKey"), fields.bytes("masterSalt")));
  const std::string context = new_context(process, kind);
  ends.emplace(context, std::move(end));
  answer.put("context", context);
}

void srtp_sender(Process& process, const Request& request, JsonObject& answer) {
  make(process.packet_senders, process, "srtp-sender-", request.fields, answer);
}

void srtp_receiver(Process& process, const Request& request, JsonObject& answer) {
  make(process.packet_receivers, process, "srtp-receiver-", request.fields, answer);
}

void srtp_keys(Process&, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  const auto keys = take(
      srtp_session_keys(profile_of(fields), fields.bytes("masterKey"), fields.bytes("masterSalt")));
  answer.put("rtpKey", hex(keys.rtp_key.expose().first(keys.key_bytes)));
  answer.put("rtpSalt", hex(keys.rtp_salt.expose().first(keys.salt_bytes)));
  answer.put("rtcpKey", hex(keys.rtcp_key.expose().first(keys.key_bytes)));
  answer.put("rtcpSalt", hex(keys.rtcp_salt.expose().first(keys.salt_bytes)));
  if (keys.auth_bytes == 0) return;
  answer.put("rtpAuth", hex(keys.rtp_auth.expose()));
  answer.put("rtcpAuth", hex(keys.rtcp_auth.expose()));
}

/// One packet through one function of an end; `more` bytes may be added to it.
template <class End>
void pass(End& end, Result<MutableBytes> (End::*function)(MutableBytes, Bytes) noexcept,
          std::size_t more, const Fields& fields, JsonObject& answer) {
  const Blob packet = fields.bytes("packet");
  Blob out(packet.size() + more);
  answer.put("packet", hex(take((end.*function)(out, packet))));
}

void srtp_protect(Process& process, const Request& request, JsonObject& answer) {
  SrtpSender& sender = context_of(process.packet_senders, request.fields);
  pass(sender, &SrtpSender::protect, sender.overhead_bytes(), request.fields, answer);
}

void srtcp_protect(Process& process, const Request& request, JsonObject& answer) {
  SrtpSender& sender = context_of(process.packet_senders, request.fields);
  pass(sender, &SrtpSender::protect_rtcp, sender.rtcp_overhead_bytes(), request.fields, answer);
}

void srtp_unprotect(Process& process, const Request& request, JsonObject& answer) {
  pass(context_of(process.packet_receivers, request.fields), &SrtpReceiver::unprotect, 0,
       request.fields, answer);
}

void srtcp_unprotect(Process& process, const Request& request, JsonObject& answer) {
  pass(context_of(process.packet_receivers, request.fields), &SrtpReceiver::unprotect_rtcp, 0,
       request.fields, answer);
}

}  // namespace

Command packet_command(const std::string& name) {
  static const std::map<std::string, Command> commands = {
      {"srtp_sender", srtp_sender},
      {"srtp_receiver", srtp_receiver},
      {"srtp_keys", srtp_keys},
      {"srtp_protect", srtp_protect},
      {"srtp_unprotect", srtp_unprotect},
      {"srtcp_protect", srtcp_protect},
      {"srtcp_unprotect", srtcp_unprotect},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

}  // namespace sotto::cli
