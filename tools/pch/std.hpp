// SPDX-License-Identifier: MIT OR Apache-2.0
/// What most sources of the library include of the standard library, precompiled. Each source still
/// includes what it uses: it must compile without this header as well.
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>
