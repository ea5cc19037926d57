// SPDX-License-Identifier: MIT OR Apache-2.0
/// Changes to our prekeys that are prepared while anything may fail, and then applied at once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <sotto/entropy.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/x3dh.hpp>

#include "session/prekey_index.hpp"
#include "session/staged_rows.hpp"

namespace sotto::session {

/// One-time prekeys kept at most [SES-8-6].
[[nodiscard]] inline std::uint32_t most_kept(const PrekeyPolicy& policy) noexcept {
  return 10 * policy.batch;
}

/// A working copy of the index, with the rows that are to come and to go. Dropped, it leaves
/// nothing but what was read. All operations may also answer as `StagedRows::at`.
class PrekeyEdit {
 public:
  struct OneTime {
    StagedRow* row;
    OneTimePrekey prekey;
  };

  /// Errors: `out_of_memory`.
  [[nodiscard]] static Result<PrekeyEdit> begin(const PrekeyIndex& index, StagedRows& rows,
                                                const PrekeyPolicy& policy) noexcept;

  /// The next ids are drawn: those to come may have been given out before [SES-8-1].
  void begin_ids_anew() noexcept;
  /// A new signed prekey becomes the current one, and those whose overlap is over go [SES-8-2].
  /// Errors: `entropy_failed`.
  [[nodiscard]] Result<void> rotate(const IdentityKeyPair& identity, Entropy& entropy,
                                    Instant now) noexcept;
  /// Make one-time prekeys, fewer when no more may be kept; the oldest of those that are out make
  /// room for them, and of those uploaded for what is offered [SES-8-6]. Returns how many. Errors:
  /// `entropy_failed`.
  [[nodiscard]] Result<std::uint32_t> make_one_time(std::uint32_t count, PrekeyIndex::Place place,
                                                    std::uint32_t upload,
                                                    Entropy& entropy) noexcept;
  /// Take in a copy of a one-time prekey [SES-8-8]. Errors: `already_exists`, `exhausted`.
  [[nodiscard]] Result<void> take_in(const OneTimePrekey& prekey) noexcept;
  /// Take in a copy of a signed prekey, as `rotate` does with one that it makes [SES-8-8]. Errors:
  /// `already_exists`.
  [[nodiscard]] Result<void> take_in(const SignedPrekey& prekey, Instant now) noexcept;
  /// One-time prekeys that are out for `overlap` or longer go, some of them [SES-8-6].
  [[nodiscard]] Result<void> destroy_aged(Instant now) noexcept;

  [[nodiscard]] PrekeyIndex& index() noexcept { return index_; }
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  void touch() noexcept { changed_ = true; }
  /// Those made, by rising age of their making.
  [[nodiscard]] const Growing<OneTime>& made() const noexcept { return made_; }
  [[nodiscard]] const SignedPrekey* signed_prekey() const noexcept {
    return signed_ ? &*signed_ : nullptr;
  }

  /// Changes the rows; the index then takes the place of the one that it is a copy of.
  void apply() noexcept;

 private:
  PrekeyEdit(PrekeyIndex&& index, StagedRows& rows, const PrekeyPolicy& policy) noexcept
      : index_(std::move(index)), rows_(&rows), policy_(&policy) {}

  [[nodiscard]] Result<void> make_current(StagedRow& row, SignedPrekey&& prekey,
                                          Instant now) noexcept;
  [[nodiscard]] Result<StagedRow*> free_row(std::uint32_t& next, bool one_time,
                                            Entropy& entropy) noexcept;
  [[nodiscard]] Result<void> add_gone(const RowName& prefix) noexcept;
  [[nodiscard]] Result<void> destroy_signed(std::size_t i) noexcept;
  [[nodiscard]] Result<void> destroy_old_signed(Instant now) noexcept;
  [[nodiscard]] Result<void> destroy_oldest(std::size_t group, std::uint32_t count) noexcept;
  [[nodiscard]] Result<std::uint32_t> room_for(std::uint32_t count,
                                               PrekeyIndex::Place place) noexcept;

  PrekeyIndex index_;
  StagedRows* rows_;
  const PrekeyPolicy* policy_;
  Growing<StagedRow*> gone_;
  Growing<OneTime> made_;
  std::optional<SignedPrekey> signed_;
  StagedRow* signed_row_ = nullptr;
  bool changed_ = false;
};

}  // namespace sotto::session
