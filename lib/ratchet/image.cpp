// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/image.hpp"

#include <bit>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "base/fields.hpp"
#include "crypto/x25519.hpp"

namespace sotto::ratchet {
namespace {

void put_instant(base::Writer& writer, Instant instant) noexcept {
  writer.put_uint(static_cast<std::uint64_t>(instant.time_since_epoch().count()));
}

constexpr std::uint32_t last_page = end_of_chain / page_numbers;

}  // namespace

/// The one place outside the engine that sees its parts.
struct ImageAccess {
  static void write(base::Writer& writer, const State& state) noexcept {
    writer.put(state.root_.expose());
    writer.put(state.our_keys_.secret_key().expose());
    writer.put(state.our_keys_.public_key().bytes());
    writer.put(state.sending_.key().expose());
    writer.put_uint(state.sending_.next());
    writer.put_uint(state.pn_);
    writer.put_uint(state.next_serial_);
    writer.put_uint(state.doubt_.stored());
    writer.put_uint(static_cast<std::uint8_t>(state.chain_count_));
    for (std::size_t i = 0; i < state.chain_count_; ++i) {
      const ReceivingChain& chain = *state.chains_[i];
      writer.put_uint(chain.serial_);
      writer.put(chain.their_key_.bytes());
      writer.put(chain.key_.expose());
      writer.put_uint(chain.next_);
      writer.put_uint(chain.last_);
      put_instant(writer, chain.retired_at_);
      writer.put_uint(static_cast<std::uint32_t>(chain.skipped_.size()));
    }
  }

  static ReceivingChain* find(const State& state, std::uint32_t serial) noexcept {
    for (std::size_t i = 0; i < state.chain_count_; ++i)
      if (state.chains_[i]->serial_ == serial) return state.chains_[i].get();
    return nullptr;
  }

  static Result<std::unique_ptr<State>> read(base::Fields& fields, const Suite& suite,
                                             const IdentityPublic& ours,
                                             const IdentityPublic& theirs,
                                             const RatchetLimits& limits) noexcept {
    using RatchetSecret = Secret<RatchetRole, 32>;
    auto root = fields.secret<RootKey>();
    auto secret = fields.secret<RatchetSecret>();
    const auto public_key = fields.public_value<RatchetPublic>();
    auto sending_key = fields.secret<ChainKey>();
    const auto sending_next = fields.uint<std::uint32_t>();
    const auto pn = fields.uint<std::uint32_t>();
    const auto next_serial = fields.uint<std::uint32_t>();
    const auto doubt = fields.uint<std::uint8_t>();
    const std::size_t chains = fields.uint<std::uint8_t>();
    if (fields.failed() || chains > most_receiving_chains || pn == end_of_chain)
      return std::unexpected(Error::malformed);

    std::unique_ptr<State> state(
        new (std::nothrow) State(suite, limits, ours, theirs, std::move(root),
                                 RatchetKeyPair::from_unsealed(std::move(secret), public_key),
                                 SendingChain(std::move(sending_key), sending_next)));
    if (!state) return std::unexpected(Error::out_of_memory);
    state->pn_ = pn;
    state->next_serial_ = next_serial;
    state->doubt_ = ClockDoubt(doubt);
    std::uint32_t serial_end = next_serial;
    std::uint64_t kept = 0;
    for (; state->chain_count_ < chains; ++state->chain_count_) {
      auto chain = read_chain(fields, serial_end);
      if (!chain) return std::unexpected(chain.error());
      for (std::size_t i = 0; i < state->chain_count_; ++i)
        if (state->chains_[i]->their_key() == (*chain)->their_key())
          return std::unexpected(Error::malformed);
      serial_end = (*chain)->serial_;
      kept += (*chain)->awaited_;
      state->chains_[state->chain_count_] = *std::move(chain);
    }
    // Nothing retires the live chain, and no limits allow more keys.
    if ((chains > 0 && (state->chains_[0]->retired_at_ != ReceivingChain::never ||
                        state->chains_[0]->last_ != end_of_chain)) ||
        kept > most_skipped_keys)
      return std::unexpected(Error::malformed);
    return state;
  }

  static Result<std::unique_ptr<ReceivingChain>> read_chain(base::Fields& fields,
                                                            std::uint32_t serial_end) noexcept {
    const auto serial = fields.uint<std::uint32_t>();
    const auto their_key = fields.public_value<RatchetPublic>();
    auto key = fields.secret<ChainKey>();
    const auto next = fields.uint<std::uint32_t>();
    const auto last = fields.uint<std::uint32_t>();
    const Instant retired_at(fields.milliseconds());
    const auto kept = fields.uint<std::uint32_t>();
    if (fields.failed() || serial >= serial_end || kept > next ||
        !crypto::is_acceptable_u(their_key.bytes()))
      return std::unexpected(Error::malformed);
    std::unique_ptr<ReceivingChain> chain(new (std::nothrow)
                                              ReceivingChain(their_key, std::move(key)));
    if (!chain) return std::unexpected(Error::out_of_memory);
    chain->serial_ = serial;
    chain->next_ = next;
    chain->last_ = last;
    chain->retired_at_ = retired_at;
    chain->awaited_ = kept;
    return chain;
  }

  static Result<void> read_page(base::Fields& fields, State& state, const PageName& name) noexcept {
    const auto present = fields.uint<std::uint64_t>();
    const auto count = static_cast<std::uint32_t>(std::popcount(present));
    ReceivingChain* const chain = find(state, name.chain);
    if (present == 0 || chain == nullptr || name.page > last_page || count > chain->awaited_ ||
        fields.remaining() != count * skipped_bytes)
      return std::unexpected(Error::malformed);
    const std::uint32_t first = name.page * page_numbers;
    const auto highest = first + 63 - static_cast<std::uint32_t>(std::countl_zero(present));
    // Pages come in order, and each once.
    if (highest >= chain->next_ || first < chain->page_end_)
      return std::unexpected(Error::malformed);

    auto run = SkippedRun::allocate(count);
    if (!run) return std::unexpected(run.error());
    auto room = chain->skipped_.room_for(count, most_skipped_keys);
    if (!room) return std::unexpected(room.error());
    std::uint64_t left = present;
    for (std::size_t i = 0; i < count; ++i, left &= left - 1) {
      SkippedKey& slot = run->slots[i];
      slot.n = first + static_cast<std::uint32_t>(std::countr_zero(left));
      slot.since = Instant(fields.milliseconds());
      slot.kept = true;
      fields.bytes(slot.seed);
    }
    chain->skipped_.append(*std::move(run), *std::move(room), most_skipped_keys);
    chain->awaited_ -= count;
    chain->page_end_ = highest + 1;
    return {};
  }

  static Result<void> finish(State& state) noexcept {
    for (std::size_t i = 0; i < state.chain_count_; ++i)
      if (state.chains_[i]->awaited_ != 0) return std::unexpected(Error::malformed);
    while (state.chain_count_ > state.limits_.max_receiving_chains) state.drop_oldest_chain();
    for (std::size_t i = 0; i < state.chain_count_; ++i)
      while (state.chains_[i]->skipped_.size() > storage_limit(state.limits_))
        state.chains_[i]->erase_oldest_skipped();
    state.enforce_total();
    return {};
  }
};

void write_head(base::Writer& writer, const State& state) noexcept {
  ImageAccess::write(writer, state);
}

void write_page(base::Writer& writer, const State& state, const PageName& name) noexcept {
  const ReceivingChain* const chain = ImageAccess::find(state, name.chain);
  if (chain == nullptr || name.page > last_page) return;
  const std::uint32_t first = name.page * page_numbers;
  std::uint64_t present = 0;
  chain->skipped().for_each_in(first, page_numbers, [&](const SkippedKey& key) {
    present |= std::uint64_t{1} << key.n % page_numbers;
  });
  writer.put_uint(present);
  chain->skipped().for_each_in(first, page_numbers, [&](const SkippedKey& key) {
    put_instant(writer, key.since);
    writer.put(key.seed);
  });
}

Result<std::unique_ptr<State>> read_head(base::Reader& reader, const Suite& suite,
                                         const IdentityPublic& ours, const IdentityPublic& theirs,
                                         const RatchetLimits& limits) noexcept {
  base::Fields fields(reader.rest());
  auto state = ImageAccess::read(fields, suite, ours, theirs, limits);
  // Not past the end: all that was read is there.
  if (state && !reader.take(reader.remaining() - fields.remaining()))
    return std::unexpected(Error::malformed);
  return state;
}

Result<void> read_page(Bytes page, State& state, const PageName& name) noexcept {
  base::Fields fields(page);
  return ImageAccess::read_page(fields, state, name);
}

Result<void> finish(State& state) noexcept {
  return ImageAccess::finish(state);
}

}  // namespace sotto::ratchet
