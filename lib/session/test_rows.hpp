// SPDX-License-Identifier: MIT OR Apache-2.0
/// Stores that go back, forget, or do not say what they did, for the tests of this room; and rows
/// as one who has the keys writes them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include <sotto/store.hpp>

#include "crypto/sha2.hpp"
#include "session/head.hpp"
#include "session/held_peer.hpp"
#include "session/rows.hpp"
#include "session/test_stores.hpp"

namespace sotto::session {

/// Does what another store does; tests take over single calls.
class StoreOver : public Store {
 public:
  explicit StoreOver(Store& under) : under_(&under) {}
  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    return under_->get(key);
  }
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    return under_->next(prefix, after);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    return under_->commit(changes);
  }
  [[nodiscard]] Result<Revision> revision() noexcept override { return under_->revision(); }

 protected:
  Store* under_;
};

/// Stands over other rows from one moment to the next: a restored file.
class SwitchedStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  void set(Store& under) { under_ = &under; }
};

/// Says of one commit that it is done, and does nothing.
class ForgetfulStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  void forget_next() { forgets_ = true; }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (!std::exchange(forgets_, false)) return under_->commit(changes);
    return Revision{static_cast<std::uint64_t>(*under_->revision()) + 1};
  }

 private:
  bool forgets_ = false;
};

/// One commit answers an error, whether it happened or not, and some questions after it too.
class UnsureStore final : public StoreOver {
 public:
  using StoreOver::StoreOver;
  void next_commit(bool happens, std::size_t silent, Error error = Error::store_failed) {
    armed_ = true;
    happens_ = happens;
    silent_ = silent;
    error_ = error;
  }
  /// Whether that commit is still to come.
  [[nodiscard]] bool is_armed() const { return armed_; }
  void before_commit(std::function<void()> act) { before_ = std::move(act); }
  void after_commit(std::function<void()> act) { after_ = std::move(act); }

  [[nodiscard]] Result<std::optional<Row>> get(Bytes key) noexcept override {
    if (failing_ > 0) {
      --failing_;
      return std::unexpected(Error::store_failed);
    }
    return under_->get(key);
  }
  [[nodiscard]] Result<Revision> commit(std::span<const Change> changes) noexcept override {
    if (!std::exchange(armed_, false)) return under_->commit(changes);
    if (before_) before_();
    if (happens_) static_cast<void>(under_->commit(changes));
    if (after_) after_();
    failing_ = silent_;
    return std::unexpected(error_);
  }

 private:
  bool armed_ = false;
  bool happens_ = false;
  std::size_t silent_ = 0;
  std::size_t failing_ = 0;
  Error error_ = Error::store_failed;
  std::function<void()> before_, after_;
};

/// Lets something happen at the first row whenever all of them are read.
class DisturbedStore final : public StoreOver {
 public:
  DisturbedStore(Store& under, std::function<void()> act)
      : StoreOver(under), act_(std::move(act)) {}
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    if (prefix.empty() && after.empty()) act_();
    return under_->next(prefix, after);
  }

 private:
  std::function<void()> act_;
};

/// Lets something happen before each step of a walk.
class SteppedStore final : public StoreOver {
 public:
  SteppedStore(Store& under, std::function<void()> act) : StoreOver(under), act_(std::move(act)) {}
  [[nodiscard]] Result<std::optional<Entry>> next(Bytes prefix, Bytes after) noexcept override {
    act_();
    return under_->next(prefix, after);
  }

 private:
  std::function<void()> act_;
};

/// Write a row as it stands in the store, whatever is there: what one who lacks the keys can do.
inline void write_raw(Store& store, Bytes name, std::optional<Bytes> value) {
  const std::vector<std::uint8_t> key(name.begin(), name.end());
  const std::optional<Row> row = *store.get(key);
  const Revision at = row ? row->revision : Revision{};
  if (!row && !value) return;
  const Change change{value ? Change::Kind::put : Change::Kind::erase, key, at,
                      value.value_or(Bytes())};
  if (!store.commit({&change, 1})) std::abort();
}

/// Put `plain` in place of a row, sealed: what one who has the keys can do.
inline void write_sealed(Store& store, const RowKeys& keys, Bytes name, Bytes plain) {
  std::vector<std::uint8_t> sealed(plain.size() + Sealer::overhead_bytes);
  keys.sealer().seal(sealed, plain, name, 1);
  write_raw(store, name, sealed);
}

inline std::vector<std::uint8_t> opened(Store& store, const RowKeys& keys, Bytes name) {
  const std::optional<Row> row = *store.get(name);
  std::vector<std::uint8_t> plain(row->value.size() - Sealer::overhead_bytes);
  if (!keys.sealer().open(plain, row->value, name)) std::abort();
  return plain;
}

/// Make the rows that bind the row `name` of a session or a page fit it.
inline void fit_bound(Store& store, const RowKeys& keys, Bytes name) {
  std::vector<std::uint8_t> session(name.begin(), name.begin() + 1 + 20 + 4);
  session[0] = 'S';
  if (name[0] == 'K') {
    crypto::Sha256 hash;
    for (const auto& [key, value] : contents(store)) {
      const auto page = testing::unhex(key), sealed = testing::unhex(value);
      if (page[0] != 'K' ||
          !std::ranges::equal(Bytes(page).subspan(1, 24), Bytes(session).subspan(1)))
        continue;
      hash.update(Bytes(page).subspan(25));
      hash.update(Bytes(sealed).last(16));
    }
    auto plain = opened(store, keys, session);
    crypto::Sha256Digest digest;
    hash.finish(digest);
    std::ranges::copy(std::span(digest).first<pages_digest_bytes>(), plain.begin());
    write_sealed(store, keys, session, plain);
  }
  std::vector<std::uint8_t> peer(session.begin(), session.begin() + 1 + 20);
  peer[0] = 'P';
  auto plain = opened(store, keys, peer);
  const std::size_t tags = plain[0];
  const std::size_t name_at = 1 + 16 * tags;
  const std::size_t record_at = name_at + 1 + plain[name_at];
  const auto index = PeerRecord::read_peer(Bytes(plain).subspan(record_at), {});
  if (!index) std::abort();
  for (std::size_t i = 0; i < index->count; ++i) {
    if (index->ids[i] != number_at(Bytes(session).last(4))) continue;
    const std::optional<Row> row = *store.get(session);
    std::ranges::copy(row->value.last(16), plain.begin() + 1 + 16 * static_cast<std::ptrdiff_t>(i));
  }
  write_sealed(store, keys, peer, plain);
}

/// Make the head fit the rows: what one who has the keys can do.
inline void fit_head(Store& store, const RowKeys& keys) {
  RowSum sum;
  for (const auto& [key, value] : contents(store)) {
    const auto name = testing::unhex(key), sealed = testing::unhex(value);
    if (name[0] != 'H' && !is_bound(name) && sealed.size() >= Sealer::overhead_bytes)
      sum += keys.sum(name, sealed);
  }
  const RowName name = head_row();
  const std::optional<Row> row = *store.get(name.bytes());
  Head head;
  if (row)
    if (const auto old = Head::open(row->value, keys)) head = *old;
  head.writer = std::max(head.writer, Writer{1});
  ++head.number;
  head.digest = sum;
  std::array<std::uint8_t, sealed_head_bytes> sealed;
  head.seal(sealed, keys, row ? row->revision : Revision{});
  write_raw(store, name.bytes(), sealed);
}

}  // namespace sotto::session
