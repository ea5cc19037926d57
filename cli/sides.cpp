// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sides.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <type_traits>

#include "input.hpp"

namespace sotto::cli {
namespace {

/// An id of version 2: a UUID, with its hyphens or without.
Blob account_id(std::string text) {
  std::erase(text, '-');
  const auto bytes = unhex(text);
  if (!bytes || bytes->size() != 16)
    throw std::invalid_argument("an id of form 2 is a UUID: 32 hexadecimal digits");
  return *bytes;
}

/// 32 bytes, or 33 of which the first is the type that Signal writes before them.
IdentityPublic identity(const std::string& text) {
  auto bytes = unhex(text);
  if (bytes && bytes->size() == 33 && bytes->front() == 5) bytes->erase(bytes->begin());
  if (!bytes || bytes->size() != 32)
    throw std::invalid_argument("a key is 64 hexadecimal digits, or 66 that begin with 05");
  return IdentityPublic(std::span<const std::uint8_t, 32>(*bytes));
}

UserId user(const std::string& text) {
  const auto bytes = unhex(text);
  if (!bytes || bytes->size() != 32)
    throw std::invalid_argument("the id of an account is 64 hexadecimal digits");
  return UserId(std::span<const std::uint8_t, 32>(*bytes));
}

AccountDevice device(const std::string& text) {
  AccountDevice made;
  const auto colon = text.find(':');
  const char* const end = text.data() + std::min(colon, text.size());
  const auto read = std::from_chars(text.data(), end, made.device);
  if (colon == std::string::npos || read.ec != std::errc() || read.ptr != end)
    throw std::invalid_argument("a device is NUMBER:KEY");
  made.identity = identity(text.substr(colon + 1));
  return made;
}

template <class T>
T made(const Result<T>& result) {
  if (!result) throw std::invalid_argument(std::string(describe(result.error())));
  return *result;
}

}  // namespace

std::array<char, 60> Number::digits() const {
  return std::visit([](const auto& number) { return number.digits; }, number_);
}

Bytes Number::scannable() const {
  return std::visit([](const auto& number) { return Bytes(number.scannable); }, number_);
}

Result<SafetyComparison> Number::compare(Bytes scanned) const {
  if (const auto* number = std::get_if<SafetyNumber>(&number_))
    return compare_safety_number(*number, scanned);
  return compare_account_number(std::get<AccountNumber>(number_), scanned);
}

Number number_of(const std::string& form, const SideText& ours, const SideText& theirs) {
  const SideText* const sides[] = {&ours, &theirs};
  for (const SideText* side : sides)
    if (form == "account" ? side->devices.empty() || !side->key.empty()
                          : side->key.empty() || !side->devices.empty())
      throw std::invalid_argument(form == "account" ? "an account has devices, and no key"
                                                    : "forms 1 and 2 have a key, and no devices");
  if (form == "account") {
    std::vector<AccountDevice> devices[2];
    for (int i = 0; i < 2; ++i)
      for (const std::string& text : sides[i]->devices) devices[i].push_back(device(text));
    return Number(made(account_number({user(ours.id), devices[0]}, {user(theirs.id), devices[1]})));
  }
  const bool by_text = form == "1";
  const auto id = [&](const std::string& text) {
    return by_text ? Blob(text.begin(), text.end()) : account_id(text);
  };
  const Blob our_id = id(ours.id), their_id = id(theirs.id);
  return Number(made(safety_number(by_text ? 1 : 2, {our_id, identity(ours.key)},
                                   {their_id, identity(theirs.key)})));
}

}  // namespace sotto::cli
