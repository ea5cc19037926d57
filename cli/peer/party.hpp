// SPDX-License-Identifier: MIT OR Apache-2.0
/// The party of one process: a device over a store in memory, with the randomness it draws.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/primitives.hpp>
#include <sotto/sframe.hpp>
#include <sotto/srtp.hpp>

#include "peer/fields.hpp"

namespace sotto::cli {

/// Plays the bytes it was given, in order, then goes on with the system's.
class FixedEntropy final : public Entropy {
 public:
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override;
  void fix(Blob bytes);

 private:
  Blob fixed_;
  std::size_t played_ = 0;
  SystemEntropy system_;
};

/// What `init` makes.
struct Party {
  std::unique_ptr<MemoryStore> store;
  Device device;
  primitives::PrivateKey identity;  ///< the device's, kept to be told
  std::optional<SignedPrekey> signed_prekey;
  std::uint32_t last_one_time = 0;
};

/// One command's request; `now` is the field of that name or the system's clock.
struct Request {
  Fields fields;
  Instant now;
};

struct Process {
  FixedEntropy entropy;
  std::optional<Party> party;
  std::map<std::string, SframeSender> frame_senders;  ///< by the context that names them
  std::map<std::string, SframeReceiver> frame_receivers;
  std::map<std::string, SrtpSender> packet_senders;
  std::map<std::string, SrtpReceiver> packet_receivers;
  std::uint32_t contexts = 0;
};

/// The party, or the fault `not_initialised`.
[[nodiscard]] Party& party_of(Process& process);

/// A command: fills `answer` or throws a `Fault`.
using Command = void (*)(Process&, const Request&, JsonObject& answer);

/// The command of that name, or null. Groups and VRF signatures are not spoken: `unsupported`.
[[nodiscard]] Command session_command(const std::string& name);
[[nodiscard]] Command primitive_command(const std::string& name);
[[nodiscard]] Command frame_command(const std::string& name);
[[nodiscard]] Command packet_command(const std::string& name);

/// A name for a new context: `kind` and a number.
[[nodiscard]] std::string new_context(Process& process, const char* kind);

/// The context that a request names, or a fault.
template <class End>
End& context_of(std::map<std::string, End>& contexts, const Fields& fields) {
  const auto found = contexts.find(fields.text("context"));
  if (found == contexts.end()) throw fault("bad_field", "context is none of this kind");
  return found->second;
}

}  // namespace sotto::cli
