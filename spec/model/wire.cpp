// SPDX-License-Identifier: MIT OR Apache-2.0
#include "wire.hpp"

#include <map>
#include <set>

#include "primitives.hpp"

namespace sotto::model {
namespace {

constexpr std::size_t most_bytes = std::size_t{16} << 20;
constexpr std::uint8_t version_byte = 0x33;

Buffer varint(std::uint32_t n) {
  Buffer out;
  for (; n >= 0x80; n >>= 7) out.push_back(static_cast<std::uint8_t>(n | 0x80));
  out.push_back(static_cast<std::uint8_t>(n));
  return out;
}

Buffer number_field(std::uint32_t field, std::uint32_t value) {
  return joined({varint(field << 3), varint(value)});
}

Buffer bytes_field(std::uint32_t field, Bytes content) {
  return joined(
      {varint(field << 3 | 2), varint(static_cast<std::uint32_t>(content.size())), content});
}

/// The known fields of a message: each at most once, of its own type.
struct Fields {
  std::map<std::uint32_t, std::uint32_t> numbers{};
  std::map<std::uint32_t, Buffer> chunks{};
};

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// 32 bits in the fewest bytes.
  std::uint32_t narrow() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint8_t byte = take(1)[0];
      n |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte >= 0x80) continue;
      require(n <= 0xffffffff && (shift == 0 || byte != 0), Error::malformed);
      return static_cast<std::uint32_t>(n);
    }
    throw Refused{Error::malformed};
  }

  /// Of an unknown field: any number that ends within 10 bytes.
  void pass_number() {
    for (int i = 0; i < 10; ++i)
      if (take(1)[0] < 0x80) return;
    throw Refused{Error::malformed};
  }

  Buffer take(std::size_t n) {
    require(n <= rest_.size(), Error::malformed);
    const Buffer taken = part(rest_, 0, n);
    rest_ = rest_.subspan(n);
    return taken;
  }

 private:
  Bytes rest_;
};

Fields read_fields(Bytes bytes, const std::set<std::uint32_t>& numbers,
                   const std::set<std::uint32_t>& chunks) {
  Fields fields;
  Reader reader(bytes);
  while (!reader.at_end()) {
    const std::uint32_t tag = reader.narrow();
    const std::uint32_t field = tag >> 3;
    const std::uint32_t type = tag & 7;
    require(field != 0 && (field < 19000 || field > 19999), Error::malformed);
    if (numbers.contains(field)) {
      require(type == 0 && !fields.numbers.contains(field), Error::malformed);
      fields.numbers[field] = reader.narrow();
    } else if (chunks.contains(field)) {
      require(type == 2 && !fields.chunks.contains(field), Error::malformed);
      fields.chunks[field] = reader.take(reader.narrow());
    } else if (type == 0) {
      reader.pass_number();
    } else if (type == 1) {
      reader.take(8);
    } else if (type == 2) {
      reader.take(reader.narrow());
    } else if (type == 5) {
      reader.take(4);
    } else {
      throw Refused{Error::malformed};
    }
  }
  return fields;
}

std::uint8_t version_of(Bytes bytes) {
  require(!bytes.empty() && bytes.size() <= most_bytes, Error::malformed);
  const auto version = static_cast<std::uint8_t>(bytes[0] >> 4);
  require(version == 3 || version == 4, Error::unsupported_version);
  return version;
}

Key typed_key(const Fields& fields, std::uint32_t field) {
  require(fields.chunks.contains(field), Error::malformed);
  const Buffer& bytes = fields.chunks.at(field);
  require(bytes.size() == 33 && bytes[0] == 0x05, Error::malformed);
  return key_at(bytes, 1);
}

std::optional<std::uint32_t> number_of(const Fields& fields, std::uint32_t field) {
  if (!fields.numbers.contains(field)) return {};
  return fields.numbers.at(field);
}

std::uint32_t needed_number(const Fields& fields, std::uint32_t field) {
  require(fields.numbers.contains(field), Error::malformed);
  return fields.numbers.at(field);
}

}  // namespace

Buffer signal_body(const Key& ratchet_key, std::uint32_t counter, std::uint32_t previous_counter,
                   Bytes ciphertext) {
  return joined({Bytes(&version_byte, 1), bytes_field(1, typed(ratchet_key)),
                 number_field(2, counter), number_field(3, previous_counter),
                 bytes_field(4, ciphertext)});
}

Buffer prekey_message(std::uint32_t registration, std::optional<std::uint32_t> one_time_prekey,
                      std::uint32_t signed_prekey, const Key& base_key, const Key& identity,
                      Bytes message) {
  return joined(
      {Bytes(&version_byte, 1), one_time_prekey ? number_field(1, *one_time_prekey) : Buffer{},
       bytes_field(2, typed(base_key)), bytes_field(3, typed(identity)), bytes_field(4, message),
       number_field(5, registration), number_field(6, signed_prekey)});
}

SignalMessage read_signal_message(Bytes bytes) {
  SignalMessage message;
  message.version = version_of(bytes);
  require(bytes.size() >= 9, Error::malformed);
  const bool later = message.version == 4;
  const Fields fields =
      read_fields(bytes.subspan(1, bytes.size() - 9), {2, 3},
                  later ? std::set<std::uint32_t>{1, 4, 5, 6} : std::set<std::uint32_t>{1, 4});
  message.ratchet_key = typed_key(fields, 1);
  message.counter = needed_number(fields, 2);
  message.previous_counter = number_of(fields, 3).value_or(0);
  require(fields.chunks.contains(4), Error::malformed);
  message.ciphertext = fields.chunks.at(4);
  require(!message.ciphertext.empty() && message.ciphertext.size() % 16 == 0, Error::malformed);
  if (fields.chunks.contains(6)) require(fields.chunks.at(6).size() == 36, Error::malformed);
  message.whole.assign(bytes.begin(), bytes.end());
  return message;
}

PrekeyMessage read_prekey_message(Bytes bytes) {
  PrekeyMessage message;
  message.version = version_of(bytes);
  const Fields fields = read_fields(bytes.subspan(1), {1, 5, 6, 7}, {2, 3, 4, 8});
  message.registration = number_of(fields, 5);
  message.one_time_prekey = number_of(fields, 1);
  message.signed_prekey = needed_number(fields, 6);
  message.base_key = typed_key(fields, 2);
  message.identity = typed_key(fields, 3);
  const bool kem = fields.numbers.contains(7);
  require(kem == fields.chunks.contains(8), Error::malformed);
  require(!kem || !fields.chunks.at(8).empty(), Error::malformed);
  require(kem || message.version == 3, Error::malformed);
  require(fields.chunks.contains(4), Error::malformed);
  try {
    message.message = read_signal_message(fields.chunks.at(4));
  } catch (const Refused&) {
    throw Refused{Error::malformed};
  }
  require(message.message.version == message.version, Error::malformed);
  return message;
}

}  // namespace sotto::model
