// SPDX-License-Identifier: MIT OR Apache-2.0
#include "messenger/rows.hpp"

#include <cstdlib>
#include <cstring>

namespace sotto::messenger {

RowKey& RowKey::put(Bytes bytes) noexcept {
  if (bytes.size() > max_bytes - size_) std::abort();  // The table above is wrong.
  std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return *this;
}

RowKey& RowKey::put(const OrderKey& place) noexcept {
  std::array<std::uint8_t, place_bytes> bytes;
  base::Writer writer(bytes);
  put_place(writer, place);
  return put(bytes);
}

void put_place(base::Writer& writer, const OrderKey& place) noexcept {
  writer.put_uint(place.order);
  writer.put(place.sender.bytes());
  writer.put_uint(std::to_underlying(place.device));
  writer.put(place.id.bytes());
}

OrderKey read_place(base::Fields& fields) noexcept {
  OrderKey place;
  place.order = fields.uint<std::uint64_t>();
  place.sender = fields.public_value<UserId>();
  place.device = DeviceId{fields.uint<std::uint32_t>()};
  place.id = fields.public_value<MessageId>();
  return place;
}

UserDevice read_device(base::Fields& fields) noexcept {
  const auto user = fields.public_value<UserId>();
  return {user, DeviceId{fields.uint<std::uint32_t>()}};
}

}  // namespace sotto::messenger
