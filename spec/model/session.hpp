// SPDX-License-Identifier: MIT OR Apache-2.0
/// A session as spec/session.md holds it: a ratchet and what is known beside it.
#pragma once

#include <set>

#include "ratchet.hpp"

namespace sotto::model {

/// Who we are.
struct Self {
  Pair identity;
  std::uint32_t registration;
};

/// Somebody's bundle, verified.
struct Bundle {
  struct OneTime {
    std::uint32_t id;
    Key key;
  };
  std::uint32_t registration;
  Key identity;
  std::uint32_t signed_prekey_id;
  Key signed_prekey;
  std::optional<OneTime> one_time{};
};

/// Our own prekeys, the base keys that each signed one remembers, and the identities that belong to
/// other names.
struct Prekeys {
  std::map<std::uint32_t, Pair> signed_prekeys{};
  std::map<std::uint32_t, Pair> one_times{};
  std::map<std::uint32_t, std::set<Key>> remembered{};
  std::size_t max_last_resort = 10'000;
  std::set<Key> of_other_names{};  ///< shown by them, or accepted for them, to be their own
};

struct Pending {
  std::uint32_t signed_prekey;
  std::optional<std::uint32_t> one_time;
};

struct Session {
  std::uint32_t id = 0;
  Ratchet ratchet;
  Key base_key{};
  std::uint32_t registration = 0;
  std::optional<Pending> pending{};
  bool established = false;
  Instant created{};
  Instant archived{};
};

}  // namespace sotto::model
