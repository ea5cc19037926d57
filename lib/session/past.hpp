// SPDX-License-Identifier: MIT OR Apache-2.0
/// Who committed to a store before, and how far each of them came: by this a store that went on is
/// told from one that was set back and then passed by another.
///
///   past = writer(8) number(8), 8 times: the highest number first, zeros where there are fewer
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sotto::session {

/// A device object that commits: a number which its first commit determines, by what it stores.
/// Two objects have the same one only when their first commits store the same under one number.
/// 0 is nobody.
enum class Writer : std::uint64_t {};

/// The last commit of a writer.
struct Reached {
  Writer writer{};
  std::uint64_t number = 0;
  friend bool operator==(const Reached&, const Reached&) noexcept = default;
};

/// The last commits of the writers before the present one, each writer once. Who commits after
/// another notes that one here; when all places are taken, the lowest number goes.
class Past {
 public:
  static constexpr std::size_t most = 8;

  /// After `last`, the commit before, `next` writes. It may be the same writer.
  void hand_over(const Reached& last, Writer next) noexcept;

  /// Whether the commit is part of this past, as far as writers tell that were not told they were
  /// set back; nothing when it may have been noted and have gone since.
  [[nodiscard]] std::optional<bool> has(const Reached& commit) const noexcept;

  /// Put one behind the others, as it is stored. Numbers fall and nobody is there twice, or this
  /// answers false.
  [[nodiscard]] bool append(const Reached& commit) noexcept;

  [[nodiscard]] const std::array<Reached, most>& all() const noexcept { return all_; }
  friend bool operator==(const Past&, const Past&) noexcept = default;

 private:
  std::array<Reached, most> all_{};
  std::size_t count_ = 0;
};

}  // namespace sotto::session
