// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a transaction has read from its store: all of it was so at one moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <sotto/store.hpp>

#include "session/commits.hpp"
#include "session/growing.hpp"
#include "session/store_link.hpp"

namespace sotto::session {

/// The rows that a transaction has read, with their revisions, and the answers of its walks. A
/// store is read row by row, and others may commit in between. Every commit changes the head row.
/// So after each read but the first the head is looked at again; if it has changed, everything that
/// was read so far is asked for again. If all of it is as it was, the transaction goes on at the
/// later moment; else it is a `conflict`. What is concluded from several rows, an error above all,
/// is then true of one moment [SES-9-3]. The head is looked at after a first read too if that found
/// nothing: somebody may have erased the device.
///
/// So a read costs one more: that of the head. Beside a writer who never rests, a walk of n rows
/// costs up to n reads for each of the writer's commits, for then all n are asked for again.
class ReadSet {
 public:
  /// When the head is looked at after a step of a walk.
  enum class Look : std::uint8_t {
    now,
    later,  ///< before anything is concluded: by a row that is read next, by `look`, or by `told`
  };

  ReadSet(const StoreLink& store, Commits& commits) noexcept
      : store_(&store), commits_(&commits), moment_(commits.head_revision()) {}

  /// A row was read at `revision`, which is 0 when it is not there. What the store returned is no
  /// longer valid after this. On error the row does not count as read. Errors: `conflict`, as
  /// `Commits::look`, and `out_of_memory`.
  [[nodiscard]] Result<void> add_row(Bytes name, Revision revision) noexcept;

  /// A row is known to be at `revision` now, without a read: nobody else has committed since it was
  /// read or written by us. Errors: as `add_row`.
  [[nodiscard]] Result<void> add_known_row(Bytes name, Revision revision) noexcept;

  /// `Store::next` was asked for the row of `prefix` behind `behind`, and named `found`, or none.
  /// Errors: as `add_row`.
  [[nodiscard]] Result<void> add_step(Bytes prefix, Bytes behind, const std::optional<Bytes>& found,
                                      Look when) noexcept;

  /// An operation begins: what was looked at before is not of its time.
  void begin_operation() noexcept { looked_ = false; }

  /// The head was looked at in this operation, behind all that was read: the store did not go back
  /// until now. Looks at it, unless that is so. Errors: as `add_row`.
  [[nodiscard]] Result<void> look() noexcept;

  /// `error` says that a row is not what was stored. It is believed of a store that did not go
  /// back, and in which no other device was set up: what is to be told.
  [[nodiscard]] Error told(Error error) noexcept;

  /// The head row's revision when all that was read was so; a single row may be of a later moment.
  [[nodiscard]] Revision moment() const noexcept { return moment_; }

  /// Forget what was read: the transaction is over.
  void forget() noexcept;

 private:
  struct SeenRow {
    std::size_t name_at;
    std::size_t name_bytes;
    Revision revision;
  };
  struct SeenStep {
    std::size_t at;  ///< the prefix, then behind what, then what was found
    std::size_t prefix_bytes;
    std::size_t behind_bytes;
    std::size_t found_bytes;  ///< 0 for none: no name is empty
  };

  [[nodiscard]] std::size_t size() const noexcept { return rows_.size() + steps_.size(); }
  [[nodiscard]] Bytes text(std::size_t at, std::size_t bytes) const noexcept {
    return texts_.bytes().subspan(at, bytes);
  }
  [[nodiscard]] Result<void> reserve_text(std::size_t bytes) noexcept;
  [[nodiscard]] std::size_t add_text(Bytes bytes) noexcept;
  [[nodiscard]] Result<void> note_row(Bytes name, Revision revision) noexcept;
  void take_back_row() noexcept;
  [[nodiscard]] Result<void> look_anew() noexcept;
  [[nodiscard]] Result<void> settle(bool found_something) noexcept;
  [[nodiscard]] Result<void> confirm() noexcept;
  [[nodiscard]] bool all_are_rows() const noexcept;
  [[nodiscard]] Result<bool> unchanged() const noexcept;

  const StoreLink* store_;
  Commits* commits_;
  Revision moment_;
  bool looked_ = false;  ///< since the operation began, and behind its last read
  Growing<SeenRow> rows_;
  Growing<SeenStep> steps_;
  Held texts_;  // names, one behind the other
};

}  // namespace sotto::session
