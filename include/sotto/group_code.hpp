// SPDX-License-Identifier: MIT OR Apache-2.0
/// The short code of a group call: the same at all members unless somebody sits between any two, or
/// any two see different members. Specified in spec/media_keys.md, section 9.
///
/// Messages go through sessions or any other channel: the code itself is what is trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/call_code.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/sotto_call.hpp>

namespace sotto {

namespace call {
class GroupCodeRound;
}

/// A member's commitment and, later, its nonce.
using GroupCommitment = Public<struct GroupCommitmentRole, 32>;
using GroupNonce = Public<struct GroupNonceRole, 32>;

inline constexpr std::uint32_t group_code_max_members = 1024;

/// One member's view of one making of the code. Members are numbered in the roster's order, from 0.
/// Once it was moved from, functions answer `consumed`, or zero.
class GroupCode {
 public:
  /// Draws 32 bytes. Errors: `malformed` (fewer than 2 members, more than 1,024, or no such number
  /// as ours), `entropy_failed`, `out_of_memory`.
  [[nodiscard]] static Result<GroupCode> create(const CallId& id, const RosterHash& roster,
                                                std::uint32_t members, std::uint32_t our_number,
                                                Entropy& entropy) noexcept;
  GroupCode(GroupCode&&) noexcept;
  GroupCode& operator=(GroupCode&&) noexcept;
  ~GroupCode();

  /// To be sent to all, first.
  [[nodiscard]] const GroupCommitment& commitment() const noexcept;
  /// To be sent to all when it is there: once all have committed [MK-9-2]. Errors: `unknown_key`.
  [[nodiscard]] Result<GroupNonce> reveal() const noexcept;

  /// Errors: `malformed` (no such member, or we), `conflict` (it said another one before, which
  /// stays), `replayed` (the same again).
  [[nodiscard]] Result<void> take_commitment(std::uint32_t member,
                                             const GroupCommitment& commitment) noexcept;
  /// Errors: also `unknown_key` (not all have committed: keep it for later),
  /// `authentication_failed` (not what it committed to).
  [[nodiscard]] Result<void> take_reveal(std::uint32_t member, const GroupNonce& nonce) noexcept;

  /// Errors: `unknown_key` until all have revealed.
  [[nodiscard]] Result<CallCode> code() const noexcept;

 private:
  explicit GroupCode(std::unique_ptr<call::GroupCodeRound> impl) noexcept;
  std::unique_ptr<call::GroupCodeRound> impl_;
};

}  // namespace sotto
