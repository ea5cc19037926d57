// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the program says of things, in words for people.
#pragma once

#include <string>
#include <vector>

#include <sotto/messenger.hpp>

namespace sotto::chat {

/// One sentence for each notice; `who` sent what told of it.
[[nodiscard]] std::vector<std::string> sentences(const Notices& notices, const std::string& who);
/// One sentence for each thing that a person's lists say anew.
[[nodiscard]] std::vector<std::string> sentences(const RostersTaken& taken, const std::string& who);
/// "30 s after reading"; empty without a timer.
[[nodiscard]] std::string words_of(const TimerSetting& timer);
/// off, once, read SECONDS or SECONDS; nothing for anything else.
[[nodiscard]] std::optional<TimerSetting> read_timer_words(const std::string& words, Instant now);

}  // namespace sotto::chat
