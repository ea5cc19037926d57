// SPDX-License-Identifier: MIT OR Apache-2.0
/// A large file through both ends in constant memory: how long it takes, and how much memory the
/// process had at most before and after.
///
///     sotto_large_attachment [MEBIBYTES]     1,024 when nothing is said
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <sys/resource.h>

#include <sotto/attachment.hpp>

#include "measure.hpp"
#include "testing/tape_entropy.hpp"

namespace {

using namespace sotto;
using Buffer = std::vector<std::uint8_t>;

long peak_kibibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Seal `size` bytes, the same chunk again and again, and hand each piece on. The same tape draws
/// the same key, so that the file can be made a second time to be opened.
template <class Take>
AttachmentReference seal(std::uint64_t size, Bytes text, Take&& take) {
  testing::TapeEntropy tape(1);
  auto sealer = *AttachmentSealer::create(size, tape);
  Buffer room(attachment_max_piece_bytes);
  while (!sealer.complete()) {
    const auto piece = sealer.seal(room, text.first(sealer.wanted_bytes()));
    bench::must(piece.has_value(), "seal");
    take(*piece);
  }
  return *sealer.finish();
}

}  // namespace

int main(int argc, char** argv) {
  const long mebibytes = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 1024;
  const std::uint64_t size = static_cast<std::uint64_t>(mebibytes) << 20;
  bench::must(mebibytes > 0 && size <= attachment_max_bytes, "1 to 1048576 mebibytes");
  const Buffer text(attachment_chunk_bytes, 0x5a);
  Buffer room(2 * attachment_chunk_bytes);
  seal(1 << 20, text, [](Bytes) {});  // What is loaded at first use is there.
  const long before = peak_kibibytes();

  const double start = bench::processor_seconds();
  const auto reference = seal(size, text, [](Bytes) {});
  const double sealed = bench::processor_seconds();
  auto opener = *AttachmentOpener::create(reference);
  std::uint64_t opened_bytes = 0;
  seal(size, text, [&](Bytes piece) {
    const auto opened = opener.open(room, piece);
    bench::must(opened.has_value(), "open");
    opened_bytes += opened->size();
  });
  bench::must(opener.finish().has_value() && opened_bytes == size, "finish");
  const double end = bench::processor_seconds();

  const double sealing = sealed - start, both = end - sealed;
  std::printf("%ld MiB: sealed in %.2f s, opened in %.2f s of a processor\n", mebibytes, sealing,
              both - sealing);
  std::printf("peak memory: %ld KiB before, %ld KiB after\n", before, peak_kibibytes());
  return 0;
}
