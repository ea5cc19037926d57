// SPDX-License-Identifier: MIT OR Apache-2.0
/// A code that can be scanned, as a picture: in a terminal, as SVG, as PNG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sotto/bytes.hpp>

namespace sotto::cli {

/// A square of modules, without the quiet zone around it.
class Picture {
 public:
  /// Light modules on each side, which scanners want.
  static constexpr std::size_t quiet = 4;

  Picture(std::size_t width, std::vector<bool> dark) : width_(width), dark_(std::move(dark)) {}

  /// Modules on a side, the quiet zone among them.
  [[nodiscard]] std::size_t side() const { return width_ + 2 * quiet; }
  [[nodiscard]] bool dark(std::size_t x, std::size_t y) const {
    if (x < quiet || y < quiet || x >= width_ + quiet || y >= width_ + quiet) return false;
    return dark_[(y - quiet) * width_ + x - quiet];
  }

 private:
  std::size_t width_;
  std::vector<bool> dark_;
};

/// `bytes` as a QR code; nothing when this program was built without libqrencode, or they do not
/// fit.
[[nodiscard]] std::optional<Picture> picture_of(Bytes bytes);

/// Two rows of modules a line, in half blocks. Light is what is drawn: as it is for a dark
/// terminal; `coloured` says both colours, for any.
[[nodiscard]] std::string as_text(const Picture& picture, bool coloured);

[[nodiscard]] std::string as_svg(const Picture& picture);

/// A PNG file's bytes; nothing when this program was built without libpng, or it has no memory.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> as_png(const Picture& picture);

}  // namespace sotto::cli
