// SPDX-License-Identifier: MIT OR Apache-2.0
/// Frames of Signal's group calls (RingRTC 2.70), sealed end to end past the server.
///
/// A sender has a secret, which it tells every member through a session. Of the secret follow a
/// cipher key, a MAC key, and by a one-way step the next secret; the step's number stands in each
/// frame. A frame is ciphertext || step (1 byte) || counter (4) || MAC (16). When somebody joins,
/// the sender steps on and tells the newcomer alone; when somebody leaves, it draws a new secret.
///
/// What RingRTC has not, and this has: a replay window. What the format has not, and so this has
/// not either: metadata that is authenticated, and a proof which member sealed a frame, since all
/// members know the secret.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <sotto/bytes.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/secret.hpp>

namespace sotto {

namespace call {
class RingrtcSealer;
class RingrtcOpener;
}  // namespace call

/// What a sender's frame keys follow from: 32 random bytes, or the step after such.
using RingrtcSecret = Secret<struct RingrtcSecretRole, 32>;

/// A fresh secret from 32 bytes of `entropy`. Errors: `entropy_failed` (also: all zero).
[[nodiscard]] Result<RingrtcSecret> draw_ringrtc_secret(Entropy& entropy) noexcept;

/// Bytes behind each frame's ciphertext: step 1, counter 4, MAC 16.
inline constexpr std::size_t ringrtc_footer_bytes = 21;

/// The largest frame that is sealed or opened here, before the footer. The format has no bound
/// below 2^32.
inline constexpr std::size_t ringrtc_max_frame_bytes = std::size_t{1} << 24;

/// Seals the frames of one sender: audio, video and data alike, for they share one counter. That is
/// 1 for the first frame, and starts again neither with a step nor with a new secret, not even when
/// the same secret is given again. It cannot open any frame. So that no counter is sealed twice,
/// functions answer `wrong_state` while another thread is inside, and in a forked process. They
/// answer `consumed`, or zero, once it was moved from; `secret` is not called then.
class RingrtcSender {
 public:
  /// Consumes the secret, unless it fails. No other sender may be made of the same.
  /// `first_counter` goes on after a restart: above every counter that may have been used.
  /// Errors: `weak_key` (the secret is all zero, as a consumed one is), `malformed` (counter 0),
  /// `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<RingrtcSender> create(RingrtcSecret&& secret,
                                                    std::uint32_t first_counter = 1) noexcept;
  RingrtcSender(RingrtcSender&&) noexcept;
  RingrtcSender& operator=(RingrtcSender&&) noexcept;
  ~RingrtcSender();

  /// Seal a frame into `out`, which holds `frame.size() + ringrtc_footer_bytes` bytes and starts
  /// where `frame` starts, or shares nothing with it. The counter is spent before the first byte is
  /// written. No heap. Errors: `malformed` (above `ringrtc_max_frame_bytes`), `exhausted` (counter
  /// 2^32 - 1 was spent; there is no way on but another sender, under another name in the call),
  /// `buffer_too_small`, `buffers_overlap`.
  [[nodiscard]] Result<MutableBytes> seal(MutableBytes out, Bytes frame) noexcept;

  /// Step on: from the next frame on the keys are those of the next secret; the one before is gone.
  /// The step's number is modulo 256. Errors: `out_of_memory`; nothing has changed then.
  [[nodiscard]] Result<void> ratchet() noexcept;

  /// Seal under a new secret from the next frame on, at step 0. The counter goes on. RingRTC tells
  /// members the secret at once and seals under it 5 s later; both is the caller's to do.
  /// Errors: `weak_key`, `out_of_memory`; nothing has changed then.
  [[nodiscard]] Result<void> rekey(RingrtcSecret&& secret) noexcept;

  /// The present secret and its step, to be told to a newcomer through a session.
  [[nodiscard]] const RingrtcSecret& secret() const noexcept;
  [[nodiscard]] std::uint8_t step() const noexcept;

  /// The counter of the next frame; 2^32 when there is none.
  [[nodiscard]] std::uint64_t next_counter() const noexcept;

 private:
  explicit RingrtcSender(std::unique_ptr<call::RingrtcSealer> impl) noexcept;
  std::unique_ptr<call::RingrtcSealer> impl_;
};

/// The bounds of a receiver; those of RingRTC where nothing else is said.
struct RingrtcLimits {
  /// Secrets of the sender held at once, the newest included: 1 to 5. The oldest goes first.
  std::uint8_t max_secrets = 5;
  /// How many steps a frame may be ahead of a secret. The price of a forged frame is one HKDF for
  /// each step and one MAC, for each secret held.
  std::uint8_t max_steps = 255;
  /// Keys of steps before the newest that open late frames, for each secret: 0 to 5.
  std::uint8_t max_old_steps = 5;
  /// The keys of a step or secret that a newer one has replaced go when a frame opens whose counter
  /// is this far above the first that opened under the newer: 1 or more.
  std::uint32_t max_old_frames = 300;
  /// And when this much time has passed since that frame. RingRTC has no such bound.
  std::chrono::milliseconds max_old_age = std::chrono::seconds(10);
};

/// Width of the replay window in frames, one for each secret, whatever its step. Ours: RingRTC
/// opens a frame as often as it comes. It does not keep members apart: one who seals a frame in the
/// sender's name with a counter far ahead has the sender's own refused until its next secret.
inline constexpr std::size_t ringrtc_replay_window = 1024;

/// Opens the frames of one sender. It cannot seal any. Functions answer `wrong_state` and
/// `consumed` as those of `RingrtcSender`.
class RingrtcReceiver {
 public:
  /// Errors: `malformed` (limits out of range), `out_of_memory`, `backend_unavailable`.
  [[nodiscard]] static Result<RingrtcReceiver> create(const RingrtcLimits& limits = {}) noexcept;
  RingrtcReceiver(RingrtcReceiver&&) noexcept;
  RingrtcReceiver& operator=(RingrtcReceiver&&) noexcept;
  ~RingrtcReceiver();

  /// Hold one more secret of the sender, at `step`. Consumes it, unless it fails. A secret that is
  /// held, at any step, or was one of the last 16 let go, is `conflict`: its replay window may not
  /// start again. (Of one let go, steps that it had not reached are not known again.)
  /// Errors: `weak_key` (all zero), `conflict`, `out_of_memory`.
  [[nodiscard]] Result<void> add_secret(std::uint8_t step, RingrtcSecret&& secret) noexcept;

  /// Open one frame, or change nothing. Which secret it is of the MAC tells: those whose step is
  /// the frame's are tried first, then all others at that step. `out` holds `frame.size() -
  /// ringrtc_footer_bytes` bytes and starts where `frame` starts, or shares nothing with it; on
  /// error it is untouched. `now` ages replaced keys. No heap, but for the first frame of a step.
  /// Errors: `malformed` (size, or counter 0), `unknown_key` (no secret held), `too_far_ahead`
  /// (every secret would have to step further than `max_steps`), `authentication_failed` (also: of
  /// a step whose keys are gone), `replayed` (also: too old to tell), `buffer_too_small`,
  /// `buffers_overlap`, `out_of_memory`.
  [[nodiscard]] Result<MutableBytes> open(MutableBytes out, Bytes frame, Instant now) noexcept;

  /// Secrets held.
  [[nodiscard]] std::size_t secrets() const noexcept;

 private:
  explicit RingrtcReceiver(std::unique_ptr<call::RingrtcOpener> impl) noexcept;
  std::unique_ptr<call::RingrtcOpener> impl_;
};

}  // namespace sotto
