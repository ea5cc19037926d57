// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands that need sessions, or set them up.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include <sotto/snapshot.hpp>
#include <sotto/wire.hpp>

#include "peer/party.hpp"

namespace sotto::cli {
namespace {

using primitives::PrivateKey;

/// The name and device of `peer`; the name is owned here.
struct PeerName {
  std::string name;
  DeviceId device;
  [[nodiscard]] Address address() const { return {name, device}; }
};

PeerName peer_of(const Request& request) {
  const Fields peer = request.fields.object("peer");
  return {peer.text("name"), DeviceId{peer.number("device", 1)}};
}

/// Sessions are exported for tests under this key: the 32 bytes of the text below.
SnapshotKey test_key() {
  constexpr char text[] = "sotto peer: a key for tests only";
  static_assert(sizeof text == 32 + 1);
  return SnapshotKey::made_by(
      [&](std::span<std::uint8_t, 32> out) { std::memcpy(out.data(), text, out.size()); });
}

/// The private key that the request names, or a fresh one.
template <class Key>
Key private_of(Process& process, const Fields& fields, const char* name) {
  if (fields.has(name)) return fields.exactly<Key>(name);
  Result<void> filled;
  auto key = Key::made_by([&](MutableBytes out) { filled = process.entropy.fill(out); });
  take(std::move(filled));
  return key;
}

void init(Process& process, const Request& request, JsonObject& answer) {
  const Fields& fields = request.fields;
  static_cast<void>(fields.text("name"));  // The peer's to use; a device has no name of its own.
  const DeviceId device{fields.number("device", 1)};
  std::uint32_t registration = fields.number("registrationId", 0);
  if (registration == 0) {
    std::uint8_t drawn[2];
    take(process.entropy.fill(drawn));
    registration = (drawn[0] * 256U + drawn[1]) % 16380U + 1;  // 14 bits, as Signal has it.
  }
  auto identity = private_of<PrivateKey>(process, fields, "identityPrivate");
  const auto pair = take(IdentityKeyPair::from_secret(identity.duplicate().into<IdentityRole>()));
  auto store = std::make_unique<MemoryStore>(take(MemoryStore::create()));
  const auto key = StorageKey(test_key().expose());
  auto made = take(Device::create(*store, key, pair, device, RegistrationId{registration}));
  const PrivateKey clamped(pair.secret_key().expose());
  process.party.reset();  // The device before its store.
  process.party.emplace(std::move(store), std::move(made), clamped.duplicate(), std::nullopt);
  answer.put("identityKey", hex(wire::signal_key(pair.public_key())));
  answer.put("identityPrivate", hex(clamped.expose()));
  answer.put("registrationId", registration);
}

/// The signed prekey that the request asks for: the current one again, or a new one.
void use_signed_prekey(Process& process, Party& party, Transaction& tx, const Request& request) {
  const Fields& fields = request.fields;
  const auto& current = party.signed_prekey;
  const std::uint32_t last = current ? static_cast<std::uint32_t>(current->id) : 0;
  const std::uint32_t id = fields.number("signedPreKeyId", last + 1);
  if (current && id == last && !fields.has("signedPreKeyPrivate")) return;
  auto secret = private_of<Secret<SignedPrekeyRole, 32>>(process, fields, "signedPreKeyPrivate");
  auto keys = take(SignedPrekeyPair::from_secret(std::move(secret)));
  const auto signature =
      take(primitives::sign(party.identity, wire::signal_key(keys.public_key()), process.entropy));
  SignedPrekey prekey{SignedPrekeyId{id}, std::move(keys), signature};
  take(tx.import_prekey(prekey, request.now));
  party.signed_prekey = std::move(prekey);
}

void bundle(Process& process, const Request& request, JsonObject& answer) {
  Party& party = party_of(process);
  const Fields& fields = request.fields;
  const bool with_one_time = fields.flag("oneTime", true);
  Transaction tx = take(party.device.begin());
  std::optional<SignedPrekey> before;
  if (party.signed_prekey)
    before.emplace(party.signed_prekey->id, party.signed_prekey->keys.duplicate(),
                   party.signed_prekey->signature);
  try {
    use_signed_prekey(process, party, tx, request);
    JsonObject secrets;
    secrets.put("signedPreKeyPrivate", hex(party.signed_prekey->keys.secret_key().expose()));
    std::uint32_t one_time_id = party.last_one_time;
    if (with_one_time) {
      one_time_id = fields.number("preKeyId", party.last_one_time + 1);
      auto keys = take(OneTimePrekeyPair::from_secret(
          private_of<Secret<OneTimePrekeyRole, 32>>(process, fields, "preKeyPrivate")));
      secrets.put("preKeyPrivate", hex(keys.secret_key().expose()));
      take(tx.import_prekey(OneTimePrekey{OneTimePrekeyId{one_time_id}, std::move(keys)}));
    }
    const auto pending = take(with_one_time ? tx.bundle() : tx.last_resort_bundle());
    const auto made = take(pending.release(take(std::move(tx).commit())));
    party.last_one_time = std::max(party.last_one_time, one_time_id);
    JsonObject json;
    json.put("registrationId", static_cast<std::uint32_t>(made.registration));
    json.put("device", static_cast<std::uint32_t>(made.device));
    json.put("identityKey", hex(wire::signal_key(made.keys.identity)));
    json.put("signedPreKeyId", static_cast<std::uint32_t>(made.keys.signed_prekey_id));
    json.put("signedPreKey", hex(wire::signal_key(made.keys.signed_prekey)));
    json.put("signedPreKeySignature", hex(made.keys.signature.bytes()));
    if (const auto& one_time = made.keys.one_time) {
      json.put("preKeyId", static_cast<std::uint32_t>(one_time->id));
      json.put("preKey", hex(wire::signal_key(one_time->key)));
    }
    answer.put("bundle", std::move(json));
    answer.put("secrets", std::move(secrets));
  } catch (...) {
    party.signed_prekey = std::move(before);  // What was not stored was not made.
    throw;
  }
}

void process_bundle(Process& process, const Request& request, JsonObject&) {
  Party& party = party_of(process);
  const PeerName peer = peer_of(request);
  const Fields given = request.fields.object("bundle");
  Bundle keys{given.key<IdentityPublic>("identityKey"),
              SignedPrekeyId{given.number("signedPreKeyId")},
              given.key<SignedPrekeyPublic>("signedPreKey"),
              given.exactly<Signature>("signedPreKeySignature"), std::nullopt};
  if (given.has("preKey"))
    keys.one_time = Bundle::OneTime{OneTimePrekeyId{given.number("preKeyId")},
                                    given.key<OneTimePrekeyPublic>("preKey")};
  const RegistrationId registration{given.number("registrationId")};
  const auto verified = take(verify(keys));
  take(party.device.connect(peer.address(), registration, verified, process.entropy, request.now));
}

void encrypt(Process& process, const Request& request, JsonObject& answer) {
  Party& party = party_of(process);
  const PeerName peer = peer_of(request);
  const Blob plaintext = request.fields.bytes("plaintext");
  Blob out(max_message_size(plaintext.size()));
  const auto message = take(party.device.encrypt(out, peer.address(), plaintext, request.now));
  answer.put("type", message.kind == MessageKind::prekey ? "prekey" : "signal");
  answer.put("message", hex(message.bytes));
  answer.put("version", message.bytes[0] >> 4);
}

MessageKind kind_of(const Fields& fields) {
  const std::string type = fields.text("type");
  if (type == "prekey") return MessageKind::prekey;
  if (type == "signal") return MessageKind::signal;
  throw fault("bad_field", "type is neither prekey nor signal");
}

void decrypt(Process& process, const Request& request, JsonObject& answer) {
  Party& party = party_of(process);
  const PeerName peer = peer_of(request);
  const MessageKind kind = kind_of(request.fields);
  const Blob message = request.fields.bytes("message");
  Blob out(message.size());
  const auto opened =
      take(party.device.decrypt(out, peer.address(), kind, message, process.entropy, request.now));
  answer.put("plaintext", hex(opened.plaintext));
  answer.put("identityKey", hex(wire::signal_key(opened.identity)));
  answer.put("beganSession", opened.began_session);
  answer.put("firstIdentity", opened.first_identity);
  answer.put("changedSession", opened.changed_session);
  if (opened.consumed) answer.put("consumedPreKeyId", static_cast<std::uint32_t>(*opened.consumed));
}

void put_signal(JsonObject& answer, const wire::SignalMessage& message) {
  answer.put("messageVersion", message.version);
  answer.put("counter", message.counter);
  answer.put("previousCounter", message.previous_counter);
  answer.put("body", hex(message.ciphertext));
  answer.put("ratchetKey", hex(wire::signal_key(message.ratchet_key)));
}

void inspect(Process&, const Request& request, JsonObject& answer) {
  const Blob bytes = request.fields.bytes("message");
  if (kind_of(request.fields) == MessageKind::signal) {
    put_signal(answer, take(wire::parse_signal_message(bytes)));
    return;
  }
  const auto message = take(wire::parse_prekey_message(bytes));
  if (message.registration)
    answer.put("registrationId", static_cast<std::uint32_t>(*message.registration));
  if (message.one_time_prekey_id)
    answer.put("preKeyId", static_cast<std::uint32_t>(*message.one_time_prekey_id));
  answer.put("signedPreKeyId", static_cast<std::uint32_t>(message.signed_prekey_id));
  answer.put("baseKey", hex(wire::signal_key(message.base_key)));
  answer.put("identityKey", hex(wire::signal_key(message.identity)));
  put_signal(answer, message.message);
}

void export_session(Process& process, const Request& request, JsonObject& answer) {
  const PeerName peer = peer_of(request);
  Transaction tx = take(party_of(process).device.begin());
  const auto record = take(save_peer(tx, peer.address(), test_key()));
  Blob out(record.size());
  answer.put("record", hex(take(record.release(take(std::move(tx).commit()), out))));
}

void import_session(Process& process, const Request& request, JsonObject&) {
  const PeerName peer = peer_of(request);
  Transaction tx = take(party_of(process).device.begin());
  take(restore_peer(tx, peer.address(), request.fields.bytes("record"), test_key()));
  static_cast<void>(take(std::move(tx).commit()));
}

void accept_identity(Process& process, const Request& request, JsonObject&) {
  const PeerName peer = peer_of(request);
  Transaction tx = take(party_of(process).device.begin());
  take(tx.accept_identity(peer.address(), request.fields.key<IdentityPublic>("identityKey")));
  static_cast<void>(take(std::move(tx).commit()));
}

void session_info(Process& process, const Request& request, JsonObject& answer) {
  const PeerName peer = peer_of(request);
  Transaction tx = take(party_of(process).device.begin());
  const auto info = take(tx.info(peer.address(), request.now));
  const bool exists = info.version != 0;
  answer.put("exists", exists);
  if (!exists) return;
  answer.put("remoteRegistrationId", static_cast<std::uint32_t>(info.registration));
  answer.put("version", info.version);
  answer.put("canSend", info.can_send);
  answer.put("acknowledged", info.acknowledged);
  answer.put("archived", info.archived);
  answer.put("skippedKeys", info.skipped_keys);
  answer.put("epoch", info.epoch);
}

}  // namespace

Command session_command(const std::string& name) {
  static const std::map<std::string, Command> commands = {
      {"init", init},
      {"bundle", bundle},
      {"process_bundle", process_bundle},
      {"encrypt", encrypt},
      {"decrypt", decrypt},
      {"inspect", inspect},
      {"export_session", export_session},
      {"import_session", import_session},
      {"accept_identity", accept_identity},
      {"session_info", session_info},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

}  // namespace sotto::cli
