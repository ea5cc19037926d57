// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <new>
#include <utility>

#include <sotto/sqlite_store.hpp>

#include "store/arguments.hpp"
#include "store/sqlite_connection.hpp"

namespace sotto {
namespace {

using store::Connection;
using store::Sql;
using store::Use;

/// Whether a commit can have written this row.
bool is_revision(std::uint64_t number) noexcept {
  return number > 0 && number <= store::last_number;
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<Connection> connection) noexcept
    : connection_(std::move(connection)) {
}
SqliteStore::SqliteStore(SqliteStore&&) noexcept = default;
SqliteStore& SqliteStore::operator=(SqliteStore&&) noexcept = default;
SqliteStore::~SqliteStore() = default;

Result<SqliteStore> SqliteStore::open(SqlitePath&& path, const SqliteOptions& options) noexcept {
  std::unique_ptr<Connection> connection(new (std::nothrow) Connection);
  if (!connection) return std::unexpected(Error::out_of_memory);
  const auto opened = connection->open(path.text(), options);
  return made(std::move(connection), opened, options);
}

Result<SqliteStore> SqliteStore::over(sqlite3* database, const SqliteOptions& options) noexcept {
  std::unique_ptr<Connection> connection(new (std::nothrow) Connection);
  if (!connection) return std::unexpected(Error::out_of_memory);
  const auto taken = connection->take(database, options);
  return made(std::move(connection), taken, options);
}

Result<SqliteStore> SqliteStore::made(std::unique_ptr<Connection> connection, Result<void> opened,
                                      const SqliteOptions& options) noexcept {
  if (opened) return SqliteStore(std::move(connection));
  connection->failure.copy_to(options.failure);
  return std::unexpected(opened.error());
}

/// Whether this object may be used, and the last commit is not in doubt.
Result<void> SqliteStore::ready(std::string_view call) noexcept {
  if (!connection_) return std::unexpected(Error::consumed);
  connection_->doing = call;
  if (!connection_->process.here())
    return connection_->refuse(Error::wrong_state, "another process opened this store");
  if (connection_->displaced) return connection_->in_place();
  if (connection_->settle() == Connection::Fate::open)
    return std::unexpected(Error::outcome_unknown);
  return connection_->nothing_left_open();
}

Result<std::optional<Row>> SqliteStore::get(Bytes key) noexcept {
  if (const auto can = ready("get"); !can) return std::unexpected(can.error());
  if (!store::is_key(key))
    return connection_->refuse(Error::invalid_argument, "a key has 1 to 512 bytes");
  Use use(*connection_, Sql::get);
  const auto row = use.bind(1, key).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<Row>();
  if (!store::is_value(use.bytes(0)) || !is_revision(use.number(1)))
    return connection_->refuse(Error::corrupted, "a row that no commit makes");
  if (!connection_->value.keep(use.bytes(0)))
    return connection_->refuse(Error::out_of_memory, "no memory for the row");
  return std::optional<Row>(Row{connection_->value.bytes(), Revision{use.number(1)}});
}

Result<std::optional<Entry>> SqliteStore::next(Bytes prefix, Bytes after) noexcept {
  if (const auto can = ready("next"); !can) return std::unexpected(can.error());
  if (!store::is_part_of_key(prefix) || !store::is_part_of_key(after))
    return connection_->refuse(Error::invalid_argument, "a key has 1 to 512 bytes");
  Use use(*connection_, Sql::next);
  // SQLite looks up the first bound alone, and would walk from the prefix to what lies behind.
  const bool behind = std::ranges::lexicographical_compare(prefix, after);
  const auto row = use.bind(1, behind ? after : prefix).bind(2, after).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::optional<Entry>();
  const Bytes key = use.bytes(0);
  if (key.size() < prefix.size() || !std::ranges::equal(key.first(prefix.size()), prefix))
    return std::optional<Entry>();
  if (!store::is_key(key) || !store::is_value(use.bytes(1)) || !is_revision(use.number(2)))
    return connection_->refuse(Error::corrupted, "a row that no commit makes");
  if (!connection_->key.keep(key) || !connection_->value.keep(use.bytes(1)))
    return connection_->refuse(Error::out_of_memory, "no memory for the row");
  return std::optional<Entry>(
      Entry{connection_->key.bytes(), connection_->value.bytes(), Revision{use.number(2)}});
}

Result<Revision> SqliteStore::commit(std::span<const Change> changes) noexcept {
  if (const auto can = ready("commit"); !can) return std::unexpected(can.error());
  if (const auto right = store::check_arguments(changes); !right)
    return connection_->refuse(right.error(),
                               right.error() == Error::out_of_memory
                                   ? "no memory for the keys"
                                   : "a key or a value out of range, or a key twice");
  return connection_->commit(changes);
}

Result<void> SqliteStore::purge() noexcept {
  if (const auto can = ready("purge"); !can) return can;
  connection_->key.clear();
  connection_->value.clear();
  if (!connection_->own()) return connection_->purge();
  sqlite3_busy_timeout(connection_->handle, 0);  // Who is in the way may stay: later again.
  const auto done = connection_->purge();
  sqlite3_busy_timeout(connection_->handle, static_cast<int>(connection_->patience.count()));
  return done;
}

Result<Revision> SqliteStore::revision() noexcept {
  if (const auto can = ready("revision"); !can) return std::unexpected(can.error());
  const auto last = connection_->last_commit();
  if (!last) return std::unexpected(last.error());
  return Revision{*last};
}

Result<void> SqliteStore::begin_reading() noexcept {
  if (const auto can = ready("begin_reading"); !can) return can;
  return connection_->begin_reading();
}

void SqliteStore::end_reading() noexcept {
  if (connection_ && connection_->process.here()) connection_->end_reading();
}

std::string_view SqliteStore::failure() const noexcept {
  return connection_ ? connection_->failure.view() : "";
}

}  // namespace sotto
