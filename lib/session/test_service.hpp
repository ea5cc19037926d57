// SPDX-License-Identifier: MIT OR Apache-2.0
/// A service that keeps a device's prekeys and hands them out, for the tests of this room.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "session/test_devices.hpp"
#include "session/work.hpp"

namespace sotto::session {

/// An upload with what it points to.
struct Uploading {
  bool due = false;
  UploadId id{};
  Bundle signed_prekey{};
  std::vector<Bundle::OneTime> one_time;
  bool replaces = false;

  friend bool operator==(const Uploading&, const Uploading&) = default;
};

/// The next prekeys have the ids from `id` on, which tests can name; a device draws where to begin.
inline void begin_ids(Party& party, std::uint32_t id = 1) {
  auto tx = party.begin();
  PrekeyRows& prekeys = tx.work().prekeys();
  PrekeyIndex& index = **prekeys.index();
  index.next_one_time = id;
  index.next_signed = id;
  prekeys.touch();
  EXPECT_TRUE(std::move(tx).commit());
}

/// Asks what to upload, and commits.
inline Uploading next_upload(Party& party, const ServiceStock& stock = {}) {
  auto tx = party.begin();
  const auto pending = tx.prekeys_to_upload(stock, party.tape, party.now);
  if (!pending) {
    ADD_FAILURE() << name(pending.error());
    return {};
  }
  const auto committed = std::move(tx).commit();
  EXPECT_TRUE(committed);
  std::vector<Bundle::OneTime> room(pending->size());
  const auto upload = pending->release(*committed, room);
  EXPECT_TRUE(upload);
  return {pending->due(), upload->id, upload->signed_prekey, room, upload->replaces};
}

inline void acknowledge(Party& party, UploadId upload) {
  auto tx = party.begin();
  EXPECT_TRUE(tx.prekeys_uploaded(upload, party.now));
  EXPECT_TRUE(std::move(tx).commit());
}

/// It does what it is told, hands out one-time prekeys oldest first, and each once. Of two with one
/// id it keeps the one that came last.
struct Service {
  std::optional<Bundle> signed_prekey;
  std::deque<Bundle::OneTime> one_time;
  std::vector<Bundle::OneTime> handed_out;

  [[nodiscard]] ServiceStock stock() const {
    ServiceStock stock{.one_time_left = static_cast<std::uint32_t>(one_time.size())};
    if (signed_prekey) stock.signed_prekey = signed_prekey->signed_prekey_id;
    stock.lost_signed_prekey = !signed_prekey;
    return stock;
  }

  void take(const Uploading& upload) {
    if (!upload.due) return;
    signed_prekey = upload.signed_prekey;
    if (upload.replaces) one_time.clear();
    for (const Bundle::OneTime& one : upload.one_time) {
      if (std::ranges::find(handed_out, one) != handed_out.end()) continue;
      const auto there = std::ranges::find(one_time, one.id, &Bundle::OneTime::id);
      if (there == one_time.end())
        one_time.push_back(one);
      else
        *there = one;
    }
  }

  /// Ask, upload, acknowledge.
  Uploading sync(Party& party, const ServiceStock& said) {
    const Uploading upload = next_upload(party, said);
    take(upload);
    if (upload.due) acknowledge(party, upload.id);
    return upload;
  }
  Uploading sync(Party& party) { return sync(party, stock()); }

  Bundle hand_out() {
    Bundle bundle = signed_prekey.value();
    if (one_time.empty()) return bundle;
    bundle.one_time = one_time.front();
    handed_out.push_back(one_time.front());
    one_time.pop_front();
    return bundle;
  }
  void hand_out(int count) {
    for (int i = 0; i < count; ++i) static_cast<void>(hand_out());
  }

  void forget() { *this = {}; }
};

/// What comes of a first message from `from`, with a bundle that a service handed out.
inline std::optional<Error> reach(Party& from, Party& to, const Bundle& bundle,
                                  std::uint32_t device = 1) {
  const auto verified = verify(bundle);
  if (!verified) return verified.error();
  const auto begun =
      from.device.connect(to.address(), RegistrationId{1}, *verified, from.tape, from.now);
  if (!begun) return begun.error();
  const Letter letter = *from.write(to, "hello");
  std::vector<std::uint8_t> out(letter.bytes.size());
  return testing::error_of(to.device.decrypt(out, {from.name, DeviceId{device}}, letter.kind,
                                             letter.bytes, to.tape, to.now));
}

/// Whether a newcomer reaches bob by what the service hands out.
inline ::testing::AssertionResult reached(Service& service, Party& bob) {
  static std::uint64_t seed = 100;
  ++seed;
  Party caller("caller" + std::to_string(seed), seed);
  caller.now = bob.now;
  const Bundle bundle = service.hand_out();
  if (const auto error = reach(caller, bob, bundle))
    return ::testing::AssertionFailure() << name(*error);
  return ::testing::AssertionSuccess();
}

}  // namespace sotto::session
