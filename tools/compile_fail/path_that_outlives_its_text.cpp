// SPDX-License-Identifier: MIT OR Apache-2.0
// A path views its text, which may be gone with the statement: it is made in the call that takes
// it.
#include <string>

#include <sotto/sqlite_store.hpp>

std::string folder();

bool attempt() {
#ifdef ATTEMPT
  const sotto::SqlitePath path{folder() + "/rows.db"};
  return sotto::SqliteStore::open(path).has_value();  // refused
#else
  return sotto::SqliteStore::open(folder() + "/rows.db").has_value();
#endif
}
