// SPDX-License-Identifier: MIT OR Apache-2.0
// What holds of every message and bundle that is laid out or read.
#include <sotto/wire.hpp>

#include "generators.hpp"
#include "wire/frame.hpp"
#include "wire_forms.hpp"

namespace sotto::prop {
namespace {

/// Numbers of every length that a varint has.
rc::Gen<std::uint32_t> numbers() {
  return rc::gen::map(
      rc::gen::pair(within<unsigned>(0, 33), seeds()),
      [](std::pair<unsigned, std::uint64_t> drawn) {
        return static_cast<std::uint32_t>(drawn.second & ((std::uint64_t{1} << drawn.first) - 1));
      });
}

template <class Key>
Key key() {
  return Key(*keys());
}

Buffer key33() {
  return copy(wire::signal_key(key<IdentityPublic>()));
}

/// A message, a prekey message or a bundle as the fields that it consists of, in any order.
struct Fields {
  std::uint8_t version;
  std::vector<Buffer> fields;
  Buffer end;

  [[nodiscard]] Buffer bytes() const { return pb::joined({{version}, pb::joined(fields), end}); }

  void shuffle() {
    for (std::size_t i = fields.size(); i > 1; --i)
      std::swap(fields[i - 1], fields[*within<std::size_t>(0, i)]);
  }
};

std::uint8_t any_version() {
  return static_cast<std::uint8_t>(*rc::gen::element(0x33, 0x34, 0x44));
}

Fields signal_fields(std::uint8_t version = any_version()) {
  Fields message{version, {}, *buffers_of(8)};
  message.fields = {pb::bytes(1, key33()), pb::number(2, *numbers()),
                    pb::bytes(4, *buffers_of(16 * *within<std::size_t>(1, 12)))};
  if (*rc::gen::arbitrary<bool>()) message.fields.push_back(pb::number(3, *numbers()));
  if (version >> 4 == 4 && *rc::gen::arbitrary<bool>()) {
    message.fields.push_back(pb::bytes(5, *buffers_of(*within<std::size_t>(0, 40))));
    message.fields.push_back(pb::bytes(6, *buffers_of(36)));
  }
  return message;
}

Fields prekey_fields() {
  const std::uint8_t version = any_version();
  Fields message{version, {}, {}};
  message.fields = {pb::bytes(2, key33()), pb::bytes(3, key33()),
                    pb::bytes(4, signal_fields(version).bytes()), pb::number(6, *numbers())};
  if (*rc::gen::arbitrary<bool>()) message.fields.push_back(pb::number(1, *numbers()));
  if (*rc::gen::arbitrary<bool>()) message.fields.push_back(pb::number(5, *numbers()));
  if (version >> 4 == 4 || *rc::gen::arbitrary<bool>()) {
    message.fields.push_back(pb::number(7, *numbers()));
    message.fields.push_back(pb::bytes(8, *buffers_of(*within<std::size_t>(1, 200))));
  }
  return message;
}

Fields bundle_fields() {
  Fields bundle{0x33, {}, {}};
  bundle.fields = {pb::number(1, *numbers()), pb::number(2, *numbers()),
                   pb::bytes(3, key33()),     pb::number(4, *numbers()),
                   pb::bytes(5, key33()),     pb::bytes(6, *buffers_of(64))};
  if (*rc::gen::arbitrary<bool>()) {
    bundle.fields.push_back(pb::number(7, *numbers()));
    bundle.fields.push_back(pb::bytes(8, key33()));
  }
  return bundle;
}

/// A field that none of the three knows, of any type that is not a group.
Buffer unknown_field() {
  const auto number =
      *rc::gen::element<std::uint64_t>(12, 15, 16, 2'047, 2'048, 18'999, 20'000, (1U << 29) - 1);
  switch (*within<int>(0, 4)) {
    case 0:
      return pb::number(number, *seeds(), 1 + *within<std::size_t>(0, 10));
    case 1:
      return pb::bytes(number, *buffers());
    case 2:
      return pb::fixed32(number);
    default:
      return pb::fixed64(number);
  }
}

/// Something done to the fields: one of another size, type or value, one or the last two gone, or
/// another version around them.
void bend(Fields& drawn) {
  const std::size_t which = *within<std::size_t>(0, drawn.fields.size());
  Buffer& field = drawn.fields[which];
  const std::uint64_t number = field.front() >> 3;
  switch (*within<int>(0, 6)) {
    case 0:
      field = pb::bytes(number, *buffers_of(*within<std::size_t>(0, 70)));
      break;
    case 1:
      field = pb::number(number, *numbers());
      break;
    case 2:
      field = pb::bytes(number, signal_fields().bytes());
      break;
    case 3:
      drawn.fields.erase(drawn.fields.begin() + static_cast<std::ptrdiff_t>(which));
      break;
    case 4:
      drawn.fields.resize(drawn.fields.size() - 2);
      break;
    default:
      drawn.version = any_version();
      break;
  }
}

/// Something small done to the bytes; often they are still a message.
void damage(Buffer& bytes) {
  const std::size_t at = *within<std::size_t>(0, bytes.size());
  const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  switch (*within<int>(0, 4)) {
    case 0:
      flip(bytes, *bits_of(bytes.size()));
      break;
    case 1:
      bytes.insert(here, *rc::gen::arbitrary<std::uint8_t>());
      break;
    case 2:
      bytes.erase(here);
      break;
    default:
      *here = *rc::gen::element<std::uint8_t>(0, 1, 0x7f, 0x80, 0xff);
      break;
  }
}

/// What is accepted follows the rules, and said again in the one form it is read as the same.
template <auto parse>
bool restates(Bytes bytes) {
  const auto message = parse(bytes);
  if (!message)
    return message.error() == Error::malformed || message.error() == Error::unsupported_version;
  const Buffer again = restated(*message);
  const auto second = parse(again);
  if (!second || restated(*second) != again) return false;
  if constexpr (std::is_same_v<std::decay_t<decltype(*message)>, wire::DeviceBundle>)
    return *second == *message;
  else
    return views_lie_in(*message, bytes) && well_formed(*message);
}

bool all_restate(Bytes bytes) {
  return restates<wire::parse_signal_message>(bytes) &&
         restates<wire::parse_prekey_message>(bytes) && restates<wire::parse_bundle>(bytes);
}

/// The fields as they are, then with unknown ones at every place: the view is the same.
template <auto parse>
void unknown_fields_change_nothing(Fields drawn) {
  const Buffer plain = drawn.bytes();
  const auto before = parse(plain);
  RC_ASSERT(before.has_value());
  std::vector<Buffer> mixed;
  for (const Buffer& field : drawn.fields) {
    if (*rc::gen::arbitrary<bool>()) mixed.push_back(unknown_field());
    mixed.push_back(field);
  }
  mixed.push_back(unknown_field());
  drawn.fields = std::move(mixed);
  const Buffer more = drawn.bytes();
  const auto after = parse(more);
  RC_ASSERT(after.has_value());
  RC_ASSERT(restated(*after) == restated(*before));
}

Fields any_fields() {
  switch (*within<int>(0, 3)) {
    case 0:
      return signal_fields();
    case 1:
      return prekey_fields();
    default:
      return bundle_fields();
  }
}

wire::PrekeyHeader prekey_header() {
  wire::PrekeyHeader prekey{RegistrationId{*numbers()}, std::nullopt, SignedPrekeyId{*numbers()},
                            key<EphemeralPublic>(), key<IdentityPublic>()};
  if (*rc::gen::arbitrary<bool>()) prekey.one_time_prekey_id = OneTimePrekeyId{*numbers()};
  return prekey;
}

RC_GTEST_PROP(Wire, what_is_laid_out_is_read_back, ()) {
  const wire::SignalHeader header{key<RatchetPublic>(), *numbers(), *numbers()};
  const auto prekey = prekey_header();
  const bool first = *rc::gen::arbitrary<bool>();
  const Buffer ciphertext = *buffers_of(16 * *within<std::size_t>(1, 40));
  const Buffer mac = *buffers_of(8);
  Buffer out(wire::framed_size(header, first ? &prekey : nullptr, ciphertext.size()));
  const auto layout = wire::lay_out(out, header, first ? &prekey : nullptr, ciphertext.size());
  RC_ASSERT(layout.has_value());
  RC_ASSERT(layout->whole.size() == out.size());
  std::ranges::copy(ciphertext, layout->message.subspan(layout->ciphertext_at).begin());
  std::ranges::copy(mac, layout->message.last(8).begin());

  const auto inside = wire::parse_signal_message(layout->message);
  RC_ASSERT(inside.has_value());
  RC_ASSERT(inside->ratchet_key == header.ratchet_key);
  RC_ASSERT(inside->counter == header.counter);
  RC_ASSERT(inside->previous_counter == header.previous_counter);
  RC_ASSERT(same(inside->ciphertext, ciphertext));
  RC_ASSERT(same(inside->mac, mac));
  RC_ASSERT(same(restated(*inside), layout->message));
  if (!first) return;
  const auto outer = wire::parse_prekey_message(out);
  RC_ASSERT(outer.has_value());
  RC_ASSERT(outer->registration == prekey.registration);
  RC_ASSERT(outer->one_time_prekey_id == prekey.one_time_prekey_id);
  RC_ASSERT(outer->signed_prekey_id == prekey.signed_prekey_id);
  RC_ASSERT(outer->base_key == prekey.base_key);
  RC_ASSERT(outer->identity == prekey.identity);
  RC_ASSERT(restated(*outer) == out);
}

RC_GTEST_PROP(Wire, a_bundle_written_is_read_back, ()) {
  wire::DeviceBundle bundle{
      RegistrationId{*numbers()}, DeviceId{*numbers()},
      Bundle{key<IdentityPublic>(), SignedPrekeyId{*numbers()}, key<SignedPrekeyPublic>(),
             Signature(array_of<64>(*buffers_of(64))), std::nullopt}};
  if (*rc::gen::arbitrary<bool>())
    bundle.keys.one_time = {OneTimePrekeyId{*numbers()}, key<OneTimePrekeyPublic>()};
  Buffer room(wire::max_bundle_bytes);
  const auto written = wire::write_bundle(room, bundle);
  RC_ASSERT(written.has_value());
  RC_ASSERT(same(*written, restated(bundle)));
  const auto read = wire::parse_bundle(*written);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == bundle);
}

RC_GTEST_PROP(Wire, what_is_accepted_can_be_said_again, ()) {
  Fields drawn = any_fields();
  if (*rc::gen::arbitrary<bool>()) bend(drawn);
  drawn.shuffle();
  Buffer bytes = drawn.bytes();
  for (int damages = *within<int>(-3, 4); damages > 0 && !bytes.empty(); --damages) damage(bytes);
  RC_ASSERT(all_restate(bytes));
}

RC_GTEST_PROP(Wire, unknown_fields_and_order_change_nothing, ()) {
  auto signal = signal_fields();
  signal.shuffle();
  unknown_fields_change_nothing<wire::parse_signal_message>(signal);
  auto prekey = prekey_fields();
  prekey.shuffle();
  unknown_fields_change_nothing<wire::parse_prekey_message>(prekey);
  auto bundle = bundle_fields();
  bundle.shuffle();
  unknown_fields_change_nothing<wire::parse_bundle>(bundle);
}

RC_GTEST_PROP(Wire, a_field_twice_is_malformed, ()) {
  Fields drawn = any_fields();
  const std::size_t which = *within<std::size_t>(0, drawn.fields.size());
  drawn.fields.push_back(drawn.fields[which]);
  drawn.shuffle();
  const Buffer bytes = drawn.bytes();
  RC_ASSERT(!wire::parse_signal_message(bytes));
  RC_ASSERT(!wire::parse_prekey_message(bytes));
  RC_ASSERT(!wire::parse_bundle(bytes));
}

RC_GTEST_PROP(Wire, any_bytes_are_read_or_refused, ()) {
  Buffer bytes = *buffers();
  if (!bytes.empty() && *rc::gen::arbitrary<bool>()) bytes[0] = any_version();
  RC_ASSERT(all_restate(bytes));
}

}  // namespace
}  // namespace sotto::prop
