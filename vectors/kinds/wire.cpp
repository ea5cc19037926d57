// SPDX-License-Identifier: MIT OR Apache-2.0
// Messages and bundles as bytes: what is read of them, and that ours are written so.
#include <optional>
#include <utility>

#include <sotto/wire.hpp>

#include "vectors/kind.hpp"
#include "wire/frame.hpp"

namespace sotto::vectors {
namespace {

using Key = std::array<std::uint8_t, 32>;

std::optional<std::uint32_t> optional_number(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::nullopt;
  return fields.number32(name);
}

/// Empty when absent.
Blob optional_hex(Fields& fields, std::string_view name) {
  return fields.has(name) ? fields.hex(name) : Blob();
}

/// Whether the library writes these very bytes ("ours"), or only reads them ("read").
bool is_ours(Fields& fields) {
  const std::string form = fields.text("form");
  if (form != "ours" && form != "read") fields.wrong("form", "is neither ours nor read");
  return form == "ours";
}

template <class Id>
std::optional<std::uint32_t> number_of(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return std::to_underlying(*id);
}

/// `whole` must be what is laid out around the ciphertext and MAC of `message`.
void check_layout(Checks& checks, const wire::SignalMessage& message,
                  const wire::PrekeyHeader* prekey, Bytes whole) {
  const wire::SignalHeader header{message.ratchet_key, message.counter, message.previous_counter};
  Blob out(wire::framed_size(header, prekey, message.ciphertext.size()));
  const auto layout = wire::lay_out(out, header, prekey, message.ciphertext.size());
  checks.require(layout.has_value(), "the message cannot be laid out");
  if (!layout) return;
  std::ranges::copy(message.ciphertext, layout->message.subspan(layout->ciphertext_at).begin());
  std::ranges::copy(message.mac, layout->message.last(wire::mac_bytes).begin());
  checks.equal("message, as laid out", out, whole);
}

struct WireSignalMessage {
  Blob message;
  struct Expected {
    std::uint32_t version, current_version;
    Key ratchet_key;
    std::uint32_t counter, previous_counter;
    Blob ciphertext, pq_ratchet, addresses, mac;
    bool ours;
  };
  std::optional<Expected> expected;

  static WireSignalMessage read(Fields& fields) {
    WireSignalMessage test{fields.hex("message"), std::nullopt};
    if (!refused(fields))
      test.expected = {fields.number32("version"),
                       fields.number32("current_version"),
                       fields.hex_of<32>("ratchet_key"),
                       fields.number32("counter"),
                       fields.number32("previous_counter"),
                       fields.hex("ciphertext"),
                       optional_hex(fields, "pq_ratchet"),
                       optional_hex(fields, "addresses"),
                       fields.hex("mac"),
                       is_ours(fields)};
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto read = wire::parse_signal_message(message);
    if (!read) return std::unexpected(read.error());
    if (!expected) return {};
    checks.require(read->version == expected->version, "version");
    checks.require(read->current_version == expected->current_version, "current_version");
    checks.equal("ratchet_key", read->ratchet_key.bytes(), expected->ratchet_key);
    checks.require(read->counter == expected->counter, "counter");
    checks.require(read->previous_counter == expected->previous_counter, "previous_counter");
    checks.equal("ciphertext", read->ciphertext, expected->ciphertext);
    checks.equal("pq_ratchet", read->pq_ratchet, expected->pq_ratchet);
    checks.equal("addresses", read->addresses, expected->addresses);
    checks.equal("mac", read->mac, expected->mac);
    if (expected->ours) check_layout(checks, *read, nullptr, message);
    return {};
  }
};

struct WirePrekeyMessage {
  Blob message;
  struct Expected {
    std::uint32_t version, current_version;
    std::optional<std::uint32_t> registration, one_time_prekey_id;
    std::uint32_t signed_prekey_id;
    Key base_key, identity;
    std::optional<std::uint32_t> kem_prekey_id;
    Blob kem_ciphertext, signal_message;
    bool ours;
  };
  std::optional<Expected> expected;

  static WirePrekeyMessage read(Fields& fields) {
    WirePrekeyMessage test{fields.hex("message"), std::nullopt};
    if (!refused(fields))
      test.expected = {fields.number32("version"),
                       fields.number32("current_version"),
                       optional_number(fields, "registration"),
                       optional_number(fields, "one_time_prekey_id"),
                       fields.number32("signed_prekey_id"),
                       fields.hex_of<32>("base_key"),
                       fields.hex_of<32>("identity"),
                       optional_number(fields, "kem_prekey_id"),
                       optional_hex(fields, "kem_ciphertext"),
                       fields.hex("signal_message"),
                       is_ours(fields)};
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto read = wire::parse_prekey_message(message);
    if (!read) return std::unexpected(read.error());
    if (!expected) return {};
    checks.require(read->version == expected->version, "version");
    checks.require(read->current_version == expected->current_version, "current_version");
    checks.require(number_of(read->registration) == expected->registration, "registration");
    checks.require(number_of(read->one_time_prekey_id) == expected->one_time_prekey_id,
                   "one_time_prekey_id");
    checks.require(std::to_underlying(read->signed_prekey_id) == expected->signed_prekey_id,
                   "signed_prekey_id");
    checks.equal("base_key", read->base_key.bytes(), expected->base_key);
    checks.equal("identity", read->identity.bytes(), expected->identity);
    checks.require(read->kem_prekey_id == expected->kem_prekey_id, "kem_prekey_id");
    checks.equal("kem_ciphertext", read->kem_ciphertext, expected->kem_ciphertext);
    checks.equal("signal_message", read->message.whole, expected->signal_message);
    if (!expected->ours) return {};
    checks.require(read->registration.has_value(), "we always write a registration id");
    const wire::PrekeyHeader header{read->registration.value_or(RegistrationId{}),
                                    read->one_time_prekey_id, read->signed_prekey_id,
                                    read->base_key, read->identity};
    check_layout(checks, read->message, &header, message);
    return {};
  }
};

struct WireBundle {
  Blob bundle;
  struct Expected {
    std::uint32_t registration, device;
    Key identity;
    std::uint32_t signed_prekey_id;
    Key signed_prekey;
    std::array<std::uint8_t, 64> signature;
    std::optional<std::uint32_t> one_time_prekey_id;
    Blob one_time_prekey;
    bool ours;
  };
  std::optional<Expected> expected;

  static WireBundle read(Fields& fields) {
    WireBundle test{fields.hex("bundle"), std::nullopt};
    if (!refused(fields))
      test.expected = {fields.number32("registration"),
                       fields.number32("device"),
                       fields.hex_of<32>("identity"),
                       fields.number32("signed_prekey_id"),
                       fields.hex_of<32>("signed_prekey"),
                       fields.hex_of<64>("signature"),
                       optional_number(fields, "one_time_prekey_id"),
                       optional_hex(fields, "one_time_prekey"),
                       is_ours(fields)};
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto read = wire::parse_bundle(bundle);
    if (!read) return std::unexpected(read.error());
    if (!expected) return {};
    const Bundle& keys = read->keys;
    checks.require(std::to_underlying(read->registration) == expected->registration,
                   "registration");
    checks.require(std::to_underlying(read->device) == expected->device, "device");
    checks.equal("identity", keys.identity.bytes(), expected->identity);
    checks.require(std::to_underlying(keys.signed_prekey_id) == expected->signed_prekey_id,
                   "signed_prekey_id");
    checks.equal("signed_prekey", keys.signed_prekey.bytes(), expected->signed_prekey);
    checks.equal("signature", keys.signature.bytes(), expected->signature);
    checks.require(keys.one_time.has_value() == expected->one_time_prekey_id.has_value(),
                   "one_time_prekey_id");
    if (keys.one_time) {
      checks.require(std::to_underlying(keys.one_time->id) == expected->one_time_prekey_id,
                     "one_time_prekey_id");
      checks.equal("one_time_prekey", keys.one_time->key.bytes(), expected->one_time_prekey);
    }
    if (!expected->ours) return {};
    std::array<std::uint8_t, wire::max_bundle_bytes> room;
    const auto written = wire::write_bundle(room, *read);
    if (!written) return std::unexpected(written.error());
    checks.equal("bundle, as written", *written, bundle);
    return {};
  }
};

constexpr Kind kinds[] = {
    {"wire_signal_message", run_case<WireSignalMessage>},
    {"wire_prekey_message", run_case<WirePrekeyMessage>},
    {"wire_bundle", run_case<WireBundle>},
};

}  // namespace

std::span<const Kind> wire_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
