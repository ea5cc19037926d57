// SPDX-License-Identifier: MIT OR Apache-2.0
/// One device on libsignal-protocol-c, an implementation of others that shares no line with ours:
/// the party at the far end of the tests in this folder. Message version 3 only.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sotto/entropy.hpp>
#include <sotto/session.hpp>
#include <sotto/wire.hpp>

struct signal_context;
struct signal_protocol_store_context;

namespace sotto::peers {

using Blob = std::vector<std::uint8_t>;
using Key = std::array<std::uint8_t, 32>;

/// Why it refused, as far as it says.
enum class Refusal : std::uint8_t {
  duplicate,
  no_session,
  invalid_message,
  invalid_key,
  invalid_key_id,
  invalid_version,
  invalid_protobuf,
  untrusted_identity,
  other,
};

[[nodiscard]] std::string_view name(Refusal refusal);

template <class T>
using Answer = std::expected<T, Refusal>;

/// A message of its own making.
struct Sent {
  MessageKind kind;
  Blob bytes;
};

/// All that the device keeps: rows of bytes by name. A copy is a snapshot.
using Rows = std::map<std::string, Blob, std::less<>>;

class SignalC {
 public:
  /// A device with a fresh identity, or with the one given. All its randomness is `entropy`'s.
  SignalC(RegistrationId registration, Entropy& entropy,
          const std::optional<Key>& identity_secret = std::nullopt);
  SignalC(const SignalC&) = delete;
  SignalC& operator=(const SignalC&) = delete;
  ~SignalC();

  [[nodiscard]] IdentityPublic identity() const;
  [[nodiscard]] RegistrationId registration() const { return registration_; }

  /// Make prekeys and publish them. A secret not given is drawn; a signed prekey that is kept
  /// already is published again.
  [[nodiscard]] wire::DeviceBundle publish(
      SignedPrekeyId signed_id, std::optional<OneTimePrekeyId> one_time_id,
      const std::optional<Key>& signed_secret = std::nullopt,
      const std::optional<Key>& one_time_secret = std::nullopt);

  [[nodiscard]] Answer<void> connect(std::string_view peer, const wire::DeviceBundle& bundle);
  [[nodiscard]] Answer<Sent> encrypt(std::string_view peer, Bytes plaintext);
  [[nodiscard]] Answer<Blob> decrypt(std::string_view peer, MessageKind kind, Bytes message);

  /// Forget the identity accepted for `peer`: the next one is taken on first use.
  void forget_identity(std::string_view peer);

  /// The session record with `peer`, in its own storage form; empty when there is none.
  [[nodiscard]] Blob session_record(std::string_view peer) const;
  void set_session_record(std::string_view peer, Blob record);

  [[nodiscard]] bool has_one_time(OneTimePrekeyId id) const;

  /// End the device and start it anew from what it had stored: nothing lives on in memory.
  void restart();
  [[nodiscard]] const Rows& rows() const { return state_->rows; }
  void restore(Rows rows);

  /// What its callbacks see.
  struct State {
    Rows rows;
    Blob identity_public;  // 33 bytes
    Blob identity_secret;
    std::uint32_t registration = 0;
  };

 private:
  void open();
  void close();

  RegistrationId registration_;
  Entropy& entropy_;
  std::unique_ptr<State> state_;
  signal_context* context_ = nullptr;
  signal_protocol_store_context* store_ = nullptr;
};

}  // namespace sotto::peers
