// SPDX-License-Identifier: MIT OR Apache-2.0
#include "picture.hpp"

namespace sotto::cli {

std::string as_text(const Picture& picture, bool coloured) {
  const char* const blocks[] = {"\u2588", "\u2580", "\u2584", " "};  // By what is dark of two.
  std::string text;
  for (std::size_t y = 0; y < picture.side(); y += 2) {
    if (coloured) text += "\x1b[97;40m";
    for (std::size_t x = 0; x < picture.side(); ++x) {
      const bool lower = y + 1 < picture.side() ? picture.dark(x, y + 1) : true;
      text += blocks[(picture.dark(x, y) ? 2 : 0) + (lower ? 1 : 0)];
    }
    if (coloured) text += "\x1b[0m";
    text += '\n';
  }
  return text;
}

std::string as_svg(const Picture& picture) {
  const std::string side = std::to_string(picture.side());
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " +
                     side + "\" shape-rendering=\"crispEdges\">\n<rect width=\"" + side +
                     "\" height=\"" + side + "\" fill=\"#fff\"/>\n<path d=\"";
  for (std::size_t y = 0; y < picture.side(); ++y)
    for (std::size_t x = 0; x < picture.side(); ++x)
      if (picture.dark(x, y))
        text += "M" + std::to_string(x) + " " + std::to_string(y) + "h1v1h-1z";
  return text + "\"/>\n</svg>\n";
}

}  // namespace sotto::cli
