// SPDX-License-Identifier: MIT OR Apache-2.0
#include "forgeries.hpp"

#include <optional>

#include "testing/protobuf.hpp"

namespace sotto::prop {
namespace {

namespace pb = testing::pb;

/// A point of order 8 [RFC 7748 §7 asks that such be noticed], and one that is not canonical.
constexpr model::Key low_order{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
                               0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
                               0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};
constexpr model::Key not_canonical = [] {
  model::Key key{};
  key.fill(0xff);
  return key;
}();

std::optional<model::PrekeyMessage> read_prekey(const Parcel& parcel) {
  try {
    return model::read_prekey_message(parcel.bytes);
  } catch (const model::Refused&) {
    return {};
  }
}

pb::Buffer typed(const model::Key& key) {
  return model::typed(key);
}

pb::Buffer said_again(const model::SignalMessage& message, std::uint8_t first) {
  return pb::joined({{first},
                     pb::bytes(1, typed(message.ratchet_key)),
                     pb::number(2, message.counter),
                     pb::number(3, message.previous_counter),
                     pb::bytes(4, message.ciphertext),
                     model::part(message.whole, message.whole.size() - 8, 8)});
}

pb::Buffer said_again(const model::PrekeyMessage& message, std::uint8_t first) {
  return pb::joined(
      {{first},
       message.one_time_prekey ? pb::number(1, *message.one_time_prekey) : pb::Buffer{},
       pb::bytes(2, typed(message.base_key)),
       pb::bytes(3, typed(message.identity)),
       pb::bytes(4, message.message.whole),
       message.registration ? pb::number(5, *message.registration) : pb::Buffer{},
       pb::number(6, message.signed_prekey)});
}

void forge(model::SignalMessage& message, std::uint32_t how, std::uint8_t& first) {
  switch (how % 8) {
    case 0:
      message.counter += 1 + how / 8 % 8;
      break;
    case 1:
      message.counter = how / 8 % 4;
      break;
    case 2:
      message.counter = 0xffffffff;
      break;
    case 3:
      message.ratchet_key[1] ^= 0x10;
      break;
    case 4:
      message.ratchet_key = how / 8 % 2 == 0 ? low_order : not_canonical;
      break;
    case 5:
      message.previous_counter += 1;
      break;
    case 6:
      first = static_cast<std::uint8_t>((how / 8 % 2 == 0 ? 0x44 : 0x23));
      break;
    default:
      first = 0x34;
      break;
  }
  message.whole = said_again(message, first);
}

}  // namespace

Parcel forged_signal(const Parcel& parcel, std::uint32_t how) {
  Parcel forged = parcel;
  std::uint8_t first = 0x33;
  if (parcel.kind == MessageKind::signal) {
    model::SignalMessage message = model::read_signal_message(parcel.bytes);
    forge(message, how, first);
    forged.bytes = message.whole;
  } else if (auto message = read_prekey(parcel)) {
    forge(message->message, how, first);
    forged.bytes = said_again(*message, 0x33);
  }
  return forged;
}

Parcel forged_prekey(const Parcel& parcel, std::uint32_t how, const model::Key& identity) {
  Parcel forged = parcel;
  auto message = read_prekey(parcel);
  if (!message) return forged;
  std::uint8_t first = 0x33;
  switch (how % 8) {
    case 0:
      message->identity = identity;
      break;
    case 1:
      message->base_key = how / 8 % 2 == 0 ? low_order : not_canonical;
      break;
    case 2:
      message->identity = how / 8 % 2 == 0 ? low_order : not_canonical;
      break;
    case 3:
      message->one_time_prekey = 9'999;
      break;
    case 4:
      message->one_time_prekey.reset();
      break;
    case 5:
      message->signed_prekey = 9'999;
      break;
    case 6:
      message->base_key[3] ^= 0x40;
      break;
    default:
      if (how / 8 % 3 == 0) first = 0x44;
      if (how / 8 % 3 == 1) first = 0x13;
      if (how / 8 % 3 == 2) message->registration.reset();
      break;
  }
  forged.bytes = said_again(*message, first);
  return forged;
}

Parcel unwrapped(const Parcel& parcel) {
  Parcel inner = parcel;
  if (const auto message = read_prekey(parcel)) {
    inner.kind = MessageKind::signal;
    inner.bytes = message->message.whole;
  }
  return inner;
}

Parcel wrapped(const Parcel& parcel, const model::Key& base_key, const model::Key& identity) {
  Parcel outer = parcel;
  outer.kind = MessageKind::prekey;
  outer.bytes = model::prekey_message(1, {}, 1, base_key, identity, parcel.bytes);
  return outer;
}

}  // namespace sotto::prop
