// SPDX-License-Identifier: MIT OR Apache-2.0
/// All of sotto: conversations and calls that nobody in between can read.
#pragma once

#include <sotto/backend.hpp>
#include <sotto/bytes.hpp>
#include <sotto/call.hpp>
#include <sotto/entropy.hpp>
#include <sotto/error.hpp>
#include <sotto/keys.hpp>
#include <sotto/ratchet.hpp>
#include <sotto/secret.hpp>
#include <sotto/srtp.hpp>
#include <sotto/x3dh.hpp>
