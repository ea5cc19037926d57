// SPDX-License-Identifier: MIT OR Apache-2.0
#include <utility>

#include <sotto/wire.hpp>

#include "wire/field_writer.hpp"
#include "wire/fields.hpp"
#include "wire/frame.hpp"
#include "wire/numbers.hpp"
#include "wire/version.hpp"

namespace sotto::wire {
namespace {

constexpr std::uint8_t bundle_version = 3;

std::size_t bundle_size(const DeviceBundle& bundle) noexcept {
  std::size_t size = 1 + uint32_field_size(std::to_underlying(bundle.registration)) +
                     uint32_field_size(std::to_underlying(bundle.device)) +
                     2 * bytes_field_size(key_bytes) +
                     uint32_field_size(std::to_underlying(bundle.keys.signed_prekey_id)) +
                     bytes_field_size(Signature::size_bytes);
  if (bundle.keys.one_time)
    size += uint32_field_size(std::to_underlying(bundle.keys.one_time->id)) +
            bytes_field_size(key_bytes);
  return size;
}

DeviceBundle read_bundle(Bytes bytes) {
  std::optional<std::uint32_t> registration;
  std::optional<std::uint32_t> device;
  std::optional<std::uint32_t> signed_id;
  std::optional<std::uint32_t> one_time_id;
  std::optional<Bytes> identity;
  std::optional<Bytes> signed_prekey;
  std::optional<Bytes> signature;
  std::optional<Bytes> one_time;
  Fields fields(bytes.subspan(1));
  while (fields.next()) {
    switch (fields.number()) {
      case bundle_field::registration:
        keep(registration, fields.uint32());
        break;
      case bundle_field::device:
        keep(device, fields.uint32());
        break;
      case bundle_field::identity:
        keep(identity, fields.bytes());
        break;
      case bundle_field::signed_prekey_id:
        keep(signed_id, fields.uint32());
        break;
      case bundle_field::signed_prekey:
        keep(signed_prekey, fields.bytes());
        break;
      case bundle_field::signature:
        keep(signature, fields.bytes());
        break;
      case bundle_field::one_time_prekey_id:
        keep(one_time_id, fields.uint32());
        break;
      case bundle_field::one_time_prekey:
        keep(one_time, fields.bytes());
        break;
      default:
        fields.skip();
    }
  }
  if (one_time_id.has_value() != one_time.has_value()) throw Malformed();
  if (required(signature).size() != Signature::size_bytes) throw Malformed();
  DeviceBundle bundle{
      .registration = RegistrationId{required(registration)},
      .device = DeviceId{required(device)},
      .keys = {.identity = required(from_signal_key<IdentityPublic>(required(identity))),
               .signed_prekey_id = SignedPrekeyId{required(signed_id)},
               .signed_prekey =
                   required(from_signal_key<SignedPrekeyPublic>(required(signed_prekey))),
               .signature = Signature(required(signature).first<Signature::size_bytes>()),
               .one_time = std::nullopt},
  };
  if (one_time)
    bundle.keys.one_time = {OneTimePrekeyId{*one_time_id},
                            required(from_signal_key<OneTimePrekeyPublic>(*one_time))};
  return bundle;
}

}  // namespace

Result<MutableBytes> write_bundle(MutableBytes out, const DeviceBundle& bundle) noexcept {
  const std::size_t size = bundle_size(bundle);
  if (out.size() < size) return std::unexpected(Error::buffer_too_small);
  FieldWriter writer(out.first(size));
  writer.byte(version_byte);
  writer.uint32_field(bundle_field::registration, std::to_underlying(bundle.registration));
  writer.uint32_field(bundle_field::device, std::to_underlying(bundle.device));
  writer.key_field(bundle_field::identity, bundle.keys.identity);
  writer.uint32_field(bundle_field::signed_prekey_id,
                      std::to_underlying(bundle.keys.signed_prekey_id));
  writer.key_field(bundle_field::signed_prekey, bundle.keys.signed_prekey);
  writer.bytes_field(bundle_field::signature, bundle.keys.signature.bytes());
  if (bundle.keys.one_time) {
    writer.uint32_field(bundle_field::one_time_prekey_id,
                        std::to_underlying(bundle.keys.one_time->id));
    writer.key_field(bundle_field::one_time_prekey, bundle.keys.one_time->key);
  }
  return out.first(size);
}

Result<DeviceBundle> parse_bundle(Bytes bytes) noexcept {
  const auto versions = read_versions(bytes, bundle_version, bundle_version);
  if (!versions) return std::unexpected(versions.error());
  return read_guarded<DeviceBundle>([&] { return read_bundle(bytes); });
}

}  // namespace sotto::wire
