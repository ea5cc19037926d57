// SPDX-License-Identifier: MIT OR Apache-2.0
/// Bytes in and out: the bounded reader and writer, comparison, overlap.
#include <set>

#include "base/overlap.hpp"
#include "base/reader.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "generators.hpp"

namespace sotto::prop {
namespace {

/// One field of a message: an integer of 1, 2, 4 or 8 bytes, or some bytes.
struct Field {
  unsigned width;  ///< of the integer; 0: bytes
  std::uint64_t value;
  Buffer bytes;

  [[nodiscard]] std::size_t size() const { return width == 0 ? bytes.size() : width; }
};

std::ostream& operator<<(std::ostream& out, const Field& field) {
  return out << "{" << field.width << " " << field.value << " +" << field.bytes.size() << "}";
}

rc::Gen<std::vector<Field>> messages() {
  return rc::gen::container<std::vector<Field>>(rc::gen::construct<Field>(
      rc::gen::element(0U, 1U, 2U, 4U, 8U),
      rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>()), buffers()));
}

void put(base::Writer& writer, const Field& field) {
  switch (field.width) {
    case 1:
      return writer.put_uint(static_cast<std::uint8_t>(field.value));
    case 2:
      return writer.put_uint(static_cast<std::uint16_t>(field.value));
    case 4:
      return writer.put_uint(static_cast<std::uint32_t>(field.value));
    case 8:
      return writer.put_uint(field.value);
    default:
      return writer.put(field.bytes);
  }
}

/// Big-endian by the book, apart from the writer's own loop.
Buffer encoded(const Field& field) {
  if (field.width == 0) return field.bytes;
  Buffer out;
  for (unsigned i = field.width; i-- > 0;)
    out.push_back(static_cast<std::uint8_t>(field.value >> (8 * i) & 0xff));
  return out;
}

Buffer encoded(const std::vector<Field>& fields) {
  Buffer out;
  for (const Field& field : fields) {
    const Buffer one = encoded(field);
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

template <class T>
void expect_uint(base::Reader& reader, std::uint64_t value) {
  const auto read = reader.take_uint<T>();
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == static_cast<T>(value));
}

RC_GTEST_PROP(Base, what_is_written_reads_back, ()) {
  const auto fields = *messages();
  const Buffer expected = encoded(fields);
  Buffer out(expected.size());
  base::Writer writer(out);
  for (const Field& field : fields) put(writer, field);
  const auto written = writer.finish();
  RC_ASSERT(written.has_value());
  RC_ASSERT(same(*written, expected));

  base::Reader reader(out);
  for (const Field& field : fields) {
    switch (field.width) {
      case 1:
        expect_uint<std::uint8_t>(reader, field.value);
        break;
      case 2:
        expect_uint<std::uint16_t>(reader, field.value);
        break;
      case 4:
        expect_uint<std::uint32_t>(reader, field.value);
        break;
      case 8:
        expect_uint<std::uint64_t>(reader, field.value);
        break;
      default: {
        const auto bytes = reader.take(field.bytes.size());
        RC_ASSERT(bytes.has_value());
        RC_ASSERT(same(*bytes, field.bytes));
      }
    }
  }
  RC_ASSERT(reader.finish().has_value());
}

RC_GTEST_PROP(Base, writer_never_passes_its_end, ()) {
  const auto fields = *messages();
  const Buffer expected = encoded(fields);
  const auto room = *within<std::size_t>(0, expected.size() + 1);
  constexpr std::uint8_t guard = 0xa5;
  Buffer memory(room + 64, guard);
  base::Writer writer(MutableBytes(memory).first(room));

  // What the writer must have put down: whole fields, up to the first that does not fit.
  std::size_t whole = 0;
  bool fits = true;
  for (const Field& field : fields) {
    put(writer, field);
    fits = fits && field.size() <= room - whole;
    if (fits) whole += field.size();
  }
  const auto written = writer.finish();
  RC_ASSERT(written.has_value() == fits);
  if (!fits) RC_ASSERT(written.error() == Error::buffer_too_small);
  RC_ASSERT(same(Bytes(memory).first(whole), Bytes(expected).first(whole)));
  RC_ASSERT(std::ranges::all_of(Bytes(memory).subspan(whole), [](auto b) { return b == guard; }));
}

RC_GTEST_PROP(Base, reading_past_the_end_takes_nothing, (const Buffer& bytes)) {
  base::Reader reader(bytes);
  const auto first = *within<std::size_t>(0, bytes.size() + 1);
  RC_ASSERT(reader.take(first).has_value());
  const auto more =
      *rc::gen::oneOf(within<std::size_t>(1, 20),
                      rc::gen::map(within<std::size_t>(0, 20), [](auto n) { return ~n; }));
  const std::size_t left = bytes.size() - first;
  if (more <= left) RC_DISCARD("fits");
  const auto taken = reader.take(more);
  RC_ASSERT(!taken.has_value());
  RC_ASSERT(taken.error() == Error::malformed);
  RC_ASSERT(same(reader.rest(), Bytes(bytes).subspan(first)));
  RC_ASSERT(reader.finish().has_value() == (left == 0));
}

RC_GTEST_PROP(Base, equality_is_equality, (const Buffer& a)) {
  Buffer b = a;
  RC_ASSERT(base::equal_ct(a, b));
  RC_ASSERT(base::is_zero_ct(Buffer(a.size())));
  b.push_back(0);
  RC_ASSERT(!base::equal_ct(a, b));
  const auto bit = *bits_of(b.size());
  Buffer c = b;
  flip(c, bit);
  RC_ASSERT(!base::equal_ct(b, c));
  Buffer almost_zero(b.size());
  flip(almost_zero, bit);
  RC_ASSERT(!base::is_zero_ct(almost_zero));
}

RC_GTEST_PROP(Base, overlap_is_a_shared_address, ()) {
  const Buffer memory(64);
  const auto piece = [&] {
    const auto at = *within<std::size_t>(0, 65);
    return Bytes(memory).subspan(at, *within<std::size_t>(0, 65 - at));
  };
  const Bytes a = piece();
  const Bytes b = piece();
  std::set<const std::uint8_t*> of_a;
  for (const auto& byte : a) of_a.insert(&byte);
  const bool shared =
      std::ranges::any_of(b, [&](const auto& byte) { return of_a.contains(&byte); });
  RC_ASSERT(base::overlap(a, b) == shared);
}

}  // namespace
}  // namespace sotto::prop
