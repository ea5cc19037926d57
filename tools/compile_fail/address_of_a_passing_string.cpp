// SPDX-License-Identifier: MIT OR Apache-2.0
// An address views its name, so it is not made from a string that is gone with the statement.
#include <string>

#include <sotto/address.hpp>

std::string name_of(int who);

sotto::DeviceId attempt(std::string& kept) {
#ifdef ATTEMPT
  const sotto::Address address{name_of(1), sotto::DeviceId{1}};  // refused
#else
  kept = name_of(1);
  const sotto::Address address{kept, sotto::DeviceId{1}};
#endif
  return address.device;
}
