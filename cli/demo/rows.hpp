// SPDX-License-Identifier: MIT OR Apache-2.0
/// The demo's own rows beside those of the device, in the same transactions:
///
///   o<number>  a message on its way to the relay       s<number>  a message that was opened
///   h<number>  a line that was read                    r<line>    a line whose receipt came
///   next       the next message's number               said       lines given to the outbox
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sotto/transaction.hpp>

#include "demo/codec.hpp"

namespace sotto::demo {

/// A row's key: the prefix and eight digits, so that rows stand in the order of their numbers.
[[nodiscard]] std::string numbered(char prefix, std::uint32_t number);

/// All throw `Failure` when the store fails.
void write_row(Transaction& tx, const std::string& key, Bytes value);
void write_row(Transaction& tx, const std::string& key, const Unsent& message);
void erase_row(Transaction& tx, const std::string& key);
[[nodiscard]] bool has_row(Transaction& tx, const std::string& key);
/// All rows of a prefix: number and value.
[[nodiscard]] std::vector<std::pair<std::uint32_t, Blob>> rows_of(Transaction& tx, char prefix);

/// A number in a row; 0 when there is none.
[[nodiscard]] std::uint32_t read_number(Transaction& tx, const std::string& key);
void write_number(Transaction& tx, const std::string& key, std::uint32_t number);

}  // namespace sotto::demo
