// SPDX-License-Identifier: MIT OR Apache-2.0
/// What leaves a transaction only after its commit: sealed messages, snapshots, prekeys to be
/// published. The transaction returns a small handle for each. `release` exchanges the handle for
/// what it stands for, against the `Committed` of the same transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <sotto/bytes.hpp>
#include <sotto/commit_number.hpp>
#include <sotto/error.hpp>
#include <sotto/prekeys.hpp>
#include <sotto/session.hpp>
#include <sotto/x3dh.hpp>

namespace sotto {

namespace session {
class Work;
}

/// Shows that a transaction was committed, and holds the bytes that it sealed. Only
/// `Transaction::commit` makes one.
class Committed {
 public:
  /// The number of the device's last commit. Keep it outside of the store, and hand it to
  /// `Device::open`, to notice that the whole store was set back.
  [[nodiscard]] CommitNumber number() const noexcept { return number_; }

 private:
  friend class Transaction;
  friend class PendingBytes;
  template <class T>
  friend class Pending;

  Committed(CommitNumber number, std::uint64_t transaction, std::unique_ptr<std::uint8_t[]> bytes,
            std::size_t size) noexcept
      : number_(number), transaction_(transaction), bytes_(std::move(bytes)), size_(size) {}

  [[nodiscard]] Result<void> check(std::uint64_t transaction) const noexcept {
    if (transaction != transaction_) return std::unexpected(Error::invalid_argument);
    return {};
  }
  [[nodiscard]] Result<Bytes> part(std::uint64_t transaction, std::size_t offset,
                                   std::size_t size) const noexcept;

  CommitNumber number_;
  std::uint64_t transaction_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

/// A handle on bytes that a transaction sealed: a snapshot.
class PendingBytes {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Copy the bytes into `out`, of at least `size()` bytes. Returns the part used. May be called
  /// more than once. Errors: `invalid_argument` (`committed` is of another transaction), `consumed`
  /// (`committed` was moved from), `buffer_too_small`.
  [[nodiscard]] Result<MutableBytes> release(const Committed& committed,
                                             MutableBytes out) const noexcept;

 private:
  friend class session::Work;
  friend class PendingUpload;
  friend class Transaction;
  [[nodiscard]] Result<Bytes> view(const Committed& committed) const noexcept {
    return committed.part(transaction_, offset_, size_);
  }
  PendingBytes(std::uint64_t transaction, std::size_t offset, std::size_t size) noexcept
      : transaction_(transaction), offset_(offset), size_(size) {}
  std::uint64_t transaction_;
  std::size_t offset_;
  std::size_t size_;
};

/// A handle on a message. The message must not be sent before the commit has stored its number as
/// spent, because another message could then be sealed under the same key [SES-9-2].
class Unsent {
 public:
  [[nodiscard]] MessageKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// The message, with its bytes copied into `out`, of at least `size()` bytes. May be called more
  /// than once. Errors: `invalid_argument` (`committed` is of another transaction), `consumed`
  /// (`committed` was moved from), `buffer_too_small`.
  [[nodiscard]] Result<Message> release(const Committed& committed,
                                        MutableBytes out) const noexcept;

 private:
  friend class Transaction;
  Unsent(MessageKind kind, const PendingBytes& bytes) noexcept : kind_(kind), bytes_(bytes) {}
  MessageKind kind_;
  PendingBytes bytes_;
};

/// A handle on prekeys to be uploaded. They must not be uploaded before the commit has stored their
/// secret halves, because messages to them could otherwise never be opened [SES-9-2].
class PendingUpload {
 public:
  /// Whether there is anything to upload.
  [[nodiscard]] bool due() const noexcept { return due_; }
  /// The number of one-time prekeys in it.
  [[nodiscard]] std::size_t size() const noexcept;

  /// What to upload. Its one-time prekeys are written into `out`, of at least `size()` places. May
  /// be called more than once. Errors: `invalid_argument` (`committed` is of another transaction),
  /// `consumed` (`committed` was moved from), `buffer_too_small`.
  [[nodiscard]] Result<PrekeyUpload> release(const Committed& committed,
                                             std::span<Bundle::OneTime> out) const noexcept;

 private:
  friend class Transaction;
  PendingUpload(const PendingBytes& one_time, UploadId id, const Bundle& signed_prekey, bool due,
                bool replaces) noexcept
      : one_time_(one_time),
        id_(id),
        signed_prekey_(signed_prekey),
        due_(due),
        replaces_(replaces) {}
  PendingBytes one_time_;
  UploadId id_;
  Bundle signed_prekey_;
  bool due_;
  bool replaces_;
};

/// A handle on a value that must not leave before the commit: a bundle.
template <class T>
class Pending {
 public:
  /// The value. May be called more than once. Errors: `invalid_argument` (`committed` is of another
  /// transaction).
  [[nodiscard]] Result<T> release(const Committed& committed) const noexcept {
    if (const auto right = committed.check(transaction_); !right)
      return std::unexpected(right.error());
    return value_;
  }

 private:
  friend class Transaction;
  Pending(const T& value, std::uint64_t transaction) noexcept
      : value_(value), transaction_(transaction) {}
  T value_;
  std::uint64_t transaction_;
};

}  // namespace sotto
