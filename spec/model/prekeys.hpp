// SPDX-License-Identifier: MIT OR Apache-2.0
/// The life of a device's own prekeys by spec/session.md, sections 5 and 8, each prekey by itself.
/// Written from that table alone. Keys are of no matter here: a prekey is its id.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sotto/entropy.hpp>
#include <sotto/prekeys.hpp>

#include "clock.hpp"

namespace sotto::model {

struct PrekeyLife {
  enum class Place : std::uint8_t { fresh, offered, uploaded, out };
  struct OneTime {
    std::uint32_t id;
    Place place;
    std::uint32_t upload = 0;
    Instant since{};
    friend bool operator==(const OneTime&, const OneTime&) = default;
  };
  struct Signed {
    std::uint32_t id;
    Instant made{};
    Instant replaced{};
    std::uint32_t upload = 0;
    bool acknowledged = false;
    std::set<std::string> base_keys{};
    std::map<std::string, std::uint32_t> names{};
    friend bool operator==(const Signed&, const Signed&) = default;
  };
  struct Upload {
    bool due = false;
    std::uint32_t id = 0;
    std::uint32_t signed_prekey = 0;
    std::vector<std::uint32_t> one_time{};
    bool replaces = false;
    friend bool operator==(const Upload&, const Upload&) = default;
  };

  PrekeyPolicy policy;
  std::deque<OneTime> one_times{};      ///< oldest first
  std::deque<Signed> signed_prekeys{};  ///< newest first
  std::uint32_t next_one_time = 0;      ///< 0: the next one made has one drawn
  std::uint32_t next_signed = 0;
  std::deque<std::uint32_t> drawn{};  ///< ids that the device drew, to be taken in this order
  std::uint32_t uploads = 0;
  std::uint32_t replacing = 0;
  Doubt doubt{};

  Upload to_upload(const ServiceStock& stock, Instant now);
  void uploaded(std::uint32_t upload, Instant now);
  void rotate(Instant now);
  void replenish();
  /// The id of the one-time prekey in the bundle.
  std::optional<std::uint32_t> bundle();

  /// What a first message finds; one that opens then uses it up.
  [[nodiscard]] std::optional<Error> use(std::uint32_t one_time);
  [[nodiscard]] std::optional<Error> use(std::uint32_t signed_prekey, const std::string& base_key,
                                         const std::string& name);

  [[nodiscard]] std::size_t count(Place place) const;
};

}  // namespace sotto::model
