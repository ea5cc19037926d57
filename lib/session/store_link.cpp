// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session/store_link.hpp"

#include <memory>
#include <new>

namespace sotto {
namespace session {

Result<StoreLink> StoreLink::to(Store& store) noexcept {
  StorePlace* place = store.place_.load(std::memory_order_acquire);
  if (place == nullptr) {
    std::unique_ptr<StorePlace> made(new (std::nothrow) StorePlace{StoreContract(store)});
    if (!made) return std::unexpected(Error::out_of_memory);
    // Another thread may open a device over it at the same time: then its place is the one.
    if (store.place_.compare_exchange_strong(place, made.get(), std::memory_order_acq_rel))
      place = made.release();
  }
  place->holders.fetch_add(1, std::memory_order_relaxed);
  return StoreLink(place);
}

void StoreLink::release(StorePlace* place) noexcept {
  if (place != nullptr && place->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete place;
}

}  // namespace session

Store::Store(Store&& other) noexcept {
  follow(other);
}

Store& Store::operator=(Store&& other) noexcept {
  if (this == &other) return *this;
  end();
  follow(other);
  return *this;
}

Store::~Store() {
  end();
}

void Store::follow(Store& other) noexcept {
  session::StorePlace* const place = other.place_.exchange(nullptr);
  if (place != nullptr) place->store.set(this);
  place_ = place;
}

void Store::end() noexcept {
  session::StorePlace* const place = place_.exchange(nullptr);
  if (place != nullptr) place->store.set(nullptr);
  session::StoreLink::release(place);
}

}  // namespace sotto
