// SPDX-License-Identifier: MIT OR Apache-2.0
/// The whole of a ratchet's state as one run of bytes, for tests that compare and restart states:
/// its identities, its suite, its head, and each page behind its name.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "base/fields.hpp"
#include "ratchet/image.hpp"

namespace sotto::testing {

/// Where the head starts.
inline constexpr std::size_t image_head_at = 32 + 32 + 1;

[[nodiscard]] inline std::vector<std::uint8_t> image_of(const ratchet::State& state) {
  std::vector<ratchet::PageMark> marks;
  ratchet::for_each_page(state, [&](const auto& mark) { marks.push_back(mark); });
  std::vector<std::uint8_t> image(image_head_at + ratchet::head_bytes(state.receiving_chains()) +
                                  16 * marks.size() +
                                  ratchet::skipped_bytes * state.skipped_keys());
  base::Writer writer(image);
  writer.put(state.ours().bytes());
  writer.put(state.theirs().bytes());
  writer.put_uint(state.suite().id);
  ratchet::write_head(writer, state);
  for (const auto& mark : marks) {
    writer.put_uint(mark.name.chain);
    writer.put_uint(mark.name.page);
    ratchet::write_page(writer, state, mark.name);
  }
  const auto written = writer.finish();
  if (!written || written->size() != image.size()) std::abort();
  return image;
}

/// The state that `image_of` showed. Errors: as those of `ratchet/image.hpp`.
[[nodiscard]] inline Result<std::unique_ptr<ratchet::State>> load_image(
    Bytes image, const RatchetLimits& limits = {}) {
  base::Reader reader(image);
  const auto ours = reader.take_public<IdentityPublic>();
  const auto theirs = reader.take_public<IdentityPublic>();
  const auto id = reader.take_uint<std::uint8_t>();
  const ratchet::Suite* const suite = id ? ratchet::find_suite(*id) : nullptr;
  if (!ours || !theirs || suite == nullptr) return std::unexpected(Error::malformed);
  auto state = ratchet::read_head(reader, *suite, *ours, *theirs, limits);
  if (!state) return state;
  while (reader.remaining() > 0) {
    const auto chain = reader.take_uint<std::uint32_t>();
    const auto page = reader.take_uint<std::uint32_t>();
    base::Reader ahead(reader.rest());
    const auto present = ahead.take_uint<std::uint64_t>();
    if (!chain || !page || !present) return std::unexpected(Error::malformed);
    const auto keys = static_cast<std::size_t>(std::popcount(*present));
    const auto bytes = reader.take(8 + ratchet::skipped_bytes * keys);
    if (!bytes) return std::unexpected(bytes.error());
    if (const auto read = ratchet::read_page(*bytes, **state, {*chain, *page}); !read)
      return std::unexpected(read.error());
  }
  if (const auto whole = ratchet::finish(**state); !whole) return std::unexpected(whole.error());
  return state;
}

}  // namespace sotto::testing
