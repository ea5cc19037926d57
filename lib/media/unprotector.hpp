// SPDX-License-Identifier: MIT OR Apache-2.0
/// The receiving end of one direction, with one key or a few.
#pragma once

#include <array>
#include <optional>

#include <sotto/srtp.hpp>

#include "base/door.hpp"
#include "media/ended_streams.hpp"
#include "media/forgery_budget.hpp"
#include "media/index_guesses.hpp"
#include "media/key_history.hpp"
#include "media/replay_window.hpp"
#include "media/stream_table.hpp"
#include "media/transform.hpp"

namespace sotto::media {

/// Finds the index of each packet, refuses what was seen, opens the rest; what `SrtpReceiver` is
/// made of.
class Unprotector {
 public:
  /// `first_roc` is the rollover counter at which the first packet of each stream is expected: 0
  /// unless the key takes over from an earlier one [RFC3711-3.3.1-2].
  explicit Unprotector(Transform&& transform, std::uint32_t first_roc = 0) noexcept
      : first_roc_(first_roc), reports_(srtp_max_streams), streams_(srtp_max_streams) {
    hold(keys_[0].emplace(std::move(transform)));
  }

  /// With RTCP's transform as well.
  Unprotector(Transform&& packets, Transform&& control,
              std::size_t max_streams = srtp_max_streams) noexcept
      : first_roc_(0), reports_(max_streams), streams_(max_streams) {
    hold(keys_[0].emplace(std::move(packets), std::move(control)));
  }

  /// Whether there was memory for the streams.
  [[nodiscard]] bool has_room() const noexcept {
    return streams_.has_room() && reports_.has_room();
  }

  /// Open packets under these as well. Windows are those of the streams, for all keys together.
  /// Errors: `malformed` (another profile, or an MKI of another size, or none), `conflict` (that
  /// MKI is held), `replayed` (a master that was held before, some of whose streams were forgotten
  /// since), `exhausted` (`srtp_max_keys` are).
  [[nodiscard]] Result<void> add_key(Transform&& packets, Transform&& control) noexcept;
  /// Errors: `unknown_key`.
  [[nodiscard]] Result<void> erase_key(Bytes mki) noexcept;
  /// As `SrtpReceiver::needs_new_key`.
  [[nodiscard]] bool needs_new_key() const noexcept;
  [[nodiscard]] SrtpProfile profile() const noexcept { return profile_; }
  [[nodiscard]] const ExtensionIds& encrypted_extensions() const noexcept { return encrypted_; }

  /// As `SrtpReceiver::unprotect`. Where it stood is told in `at`.
  [[nodiscard]] Result<MutableBytes> unprotect(MutableBytes out, Bytes packet,
                                               PacketIndex* at = nullptr) noexcept;

  /// As `SrtpReceiver::rollover` and `set_rollover`.
  [[nodiscard]] Result<std::uint32_t> rollover(Ssrc ssrc) noexcept;
  [[nodiscard]] Result<void> set_rollover(Ssrc ssrc, std::uint32_t roc) noexcept;

  /// As `SrtpReceiver::remove_stream`.
  [[nodiscard]] Result<void> remove(Ssrc ssrc) noexcept;

  /// As `SrtpReceiver::unprotect_rtcp`. There is a transform of RTCP.
  [[nodiscard]] Result<MutableBytes> unprotect_control(MutableBytes out, Bytes packet,
                                                       PacketIndex* at = nullptr) noexcept;

  /// The MKI of an RTP or RTCP packet that was opened: in place it stands behind what came out.
  [[nodiscard]] Bytes mki_of(Bytes packet, bool control) const noexcept {
    const std::size_t behind = control ? behind_control_mki_ : behind_mki_;
    return packet.first(packet.size() - behind).last(mki_bytes_);
  }

  [[nodiscard]] std::size_t overhead_bytes() const noexcept { return overhead_; }
  [[nodiscard]] std::size_t control_overhead_bytes() const noexcept { return control_overhead_; }

  [[nodiscard]] base::Door& door() noexcept { return door_; }

 private:
  static constexpr std::size_t control_word_bytes = 4;
  static constexpr std::size_t short_tag_bytes = 4;

  struct Key {
    explicit Key(Transform&& of_packets) noexcept : packets(std::move(of_packets)) {}
    Key(Transform&& of_packets, Transform&& of_control) noexcept
        : packets(std::move(of_packets)), control(std::move(of_control)) {}

    [[nodiscard]] KeySet as_set() const noexcept { return static_cast<KeySet>(1U << place); }
    [[nodiscard]] bool has_short_tag() const noexcept {
      return packets.tag_bytes() == short_tag_bytes;
    }

    Transform packets;
    std::optional<Transform> control;
    std::size_t place = 0;  ///< its own in `keys_`
    ForgeryBudget strays;   ///< of all SSRCs that are no stream yet
  };

  /// What is known of a stream of RTP.
  struct Stream {
    std::optional<ReplayWindow> opened;  ///< nothing yet in one whose counter was told only
    std::uint32_t told_roc = 0;
    std::array<ForgeryBudget, srtp_max_keys> budgets;  ///< under each key
    KeySet under = 0;   ///< the keys under which it opened, of those that are held
    KeySet barred = 0;  ///< those under which an earlier one of its name was ended

    /// Nothing of it opens any more.
    [[nodiscard]] bool is_over() const noexcept { return opened && under == 0; }
  };
  /// What is known of a source of RTCP.
  struct Reports {
    ReplayWindow opened;
    KeySet under = 0;
    KeySet barred = 0;

    [[nodiscard]] bool is_over() const noexcept { return under == 0; }
  };
  /// A packet that is to be opened behind its header.
  struct Sealed {
    RtpHeader header;
    Bytes clear;  ///< the header
    Bytes body;
  };

  /// Open a packet into `out` at the index where it stands, which is the result. Keeps nothing of
  /// it but the count of forgeries under a short tag.
  [[nodiscard]] Result<PacketIndex> open(Key& key, Stream* stream, MutableBytes out,
                                         const Sealed& packet) const noexcept;
  /// How a packet is looked for.
  struct Search {
    bool late;  ///< not at the first guess, which lies behind the window
    bool near;  ///< its number is next to the newest: hardly anywhere else
  };
  /// The same at one of these.
  [[nodiscard]] static Result<PacketIndex> search(const Key& key, ForgeryBudget* budget,
                                                  const IndexGuesses& guesses, Search how,
                                                  MutableBytes out, const Sealed& packet) noexcept;

  /// Whether there is a place for one stream more, or one whose keys are all gone.
  template <class State>
  [[nodiscard]] bool has_place(const StreamTable<State>& table) const noexcept;
  /// The state of a stream that begins. There is a place.
  template <class State>
  State* begin(StreamTable<State>& table, Ssrc ssrc) noexcept;

  /// Take the layout of packets, which all keys share, from the first.
  void hold(const Key& first) noexcept;
  [[nodiscard]] Key* find(Bytes mki) noexcept;
  /// The key whose MKI stands in `sealed`, `behind` bytes before its end.
  [[nodiscard]] Key* key_of(Bytes sealed, std::size_t behind) noexcept;

  std::array<std::optional<Key>, srtp_max_keys> keys_;
  std::size_t newest_key_ = 0;  ///< its place
  SrtpProfile profile_ = SrtpProfile::aead_aes_256_gcm;
  ExtensionIds encrypted_;
  std::size_t mki_bytes_ = 0;
  std::size_t overhead_ = 0;
  std::size_t behind_mki_ = 0;  ///< bytes of an RTP packet behind its MKI
  std::size_t control_overhead_ = 0;
  std::size_t behind_control_mki_ = 0;
  std::uint32_t first_roc_;
  StreamTable<Reports> reports_;
  StreamTable<Stream> streams_;
  EndedStreams ended_;
  KeyHistory history_;
  bool forgot_ = false;  ///< what some stream opened
  /// Every master that was held is known again. Otherwise what is ended is so for good.
  bool all_known_ = true;
  /// And none came twice, so that what opened under one that is gone opens no more. Otherwise no
  /// stream makes room.
  bool may_retire_ = true;
  base::Door door_;
};

}  // namespace sotto::media
