// SPDX-License-Identifier: MIT OR Apache-2.0
#include "inspect.hpp"

#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <sotto/wire.hpp>

#include "input.hpp"
#include "readable.hpp"

namespace sotto::cli {
namespace {

/// The longest message there is, as hexadecimal text in lines.
constexpr std::size_t most_input_bytes = 3 * wire::max_message_bytes;

struct Options {
  std::string input;
  std::string as;
};

int inspect(const Options& options) {
  static const std::map<std::string, Form, std::less<>> forms = {{"signal", Form::signal},
                                                                 {"prekey", Form::prekey},
                                                                 {"bundle", Form::bundle},
                                                                 {"snapshot", Form::snapshot}};
  const auto bytes = read_input(options.input, most_input_bytes);
  if (!bytes) {
    std::fputs("sotto inspect: the input can not be read, or is above 48 MiB\n", stderr);
    return 1;
  }
  std::optional<Form> form;
  if (!options.as.empty()) form = forms.at(options.as);
  const auto text = readable(*bytes, form);
  if (!text) {
    const std::string_view cause = name(text.error()), remedy = describe(text.error());
    std::fprintf(stderr, "sotto inspect: %.*s: %.*s\n", static_cast<int>(cause.size()),
                 cause.data(), static_cast<int>(remedy.size()), remedy.data());
    return 1;
  }
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "inspect", "Show what can be read of a message, a bundle or a snapshot without any key.");
  auto options = std::make_shared<Options>();
  command->add_option("input", options->input,
                      "The bytes as hexadecimal digits, or a file of them or of the bytes "
                      "themselves (./NAME if its name is all such digits); - or none: read stdin");
  command->add_option("--as", options->as, "What the bytes are; else it is found out")
      ->check(CLI::IsMember({"signal", "prekey", "bundle", "snapshot"}));
  command->callback([options, &exit_code] { exit_code = inspect(*options); });
}

}  // namespace sotto::cli
