// SPDX-License-Identifier: MIT OR Apache-2.0
/// The service that keeps bundles for others, and the network between all: honest unless told
/// otherwise.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ledger.hpp"

namespace sotto::prop::sim {

/// A bundle as it was handed out.
struct Fetched {
  wire::DeviceBundle bundle;
  Who whose = 0;
  std::uint32_t installation = 0;
  bool newest = true;
};

class BundleService {
 public:
  void upload(Who who, const Upload& upload, std::uint32_t installation);
  /// The bundle of `who`, whose one-time prekey is gone with it.
  [[nodiscard]] std::optional<Fetched> fetch(Who who, bool with_one_time, bool old);
  [[nodiscard]] std::uint32_t left(Who who) const;
  /// What it tells a device about itself.
  [[nodiscard]] Held held(Who who, std::uint32_t installation) const;
  /// Somebody asks for bundles until no one-time prekey is left.
  void drain(Who who) { shelves_[who].one_time.clear(); }

 private:
  struct Shelf {
    std::vector<wire::DeviceBundle> bundles;  ///< the newest last
    std::deque<Bundle::OneTime> one_time;
    std::set<OneTimePrekeyId> known;  ///< all that it ever took
    std::uint32_t installation = 0;
  };
  std::map<Who, Shelf> shelves_;
};

/// Letters on their way, by number; what is not acknowledged stays.
class Network {
 public:
  void post(std::uint32_t letter) { waiting_.push_back(letter); }
  void acknowledge(std::uint32_t letter) { std::erase(waiting_, letter); }
  void split() noexcept { split_ = true; }
  void join() noexcept { split_ = false; }
  [[nodiscard]] bool is_split() const noexcept { return split_; }
  [[nodiscard]] const std::deque<std::uint32_t>& waiting() const noexcept { return waiting_; }

 private:
  std::deque<std::uint32_t> waiting_;
  bool split_ = false;
};

}  // namespace sotto::prop::sim
