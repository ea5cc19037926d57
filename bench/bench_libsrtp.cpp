// SPDX-License-Identifier: MIT OR Apache-2.0
/// The same packets through libsrtp 2, where it is installed: another implementation's speed.
#include <srtp2/srtp.h>

#include "media.hpp"

namespace sotto::bench {
namespace {

void set_policy(SrtpProfile profile, srtp_crypto_policy_t& policy) {
  switch (profile) {
    case SrtpProfile::aes_cm_128_hmac_sha1_80:
      return srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy);
    case SrtpProfile::aes_cm_128_hmac_sha1_32:
      return srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy);
    case SrtpProfile::aes_cm_256_hmac_sha1_80:
      return srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy);
    case SrtpProfile::aes_cm_256_hmac_sha1_32:
      return srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy);
    case SrtpProfile::aead_aes_128_gcm:
      return srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy);
    case SrtpProfile::aead_aes_256_gcm:
      return srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy);
  }
}

/// One end of the stream that `Stream` makes.
class Theirs {
 public:
  explicit Theirs(SrtpProfile profile)
      : key_(srtp_sizes(profile).key + srtp_sizes(profile).salt, 1) {
    static const bool ready = srtp_init() == srtp_err_status_ok;
    must(ready, "srtp_init");
    srtp_policy_t policy{};
    set_policy(profile, policy.rtp);
    set_policy(profile, policy.rtcp);
    policy.ssrc.type = ssrc_specific;
    policy.ssrc.value = 0x5a5a5a5a;
    policy.key = key_.data();
    policy.window_size = srtp_replay_window;
    must(srtp_create(&session_, &policy) == srtp_err_status_ok, "srtp_create");
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;
  ~Theirs() { srtp_dealloc(session_); }

  /// The size afterwards, or 0.
  std::size_t protect(Buffer& packet, std::size_t size) {
    int length = static_cast<int>(size);
    const auto status = srtp_protect(session_, packet.data(), &length);
    return status == srtp_err_status_ok ? static_cast<std::size_t>(length) : 0;
  }
  std::size_t unprotect(Buffer& packet, std::size_t size) {
    int length = static_cast<int>(size);
    const auto status = srtp_unprotect(session_, packet.data(), &length);
    return status == srtp_err_status_ok ? static_cast<std::size_t>(length) : 0;
  }

 private:
  Buffer key_;
  srtp_t session_{};
};

void protect(State& state, SrtpProfile profile, std::size_t payload) {
  Theirs sender(profile);
  Stream stream(payload);
  Buffer packet;
  sealing(state, [&] {
    stream.next(packet);
    return sender.protect(packet, stream.size()) != 0;
  });
}

void unprotect(State& state, SrtpProfile profile, std::size_t payload) {
  Theirs sender(profile);
  Theirs receiver(profile);
  Stream stream(payload);
  std::size_t sealed = 0;
  opening(
      state, stream.size(),
      [&](Buffer& packet) {
        stream.next(packet);
        sealed = sender.protect(packet, stream.size());
        must(sealed != 0, "protect");
      },
      [&](Buffer& packet) { return receiver.unprotect(packet, sealed) == stream.size(); });
}

[[maybe_unused]] const bool registered = [] {
  for (const PacketProfile& profile : packet_profiles) {
    const auto of = [&](auto* run) {
      return [run, id = profile.id](State& state, std::size_t size) { run(state, id, size); };
    };
    register_sizes("srtp_protect:libsrtp2", profile.name, false, of(protect));
    register_sizes("srtp_unprotect:libsrtp2", profile.name, true, of(unprotect));
  }
  return true;
}();

}  // namespace
}  // namespace sotto::bench
