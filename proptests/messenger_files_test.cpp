// SPDX-License-Identifier: MIT OR Apache-2.0
// The same conversations over database files, which are closed and opened again when a phone starts
// anew.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include <sotto/sqlite_store.hpp>

#include "messenger_world.hpp"
#include "testing/soak.hpp"

namespace sotto::prop {
namespace {

constexpr std::uint64_t usual_runs = 20;

TEST(MessengerSimulation, InDatabaseFiles) {  // [CV-2-2] [CV-3-1] [CV-4-1]
  const std::uint64_t first = testing::soak_seed(5001);
  const std::uint64_t runs = usual_runs * testing::soak_times();
  std::string folder =
      (std::filesystem::temp_directory_path() / "sotto-simulation-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::size_t shown = 0;
  std::size_t restarts = 0;
  for (std::uint64_t seed = first; seed - first < runs; ++seed) {
    const auto files = std::filesystem::path(folder) / std::to_string(seed);
    std::filesystem::create_directory(files);
    try {
      std::map<UserDevice, std::unique_ptr<SqliteStore>> connections;
      MessengerWorld world(seed, [&](const UserDevice& device) -> Store* {
        const std::string name = std::to_string(device.user.bytes()[0]) + "-" +
                                 std::to_string(static_cast<std::uint32_t>(device.device));
        auto& connection = connections[device];
        connection.reset();
        connection = std::make_unique<SqliteStore>(
            must(SqliteStore::open((files / name).c_str()), "database"));
        return connection.get();
      });
      world.run();
      shown += world.shown();
      restarts += world.restarts();
    } catch (const std::exception& failure) {
      ADD_FAILURE() << "run " << seed << ": " << failure.what();
      break;
    }
  }
  std::filesystem::remove_all(folder);
  EXPECT_GT(shown, 5 * runs);
  EXPECT_GT(restarts, runs / 2);
}

}  // namespace
}  // namespace sotto::prop
