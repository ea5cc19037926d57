// SPDX-License-Identifier: MIT OR Apache-2.0
/// Safety numbers beside people who simply look at each other's lists [SN-1-2, SN-2-1, SN-3-1,
/// SN-3-2, SN-3-3].
#include <map>

#include <sotto/account_number.hpp>

#include "crypto/sha2.hpp"
#include "generators.hpp"
#include "testing/error_of.hpp"
#include "twins.hpp"

namespace sotto::prop {
namespace {

using testing::error_of;

constexpr std::uint32_t few = 2;

/// The devices of an account, as somebody holds them: number and key.
using Held = std::map<std::uint32_t, std::uint8_t>;

template <class T>
T filled(std::uint8_t byte) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(byte);
  return T(bytes);
}

Held held() {
  Held devices;
  const int count = *within(1, 4);
  for (int i = 0; i < count; ++i)
    devices[*within<std::uint32_t>(0, 4)] = *within<std::uint8_t>(0, 3);
  return devices;
}

/// The same list most of the time.
Held held_by_the_other(const Held& truth) {
  Held devices = truth;
  if (*within(0, 2) == 0) devices[*within<std::uint32_t>(0, 4)] = *within<std::uint8_t>(0, 3);
  if (*within(0, 4) == 0 && devices.size() > 1) devices.erase(devices.begin());
  return devices;
}

/// In any order.
std::vector<AccountDevice> as_list(const Held& devices) {
  std::vector<AccountDevice> list;
  for (const auto& [number, key] : devices) list.push_back({number, filled<IdentityPublic>(key)});
  if (*within(0, 2) == 0) std::ranges::reverse(list);
  if (*within(0, 2) == 0) std::ranges::rotate(list, list.begin() + 1);
  return list;
}

AccountNumber shown(const UserId& us, const Held& ours, const UserId& them, const Held& theirs) {
  const auto our_list = as_list(ours), their_list = as_list(theirs);
  return account_number({us, our_list}, {them, their_list}, few).value();
}

SafetyComparison expected(bool us_same, bool them_same) {
  if (us_same) return them_same ? SafetyComparison::same : SafetyComparison::theirs_differs;
  return them_same ? SafetyComparison::ours_differs : SafetyComparison::both_differ;
}

RC_GTEST_PROP(SafetyNumbers, accounts_agree_when_their_lists_do, ()) {
  const UserId anna = filled<UserId>(1), bert = filled<UserId>(2);
  const Held annas = held(), berts = held();
  const Held annas_at_bert = held_by_the_other(annas), berts_at_anna = held_by_the_other(berts);
  const auto by_anna = shown(anna, annas, bert, berts_at_anna);
  const auto by_bert = shown(bert, berts, anna, annas_at_bert);
  const bool annas_same = annas == annas_at_bert, berts_same = berts == berts_at_anna;
  RC_ASSERT(*compare_account_number(by_anna, by_bert.scannable) ==
            expected(annas_same, berts_same));
  RC_ASSERT(*compare_account_number(by_bert, by_anna.scannable) ==
            expected(berts_same, annas_same));
  RC_ASSERT((by_anna.digits == by_bert.digits) == (annas_same && berts_same));
}

/// The list as spec/safety_numbers.md writes it, hashed twice.
crypto::Sha512Digest plain_digest(const UserId& user, const Held& devices) {
  Buffer list = twin::joined({user.bytes(), twin::big_endian(devices.size(), 2)});
  for (const auto& [number, key] : devices)
    list = twin::joined({list, twin::big_endian(number, 4), filled<IdentityPublic>(key).bytes()});
  const auto hashed = [](std::string_view label, Bytes bytes) {
    return crypto::sha512({Buffer(label.begin(), label.end()), bytes});
  };
  const auto once = hashed("sotto account devices 1", list);
  return crypto::sha512({hashed("sotto account number 1", once), once});
}

RC_GTEST_PROP(SafetyNumbers, an_account_is_hashed_as_it_is_written, ()) {
  const auto anna = filled<UserId>(*within<std::uint8_t>(0, 255)), bert = filled<UserId>(255);
  const Held annas = held(), berts = held();
  const auto number = shown(anna, annas, bert, berts);
  const Buffer code(number.scannable.begin() + 9, number.scannable.end());
  RC_ASSERT(code == twin::joined({Bytes(plain_digest(anna, annas)).first(32),
                                  Bytes(plain_digest(bert, berts)).first(32)}));
  auto twice = as_list(annas);
  const auto bert_list = as_list(berts);
  twice.push_back({twice[*within<std::size_t>(0, twice.size())].device, filled<IdentityPublic>(9)});
  RC_ASSERT(error_of(account_number({anna, twice}, {bert, bert_list}, few)) == Error::malformed);
}

RC_GTEST_PROP(SafetyNumbers, identities_agree_when_their_keys_do, ()) {
  const Buffer anna = *buffers_of(*within<std::size_t>(1, 20)), bert = *buffers_of(16);
  const auto draw = [] { return filled<IdentityPublic>(*within<std::uint8_t>(0, 3)); };
  const auto a = draw(), a_at_bert = draw(), b = draw(), b_at_anna = draw();
  const std::uint8_t version = *within<std::uint8_t>(1, 3);
  const auto by_anna = safety_number(version, {anna, a}, {bert, b_at_anna}, few).value();
  const auto by_bert = safety_number(version, {bert, b}, {anna, a_at_bert}, few).value();
  RC_PRE(anna != bert);
  RC_ASSERT(*compare_safety_number(by_anna, by_bert.scannable) ==
            expected(a == a_at_bert, b == b_at_anna));
  RC_ASSERT(*compare_safety_number(by_anna, by_anna.scannable) == SafetyComparison::our_own_code);
  RC_ASSERT((by_anna.digits == by_bert.digits) == (a == a_at_bert && b == b_at_anna));
}

}  // namespace
}  // namespace sotto::prop
