// SPDX-License-Identifier: MIT OR Apache-2.0
/// What `GroupCall` is made of.
#pragma once

#include <memory>

#include "call/group_departed.hpp"
#include "call/group_sender.hpp"

namespace sotto::call {

class GroupState {
 public:
  /// Errors: as `GroupCall::create`.
  [[nodiscard]] static Result<std::unique_ptr<GroupState>> create(const GroupTerms& terms,
                                                                  std::uint64_t roster_number,
                                                                  std::span<const MemberId> roster,
                                                                  Entropy& entropy,
                                                                  Instant now) noexcept;

  [[nodiscard]] Result<void> set_roster(std::uint64_t number, std::span<const MemberId> roster,
                                        Entropy& entropy, Instant now) noexcept;
  [[nodiscard]] Result<void> take(const MemberId& from, Bytes message, Entropy& entropy,
                                  Instant now) noexcept;
  [[nodiscard]] Result<std::optional<GroupMessage>> next_message(MutableBytes out) noexcept;
  [[nodiscard]] std::array<std::uint8_t, group_note_bytes> roster_note() const noexcept;
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes metadata, Bytes plaintext,
                                          Instant now) noexcept;
  [[nodiscard]] Result<MutableBytes> open(const MemberId& from, MutableBytes out, Bytes metadata,
                                          Bytes frame, Instant now) noexcept;
  [[nodiscard]] Result<void> ask(const MemberId& member, Instant now) noexcept;
  [[nodiscard]] Result<void> tick(Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  [[nodiscard]] std::optional<MemberId> next_difference() noexcept;
  [[nodiscard]] std::size_t confirmed() const noexcept;

  [[nodiscard]] const RosterName& roster() const noexcept { return roster_.name(); }
  [[nodiscard]] const GroupSender& sender() const noexcept { return sender_; }
  [[nodiscard]] std::size_t tag_bytes() const noexcept { return sframe_sizes(terms_.suite).tag; }
  /// Null for ourselves and for who is not in the roster.
  [[nodiscard]] GroupPeer* peer(const MemberId& member) noexcept;

 private:
  using Peers = std::unique_ptr<GroupPeer[]>;

  GroupState(const GroupTerms& terms, Roster&& roster, Peers peers, GroupSender&& sender,
             Instant now) noexcept;

  [[nodiscard]] Result<Roster> roster_with_us(std::uint64_t number,
                                              std::span<const MemberId> members) const noexcept;
  [[nodiscard]] Result<void> take_key(GroupPeer& peer, const KeyMessage& message, Entropy& entropy,
                                      Instant now) noexcept;
  void tell_all() noexcept;
  void carry_over(const Roster& next, Peers& peers) noexcept;
  [[nodiscard]] std::span<GroupPeer> peers() noexcept {
    return {peers_.get(), roster_.members().size()};
  }
  [[nodiscard]] std::span<const GroupPeer> peers() const noexcept {
    return {peers_.get(), roster_.members().size()};
  }

  GroupTerms terms_;
  std::uint64_t stay_;
  Roster roster_;
  RosterPast past_;
  GroupLeaves leaves_;
  GroupDeparted departed_;
  Peers peers_;  ///< in the roster's order; ours is not used
  GroupSender sender_;
};

}  // namespace sotto::call
