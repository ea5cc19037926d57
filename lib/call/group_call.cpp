// SPDX-License-Identifier: MIT OR Apache-2.0
#include <sotto/group_call.hpp>

#include "call/group_state.hpp"

namespace sotto {

using call::GroupState;

namespace {

/// Of a call that was moved from.
constexpr RosterHash no_roster;

}  // namespace

GroupCall::GroupCall(std::unique_ptr<GroupState> impl) noexcept : impl_(std::move(impl)) {
}
GroupCall::GroupCall(GroupCall&&) noexcept = default;
GroupCall& GroupCall::operator=(GroupCall&&) noexcept = default;
GroupCall::~GroupCall() = default;

Result<GroupCall> GroupCall::create(const GroupTerms& terms, std::uint64_t roster_number,
                                    std::span<const MemberId> roster, Entropy& entropy,
                                    Instant now) noexcept {
  auto made = GroupState::create(terms, roster_number, roster, entropy, now);
  if (!made) return std::unexpected(made.error());
  return GroupCall(*std::move(made));
}

Result<void> GroupCall::set_roster(std::uint64_t number, std::span<const MemberId> roster,
                                   Entropy& entropy, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->set_roster(number, roster, entropy, now);
}
Result<void> GroupCall::take(const MemberId& from, Bytes message, Entropy& entropy,
                             Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->take(from, message, entropy, now);
}
Result<std::optional<GroupMessage>> GroupCall::next_message(MutableBytes out) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->next_message(out);
}
std::array<std::uint8_t, group_note_bytes> GroupCall::roster_note() const noexcept {
  return impl_ ? impl_->roster_note() : std::array<std::uint8_t, group_note_bytes>{};
}
Result<MutableBytes> GroupCall::seal(MutableBytes out, Bytes metadata, Bytes plaintext,
                                     Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->seal(out, metadata, plaintext, now);
}
std::size_t GroupCall::max_sealed_size(std::size_t plaintext) const noexcept {
  return impl_ ? sframe_max_header_bytes + plaintext + impl_->tag_bytes() : 0;
}
Result<MutableBytes> GroupCall::open(const MemberId& from, MutableBytes out, Bytes metadata,
                                     Bytes frame, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->open(from, out, metadata, frame, now);
}
Result<void> GroupCall::ask(const MemberId& member, Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->ask(member, now);
}
Result<void> GroupCall::tick(Instant now) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->tick(now);
}
std::optional<Instant> GroupCall::next_deadline() const noexcept {
  return impl_ ? impl_->next_deadline() : std::nullopt;
}
std::optional<MemberId> GroupCall::next_difference() noexcept {
  return impl_ ? impl_->next_difference() : std::nullopt;
}
std::size_t GroupCall::confirmed() const noexcept {
  return impl_ ? impl_->confirmed() : 0;
}
const RosterHash& GroupCall::roster_hash() const noexcept {
  return impl_ ? impl_->roster().hash : no_roster;
}
std::uint64_t GroupCall::roster_number() const noexcept {
  return impl_ ? impl_->roster().number : 0;
}
SframeKid GroupCall::kid() const noexcept {
  return impl_ ? impl_->sender().kid() : SframeKid{};
}
bool GroupCall::switching() const noexcept {
  return impl_ && impl_->sender().switches_at().has_value();
}
std::size_t GroupCall::keys_of(const MemberId& member) const noexcept {
  const auto* const peer = impl_ ? impl_->peer(member) : nullptr;
  return peer == nullptr ? 0 : peer->generations();
}

}  // namespace sotto
