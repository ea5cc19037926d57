// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/parcel_codec.hpp"

#include <algorithm>
#include <string>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace sotto::talk {
namespace {

constexpr std::uint32_t prekey = 1;
constexpr std::uint32_t signal = 2;

constexpr std::uint32_t blob(protozero::pbf_tag_type tag) {
  return protozero::tag_and_type(tag, protozero::pbf_wire_type::length_delimited);
}
constexpr std::uint32_t integer(protozero::pbf_tag_type tag) {
  return protozero::tag_and_type(tag, protozero::pbf_wire_type::varint);
}

template <class T>
T taken(protozero::pbf_reader& reader) {
  const auto view = reader.get_view();
  if (view.size() != T::size_bytes) throw protozero::invalid_length_exception();
  return T(std::span<const std::uint8_t, T::size_bytes>(
      reinterpret_cast<const std::uint8_t*>(view.data()), T::size_bytes));
}

void put(protozero::pbf_writer& writer, protozero::pbf_tag_type tag, Bytes bytes) {
  writer.add_bytes(tag, reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// Field by field; what is twice or in another order does not encode to the same bytes again.
Parcel read(Bytes bytes) {
  protozero::pbf_reader reader(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Parcel parcel;
  // What has another wire type than its field's is skipped, and so does not encode to the same.
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case blob(1):
        parcel.from.user = taken<UserId>(reader);
        break;
      case integer(2):
        parcel.from.device = DeviceId{reader.get_uint32()};
        break;
      case integer(3):
        parcel.key.number = reader.get_uint64();
        break;
      case blob(4):
        parcel.key.to.user = taken<UserId>(reader);
        break;
      case integer(5):
        parcel.key.to.device = DeviceId{reader.get_uint32()};
        break;
      case blob(6):
        parcel.conversation = taken<ConversationId>(reader);
        break;
      case blob(7):
        parcel.message = taken<MessageId>(reader);
        break;
      case integer(8):
        parcel.kind = reader.get_uint32() == prekey ? MessageKind::prekey : MessageKind::signal;
        break;
      case blob(9): {
        const auto view = reader.get_view();
        parcel.bytes.assign(view.data(), view.data() + view.size());
        break;
      }
      case blob(10):
        parcel.tag = taken<FrankingTag>(reader);
        break;
      default:
        reader.skip();
    }
  }
  return parcel;
}

}  // namespace

Blob encode(const Parcel& parcel) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  put(writer, 1, parcel.from.user.bytes());
  writer.add_uint32(2, static_cast<std::uint32_t>(parcel.from.device));
  writer.add_uint64(3, parcel.key.number);
  put(writer, 4, parcel.key.to.user.bytes());
  writer.add_uint32(5, static_cast<std::uint32_t>(parcel.key.to.device));
  put(writer, 6, parcel.conversation.bytes());
  put(writer, 7, parcel.message.bytes());
  writer.add_uint32(8, parcel.kind == MessageKind::prekey ? prekey : signal);
  put(writer, 9, parcel.bytes);
  put(writer, 10, parcel.tag.bytes());
  return {bytes.begin(), bytes.end()};
}

std::optional<Parcel> decode_parcel(Bytes bytes) try {
  Parcel parcel = read(bytes);
  if (!std::ranges::equal(encode(parcel), bytes)) return std::nullopt;
  return parcel;
} catch (const protozero::exception&) {
  return std::nullopt;
}

}  // namespace sotto::talk
