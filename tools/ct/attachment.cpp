// SPDX-License-Identifier: MIT OR Apache-2.0
/// Constant time of attachments: the key and the file are secret, the sealed file and sizes are
/// not.
#include <algorithm>
#include <vector>

#include <sotto/attachment.hpp>

#include "ct/taint.hpp"

using namespace sotto;

namespace {

using Buffer = std::vector<std::uint8_t>;

struct Sealed {
  Buffer bytes;
  AttachmentReference reference;
};

Sealed seal(Bytes file, ct::SecretTape& tape) {
  auto sealer = AttachmentSealer::create(file.size(), tape);
  ct::require(sealer.has_value(), "create a sealer");
  Buffer bytes, room(attachment_max_piece_bytes);
  while (!sealer->complete()) {
    const Bytes next = file.first(sealer->wanted_bytes());
    file = file.subspan(next.size());
    const auto piece = sealer->seal(room, next);
    ct::require(piece.has_value(), "seal");
    ct::publish(*piece);
    bytes.insert(bytes.end(), piece->begin(), piece->end());
  }
  return {std::move(bytes), *sealer->finish()};
}

/// Whether it opens, in parts.
bool opens(const AttachmentReference& reference, Bytes sealed) {
  auto opener = AttachmentOpener::create(reference);
  ct::require(opener.has_value(), "create an opener");
  Buffer room(30000 + attachment_chunk_bytes);
  while (!sealed.empty()) {
    const Bytes part = sealed.first(std::min<std::size_t>(30000, sealed.size()));
    sealed = sealed.subspan(part.size());
    const auto opened = opener->open(room, part);
    if (!opened) return false;
    ct::publish(*opened);
    ct::require(std::ranges::all_of(*opened, [](auto byte) { return byte == 0x5a; }), "content");
  }
  return opener->finish().has_value();
}

}  // namespace

int main() {
  ct::SecretTape tape(1);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5000}, std::size_t{70000}}) {
    Buffer file(size, 0x5a);
    ct::make_secret(file);
    auto sealed = seal(file, tape);

    // Through a message to the other side.
    const auto encoded = write_attachment_reference(sealed.reference);
    const auto there = encoded.expose();
    ct::publish(there.first(1));  // The version and the size steer; key and digest stay secret.
    ct::publish(there.last(8));
    const auto reference = read_attachment_reference(there);
    ct::require(reference.has_value(), "read a reference");
    ct::require(opens(*reference, sealed.bytes), "open");
    sealed.bytes.back() ^= 1;
    ct::require(!opens(*reference, sealed.bytes), "a forged file is refused");
  }
  ct::require(ct::verdicts() > 0, "verdicts were given");
  return 0;
}
