// SPDX-License-Identifier: MIT OR Apache-2.0
/// Whole files sealed and opened, keys and all, beside AES-256-CTR with HMAC-SHA256 and beside
/// AES-256-GCM over the same chunks under keys that are set up.
#include <sotto/attachment.hpp>

#include "media.hpp"

namespace sotto::bench {
namespace {

constexpr std::size_t chunk_bytes = attachment_chunk_bytes;

Buffer file_of(const State& state) {
  return Buffer(static_cast<std::size_t>(state.range(0)), 0x5a);
}

void count(State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

struct Sealed {
  Buffer bytes;
  AttachmentReference reference;
};

/// Calls `put` with each piece.
template <class Put>
AttachmentReference seal(Bytes file, Put&& put) {
  SystemEntropy entropy;
  auto sealer = *AttachmentSealer::create(file.size(), entropy);
  Buffer room(attachment_max_piece_bytes);
  while (!sealer.complete()) {
    const Bytes next = file.first(sealer.wanted_bytes());
    file = file.subspan(next.size());
    const auto piece = sealer.seal(room, next);
    must(piece.has_value(), "seal");
    put(*piece);
  }
  return *sealer.finish();
}

void attachment_seal(State& state) {
  const Buffer file = file_of(state);
  for ([[maybe_unused]] auto _ : state) seal(file, [](Bytes) {});
  count(state);
}

/// Opens a file that arrives in parts of `part_bytes`.
void open(State& state, std::size_t part_bytes) {
  Buffer sealed;
  const auto reference = seal(file_of(state), [&](Bytes piece) {
    sealed.insert(sealed.end(), piece.begin(), piece.end());
  });
  Buffer room(part_bytes + chunk_bytes);
  for ([[maybe_unused]] auto _ : state) {
    auto opener = *AttachmentOpener::create(reference);
    for (Bytes rest = sealed; !rest.empty();) {
      const Bytes part = rest.first(std::min(part_bytes, rest.size()));
      rest = rest.subspan(part.size());
      must(opener.open(room, part).has_value(), "open");
    }
    must(opener.finish().has_value(), "finish");
  }
  count(state);
}

void attachment_open(State& state) {
  open(state, 16 * (chunk_bytes + attachment_tag_bytes));
}
/// As a network brings it.
void attachment_open_in_parts(State& state) {
  open(state, 16384);
}

void seal_raw(State& state, RawCipher::Kind kind) {
  RawCipher raw(kind, 32);
  const Buffer file = file_of(state);
  Buffer room(chunk_bytes + raw.tag_bytes());
  for ([[maybe_unused]] auto _ : state) {
    std::uint32_t number = 0;
    for (std::size_t at = 0; at < file.size(); at += chunk_bytes)
      raw.seal(room, {}, Bytes(file).subspan(at, chunk_bytes), ++number);
  }
  count(state);
}

void open_raw(State& state, RawCipher::Kind kind) {
  RawCipher raw(kind, 32);
  const Buffer file = file_of(state);
  const std::size_t sealed_bytes = chunk_bytes + raw.tag_bytes();
  Buffer sealed(file.size() / chunk_bytes * sealed_bytes), room(chunk_bytes);
  const auto chunk = [&](std::size_t i) {
    return std::span(sealed).subspan(i * sealed_bytes, sealed_bytes);
  };
  const std::size_t chunks = file.size() / chunk_bytes;
  for (std::size_t i = 0; i < chunks; ++i)
    raw.seal(chunk(i), {}, Bytes(file).subspan(i * chunk_bytes, chunk_bytes),
             static_cast<std::uint32_t>(i));
  for ([[maybe_unused]] auto _ : state)
    for (std::size_t i = 0; i < chunks; ++i)
      must(raw.open(room, {}, chunk(i), static_cast<std::uint32_t>(i)), "open");
  count(state);
}

[[maybe_unused]] const bool registered = [] {
  const auto sizes = [](const char* name, auto* run, auto... more) {
    benchmark::RegisterBenchmark(name, run, more...)->Arg(1 << 20)->Arg(64 << 20);
  };
  using enum RawCipher::Kind;
  sizes("attachment_seal", attachment_seal);
  sizes("attachment_seal:floor", seal_raw, ctr_sha256);
  sizes("attachment_seal:gcm", seal_raw, gcm);
  sizes("attachment_open", attachment_open);
  sizes("attachment_open:floor", open_raw, ctr_sha256);
  sizes("attachment_open:gcm", open_raw, gcm);
  sizes("attachment_open_in_parts", attachment_open_in_parts);
  sizes("attachment_open_in_parts:floor", open_raw, ctr_sha256);
  return true;
}();

}  // namespace
}  // namespace sotto::bench
