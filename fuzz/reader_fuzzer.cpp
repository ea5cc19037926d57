// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bounded reader and writer against a position in a vector.
#include "base/reader.hpp"
#include "base/writer.hpp"
#include "input.hpp"

namespace {

using namespace sotto;

template <class T>
void check_uint(base::Reader& reader, Bytes all, std::size_t& at) {
  const auto read = reader.take_uint<T>();
  fuzz::require(read.has_value() == (sizeof(T) <= all.size() - at), "a read within bounds failed");
  if (!read) return;
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) expected = expected << 8 | all[at++];
  fuzz::require(*read == expected, "a number was misread");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input script(data, size);
  const Bytes all = script.take(script.byte());
  base::Reader reader(all);
  fuzz::Buffer room(script.byte(), 0xa5);
  base::Writer writer(room);
  std::size_t at = 0;
  fuzz::Buffer written;
  bool fits = true;
  const auto expect = [&](Bytes bytes) {
    fits = fits && written.size() + bytes.size() <= room.size();
    if (fits) written.insert(written.end(), bytes.begin(), bytes.end());
  };
  while (!script.empty()) {
    const std::uint8_t op = script.byte();
    switch (op % 8) {
      case 0:
        check_uint<std::uint8_t>(reader, all, at);
        break;
      case 1:
        check_uint<std::uint16_t>(reader, all, at);
        break;
      case 2:
        check_uint<std::uint32_t>(reader, all, at);
        break;
      case 3:
        check_uint<std::uint64_t>(reader, all, at);
        break;
      case 4: {
        const std::size_t n = op == 0xfc ? ~std::size_t{0} : script.byte();
        const auto taken = reader.take(n);
        fuzz::require(taken.has_value() == (n <= all.size() - at), "a take within bounds failed");
        if (taken) at += n;
        break;
      }
      case 5: {
        const Bytes bytes = script.take(op >> 3);
        writer.put(bytes);
        expect(bytes);
        break;
      }
      case 6: {
        const std::uint32_t value = script.number(4);
        writer.put_uint(value);
        const std::array<std::uint8_t, 4> bytes = {
            static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16 & 0xff),
            static_cast<std::uint8_t>(value >> 8 & 0xff), static_cast<std::uint8_t>(value & 0xff)};
        expect(bytes);
        break;
      }
      default: {
        const std::size_t n = op == 0xff ? ~std::size_t{0} : op >> 3;
        const MutableBytes claimed = writer.claim(n);
        std::ranges::fill(claimed, std::uint8_t{7});
        fits = fits && n <= room.size() - written.size();
        if (fits) written.insert(written.end(), n, std::uint8_t{7});
      }
    }
    fuzz::require(reader.remaining() == all.size() - at, "the reader lost its place");
  }
  fuzz::require(reader.finish().has_value() == (at == all.size()), "finish is wrong");
  const auto finished = writer.finish();
  fuzz::require(finished.has_value() == fits, "the writer misjudged its room");
  fuzz::require(std::ranges::equal(Bytes(room).first(written.size()), written),
                "the writer wrote something else");
  return 0;
}
