// SPDX-License-Identifier: MIT OR Apache-2.0
/// Commits, what is done about one that failed in the middle, and emptying the log.
#include "store/arguments.hpp"
#include "store/sqlite_connection.hpp"

namespace sotto::store {
namespace {

/// How often a call tries to end a transaction, while the app interrupts it.
constexpr int tries = 8;

/// The code of a prepared statement that is run to its end.
int run_once(const Statement& statement) noexcept {
  const int code = sqlite3_step(statement.get());
  sqlite3_reset(statement.get());
  return code;
}

}  // namespace

/// A statement may be interrupted when all that it does is done, so `begun` is no proof of what is
/// open: only SQLite's own state is.
Result<void> Connection::begin(Sql how) noexcept {
  if (const auto closed = nothing_left_open(); !closed) return closed;
  if (sqlite3_get_autocommit(handle) == 0) {
    if (!own())
      return refuse(Error::wrong_state, "a transaction is open on this handle, begun elsewhere");
    if (!abandon()) return nothing_left_open();
  }
  underway = Underway::transaction;
  const auto begun = Use(*this, how).run();
  if (!begun) abandon();
  return begun;
}

/// Roll back our own transaction, and tell whether none is open. SQLite may have rolled back by
/// itself; then there is nothing to do. An interrupted ROLLBACK leaves all as it is. A statement
/// that writes and is interrupted rolls back the whole transaction [SQLite, sqlite3_interrupt], and
/// BEGIN IMMEDIATE is one that does nothing else within a transaction. So one of the two ends it.
bool Connection::abandon() noexcept {
  for (int i = 0; i < tries && sqlite3_get_autocommit(handle) == 0; ++i)
    for (const Sql one : {Sql::abandon, Sql::begin})
      if (sqlite3_get_autocommit(handle) == 0) run_once(statement(one));
  const bool closed = sqlite3_get_autocommit(handle) != 0;
  underway = closed ? Underway::nothing : Underway::transaction;
  return closed;
}

/// Whether nothing of ours is open but a reading that has not ended. An app that interrupted us may
/// have kept us from ending it before: then again. Until that is done, what we would read is not
/// what the file holds.
bool Connection::ended() noexcept {
  if (shows_one_moment || underway == Underway::nothing) return true;
  return underway == Underway::savepoint ? release() : abandon();
}

Result<void> Connection::nothing_left_open() noexcept {
  if (ended()) return {};
  return refuse(Error::store_failed,
                "SQLite was kept from ending a transaction of the library's; that is tried again "
                "at the next call, once nothing interrupts this handle");
}

/// Where the app has a transaction open, that one shows one moment already. If it only reads, this
/// may be a moment long ago, and so while a statement of the app's is in use: what others have
/// committed since would look as if it had been taken back. Only who writes sees the newest rows.
Result<void> Connection::begin_reading() noexcept {
  if (const auto may = not_reading(); !may) return may;
  if (!own() && sqlite3_txn_state(handle, "main") == SQLITE_TXN_READ)
    return refuse(Error::wrong_state,
                  "a transaction or a statement of the app's on this connection is reading, "
                  "perhaps what was there before: end it first");
  if (sqlite3_get_autocommit(handle) == 0) {
    if (!own()) return {};
    if (!abandon()) return nothing_left_open();
  }
  underway = Underway::savepoint;
  const auto begun = Use(*this, Sql::read).run();
  shows_one_moment = begun.has_value();
  if (!begun) release();
  return begun;
}

/// What a reading shows would not be of one moment any more.
Result<void> Connection::not_reading() noexcept {
  if (!shows_one_moment) return {};
  return refuse(Error::wrong_state, "a reading has begun, and not ended");
}

/// The app may have written to its own tables since, over its own handle. Releasing the savepoint
/// commits that, where a ROLLBACK would drop it. A savepoint that the app ended by a COMMIT or
/// ROLLBACK of its own cannot be released, so a transaction that it began since stays as it is.
void Connection::end_reading() noexcept {
  if (!std::exchange(shows_one_moment, false)) return;
  release();
  if (own()) abandon();
}

/// As `abandon`, for the savepoint of a reading. Where the app wrote nothing, a ROLLBACK drops
/// nothing, and cannot be kept from being done. What it wrote waits until nothing interrupts us.
bool Connection::release() noexcept {
  int code = SQLITE_INTERRUPT;
  for (int i = 0; i < tries && code == SQLITE_INTERRUPT; ++i) {
    if (sqlite3_get_autocommit(handle) != 0) break;
    code = run_once(statement(Sql::read_no_more)) & 0xff;
  }
  const bool closed =
      sqlite3_get_autocommit(handle) != 0 || code == SQLITE_DONE || code == SQLITE_ERROR;
  if (closed) underway = Underway::nothing;
  if (closed || sqlite3_txn_state(handle, nullptr) == SQLITE_TXN_WRITE) return closed;
  return abandon();
}

Result<std::uint64_t> Connection::last_commit() noexcept {
  Use reading(*this, Sql::commits);
  const auto row = reading.step();
  if (!row) return std::unexpected(row.error());
  if (!*row || reading.number(0) > last_number + 2)
    return refuse(Error::corrupted, "there is no number of the last commit");
  return reading.number(0);
}

Result<Revision> Connection::commit(std::span<const Change> changes) noexcept {
  if (const auto may = not_reading(); !may) return std::unexpected(may.error());
  if (const auto begun = begin(); !begun) return std::unexpected(begun.error());
  const auto last = last_commit();
  Result<void> applied = last ? apply(changes, *last) : Result<void>(std::unexpected(last.error()));
  if (applied) applied = in_place();
  if (!applied) {
    if (abandon() || !last) return std::unexpected(applied.error());
    unsettled = *last;
    return std::unexpected(Error::outcome_unknown);
  }
  const auto finished = finish();
  if (finished && !in_place()) return std::unexpected(Error::outcome_unknown);
  if (finished) return Revision{*last + 1};
  abandon();
  unsettled = *last;
  if (settle() == Fate::undone) return std::unexpected(finished.error());
  return std::unexpected(Error::outcome_unknown);
}

/// Between BEGIN IMMEDIATE and COMMIT: nobody else writes.
Result<void> Connection::apply(std::span<const Change> changes, std::uint64_t last) noexcept {
  if (last >= last_number) return refuse(Error::exhausted, "there are no more commit numbers");
  for (const Change& change : changes) {
    Use found(*this, Sql::get);
    const auto row = found.bind(1, change.key).step();
    if (!row) return std::unexpected(row.error());
    if ((*row ? found.number(1) : 0) != std::to_underlying(change.expected))
      return refuse(Error::conflict, "a row was changed by another");
  }
  for (const Change& change : changes) {
    Result<void> done;
    if (change.kind == Change::Kind::put)
      done = Use(*this, Sql::put).bind(1, change.key).bind(2, change.value).bind(3, last + 1).run();
    else if (change.kind == Change::Kind::erase)
      done = Use(*this, Sql::erase).bind(1, change.key).run();
    if (!done) return done;
  }
  return Use(*this, Sql::count).bind(1, last + 1).run();
}

Result<void> Connection::finish() noexcept {
  const auto done = Use(*this, Sql::finish).run();
  if (sqlite3_get_autocommit(handle) != 0) underway = Underway::nothing;
  return done;
}

/// A COMMIT that fails may have written its last frame to the log: nobody sees it now, but whoever
/// reads the log after a crash takes it for a commit. The next commit is written over it, so we
/// make one. Its number is one that nobody was told.
Connection::Fate Connection::settle() noexcept {
  if (!unsettled) return Fate::decided;
  if (!begin()) return Fate::open;
  const auto last = last_commit();
  if (last && *last != *unsettled) {  // Somebody's commit is there, ours or one written over it.
    if (!abandon()) return Fate::open;
    unsettled.reset();
    return Fate::decided;
  }
  const auto counted = last ? Use(*this, Sql::count).bind(1, *last + 2).run()
                            : Result<void>(std::unexpected(last.error()));
  if (!counted || !finish()) {
    abandon();
    return Fate::open;
  }
  unsettled.reset();
  return Fate::undone;
}

Result<void> Connection::purge() noexcept {
  if (const auto may = not_reading(); !may) return may;
  if (sqlite3_get_autocommit(handle) == 0)
    return refuse(Error::wrong_state, "a transaction is open on this handle, begun elsewhere");
  for (sqlite3_stmt* one = nullptr; (one = sqlite3_next_stmt(handle, one)) != nullptr;)
    if (sqlite3_stmt_busy(one) != 0) return refuse(Error::wrong_state, "a statement is in use");
  if (const auto here = in_place(); !here) return here;
  const auto last = last_commit();
  if (!last) return std::unexpected(last.error());
  // Whoever reads or writes would keep the log from being emptied: see that first.
  if (const auto emptied = empty_the_log(); !emptied) return emptied;
  if (purged == *last) return {};
  // Where a page was split or joined with another, copies of rows stay in its gaps.
  const int code = sqlite3_exec(handle, "VACUUM main", nullptr, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
    return refuse(Error::conflict, "another connection writes");
  if (code != SQLITE_OK) return failed(code);
  if (const auto emptied = empty_the_log(); !emptied) return emptied;
  purged = *last;
  return {};
}

/// The database then holds all, and the log is empty.
Result<void> Connection::empty_the_log() noexcept {
  const int code =
      sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
    return refuse(Error::conflict, "another connection reads or writes");
  if (code != SQLITE_OK) return failed(code);
  return {};
}

}  // namespace sotto::store
