// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstdint>
#include <memory>

#include <qrencode.h>

#include "picture.hpp"

namespace sotto::cli {

std::optional<Picture> picture_of(Bytes bytes) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_M),
      QRcode_free);
  if (!code) return std::nullopt;
  const auto width = static_cast<std::size_t>(code->width);
  std::vector<bool> dark(width * width);
  for (std::size_t i = 0; i < dark.size(); ++i) dark[i] = (code->data[i] & 1) != 0;
  return Picture(width, std::move(dark));
}

}  // namespace sotto::cli
