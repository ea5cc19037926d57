// SPDX-License-Identifier: MIT OR Apache-2.0
/// A sealed file of which anything may arrive. First the bytes as a reference, and what stands
/// behind it as the file: what is read is written as it was, and nothing comes out. Then the bytes
/// as a script: a file is sealed, somebody who has no key is at it, and it arrives in parts. What
/// comes out is the beginning of the file, and all of it only if nothing was changed.
#include <sotto/attachment.hpp>

#include "input.hpp"
#include "testing/tape_entropy.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;

constexpr std::size_t most_bytes = 140000;  // Up to three chunks.

/// Opens `sealed` in parts whose sizes are read from `cuts`; 0 when there are none left is all.
struct Arrival {
  Buffer plaintext;
  bool whole = false;

  Arrival(const AttachmentReference& reference, Bytes sealed, Input cuts) {
    auto opener = AttachmentOpener::create(reference);
    if (!opener) return;
    Buffer room(sealed.size() + attachment_chunk_bytes);
    bool refused = false;
    while (!sealed.empty() && !refused) {
      const std::size_t asked = cuts.number(3) % most_bytes;
      const Bytes part = sealed.first(asked == 0 ? sealed.size() : std::min(asked, sealed.size()));
      sealed = sealed.subspan(part.size());
      std::ranges::fill(room, std::uint8_t{0xee});
      const auto opened = opener->open(room, part);
      refused = !opened;
      if (opened) plaintext.insert(plaintext.end(), opened->begin(), opened->end());
      if (refused) require(fuzz::untouched_or_zeroed(room, 0xee), "plaintext beside a refusal");
    }
    require(!refused || !opener->open(room, {}), "goes on after a refusal");
    whole = opener->finish().has_value();
    require(!refused || !whole, "finished after a refusal");
    require(!opener->open(room, {}), "goes on after its end");
  }
};

void reads_back(Bytes bytes) {
  constexpr std::size_t size = EncodedAttachmentReference::size_bytes;
  const auto read = read_attachment_reference(bytes.first(std::min(size, bytes.size())));
  if (!read) return;
  const auto again = write_attachment_reference(*read);
  require(std::ranges::equal(again.expose(), bytes.first(size)),
          "a reference is written otherwise");
  const Bytes file = bytes.subspan(size);
  const Arrival arrival(*read, file, Input(file.data(), file.size()));
  require(arrival.plaintext.empty() && !arrival.whole, "a forged file opens");
}

void change(Buffer& bytes, Input& in) {
  const std::uint8_t what = in.byte();
  const std::size_t at = in.number(3) % (bytes.size() + 1);
  const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t size = std::min<std::size_t>(in.number(3) % most_bytes, bytes.size() - at);
  const auto end = place + static_cast<std::ptrdiff_t>(size);
  switch (what % 5) {
    case 0:
      if (at < bytes.size()) bytes[at] ^= static_cast<std::uint8_t>(size);
      return;
    case 1:
      bytes.resize(at);
      return;
    case 2:
      bytes.erase(place, end);
      return;
    case 3: {  // Once more, behind itself.
      const Buffer again(place, end);
      bytes.insert(end, again.begin(), again.end());
      return;
    }
    default: {  // To the front, or where chunks begin.
      const std::size_t chunk = attachment_chunk_bytes + attachment_tag_bytes;
      const std::size_t to = std::min(attachment_header_bytes + what / 5 % 3 * chunk, at);
      std::rotate(bytes.begin() + static_cast<std::ptrdiff_t>(to), place, end);
    }
  }
}

void script(Input in) {
  const std::size_t size = in.number(3) % most_bytes;
  Buffer file(size), sealed;
  for (std::size_t i = 0; i < size; ++i) file[i] = static_cast<std::uint8_t>(i % 251);
  testing::TapeEntropy tape(in.byte());
  auto sealer = *AttachmentSealer::create(size, tape);
  Buffer room(attachment_max_piece_bytes);
  for (Bytes rest = file; !sealer.complete();) {
    const Bytes next = rest.first(sealer.wanted_bytes());
    rest = rest.subspan(next.size());
    const auto piece = sealer.seal(room, next);
    require(piece.has_value(), "cannot seal");
    sealed.insert(sealed.end(), piece->begin(), piece->end());
  }
  require(sealed.size() == sealed_attachment_size(size), "sealed to another size");
  const auto reference = *sealer.finish();

  Buffer arrives = sealed;
  for (int changes = in.byte() % 4; changes > 0; --changes) change(arrives, in);
  const Arrival arrival(reference, arrives, in);
  require(arrival.whole == (arrives == sealed), "whole is what was not changed");
  require(arrival.plaintext.size() <= size &&
              std::ranges::equal(arrival.plaintext, Bytes(file).first(arrival.plaintext.size())),
          "something else came out");
  require(!arrival.whole || arrival.plaintext == file, "not all came out");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reads_back(Bytes(data, size));
  script(Input(data, size));
  return 0;
}
