// SPDX-License-Identifier: MIT OR Apache-2.0
/// The signals as bytes [CS-1-1]:
///
///   version(1) = 1  kind(1)  call id(16)
///   offer, answer: at(8, milliseconds since 1970) size(2) body     confirm: size(2) body
///   hang_up: reason(1)                                             ringing, hung_up: nothing
#include <utility>

#include <sotto/call_setup.hpp>

#include "base/fields.hpp"
#include "base/writer.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

bool has_time(CallSignalKind kind) noexcept {
  return kind == CallSignalKind::offer || kind == CallSignalKind::answer;
}
bool has_body(CallSignalKind kind) noexcept {
  return has_time(kind) || kind == CallSignalKind::confirm;
}

}  // namespace

Result<MutableBytes> write_call_signal(MutableBytes out, const CallSignal& signal) noexcept {
  const auto at = signal.at.time_since_epoch().count();
  if (signal.body.size() > call_signal_max_body || at < 0) return std::unexpected(Error::malformed);
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put_uint(std::to_underlying(signal.kind));
  writer.put(signal.id.bytes());
  if (has_time(signal.kind)) writer.put_uint(static_cast<std::uint64_t>(at));
  if (has_body(signal.kind)) {
    writer.put_uint(static_cast<std::uint16_t>(signal.body.size()));
    writer.put(signal.body);
  }
  if (signal.kind == CallSignalKind::hang_up) writer.put_uint(std::to_underlying(signal.reason));
  return writer.finish();
}

Result<CallSignal> read_call_signal(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const auto written = fields.uint<std::uint8_t>();
  if (!bytes.empty() && written != version) return std::unexpected(Error::unsupported_version);
  const auto kind = fields.uint<std::uint8_t>();
  if (kind < std::to_underlying(CallSignalKind::offer) ||
      kind > std::to_underlying(CallSignalKind::hung_up))
    return std::unexpected(Error::malformed);
  CallSignal signal;
  signal.kind = static_cast<CallSignalKind>(kind);
  signal.id = fields.public_value<CallId>();
  if (has_time(signal.kind)) {
    const auto at = fields.uint<std::uint64_t>();
    if (at >> 63 != 0) return std::unexpected(Error::malformed);
    signal.at = Instant(std::chrono::milliseconds(static_cast<std::int64_t>(at)));
  }
  if (has_body(signal.kind)) {
    const auto size = fields.uint<std::uint16_t>();
    if (size > call_signal_max_body) return std::unexpected(Error::malformed);
    signal.body = fields.view(size);
  }
  if (signal.kind == CallSignalKind::hang_up) {
    const auto reason = fields.uint<std::uint8_t>();
    if (reason < std::to_underlying(HangUpReason::ended) ||
        reason > std::to_underlying(HangUpReason::failed))
      return std::unexpected(Error::malformed);
    signal.reason = static_cast<HangUpReason>(reason);
  }
  if (!fields.finished()) return std::unexpected(Error::malformed);
  return signal;
}

}  // namespace sotto
