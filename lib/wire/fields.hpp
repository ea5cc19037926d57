// SPDX-License-Identifier: MIT OR Apache-2.0
/// The fields of a protobuf one after the other: protozero's reader, made strict.
///
/// Only within this room: what is not as it must be is thrown, and `read_guarded` catches it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>

#include <sotto/bytes.hpp>
#include <sotto/error.hpp>

namespace sotto::wire {

/// Thrown where protozero itself would not.
struct Malformed : protozero::exception {};

/// What `read` returns, or `malformed` for whatever it or protozero throws.
template <class Value, class Read>
[[nodiscard]] Result<Value> read_guarded(Read&& read) noexcept {
  try {
    return read();
  } catch (const protozero::exception&) {
    return std::unexpected(Error::malformed);
  }
}

/// Any field number and wire type is passed over but the deprecated groups (types 3 and 4) and the
/// numbers 0 and 19000 to 19999, which protobuf keeps for itself; those are malformed.
///
/// protozero cuts a varint down to the width asked for, so that a length of 2^32 + 5 would read as
/// 5; and a varint may be padded with 0x80, so that one message would have many spellings. Tags,
/// lengths and the values that we read are therefore looked at as 64 bits first: more than 32 or
/// more bytes than needed is malformed. No peer writes either.
class Fields {
 public:
  explicit Fields(Bytes bytes) noexcept
      : reader_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  /// Go to the next field, if there is one. The one before must have been read or skipped.
  [[nodiscard]] bool next() {
    if (!reader_) return false;
    check_varint();
    static_cast<void>(reader_.next());
    if (reader_.wire_type() == protozero::pbf_wire_type::length_delimited) check_varint();
    return true;
  }

  [[nodiscard]] std::uint32_t number() const noexcept { return reader_.tag(); }

  [[nodiscard]] std::uint32_t uint32() {
    expect(protozero::pbf_wire_type::varint);
    check_varint();
    return reader_.get_uint32();
  }

  [[nodiscard]] Bytes bytes() {
    expect(protozero::pbf_wire_type::length_delimited);
    const protozero::data_view view = reader_.get_view();
    return {reinterpret_cast<const std::uint8_t*>(view.data()), view.size()};
  }

  void skip() { reader_.skip(); }

 private:
  void expect(protozero::pbf_wire_type type) const {
    if (reader_.wire_type() != type) throw Malformed();
  }

  /// The varint that stands next: 32 bits, in the fewest bytes.
  void check_varint() const {
    const protozero::data_view rest = reader_.data();
    const char* at = rest.data();
    const std::uint64_t value = protozero::decode_varint(&at, rest.data() + rest.size());
    if (value > std::numeric_limits<std::uint32_t>::max() ||
        at - rest.data() != protozero::length_of_varint(value))
      throw Malformed();
  }

  protozero::pbf_reader reader_;
};

/// Keep a field's value; a field twice is malformed.
template <class T>
void keep(std::optional<T>& slot, const T& value) {
  if (slot) throw Malformed();
  slot = value;
}

/// The value of a field that must be there, or of anything that must have succeeded.
template <class Holder>
[[nodiscard]] auto required(const Holder& holder) {
  if (!holder) throw Malformed();
  return *holder;
}

}  // namespace sotto::wire
