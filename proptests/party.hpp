// SPDX-License-Identifier: MIT OR Apache-2.0
/// A device as the library has it and as the slow twin of spec/model has it, side by side: every
/// operation is done by both and compared, in its result, in what it drew, and in all that is
/// stored.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sotto/session.hpp>
#include <sotto/x3dh.hpp>

#include "model/records.hpp"
#include "session/peer.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::prop {

/// Thrown where the two do not agree.
struct Difference {
  std::string what;
};

/// How often each event and each outcome came.
using Tally = std::map<std::string, std::size_t>;

/// Randomness of one operation, the same for both.
struct Tape {
  enum class Kind : std::uint8_t { good, fails_at_once, fails_later, constant };
  Kind kind = Kind::good;
  std::uint64_t seed = 0;
};

/// A message as it travels.
struct Parcel {
  std::size_t from;
  std::size_t to;
  MessageKind kind;
  model::Buffer bytes;
  bool genuine = true;
};

/// Our prekeys as a peer asks for them.
class Shelf final : public session::PrekeySource {
 public:
  explicit Shelf(const model::Prekeys& prekeys) : prekeys_(prekeys) {}
  Result<SignedPrekey> signed_prekey(SignedPrekeyId id) noexcept override;
  Result<OneTimePrekey> one_time(OneTimePrekeyId id) noexcept override;
  Result<bool> keeps(const SignedPrekeyPublic& key) noexcept override;
  Result<bool> used(SignedPrekeyId id, const EphemeralPublic& base_key) noexcept override;
  Result<bool> in_use(const IdentityPublic& identity) noexcept override;

 private:
  const model::Prekeys& prekeys_;
};

/// All records of one of the library's peers.
[[nodiscard]] model::Records records_of(const session::Peer& peer);
/// The peer that its records show.
[[nodiscard]] std::unique_ptr<session::Peer> peer_of(const model::Records& records,
                                                     const SessionLimits& limits,
                                                     const IdentityPublic& ours);

class Party {
 public:
  Party(std::uint64_t seed, const SessionLimits& limits, std::size_t max_last_resort, Tally& tally);

  void connect(std::size_t peer, const wire::DeviceBundle& bundle, const Tape& tape, Instant now);
  /// `room` bytes of the output are offered when given, else enough.
  std::optional<Parcel> encrypt(std::size_t peer, Bytes plaintext, Instant now,
                                std::optional<std::size_t> room = {});
  /// The plaintext, when it opened.
  std::optional<model::Buffer> decrypt(std::size_t peer, MessageKind kind, Bytes message,
                                       const Tape& tape, Instant now,
                                       std::optional<std::size_t> room = {});
  void accept_identity(std::size_t peer, const model::Key& identity);
  void erase_sessions(std::size_t peer);
  void forget(std::size_t peer);
  /// The library's side is written to records and read from them.
  void restart(std::size_t peer);

  /// Another installation: a new identity, nothing known of anybody.
  void reinstall();
  void rotate();
  void destroy_oldest_signed_prekey();
  void restock();
  [[nodiscard]] wire::DeviceBundle bundle(bool with_one_time, bool oldest_signed_prekey) const;
  [[nodiscard]] model::Key identity() const { return self_.identity.public_key; }
  [[nodiscard]] const model::Peer& peer(std::size_t i) { return held(i).twin; }

 private:
  struct Held {
    std::unique_ptr<session::Peer> real;
    model::Peer twin;
  };
  Held& held(std::size_t peer);
  void know_other_names(std::size_t peer);
  void compare_states(std::size_t peer);
  void judge(const std::string& what, std::optional<Error> real, std::optional<Error> twin);
  [[nodiscard]] session::Self real_self() const { return {*identity_, registration_}; }

  testing::TapeEntropy tape_;
  SessionLimits limits_;
  std::size_t max_last_resort_;
  Tally& tally_;
  std::unique_ptr<IdentityKeyPair> identity_;
  RegistrationId registration_{};
  model::Self self_{};
  std::map<std::uint32_t, Signature> signatures_;
  model::Prekeys prekeys_;       // the twin's
  model::Prekeys real_prekeys_;  // the library's
  std::uint32_t next_prekey_ = 1;
  std::map<std::size_t, Held> held_;
};

}  // namespace sotto::prop
