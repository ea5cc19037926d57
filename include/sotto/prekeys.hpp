// SPDX-License-Identifier: MIT OR Apache-2.0
/// The life of a device's own prekeys: how many, how long, and what is to be uploaded next.
///
/// What the device keeps and what the service holds are two numbers: only the app can ask the
/// service for the second, and says it with `ServiceStock`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sotto/x3dh.hpp>

namespace sotto {

/// What makes no sense is made to: a `batch` above 1,000 is 1,000, a `low_water` above `batch` is
/// `batch`, and a negative time is zero. With a `batch` of 0 there are no one-time prekeys, but for
/// those taken in, of which none may be kept; with a share of 0 no first message without one-time
/// prekey is opened. Times may be as long as their type has them.
struct PrekeyPolicy {
  /// One-time prekeys that the service should hold, at most 1,000, and the number under which it is
  /// given more. The device keeps at most 10 times `batch`; beyond that the oldest are destroyed.
  std::uint32_t batch = 100;
  std::uint32_t low_water = 20;
  /// A signed prekey that the service has acknowledged is replaced after this; one that it has not
  /// after 4 times this, and a day at least. The one replaced serves late first messages for
  /// `overlap` more and is then destroyed, with what remembers its use, unless it is the last that
  /// the service acknowledged. At most 40 are kept, the oldest goes, but not that one. One-time
  /// prekeys that the service holds no longer are destroyed after `overlap` too. A call destroys at
  /// most two signed prekeys and a tenth of a `batch` by age, so that one wrong time destroys no
  /// more; what seems to be older than its age and 400 days is a clock's error and counts anew.
  std::chrono::milliseconds rotate_after = std::chrono::days(7);
  std::chrono::milliseconds overlap = std::chrono::days(30);
  /// One-time prekeys that nobody used are replaced at the service when they are this old.
  std::chrono::milliseconds refresh_after = std::chrono::days(60);
  /// First messages without one-time prekey that one signed prekey serves; each is remembered (67
  /// bytes) so that a replay is seen. Beyond it: `exhausted`. Rotation is due at half of it.
  std::uint32_t max_last_resort = 10'000;
  /// Of these, from one name, with all its devices. Beyond it: `exhausted`, for that name alone.
  std::uint32_t max_last_resort_per_name = 100;
};

/// What the service says that it holds of this device. What it did not say stays as it is here.
/// Until the first upload is acknowledged it may have all that from a device that was lost.
struct ServiceStock {
  /// One-time prekeys that it has not handed out. Unknown: those count that were uploaded and not
  /// used, so that prekeys handed out and never used go unnoticed.
  std::optional<std::uint32_t> one_time_left{};
  /// The one that it hands out. That it names the current one acknowledges nothing: after the store
  /// went back, one id is of two prekeys. Naming one that is not kept here is as `not_ours`; so are
  /// far more one-time prekeys than it can have from here, where none is named.
  std::optional<SignedPrekeyId> signed_prekey{};
  bool lost_signed_prekey = false;  ///< it says that it has none
  /// Not its word but the app's: the store went back or was made anew from snapshots, so that the
  /// service, and peers, may have prekeys that are lost here. The next upload replaces them all,
  /// and has a new signed prekey: peers may have seen the one that came back replaced, and would
  /// answer `stale_bundle`. Say it until that upload is acknowledged, and no longer: each upload
  /// after that would be such a one too. An app without such a service calls
  /// `rotate_signed_prekey`.
  bool not_ours = false;
};

/// Names an upload by what is in it and by whose it is; the same prekeys offered again are the same
/// upload. It may be stored as its number, and tells nothing that the upload does not.
enum class UploadId : std::uint64_t {};

/// What to upload now: public halves, to be acknowledged by `Transaction::prekeys_uploaded`.
struct PrekeyUpload {
  UploadId id;
  /// Identity and signed prekey, which take the place of those at the service.
  Bundle signed_prekey;
  /// To be added to those at the service. It keeps one of each id, the one that came last, and
  /// takes none again that it handed out: no key, that is, for an id may come with another key.
  std::span<const Bundle::OneTime> one_time;
  /// The service must forget the one-time prekeys that it has before it takes these. So it is with
  /// the first upload of a device, until it is acknowledged.
  bool replaces;
};

struct PrekeyStatus {
  std::uint32_t one_time_left = 0;         ///< kept: not used yet, wherever they are
  std::uint32_t one_time_unpublished = 0;  ///< of these, not handed out or not acknowledged
  bool upload_due = false;                 ///< `prekeys_to_upload` would have something
  /// For apps that call `rotate_signed_prekey` themselves: there is no signed prekey, or the
  /// current one is much used or older than `rotate_after`. `prekeys_to_upload` replaces one that
  /// was not acknowledged later than that; see `PrekeyPolicy`.
  bool rotate_due = false;
  std::uint32_t signed_prekeys = 0;  ///< kept: the current one and those in their overlap
  /// Of these, not acknowledged by the service. More than one: uploads, or what
  /// `Transaction::prekeys_uploaded` is to be told of them, do not get through.
  std::uint32_t signed_unacknowledged = 0;
  /// First messages served without a one-time prekey by the current signed prekey: these have less
  /// forward secrecy.
  std::uint32_t last_resort_used = 0;
};

}  // namespace sotto
