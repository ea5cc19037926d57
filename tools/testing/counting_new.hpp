// SPDX-License-Identifier: MIT OR Apache-2.0
/// Counts what the whole program takes from the heap. It replaces the global operators, so it is
/// included by one file of a program, and that program is a test of its own.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::size_t given_out = 0;
}

void* operator new(std::size_t size) {
  ++given_out;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++given_out;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
