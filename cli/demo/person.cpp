// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/person.hpp"

#include "demo/failure.hpp"
#include "demo/link.hpp"

namespace sotto::demo {
namespace {

Address address(const std::string& name) noexcept {
  return {name, DeviceId{1}};
}

Device new_device(Store& rows, std::uint32_t registration, Entropy& entropy) {
  const auto key =
      StorageKey::made_by([&](MutableBytes out) { need(entropy.fill(out), "a storage key"); });
  const auto identity = need(IdentityKeyPair::generate(entropy), "an identity key");
  return need(Device::create(rows, key, identity, DeviceId{1}, RegistrationId{registration}),
              "a device");
}

}  // namespace

Person::Person(std::uint32_t registration)
    : rows_(need(MemoryStore::create(), "a store")),
      device_(new_device(rows_, registration, entropy_)) {
}

wire::DeviceBundle Person::publish() {
  auto tx = need(device_.begin(), "a transaction");
  need(tx.rotate_signed_prekey(entropy_, now()), "a signed prekey");
  static_cast<void>(need(tx.replenish(entropy_), "one-time prekeys"));
  const auto bundle = need(tx.bundle(), "a bundle");
  const auto committed = need(std::move(tx).commit(), "storing the prekeys");
  return need(bundle.release(committed), "a bundle");
}

void Person::connect(const std::string& name, const wire::DeviceBundle& bundle) {
  need(device_.connect(address(name), bundle.registration, need(verify(bundle.keys), "a bundle"),
                       entropy_, now()),
       "the agreement");
}

Letter Person::write(const std::string& to, const Content& content) {
  const Blob plaintext = encode(content);
  Blob room(max_message_size(plaintext.size()));
  const auto message = need(device_.encrypt(room, address(to), plaintext, now()), "a message");
  return {0, message.kind, Blob(message.bytes.begin(), message.bytes.end())};
}

Result<Content> Person::read(const std::string& from, const Letter& letter) {
  Blob out(letter.message.size());
  const auto opened =
      device_.decrypt(out, address(from), letter.kind, letter.message, entropy_, now());
  if (!opened) return std::unexpected(opened.error());
  auto content = decode_content(opened->plaintext);
  if (!content) return std::unexpected(Error::malformed);
  return *std::move(content);
}

IdentityPublic Person::known(const std::string& name) {
  auto tx = need(device_.begin(), "a transaction");
  const auto identity = need(tx.identity(address(name)), "the other's identity");
  if (!identity) throw Failure("there is no session with " + name);
  return *identity;
}

}  // namespace sotto::demo
