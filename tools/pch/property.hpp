// SPDX-License-Identifier: MIT OR Apache-2.0
/// What the properties include, precompiled. Each source still includes what it uses: it must
/// compile without this header as well.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <sotto/sotto.hpp>
