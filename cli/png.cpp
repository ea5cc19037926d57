// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstdint>

#include <png.h>

#include "picture.hpp"

namespace sotto::cli {

std::optional<std::vector<std::uint8_t>> as_png(const Picture& picture) {
  constexpr std::size_t scale = 8;  // Pixels of a module: large enough for any camera.
  const std::size_t side = picture.side() * scale;
  std::vector<std::uint8_t> pixels(side * side);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x)
      pixels[y * side + x] = picture.dark(x / scale, y / scale) ? 0 : 255;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = image.height = static_cast<png_uint_32>(side);
  image.format = PNG_FORMAT_GRAY;
  // In memory, since libpng removes a file that it could not write, whatever that is.
  png_alloc_size_t size = 0;
  if (png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr) == 0)
    return std::nullopt;
  std::vector<std::uint8_t> file(size);
  if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    return std::nullopt;
  file.resize(size);
  return file;
}

}  // namespace sotto::cli
