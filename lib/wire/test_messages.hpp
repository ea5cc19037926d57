// SPDX-License-Identifier: MIT OR Apache-2.0
/// Messages put together field by field, independent of the code that writes them.
#pragma once

#include <gtest/gtest.h>

#include <sotto/wire.hpp>

#include "testing/error_of.hpp"
#include "testing/hex.hpp"
#include "testing/protobuf.hpp"
#include "wire/frame.hpp"

namespace sotto::wire {

using testing::error_of;
using testing::pb::Buffer;
namespace pb = testing::pb;

/// 0x05 and 32 bytes that say which key it is.
inline Buffer key33(std::uint8_t which) {
  Buffer key(33, which);
  key[0] = 0x05;
  return key;
}

template <class Key>
Key key_of(std::uint8_t which) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(which);
  return Key(bytes);
}

/// Version byte, fields, and what comes behind them.
inline Buffer framed(std::uint8_t version, const std::vector<Buffer>& fields, const Buffer& end) {
  return pb::joined({{version}, pb::joined(fields), end});
}

inline Buffer mac() {
  return {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7};
}

inline Buffer ciphertext(std::size_t n = 16) {
  return Buffer(n, 0xcc);
}

inline std::vector<Buffer> signal_fields() {
  return {pb::bytes(1, key33(0x11)), pb::number(2, 300), pb::number(3, 7),
          pb::bytes(4, ciphertext())};
}

inline Buffer signal_message(const std::vector<Buffer>& fields, std::uint8_t version = 0x33) {
  return framed(version, fields, mac());
}

inline std::vector<Buffer> prekey_fields(const Buffer& inside = signal_message(signal_fields())) {
  return {pb::number(1, 0),     pb::bytes(2, key33(0x22)), pb::bytes(3, key33(0x33)),
          pb::bytes(4, inside), pb::number(5, 9956),       pb::number(6, 0xffff'ffff)};
}

inline Buffer prekey_message(const std::vector<Buffer>& fields, std::uint8_t version = 0x33) {
  return framed(version, fields, {});
}

inline std::vector<Buffer> bundle_fields() {
  return {pb::number(1, 9956), pb::number(2, 2),          pb::bytes(3, key33(0x33)),
          pb::number(4, 300),  pb::bytes(5, key33(0x55)), pb::bytes(6, Buffer(64, 0x66)),
          pb::number(7, 0),    pb::bytes(8, key33(0x88))};
}

inline Buffer bundle(const std::vector<Buffer>& fields, std::uint8_t version = 0x33) {
  return framed(version, fields, {});
}

/// `fields` without one of them, with one of them replaced, with something put in before one.
inline std::vector<Buffer> without(std::vector<Buffer> fields, std::size_t i) {
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
  return fields;
}
inline std::vector<Buffer> with(std::vector<Buffer> fields, std::size_t i, Buffer other) {
  fields[i] = std::move(other);
  return fields;
}
inline std::vector<Buffer> inserted(std::vector<Buffer> fields, std::size_t i, Buffer other) {
  fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(i), std::move(other));
  return fields;
}

/// Fields that nobody knows here, of each wire type that protobuf still uses: all are passed over.
inline std::vector<Buffer> unknown_fields() {
  return {pb::number(9 + 90, 1),      pb::number(15, std::uint64_t{1} << 63),
          pb::number(16, 5, 10),      pb::bytes(1'000, Buffer(300, 0x77)),
          pb::bytes(18'999, {}),      pb::fixed32(20'000),
          pb::fixed64((1U << 29) - 1)};
}

/// Things that are no field at all: groups, numbers nobody may use, types 6 and 7, tags and lengths
/// beyond 32 bits or in more bytes than needed, varints of eleven bytes.
inline std::vector<Buffer> no_fields() {
  return {pb::tag(99, 3),
          pb::tag(99, 4),
          pb::joined({pb::tag(99, 3), pb::tag(99, 4)}),
          pb::joined({pb::tag(0, 0), {1}}),
          pb::joined({pb::tag(19'000, 0), {1}}),
          pb::joined({pb::tag(19'999, 0), {1}}),
          pb::joined({pb::tag(99, 6), {1}}),
          pb::joined({pb::tag(99, 7), {1}}),
          pb::joined({pb::tag(std::uint64_t{1} << 29, 0), {1}}),
          pb::joined({pb::tag((std::uint64_t{15} << 29) + 99, 0), {1}}),
          pb::joined({pb::tag(99, 0, 3), {1}}),
          pb::bytes(99, Buffer(5), std::uint64_t{1} << 32),
          pb::bytes(99, Buffer(5), 0, 2),
          pb::joined({pb::tag(99, 0), Buffer(10, 0x80), {0}}),
          pb::tag(99, 0),
          pb::tag(99, 2)};
}

}  // namespace sotto::wire
