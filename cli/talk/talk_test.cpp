// SPDX-License-Identifier: MIT OR Apache-2.0
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "demo/folder.hpp"
#include "talk/file_post.hpp"
#include "talk/hub.hpp"
#include "talk/parcel_codec.hpp"

namespace sotto::talk {
namespace {

UserId user(std::uint8_t byte) {
  std::array<std::uint8_t, UserId::size_bytes> bytes{};
  bytes.fill(byte);
  return UserId(bytes);
}

Parcel parcel(std::uint64_t number) {
  Parcel made;
  made.from = {user(1), DeviceId{7}};
  made.key = {number, {user(2), DeviceId{9}}};
  made.kind = MessageKind::prekey;
  made.bytes = {1, 2, 3};
  return made;
}

bool same(const Parcel& one, const Parcel& other) {
  return encode(one) == encode(other);
}

TEST(Parcel, IsReadAsItWasWritten) {
  for (const MessageKind kind : {MessageKind::prekey, MessageKind::signal}) {
    Parcel made = parcel(5);
    made.kind = kind;
    const auto again = decode_parcel(encode(made));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->from, made.from);
    EXPECT_EQ(again->key, made.key);
    EXPECT_EQ(again->kind, kind);
    EXPECT_EQ(again->bytes, made.bytes);
  }
}

TEST(Parcel, NothingElseIsRead) {
  const Blob good = encode(parcel(5));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_parcel(Bytes(good).first(size))) << size;
  Blob more = good;
  more.insert(more.end(), {0x58, 1});  // Field 11.
  EXPECT_FALSE(decode_parcel(more));
  Blob other_type = good;
  other_type[0] = 1 << 3 | 0;  // Field 1 as a number.
  EXPECT_FALSE(decode_parcel(other_type));
  Blob twice = good;
  twice.insert(twice.end(), good.begin(), good.end());
  EXPECT_FALSE(decode_parcel(twice));
}

void brings_each_message_once(Post& post) {
  const UserDevice to{user(2), DeviceId{9}};
  for (const std::uint64_t number : {1U, 2U, 3U, 2U}) post.put(parcel(number));
  EXPECT_GE(post.settled({user(1), DeviceId{7}}).size(), 3U);
  EXPECT_TRUE(post.settled({user(1), DeviceId{7}}).empty());
  auto waiting = post.waiting(to);
  ASSERT_EQ(waiting.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_TRUE(same(waiting[i], parcel(i + 1)));
  EXPECT_TRUE(post.waiting({user(2), DeviceId{8}}).empty());
  post.taken(waiting[1]);
  waiting = post.waiting(to);
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_TRUE(same(waiting[1], parcel(3)));
}

void keeps_lists_and_gives_bundles_once(Post& post) {
  post.publish_list(user(1), 0, {1});
  post.publish_list(user(1), 1, {2});
  EXPECT_EQ(post.lists(user(1), 0), (std::vector<Blob>{{1}, {2}}));
  EXPECT_EQ(post.lists(user(1), 1), std::vector<Blob>{{2}});
  EXPECT_TRUE(post.lists(user(2), 0).empty());
  EXPECT_THROW(post.publish_list(user(1), 1, {3}), demo::Failure);
  const UserDevice device{user(1), DeviceId{1}};
  post.publish_claim(device, {9});
  EXPECT_EQ(post.claims(user(1)), std::vector<Blob>{{9}});
  ASSERT_TRUE(post.gives_once());
  post.publish_bundle(device, {4});
  post.publish_bundle(device, {5});
  EXPECT_EQ(post.bundles(device), 2U);
  EXPECT_EQ(post.take_bundle(device), Blob{4});
  EXPECT_EQ(post.take_bundle(device), Blob{5});
  EXPECT_FALSE(post.take_bundle(device));
}

struct HubHere {
  Hub hub{PlatformKey::made_by([](MutableBytes out) { out[0] = 1; }),
          [] { return Instant(std::chrono::hours(1)); }};
  HubPost post{hub, user(1)};
};

TEST(Posts, OfAHub) {
  HubHere here;
  brings_each_message_once(here.post);
  keeps_lists_and_gives_bundles_once(here.post);
}

TEST(Posts, OfAFile) {
  const demo::Folder folder;
  {
    FilePost post(folder.file("relay.db"));
    brings_each_message_once(post);
    keeps_lists_and_gives_bundles_once(post);
  }
  FilePost again(folder.file("relay.db"));
  EXPECT_EQ(again.waiting({user(2), DeviceId{9}}).size(), 2U);
  EXPECT_EQ(again.lists(user(1), 0).size(), 2U);
}

TEST(Posts, OfAFileThatSeveralMakeAtOnce) {
  constexpr int threads = 4;
  const demo::Folder folder;
  for (int round = 0; round < 25; ++round) {
    const std::string path = folder.file(std::to_string(round));
    std::latch ready(threads);
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&] {
        ready.arrive_and_wait();
        EXPECT_NO_THROW(FilePost(path).put(parcel(1)));
      });
    for (std::thread& one : running) one.join();
  }
}

}  // namespace
}  // namespace sotto::talk
