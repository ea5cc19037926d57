// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/choice.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/reader.hpp"

namespace sotto {

ChosenDevices ChosenDevices::all(const UserId& user) noexcept {
  ChosenDevices chosen;
  chosen.user_ = user;
  return chosen;
}

Result<ChosenDevices> ChosenDevices::only(const UserId& user,
                                          std::span<const DeviceId> devices) noexcept {
  if (devices.empty() || devices.size() > choice_max_devices)
    return std::unexpected(Error::malformed);
  ChosenDevices chosen = all(user);
  chosen.count_ = devices.size();
  const auto kept = std::span(chosen.devices_).first(chosen.count_);
  std::ranges::copy(devices, kept.begin());
  std::ranges::sort(kept);
  if (std::ranges::adjacent_find(kept) != kept.end()) return std::unexpected(Error::malformed);
  return chosen;
}

bool ChosenDevices::has(DeviceId device) const noexcept {
  return is_all() || std::ranges::binary_search(devices(), device);
}

Result<DeviceChoice> DeviceChoice::create(std::uint64_t number, const UserDevice& author,
                                          const ChosenDevices& one,
                                          const ChosenDevices& other) noexcept {
  DeviceChoice choice;
  choice.number_ = number;
  choice.author_ = author;
  choice.sides_ = {one, other};
  if (other.user() < one.user()) std::swap(choice.sides_[0], choice.sides_[1]);
  if (one.user() == other.user() || !choice.has(author)) return std::unexpected(Error::malformed);
  return choice;
}

const ChosenDevices* DeviceChoice::side(const UserId& user) const noexcept {
  for (const ChosenDevices& side : sides_)
    if (side.user() == user) return &side;
  return nullptr;
}

bool DeviceChoice::has(const UserDevice& device) const noexcept {
  const ChosenDevices* const chosen = side(device.user);
  return chosen != nullptr && chosen->has(device.device);
}

bool DeviceChoice::stands_over(const DeviceChoice& other) const noexcept {
  return std::tie(number_, author_) > std::tie(other.number_, other.author_);
}

namespace messenger {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t head_bytes = 45;
constexpr std::size_t side_head_bytes = 33;

Result<ChosenDevices> read_side(base::Reader& reader) noexcept {
  const auto user = reader.take_public<UserId>();
  const auto count = reader.take_uint<std::uint8_t>();
  if (!user || !count) return std::unexpected(Error::malformed);
  if (*count == 0) return ChosenDevices::all(*user);
  if (*count > choice_max_devices) return std::unexpected(Error::malformed);
  std::array<DeviceId, choice_max_devices> devices{};
  const auto listed = std::span(devices).first(*count);
  for (DeviceId& device : listed) {
    const auto id = reader.take_uint<std::uint32_t>();
    if (!id) return std::unexpected(id.error());
    device = DeviceId{*id};
  }
  // What is read is written again in the same way.
  if (!std::ranges::is_sorted(listed)) return std::unexpected(Error::malformed);
  return ChosenDevices::only(*user, listed);
}

}  // namespace

std::size_t choice_size(const DeviceChoice& choice) noexcept {
  std::size_t size = head_bytes;
  for (const ChosenDevices& side : choice.sides())
    size += side_head_bytes + sizeof(DeviceId) * side.devices().size();
  return size;
}

void put_choice(base::Writer& writer, const DeviceChoice& choice) noexcept {
  writer.put_uint(version);
  writer.put_uint(choice.number());
  writer.put(choice.author().user.bytes());
  writer.put_uint(std::to_underlying(choice.author().device));
  for (const ChosenDevices& side : choice.sides()) {
    writer.put(side.user().bytes());
    writer.put_uint(static_cast<std::uint8_t>(side.devices().size()));
    for (const DeviceId device : side.devices()) writer.put_uint(std::to_underlying(device));
  }
}

Result<ReadChoice> read_choice(Bytes bytes) noexcept {
  base::Reader reader(bytes);
  const auto written = reader.take_uint<std::uint8_t>();
  if (!written) return std::unexpected(written.error());
  if (*written != version) return std::unexpected(Error::unsupported_version);
  const auto number = reader.take_uint<std::uint64_t>();
  const auto user = reader.take_public<UserId>();
  const auto device = reader.take_uint<std::uint32_t>();
  if (!number || !user || !device) return std::unexpected(Error::malformed);
  const auto first = read_side(reader);
  if (!first) return std::unexpected(first.error());
  const auto second = read_side(reader);
  if (!second) return std::unexpected(second.error());
  if (!(first->user() < second->user())) return std::unexpected(Error::malformed);
  const auto choice =
      DeviceChoice::create(*number, UserDevice{*user, DeviceId{*device}}, *first, *second);
  if (!choice) return std::unexpected(choice.error());
  return ReadChoice{*choice, reader.rest()};
}

}  // namespace messenger
}  // namespace sotto
