// SPDX-License-Identifier: MIT OR Apache-2.0
/// The keys under which one member of a group call seals: the present one, and one that waits.
#pragma once

#include <optional>

#include <sotto/group_call.hpp>

namespace sotto::call {

/// A key as it is told to a member.
struct GroupKeyView {
  SframeKid kid;
  /// Number of the newest roster that all are members of who were told its generation.
  std::uint64_t since;
  Bytes base_key;
};

class GroupSender {
 public:
  /// Whom a change has to be told to.
  enum class Tell : std::uint8_t { newcomers, all };

  /// Errors: `downgraded` (suite), `entropy_failed`, `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<GroupSender> create(SframeSuite suite, std::uint64_t roster,
                                                  Entropy& entropy) noexcept;

  /// Somebody joined: step, so that the newcomer opens nothing from before [GC-4-1]. At the chain's
  /// end draw a new generation [GC-4-4]. Where one waits already, nothing was sealed under it: that
  /// is the newcomer's first. Errors: `entropy_failed`, `out_of_memory`.
  [[nodiscard]] Result<Tell> on_join(std::uint64_t roster, Entropy& entropy, Instant now) noexcept;
  /// Somebody left: draw a generation that takes over in 2 s at the latest [GC-4-2] [GC-4-3].
  /// Errors: `entropy_failed`, `out_of_memory`.
  [[nodiscard]] Result<void> on_leave(std::uint64_t roster, Entropy& entropy, Instant now) noexcept;
  /// Nobody left between the roster before and this one.
  void confirm(std::uint64_t roster) noexcept;
  /// Errors: `out_of_memory`: the generation still waits.
  [[nodiscard]] Result<void> switch_if_due(Instant now) noexcept;

  /// Errors: those of `SframeSender::seal`.
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes metadata,
                                          Bytes plaintext) noexcept {
    return frames_.seal(out, metadata, plaintext);
  }

  /// The newest key.
  [[nodiscard]] GroupKeyView newest() const noexcept;
  [[nodiscard]] SframeKid kid() const noexcept { return frames_.kid(); }
  [[nodiscard]] std::optional<Instant> switches_at() const noexcept;

 private:
  struct Waiting {
    SframeBaseKey key;
    std::uint64_t since;
    Instant due;
  };
  GroupSender(SframeSender&& frames, SframeSuite suite, std::uint64_t roster) noexcept
      : frames_(std::move(frames)), suite_(suite), since_(roster) {}

  SframeSender frames_;
  SframeSuite suite_;
  std::uint64_t since_;           ///< of the present generation, unless one waits
  std::uint64_t generation_ = 0;  ///< the newest, also if it waits
  std::optional<Waiting> waiting_;
};

}  // namespace sotto::call
