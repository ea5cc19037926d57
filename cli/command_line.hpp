// SPDX-License-Identifier: MIT OR Apache-2.0
/// The command line: which subcommand is called, and with which options.
///
/// The parser behind it is slow to compile, so command_line.cpp alone includes it: each subcommand
/// declares its options as a plain struct, and no other source knows how they are written.
#pragma once

#include <expected>
#include <variant>

#include "chat/chat.hpp"
#include "demo/party.hpp"
#include "demo/relay.hpp"
#include "demo/story.hpp"
#include "demo/tablet.hpp"
#include "inspect.hpp"
#include "peer/peer.hpp"
#include "safety_number.hpp"
#include "story/story.hpp"
#include "verify.hpp"

namespace sotto::cli {

/// The exit status when the command line is not as it must be: EX_USAGE of sysexits.h. 1 stands for
/// what fails later, and 2 for a safety number that is another.
inline constexpr int exit_misuse = 64;

/// The options of the one subcommand that is called.
using Subcommand = std::variant<chat::Options, demo::PartyOptions, demo::RelayOptions,
                                demo::StoryOptions, demo::TabletOptions, InspectOptions,
                                PeerOptions, SafetyNumberOptions, story::Options, VerifyOptions>;

/// Reads the command line. Where no subcommand is to be run (help, the version, a mistake), what
/// there is to say has been printed, and the error is the exit code.
[[nodiscard]] std::expected<Subcommand, int> read_command_line(int argc, char** argv,
                                                               const char* version);

}  // namespace sotto::cli
