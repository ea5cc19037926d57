// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the program, the vectors and the fuzz targets include, precompiled. Each source still
/// includes what it uses: it must compile without this header as well.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sotto/sotto.hpp>
