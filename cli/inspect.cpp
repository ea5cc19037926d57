// SPDX-License-Identifier: MIT OR Apache-2.0
#include "inspect.hpp"

#include <cstddef>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sotto/wire.hpp>

#include "input.hpp"
#include "readable.hpp"

namespace sotto::cli {
namespace {

/// The longest message there is, as hexadecimal text in lines.
constexpr std::size_t most_input_bytes = 3 * wire::max_message_bytes;

}  // namespace

int run_inspect(const InspectOptions& options) {
  static const std::map<std::string, Form, std::less<>> forms = {{"signal", Form::signal},
                                                                 {"prekey", Form::prekey},
                                                                 {"bundle", Form::bundle},
                                                                 {"snapshot", Form::snapshot}};
  const Blob bytes = read_input(options.input, most_input_bytes);
  std::optional<Form> form;
  if (!options.as.empty()) form = forms.at(options.as);
  const auto text = readable(bytes, form);
  if (!text) {
    const std::string_view cause = name(text.error()), remedy = describe(text.error());
    std::fprintf(stderr, "sotto inspect: %.*s: %.*s\n", static_cast<int>(cause.size()),
                 cause.data(), static_cast<int>(remedy.size()), remedy.data());
    return 1;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

}  // namespace sotto::cli
