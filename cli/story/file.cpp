// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include <sotto/attachment.hpp>
#include <sotto/content_body.hpp>

#include "story/chapters.hpp"

namespace sotto::story {

using demo::need;

namespace {

constexpr std::size_t file_bytes = 3'000'000;

Blob picture() {
  Blob file(file_bytes);
  std::uint32_t state = 1;
  for (auto& byte : file) {
    state = state * 1'664'525U + 1'013'904'223U;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  return file;
}

struct Sealed {
  Blob bytes;  ///< what the service stores
  AttachmentReference reference;
};

Sealed seal(Bytes file, Entropy& entropy) {
  auto sealer = need(AttachmentSealer::create(file.size(), entropy), "sealing a file");
  Blob sealed;
  Blob room(attachment_max_piece_bytes);
  while (!sealer.complete()) {
    const std::size_t wanted = sealer.wanted_bytes();
    const auto piece = need(sealer.seal(room, file.first(wanted)), "sealing a file");
    sealed.insert(sealed.end(), piece.begin(), piece.end());
    file = file.subspan(wanted);
  }
  return {std::move(sealed), need(sealer.finish(), "sealing a file")};
}

/// What comes out, as far as the file was true.
std::pair<Blob, bool> open(Bytes sealed, const AttachmentReference& reference) {
  constexpr std::size_t part = 10'000;  // As it comes from the network.
  auto opener = need(AttachmentOpener::create(reference), "opening a file");
  Blob file;
  Blob room(part + attachment_chunk_bytes);
  while (!sealed.empty()) {
    const Bytes next = sealed.first(std::min(part, sealed.size()));
    const auto opened = opener.open(room, next);
    if (!opened) return {std::move(file), false};
    file.insert(file.end(), opened->begin(), opened->end());
    sealed = sealed.subspan(next.size());
  }
  return {std::move(file), opener.finish().has_value()};
}

}  // namespace

void tell_file(World& world, const Talks& talks, Teller& teller) {
  teller.chapter("A file");
  const Blob file = picture();
  Sealed sealed = seal(file, world.entropy);
  const auto reference = write_attachment_reference(sealed.reference);
  Blob room(content_max_padded);
  const auto body =
      need(write_attachment(room, {reference.expose(), "cellar.jpg", "image/jpeg"}), "a reference");
  static_cast<void>(world.heard(world.bob));
  world.send(world.phone, talks.private_talk, ContentKind::attachment, body);
  teller.line("Alice's phone", "a picture of " + std::to_string(file.size()) +
                                   " bytes, sealed in " +
                                   std::to_string(attachment_chunks(file.size())) + " chunks to " +
                                   std::to_string(sealed.bytes.size()));
  const auto heard = world.heard(world.bob);
  if (heard.size() != 1) throw demo::Failure("Bob has not heard of the file");
  const auto attachment = need(read_attachment(heard[0].body), "a reference");
  const auto theirs = need(read_attachment_reference(attachment.reference), "a reference");
  const auto [whole, good] = open(sealed.bytes, theirs);
  const std::size_t middle = sealed.bytes.size() / 2;
  sealed.bytes[middle] ^= 1;
  const auto [some, bad] = open(sealed.bytes, theirs);
  const bool only_verified =
      some.size() <= middle && std::equal(some.begin(), some.end(), file.begin());
  teller.check("Bob opens it as it comes; one altered bit stops it there",
               good && whole == file && !bad && only_verified,
               std::to_string(some.size()) + " bytes let out, all true");
}

}  // namespace sotto::story
