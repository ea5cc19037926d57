// SPDX-License-Identifier: MIT OR Apache-2.0
/// Which devices a conversation of two people has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sotto/address.hpp>
#include <sotto/error.hpp>
#include <sotto/ids.hpp>

namespace sotto {

/// A device of a user.
struct UserDevice {
  UserId user;
  DeviceId device{};
  friend bool operator==(const UserDevice&, const UserDevice&) noexcept = default;
  friend auto operator<=>(const UserDevice&, const UserDevice&) noexcept = default;
};

/// A message of a conversation: an id is unique among those of one person only, for others may take
/// it again on purpose.
struct MessageName {
  UserId author;
  MessageId id;
  friend bool operator==(const MessageName&, const MessageName&) noexcept = default;
  friend auto operator<=>(const MessageName&, const MessageName&) noexcept = default;
};

/// The most devices of one person that a choice names.
inline constexpr std::size_t choice_max_devices = 32;

/// The devices of one person in a conversation: all that are in the person's roster, those added
/// later as well; or those that were chosen, and no other.
class ChosenDevices {
 public:
  constexpr ChosenDevices() noexcept = default;

  [[nodiscard]] static ChosenDevices all(const UserId& user) noexcept;
  /// In any order. Errors: `malformed` (none, more than 32, one twice).
  [[nodiscard]] static Result<ChosenDevices> only(const UserId& user,
                                                  std::span<const DeviceId> devices) noexcept;

  [[nodiscard]] const UserId& user() const noexcept { return user_; }
  [[nodiscard]] bool is_all() const noexcept { return count_ == 0; }
  /// Ascending; none when all are meant.
  [[nodiscard]] std::span<const DeviceId> devices() const noexcept {
    return std::span(devices_).first(count_);
  }
  [[nodiscard]] bool has(DeviceId device) const noexcept;

  friend bool operator==(const ChosenDevices&, const ChosenDevices&) noexcept = default;

 private:
  UserId user_;
  std::size_t count_ = 0;
  std::array<DeviceId, choice_max_devices> devices_{};
};

/// A conversation's devices, as one of them decided. Every message carries the choice that stands,
/// so that all see who is there; of two choices the one with the larger number stands, of two with
/// the same number the one with the larger author [CV-2-2].
///
/// Who sends a message answers for the choice in it. Nobody signs a choice, and any device of the
/// conversation passes on those of the others: so it can make one, and name another device of the
/// two people as its author [CV-2-4].
class DeviceChoice {
 public:
  constexpr DeviceChoice() noexcept = default;

  /// Errors: `malformed` (both sides are the same person, the author is on neither side or leaves
  /// itself out).
  [[nodiscard]] static Result<DeviceChoice> create(std::uint64_t number, const UserDevice& author,
                                                   const ChosenDevices& one,
                                                   const ChosenDevices& other) noexcept;

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Who made it, if those through whom it came speak the truth: a name by which two choices of one
  /// number are told apart, and no more. Show a person who sent the message instead.
  [[nodiscard]] const UserDevice& author() const noexcept { return author_; }
  /// By user id, ascending.
  [[nodiscard]] std::span<const ChosenDevices, 2> sides() const noexcept { return sides_; }
  /// The side of a user, or null.
  [[nodiscard]] const ChosenDevices* side(const UserId& user) const noexcept;
  [[nodiscard]] bool has(const UserDevice& device) const noexcept;
  /// Whether this one stands when the two meet.
  [[nodiscard]] bool stands_over(const DeviceChoice& other) const noexcept;

  friend bool operator==(const DeviceChoice&, const DeviceChoice&) noexcept = default;

 private:
  std::uint64_t number_ = 0;
  UserDevice author_;
  std::array<ChosenDevices, 2> sides_{};
};

/// The most bytes of a choice when written.
inline constexpr std::size_t choice_max_bytes = 45 + 2 * (33 + 4 * choice_max_devices);

}  // namespace sotto
