// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/peers/signal_c.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <signal/curve.h>
#include <signal/protocol.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/session_pre_key.h>
#include <signal/session_record.h>
#include <signal/signal_protocol.h>

#include "session/peers/openssl_provider.hpp"
#include "session/peers/row_store.hpp"

namespace sotto::peers {
namespace {

/// An object of the library that counts its references.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(const Ref&) = delete;
  Ref& operator=(const Ref&) = delete;
  ~Ref() {
    if (object_ != nullptr) signal_type_unref(reinterpret_cast<signal_type_base*>(object_));
  }
  T** out() { return &object_; }
  T* get() const { return object_; }

 private:
  T* object_ = nullptr;
};

/// A buffer of the library.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { signal_buffer_free(buffer_); }
  signal_buffer** out() { return &buffer_; }
  [[nodiscard]] Bytes bytes() const {
    return {signal_buffer_data(buffer_), signal_buffer_len(buffer_)};
  }
  [[nodiscard]] Blob blob() const { return {bytes().begin(), bytes().end()}; }

 private:
  signal_buffer* buffer_ = nullptr;
};

/// What cannot fail in a test that makes sense.
void must(int code) {
  if (code < 0) throw std::runtime_error("libsignal-protocol-c: " + std::to_string(code));
}

Refusal refusal(int code) {
  switch (code) {
    case SG_ERR_DUPLICATE_MESSAGE:
      return Refusal::duplicate;
    case SG_ERR_NO_SESSION:
      return Refusal::no_session;
    case SG_ERR_INVALID_MESSAGE:
    case SG_ERR_INVALID_MAC:
      return Refusal::invalid_message;
    case SG_ERR_INVALID_KEY:
      return Refusal::invalid_key;
    case SG_ERR_INVALID_KEY_ID:
      return Refusal::invalid_key_id;
    case SG_ERR_INVALID_VERSION:
    case SG_ERR_LEGACY_MESSAGE:
      return Refusal::invalid_version;
    case SG_ERR_INVALID_PROTO_BUF:
      return Refusal::invalid_protobuf;
    case SG_ERR_UNTRUSTED_IDENTITY:
      return Refusal::untrusted_identity;
    default:
      return Refusal::other;
  }
}

signal_protocol_address address_of(std::string_view name) {
  signal_protocol_address address{};
  address.name = name.data();
  address.name_len = name.size();
  address.device_id = 1;
  return address;
}

void make_pair(Ref<ec_key_pair>& pair, const std::optional<Key>& secret, signal_context* context) {
  if (!secret) return must(curve_generate_key_pair(context, pair.out()));
  Ref<ec_private_key> private_key;
  Ref<ec_public_key> public_key;
  must(curve_decode_private_point(private_key.out(), secret->data(), secret->size(), context));
  must(curve_generate_public_key(public_key.out(), private_key.get()));
  must(ec_key_pair_create(pair.out(), public_key.get(), private_key.get()));
}

template <class PublicKey>
PublicKey key_of(const ec_public_key* key) {
  Buffer bytes;
  must(ec_public_key_serialize(bytes.out(), key));
  return wire::from_signal_key<PublicKey>(bytes.bytes()).value();
}

template <class PublicKey>
void decode(Ref<ec_public_key>& key, const PublicKey& bytes, signal_context* context) {
  const auto form = wire::signal_key(bytes);
  must(curve_decode_point(key.out(), form.data(), form.size(), context));
}

struct Cipher {
  Cipher(signal_protocol_store_context* store, std::string_view peer, signal_context* context)
      : address(address_of(peer)) {
    must(session_cipher_create(&cipher, store, &address, context));
  }
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;
  ~Cipher() { session_cipher_free(cipher); }
  signal_protocol_address address;
  session_cipher* cipher = nullptr;
};

}  // namespace

std::string_view name(Refusal refusal) {
  static constexpr std::string_view names[] = {
      "duplicate",       "no_session",       "invalid_message",    "invalid_key", "invalid_key_id",
      "invalid_version", "invalid_protobuf", "untrusted_identity", "other"};
  return names[static_cast<std::size_t>(refusal)];
}

SignalC::SignalC(RegistrationId registration, Entropy& entropy,
                 const std::optional<Key>& identity_secret)
    : registration_(registration), entropy_(entropy), state_(std::make_unique<State>()) {
  open();
  Ref<ec_key_pair> pair;
  make_pair(pair, identity_secret, context_);
  Buffer public_key;
  Buffer secret;
  must(ec_public_key_serialize(public_key.out(), ec_key_pair_get_public(pair.get())));
  must(ec_private_key_serialize(secret.out(), ec_key_pair_get_private(pair.get())));
  state_->identity_public = public_key.blob();
  state_->identity_secret = secret.blob();
  state_->registration = static_cast<std::uint32_t>(registration);
}

SignalC::~SignalC() {
  close();
}

void SignalC::open() {
  must(signal_context_create(&context_, nullptr));
  if (!provide_primitives(context_, entropy_)) throw std::runtime_error("no primitives");
  must(signal_protocol_store_context_create(&store_, context_));
  must(attach_rows(store_, *state_));
}

void SignalC::close() {
  signal_protocol_store_context_destroy(store_);
  signal_context_destroy(context_);
}

void SignalC::restart() {
  auto after = std::make_unique<State>(*state_);
  close();
  state_ = std::move(after);
  open();
}

void SignalC::restore(Rows rows) {
  state_->rows = std::move(rows);
  restart();
}

IdentityPublic SignalC::identity() const {
  return wire::from_signal_key<IdentityPublic>(state_->identity_public).value();
}

wire::DeviceBundle SignalC::publish(SignedPrekeyId signed_id,
                                    std::optional<OneTimePrekeyId> one_time_id,
                                    const std::optional<Key>& signed_secret,
                                    const std::optional<Key>& one_time_secret) {
  const auto id = static_cast<std::uint32_t>(signed_id);
  Ref<session_signed_pre_key> record;
  if (signal_protocol_signed_pre_key_contains_key(store_, id) != 1) {
    Ref<ec_key_pair> pair;
    Ref<ec_private_key> identity_secret;
    Buffer public_key;
    Buffer signature;
    make_pair(pair, signed_secret, context_);
    must(curve_decode_private_point(identity_secret.out(), state_->identity_secret.data(),
                                    state_->identity_secret.size(), context_));
    must(ec_public_key_serialize(public_key.out(), ec_key_pair_get_public(pair.get())));
    must(curve_calculate_signature(context_, signature.out(), identity_secret.get(),
                                   public_key.bytes().data(), public_key.bytes().size()));
    must(session_signed_pre_key_create(record.out(), id, 0, pair.get(), signature.bytes().data(),
                                       signature.bytes().size()));
    must(signal_protocol_signed_pre_key_store_key(store_, record.get()));
  } else {
    must(signal_protocol_signed_pre_key_load_key(store_, record.out(), id));
  }
  wire::DeviceBundle bundle{registration_, DeviceId{1}, {}};
  bundle.keys.identity = identity();
  bundle.keys.signed_prekey_id = signed_id;
  bundle.keys.signed_prekey = key_of<SignedPrekeyPublic>(
      ec_key_pair_get_public(session_signed_pre_key_get_key_pair(record.get())));
  bundle.keys.signature = Signature(std::span<const std::uint8_t, 64>(
      session_signed_pre_key_get_signature(record.get()), std::size_t{64}));
  if (one_time_id) {
    Ref<ec_key_pair> pair;
    Ref<session_pre_key> one_time;
    make_pair(pair, one_time_secret, context_);
    must(session_pre_key_create(one_time.out(), static_cast<std::uint32_t>(*one_time_id),
                                pair.get()));
    must(signal_protocol_pre_key_store_key(store_, one_time.get()));
    bundle.keys.one_time = Bundle::OneTime{
        *one_time_id, key_of<OneTimePrekeyPublic>(ec_key_pair_get_public(pair.get()))};
  }
  return bundle;
}

Answer<void> SignalC::connect(std::string_view peer, const wire::DeviceBundle& bundle) {
  Ref<ec_public_key> one_time;
  Ref<ec_public_key> signed_prekey;
  Ref<ec_public_key> identity;
  Ref<session_pre_key_bundle> made;
  std::uint32_t one_time_id = 0;
  if (bundle.keys.one_time) {
    decode(one_time, bundle.keys.one_time->key, context_);
    one_time_id = static_cast<std::uint32_t>(bundle.keys.one_time->id);
  }
  decode(signed_prekey, bundle.keys.signed_prekey, context_);
  decode(identity, bundle.keys.identity, context_);
  must(session_pre_key_bundle_create(
      made.out(), static_cast<std::uint32_t>(bundle.registration), 1, one_time_id, one_time.get(),
      static_cast<std::uint32_t>(bundle.keys.signed_prekey_id), signed_prekey.get(),
      bundle.keys.signature.bytes().data(), bundle.keys.signature.bytes().size(), identity.get()));
  const signal_protocol_address address = address_of(peer);
  session_builder* builder = nullptr;
  must(session_builder_create(&builder, store_, &address, context_));
  const int code = session_builder_process_pre_key_bundle(builder, made.get());
  session_builder_free(builder);
  if (code < 0) return std::unexpected(refusal(code));
  return {};
}

Answer<Sent> SignalC::encrypt(std::string_view peer, Bytes plaintext) {
  const Cipher with(store_, peer, context_);
  Ref<ciphertext_message> made;
  const int code =
      session_cipher_encrypt(with.cipher, plaintext.data(), plaintext.size(), made.out());
  if (code < 0) return std::unexpected(refusal(code));
  signal_buffer* const bytes = ciphertext_message_get_serialized(made.get());
  const std::uint8_t* const data = signal_buffer_data(bytes);
  return Sent{ciphertext_message_get_type(made.get()) == CIPHERTEXT_PREKEY_TYPE
                  ? MessageKind::prekey
                  : MessageKind::signal,
              Blob(data, data + signal_buffer_len(bytes))};
}

Answer<Blob> SignalC::decrypt(std::string_view peer, MessageKind kind, Bytes message) {
  const Cipher with(store_, peer, context_);
  Buffer plaintext;
  int code = 0;
  if (kind == MessageKind::prekey) {
    Ref<pre_key_signal_message> parsed;
    code =
        pre_key_signal_message_deserialize(parsed.out(), message.data(), message.size(), context_);
    if (code >= 0)
      code = session_cipher_decrypt_pre_key_signal_message(with.cipher, parsed.get(), nullptr,
                                                           plaintext.out());
  } else {
    Ref<signal_message> parsed;
    code = signal_message_deserialize(parsed.out(), message.data(), message.size(), context_);
    if (code >= 0)
      code = session_cipher_decrypt_signal_message(with.cipher, parsed.get(), nullptr,
                                                   plaintext.out());
  }
  if (code < 0) return std::unexpected(refusal(code));
  return plaintext.blob();
}

void SignalC::forget_identity(std::string_view peer) {
  state_->rows.erase(row_name("identity", peer));
}

Blob SignalC::session_record(std::string_view peer) const {
  const auto row = state_->rows.find(row_name("session", peer));
  return row == state_->rows.end() ? Blob() : row->second;
}

void SignalC::set_session_record(std::string_view peer, Blob record) {
  state_->rows[row_name("session", peer)] = std::move(record);
}

bool SignalC::has_one_time(OneTimePrekeyId id) const {
  return state_->rows.contains(row_name("one-time", static_cast<std::uint32_t>(id)));
}

}  // namespace sotto::peers
