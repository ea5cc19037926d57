// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/store_link.hpp"

#include <new>

namespace sotto {
namespace session {

Result<StoreLink> StoreLink::to(Store& store) noexcept {
  if (store.place_ == nullptr) {
    store.place_ = new (std::nothrow) StorePlace{StoreContract(store)};
    if (store.place_ == nullptr) return std::unexpected(Error::out_of_memory);
  }
  store.place_->holders.fetch_add(1, std::memory_order_relaxed);
  return StoreLink(store.place_);
}

void StoreLink::release(StorePlace* place) noexcept {
  if (place != nullptr && place->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete place;
}

}  // namespace session

Store::Store(Store&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {
  if (place_ != nullptr) place_->store.set(this);
}

Store& Store::operator=(Store&& other) noexcept {
  if (this == &other) return *this;
  end();
  place_ = std::exchange(other.place_, nullptr);
  if (place_ != nullptr) place_->store.set(this);
  return *this;
}

Store::~Store() {
  end();
}

void Store::end() noexcept {
  if (place_ != nullptr) place_->store.set(nullptr);
  session::StoreLink::release(std::exchange(place_, nullptr));
}

}  // namespace sotto
