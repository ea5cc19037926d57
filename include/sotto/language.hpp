// SPDX-License-Identifier: MIT OR Apache-2.0
/// The language that every public header needs. A compiler of an older one says so and stops: the
/// file named below does not exist, which ends a compilation where `#error` alone does not.
#pragma once

#if __cplusplus <= 202002L
#error "sotto needs C++23: compile with -std=c++23 (g++ 12, clang 19 or newer)"
#include <sotto/needs_cxx23>
#endif
