// SPDX-License-Identifier: MIT OR Apache-2.0
#include "generators.hpp"

#include <utility>

namespace sotto::prop {

rc::Gen<Buffer> buffers() {
  return rc::gen::arbitrary<Buffer>();
}

rc::Gen<Buffer> buffers_of(std::size_t n) {
  return rc::gen::container<Buffer>(
      n, rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint8_t>()));
}

rc::Gen<Buffer> blocky_buffers(std::size_t block, std::size_t max_blocks) {
  const auto near =
      rc::gen::map(rc::gen::pair(within<std::size_t>(0, max_blocks + 1), within<std::size_t>(0, 5)),
                   [block](std::pair<std::size_t, std::size_t> at) {
                     const std::size_t length = at.first * block + at.second;
                     return length < 2 ? 0 : length - 2;
                   });
  return rc::gen::mapcat(rc::gen::oneOf(near, within<std::size_t>(0, max_blocks * block + 1)),
                         buffers_of);
}

rc::Gen<std::uint64_t> seeds() {
  return rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>()));
}

rc::Gen<std::array<std::uint8_t, 32>> keys() {
  return rc::gen::map(buffers_of(32), [](const Buffer& b) { return array_of<32>(b); });
}

rc::Gen<std::size_t> bits_of(std::size_t n) {
  return within<std::size_t>(0, 8 * n);
}

}  // namespace sotto::prop

template void rc::detail::checkGTest(void (*&&)());
template class rc::Gen<bool>;
template class rc::Gen<int>;
template class rc::Gen<std::uint8_t>;
template class rc::Gen<std::uint32_t>;
template class rc::Gen<std::uint64_t>;
template class rc::Gen<sotto::prop::Buffer>;
template class rc::Gen<std::array<std::uint8_t, 32>>;
template rc::Gen<int> sotto::prop::within(int, int);
template rc::Gen<std::uint8_t> sotto::prop::within(std::uint8_t, std::uint8_t);
template rc::Gen<std::uint32_t> sotto::prop::within(std::uint32_t, std::uint32_t);
template rc::Gen<std::uint64_t> sotto::prop::within(std::uint64_t, std::uint64_t);
