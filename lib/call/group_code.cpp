// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <new>

#include <sotto/group_code.hpp>

#include "crypto/hkdf.hpp"
#include "crypto/sha2.hpp"

namespace sotto {
namespace call {
namespace {

using GroupName = Public<struct GroupCodeNameRole, 32>;

void add_number(crypto::Sha256& hash, std::uint32_t number) noexcept {
  const std::array bytes{static_cast<std::uint8_t>(number >> 24),
                         static_cast<std::uint8_t>(number >> 16),
                         static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  hash.update(bytes);
}

template <class Digest>
Digest finish(crypto::Sha256& hash) noexcept {
  crypto::Sha256Digest digest;
  hash.finish(digest);
  return Digest(digest);
}

/// What the code is about [MK-9-1].
GroupName name_of(const CallId& id, const RosterHash& roster, std::uint32_t members) noexcept {
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto group code 1"));
  hash.update(id.bytes());
  hash.update(roster.bytes());
  add_number(hash, members);
  return finish<GroupName>(hash);
}

GroupCommitment commitment_to(const GroupName& group, std::uint32_t member,
                              const GroupNonce& nonce) noexcept {
  crypto::Sha256 hash;
  hash.update(crypto::label("sotto group code 1 commit"));
  hash.update(group.bytes());
  add_number(hash, member);
  hash.update(nonce.bytes());
  return finish<GroupCommitment>(hash);
}

}  // namespace

class GroupCodeRound {
 public:
  struct Member {
    bool committed = false;
    bool revealed = false;
    GroupCommitment commitment;
    GroupNonce nonce;
  };

  GroupCodeRound(const GroupName& group, std::uint32_t members, std::uint32_t ours,
                 const GroupNonce& nonce, std::unique_ptr<Member[]> room) noexcept
      : group_(group),
        count_(members),
        ours_(ours),
        not_committed_(members - 1),
        not_revealed_(members - 1),
        members_(std::move(room)) {
    members_[ours] = {true, true, commitment_to(group, ours, nonce), nonce};
  }

  [[nodiscard]] const Member& our() const noexcept { return members_[ours_]; }
  [[nodiscard]] bool all_committed() const noexcept { return not_committed_ == 0; }

  [[nodiscard]] Result<void> commit(std::uint32_t number, const GroupCommitment& said) noexcept {
    if (!is_other(number)) return std::unexpected(Error::malformed);
    Member& member = members_[number];
    if (member.committed)
      return std::unexpected(member.commitment == said ? Error::replayed : Error::conflict);
    member.committed = true;
    member.commitment = said;
    --not_committed_;
    return {};
  }

  [[nodiscard]] Result<void> reveal(std::uint32_t number, const GroupNonce& said) noexcept {
    if (!is_other(number)) return std::unexpected(Error::malformed);
    Member& member = members_[number];
    // Before all have committed nobody's nonce may count: who commits last would choose by it.
    if (!all_committed()) return std::unexpected(Error::unknown_key);
    if (commitment_to(group_, number, said) != member.commitment)
      return std::unexpected(Error::authentication_failed);
    if (member.revealed) return std::unexpected(Error::replayed);
    member.revealed = true;
    member.nonce = said;
    --not_revealed_;
    return {};
  }

  [[nodiscard]] Result<CallCode> code() const noexcept {  // [MK-9-3]
    if (not_revealed_ != 0) return std::unexpected(Error::unknown_key);
    crypto::Sha256 hash;
    hash.update(crypto::label("sotto group code 1 show"));
    hash.update(group_.bytes());
    const std::span<const Member> members(members_.get(), count_);
    for (const Member& member : members) hash.update(member.commitment.bytes());
    for (const Member& member : members) hash.update(member.nonce.bytes());
    crypto::Sha256Digest digest;
    hash.finish(digest);
    return call_code_of(digest);
  }

 private:
  [[nodiscard]] bool is_other(std::uint32_t number) const noexcept {
    return number < count_ && number != ours_;
  }

  GroupName group_;
  std::uint32_t count_;
  std::uint32_t ours_;
  std::uint32_t not_committed_;
  std::uint32_t not_revealed_;
  std::unique_ptr<Member[]> members_;
};

}  // namespace call

namespace {

/// Of a round that was moved from.
constexpr GroupCommitment no_commitment;

}  // namespace

GroupCode::GroupCode(std::unique_ptr<call::GroupCodeRound> impl) noexcept : impl_(std::move(impl)) {
}
GroupCode::GroupCode(GroupCode&&) noexcept = default;
GroupCode& GroupCode::operator=(GroupCode&&) noexcept = default;
GroupCode::~GroupCode() = default;

Result<GroupCode> GroupCode::create(const CallId& id, const RosterHash& roster,
                                    std::uint32_t members, std::uint32_t our_number,
                                    Entropy& entropy) noexcept {
  if (members < 2 || members > group_code_max_members || our_number >= members)
    return std::unexpected(Error::malformed);
  std::array<std::uint8_t, GroupNonce::size_bytes> drawn{};
  if (const auto filled = entropy.draw(drawn); !filled) return std::unexpected(filled.error());
  std::unique_ptr<call::GroupCodeRound::Member[]> room(new (std::nothrow)
                                                           call::GroupCodeRound::Member[members]);
  if (!room) return std::unexpected(Error::out_of_memory);
  std::unique_ptr<call::GroupCodeRound> round(new (std::nothrow) call::GroupCodeRound(
      call::name_of(id, roster, members), members, our_number, GroupNonce(drawn), std::move(room)));
  if (!round) return std::unexpected(Error::out_of_memory);
  return GroupCode(std::move(round));
}

const GroupCommitment& GroupCode::commitment() const noexcept {
  return impl_ ? impl_->our().commitment : no_commitment;
}

Result<GroupNonce> GroupCode::reveal() const noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  if (!impl_->all_committed()) return std::unexpected(Error::unknown_key);
  return impl_->our().nonce;
}

Result<void> GroupCode::take_commitment(std::uint32_t member,
                                        const GroupCommitment& commitment) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->commit(member, commitment);
}

Result<void> GroupCode::take_reveal(std::uint32_t member, const GroupNonce& nonce) noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->reveal(member, nonce);
}

Result<CallCode> GroupCode::code() const noexcept {
  if (!impl_) return std::unexpected(Error::consumed);
  return impl_->code();
}

}  // namespace sotto
