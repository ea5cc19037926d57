// SPDX-License-Identifier: MIT OR Apache-2.0
// A store is moved, and its devices follow; a copy would have none.
#include <utility>

#include <sotto/memory_store.hpp>

sotto::MemoryStore attempt(sotto::MemoryStore& store) {
#ifdef ATTEMPT
  return store;  // refused
#else
  return std::move(store);
#endif
}
