// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of media: the agreement of a call, SRTP keys, protecting and unprotecting packets.
#include <algorithm>
#include <utility>
#include <vector>

#include <sotto/call.hpp>
#include <sotto/srtp.hpp>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

using Buffer = std::vector<std::uint8_t>;

constexpr std::size_t header_bytes = 12;

/// An RTP packet [RFC 3550 §5.1] whose payload is secret.
Buffer packet(std::uint16_t sequence, std::size_t payload) {
  Buffer bytes(header_bytes + payload, 0x5a);
  const std::uint8_t header[header_bytes] = {0x80,
                                             111,
                                             static_cast<std::uint8_t>(sequence >> 8),
                                             static_cast<std::uint8_t>(sequence),
                                             0,
                                             0,
                                             0,
                                             1,
                                             0,
                                             0,
                                             0,
                                             7};
  std::copy_n(header, header_bytes, bytes.begin());
  ct::make_secret(Bytes(bytes).subspan(header_bytes));
  return bytes;
}

void exchange(SrtpSender& sender, SrtpReceiver& receiver) {
  for (const std::size_t payload : {std::size_t{0}, std::size_t{160}, std::size_t{1200}}) {
    const auto sequence = static_cast<std::uint16_t>(100 + payload);
    Buffer sealed(header_bytes + payload + srtp_overhead_bytes);
    ct::require(sender.protect(sealed, packet(sequence, payload)).has_value(), "protect");
    ct::publish(sealed);

    Buffer out(header_bytes + payload);
    Buffer forged = sealed;
    forged.back() ^= 1;
    ct::require(!receiver.unprotect(out, forged), "a forged packet is refused");
    const auto opened = receiver.unprotect(out, sealed);
    ct::require(opened && opened->size() == out.size(), "unprotect");
    ct::publish(out);
    ct::require(
        std::all_of(out.begin() + header_bytes, out.end(), [](auto byte) { return byte == 0x5a; }),
        "same payload");
    ct::require(!receiver.unprotect(out, sealed), "a replay is refused");
  }
}

}  // namespace

int main() {
  ct::SecretTape tape(5);
  const auto key = ct::draw<SrtpMasterKey>(tape);
  const auto salt = ct::draw<SrtpMasterSalt>(tape);
  auto sender = SrtpSender::create({key.duplicate(), salt.duplicate()});
  auto receiver = SrtpReceiver::create({key.duplicate(), salt.duplicate()});
  ct::require(sender && receiver, "create");
  exchange(*sender, *receiver);

  const CallIdentities identities{IdentityKeyPair::generate(tape)->public_key(),
                                  IdentityKeyPair::generate(tape)->public_key()};
  auto caller_keys = CallKeyPair::generate(tape);
  auto callee_keys = CallKeyPair::generate(tape);
  const auto caller_public = caller_keys->public_key();
  const auto callee_public = callee_keys->public_key();
  auto caller = agree_on_call(CallSide::caller, *std::move(caller_keys), callee_public, identities);
  auto callee = agree_on_call(CallSide::callee, *std::move(callee_keys), caller_public, identities);
  ct::require(caller && callee, "agree_on_call");
  exchange(caller->sender, callee->receiver);
  exchange(callee->sender, caller->receiver);
  return 0;
}
