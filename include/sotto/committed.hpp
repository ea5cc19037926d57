// SPDX-License-Identifier: MIT OR Apache-2.0
/// What leaves a transaction only once it is committed: sealed messages, snapshots, prekeys to be
/// published. Each is a small handle; what it stands for comes out against the `Committed` of its
/// own transaction, and against nothing else.
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

/// Shows that a transaction has been committed, and holds the bytes that it sealed; only
/// `Transaction::commit` makes one. Every `release` may answer `invalid_argument` (it was of
/// another transaction) and `consumed` (the bytes are in the object that it was moved to).
class Committed {
 public:
  /// The number of the last commit. An app that keeps this elsewhere can tell at `Device::open`
  /// that the whole store was set back.
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

/// Bytes that a transaction sealed and holds until its commit: a snapshot. Copies are of the
/// handle.
class PendingBytes {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Copy the bytes into `out`; returns the part used. May be called more than once. Errors: as
  /// `Committed` says, `buffer_too_small`.
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

/// A message whose number is not yet stored as spent. It must not leave before it is, for another
/// could then be sealed under the same key. Copies are of the handle [SES-9-2].
class Unsent {
 public:
  [[nodiscard]] MessageKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  /// The message, to be sent, with its bytes copied into `out`. May be called more than once.
  /// Errors: as `Committed` says, `buffer_too_small`.
  [[nodiscard]] Result<Message> release(const Committed& committed,
                                        MutableBytes out) const noexcept;

 private:
  friend class Transaction;
  Unsent(MessageKind kind, const PendingBytes& bytes) noexcept : kind_(kind), bytes_(bytes) {}
  MessageKind kind_;
  PendingBytes bytes_;
};

/// Prekeys whose secret halves are not stored yet. Uploaded before that, nobody might be able to
/// open what others send for them. Copies are of the handle [SES-9-2].
class PendingUpload {
 public:
  /// Whether there is anything to upload.
  [[nodiscard]] bool due() const noexcept { return due_; }
  /// How many one-time prekeys there are.
  [[nodiscard]] std::size_t size() const noexcept;

  /// What is to be uploaded, with its one-time prekeys in `out`. May be called more than once.
  /// Errors: as `Committed` says, `buffer_too_small`.
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

/// A value that presupposes what its transaction has not stored yet: a bundle.
template <class T>
class Pending {
 public:
  /// The value. May be called more than once. Errors: `invalid_argument` when `committed` is of
  /// another transaction.
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
