// SPDX-License-Identifier: MIT OR Apache-2.0
/// What most tests include, precompiled. Each source still includes what it uses: it must compile
/// without this header as well.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sotto.hpp>
