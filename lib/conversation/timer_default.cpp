// SPDX-License-Identifier: MIT OR Apache-2.0
/// A conversation's timer, and as bytes [CN-6-8]:
///
///   version(1) = 1  order(8)  sender(32)  device(4)  content id(16)  type(1) seconds(4) set at(8)
///
/// Before any change all but the version is zeros.
#include <sotto/message_state.hpp>

#include "conversation/content_fields.hpp"

namespace sotto {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

Result<bool> TimerDefault::take(const OrderKey& by, const TimerSetting& setting) noexcept {
  if (by.order == 0 || !is_valid(setting)) return std::unexpected(Error::malformed);
  if (by <= by_) return false;
  by_ = by;
  setting_ = setting;
  return true;
}

Result<MutableBytes> TimerDefault::write(MutableBytes out) const noexcept {
  if (out.size() < size_bytes) return std::unexpected(Error::buffer_too_small);
  base::Writer writer(out);
  writer.put_uint(version);
  writer.put_uint(by_.order);
  writer.put(by_.sender.bytes());
  writer.put_uint(std::to_underlying(by_.device));
  writer.put(by_.id.bytes());
  conversation::put(writer, setting_);
  return writer.finish();
}

Result<TimerDefault> TimerDefault::restore(Bytes bytes) noexcept {
  base::Fields fields(bytes);
  const auto written = fields.uint<std::uint8_t>();
  if (!bytes.empty() && written != version) return std::unexpected(Error::unsupported_version);
  TimerDefault read;
  read.by_.order = fields.uint<std::uint64_t>();
  read.by_.sender = fields.public_value<UserId>();
  read.by_.device = static_cast<DeviceId>(fields.uint<std::uint32_t>());
  read.by_.id = fields.public_value<MessageId>();
  read.setting_ = conversation::take_timer_setting(fields);
  const bool none = read.by_ == OrderKey{} && read.setting_ == TimerSetting{};
  if (!fields.finished() || !is_valid(read.setting_) || (read.by_.order == 0 && !none))
    return std::unexpected(Error::malformed);
  return read;
}

}  // namespace sotto
