// SPDX-License-Identifier: MIT OR Apache-2.0
// What is written later is not a view of a string that is gone with the statement.
#include <string>

#include <sotto/content_body.hpp>

std::string text_of(int line);

sotto::EditBody attempt(std::string& kept) {
#ifdef ATTEMPT
  kept.clear();
  return {.of = {}, .text = text_of(1)};  // refused
#else
  kept = text_of(1);
  return {.of = {}, .text = kept};
#endif
}
