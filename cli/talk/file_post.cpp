// SPDX-License-Identifier: MIT OR Apache-2.0
#include "talk/file_post.hpp"

#include "talk/parcel_codec.hpp"

namespace sotto::talk {
namespace {

constexpr const char* schema =
    "CREATE TABLE IF NOT EXISTS lists (user BLOB, number INTEGER, list BLOB NOT NULL,"
    " PRIMARY KEY (user, number)) STRICT;"
    "CREATE TABLE IF NOT EXISTS claims (user BLOB, device INTEGER, claim BLOB NOT NULL,"
    " PRIMARY KEY (user, device)) STRICT;"
    "CREATE TABLE IF NOT EXISTS bundles (id INTEGER PRIMARY KEY, user BLOB, device INTEGER,"
    " bundle BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS mail (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " to_user BLOB, to_device INTEGER, from_user BLOB, from_device INTEGER, number INTEGER,"
    " parcel BLOB NOT NULL,"
    " UNIQUE (to_user, to_device, from_user, from_device, number)) STRICT;";

std::uint64_t device_of(const UserDevice& who) noexcept {
  return static_cast<std::uint32_t>(who.device);
}

}  // namespace

FilePost::FilePost(const std::string& path) : database_(path, schema) {
}

std::vector<Blob> FilePost::lists(const UserId& user, std::uint64_t from) {
  Query query(database_.get(),
              "SELECT list FROM lists WHERE user = ? AND number >= ? ORDER BY number");
  query.with(user.bytes()).with(from);
  std::vector<Blob> all;
  while (query.step()) all.push_back(query.bytes(0));
  return all;
}

void FilePost::publish_list(const UserId& user, std::uint64_t number, const Blob& list) {
  Query(database_.get(), "INSERT OR IGNORE INTO lists VALUES (?, ?, ?)")
      .with(user.bytes())
      .with(number)
      .with(list)
      .run();
  const auto there = lists(user, number);
  if (there.empty() || there.front() != list)
    throw demo::Failure("another device changed the list at the same time: try again");
}

std::vector<Blob> FilePost::claims(const UserId& user) {
  Query query(database_.get(), "SELECT claim FROM claims WHERE user = ? ORDER BY device");
  query.with(user.bytes());
  std::vector<Blob> all;
  while (query.step()) all.push_back(query.bytes(0));
  return all;
}

void FilePost::publish_claim(const UserDevice& device, const Blob& claim) {
  Query(database_.get(), "INSERT OR REPLACE INTO claims VALUES (?, ?, ?)")
      .with(device.user.bytes())
      .with(device_of(device))
      .with(claim)
      .run();
}

std::size_t FilePost::bundles(const UserDevice& device) {
  Query query(database_.get(), "SELECT count(*) FROM bundles WHERE user = ? AND device = ?");
  query.with(device.user.bytes()).with(device_of(device));
  return query.step() ? static_cast<std::size_t>(query.number(0)) : 0;
}

void FilePost::publish_bundle(const UserDevice& device, const Blob& bundle) {
  Query(database_.get(), "INSERT INTO bundles (user, device, bundle) VALUES (?, ?, ?)")
      .with(device.user.bytes())
      .with(device_of(device))
      .with(bundle)
      .run();
}

std::optional<Blob> FilePost::take_bundle(const UserDevice& device) {
  Query query(database_.get(),
              "DELETE FROM bundles WHERE id = (SELECT min(id) FROM bundles WHERE user = ? AND "
              "device = ?) RETURNING bundle");
  query.with(device.user.bytes()).with(device_of(device));
  if (!query.step()) return std::nullopt;
  Blob bundle = query.bytes(0);
  query.run();  // To its end, so that it is committed.
  return bundle;
}

void FilePost::put(const Parcel& parcel) {
  Query(database_.get(),
        "INSERT OR IGNORE INTO mail (to_user, to_device, from_user, from_device, number, parcel) "
        "VALUES (?, ?, ?, ?, ?, ?)")
      .with(parcel.key.to.user.bytes())
      .with(device_of(parcel.key.to))
      .with(parcel.from.user.bytes())
      .with(device_of(parcel.from))
      .with(parcel.key.number)
      .with(encode(parcel))
      .run();
  settled_.push_back(parcel.key);
}

std::vector<Parcel> FilePost::waiting(const UserDevice& to) {
  Query query(database_.get(),
              "SELECT parcel FROM mail WHERE to_user = ? AND to_device = ? ORDER BY id");
  query.with(to.user.bytes()).with(device_of(to));
  std::vector<Parcel> all;
  while (query.step())
    if (auto parcel = decode_parcel(query.bytes(0)); parcel && parcel->key.to == to)
      all.push_back(*std::move(parcel));
  return all;
}

void FilePost::taken(const Parcel& parcel) {
  Query(database_.get(),
        "DELETE FROM mail WHERE to_user = ? AND to_device = ? AND from_user = ? AND "
        "from_device = ? AND number = ?")
      .with(parcel.key.to.user.bytes())
      .with(device_of(parcel.key.to))
      .with(parcel.from.user.bytes())
      .with(device_of(parcel.from))
      .with(parcel.key.number)
      .run();
}

}  // namespace sotto::talk
