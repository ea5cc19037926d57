// SPDX-License-Identifier: MIT OR Apache-2.0
#include "ratchet/image.hpp"

#include <new>
#include <utility>

#include "base/reader.hpp"
#include "base/verdict.hpp"
#include "base/writer.hpp"
#include "crypto/x25519.hpp"

// image  = format(1) suite(1) limits ours(32) theirs(32) root(32) secret(32) key(32) ns(4) pn(4)
//          count(4) chain*, the live one first
// limits = jump(4) per_chain(4) total(4) chains(4) age_ms(8)
// chain  = their_key(32) key(32) nr(4) retired_ms(8) count(4) skipped*, by rising number
// skipped = n(4) since_ms(8) seed(32)
// All numbers are big-endian. Change `format` with any of this.

namespace sotto::ratchet {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t fixed_bytes = 2 + (4 * 4 + 8) + 5 * 32 + 4 + 4 + 4;
constexpr std::size_t chain_bytes = 2 * 32 + 4 + 8 + 4;
constexpr std::size_t skipped_bytes = 4 + 8 + 32;

void put_instant(base::Writer& writer, Instant instant) noexcept {
  writer.put_uint(static_cast<std::uint64_t>(instant.time_since_epoch().count()));
}

/// A reader that remembers a failure, so that a run of fields is checked once. A field that is not
/// there reads as zero.
class Fields {
 public:
  explicit Fields(Bytes bytes) noexcept : reader_(bytes) {}

  template <class T>
  [[nodiscard]] T uint() noexcept {
    const auto value = reader_.take_uint<T>();
    failed_ = failed_ || !value;
    return value ? *value : T{};
  }
  [[nodiscard]] std::chrono::milliseconds milliseconds() noexcept {
    return std::chrono::milliseconds(static_cast<std::int64_t>(uint<std::uint64_t>()));
  }
  template <class T>
  [[nodiscard]] T public_value() noexcept {
    const auto value = reader_.take_public<T>();
    failed_ = failed_ || !value;
    return value ? *value : T{};
  }
  template <class T>
  [[nodiscard]] T secret() noexcept {
    return T::made_by([&](MutableBytes out) { bytes(out); });
  }
  void bytes(MutableBytes out) noexcept {
    const auto value = reader_.take(out.size());
    failed_ = failed_ || !value;
    if (value) std::memcpy(out.data(), value->data(), out.size());
  }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] bool finished() const noexcept { return !failed_ && reader_.remaining() == 0; }
  [[nodiscard]] std::size_t remaining() const noexcept { return reader_.remaining(); }

 private:
  base::Reader reader_;
  bool failed_ = false;
};

bool operator==(const RatchetLimits& a, const RatchetLimits& b) noexcept {
  return a.max_forward_jump == b.max_forward_jump &&
         a.max_skipped_per_chain == b.max_skipped_per_chain &&
         a.max_skipped_total == b.max_skipped_total &&
         a.max_receiving_chains == b.max_receiving_chains && a.max_skipped_age == b.max_skipped_age;
}

Result<RatchetLimits> read_limits(Fields& fields) noexcept {
  RatchetLimits limits;
  limits.max_forward_jump = fields.uint<std::uint32_t>();
  limits.max_skipped_per_chain = fields.uint<std::uint32_t>();
  limits.max_skipped_total = fields.uint<std::uint32_t>();
  limits.max_receiving_chains = fields.uint<std::uint32_t>();
  limits.max_skipped_age = fields.milliseconds();
  if (!(limits == clamped(limits))) return std::unexpected(Error::malformed);
  return limits;
}

/// The pair of a secret, which must be in the one form that a pair holds.
Result<RatchetKeyPair> read_key_pair(Fields& fields) noexcept {
  using RatchetSecret = Secret<RatchetRole, 32>;
  auto secret = fields.secret<RatchetSecret>();
  const auto written = secret.duplicate();
  if (fields.failed()) return std::unexpected(Error::malformed);
  auto keys = RatchetKeyPair::from_secret(std::move(secret));
  if (!keys)
    return std::unexpected(keys.error() == Error::backend_unavailable ? keys.error()
                                                                      : Error::malformed);
  if (!base::equal_ct(keys->secret_key().expose(), written.expose()))
    return std::unexpected(Error::malformed);
  return keys;
}

}  // namespace

/// The one place outside the engine that sees its parts.
struct ImageAccess {
  static void write(const State& state, base::Writer& writer) noexcept {
    writer.put_uint(format);
    writer.put_uint(state.suite_->id);
    writer.put_uint(state.limits_.max_forward_jump);
    writer.put_uint(state.limits_.max_skipped_per_chain);
    writer.put_uint(state.limits_.max_skipped_total);
    writer.put_uint(state.limits_.max_receiving_chains);
    writer.put_uint(static_cast<std::uint64_t>(state.limits_.max_skipped_age.count()));
    writer.put(state.ours_.bytes());
    writer.put(state.theirs_.bytes());
    writer.put(state.root_.expose());
    writer.put(state.our_keys_.secret_key().expose());
    writer.put(state.sending_.key().expose());
    writer.put_uint(state.sending_.next());
    writer.put_uint(state.pn_);
    writer.put_uint(static_cast<std::uint32_t>(state.chain_count_));
    for (std::size_t i = 0; i < state.chain_count_; ++i) write(*state.chains_[i], writer);
  }

  static void write(const ReceivingChain& chain, base::Writer& writer) noexcept {
    writer.put(chain.their_key_.bytes());
    writer.put(chain.key_.expose());
    writer.put_uint(chain.next_);
    put_instant(writer, chain.retired_at_);
    writer.put_uint(static_cast<std::uint32_t>(chain.skipped_.size()));
    chain.skipped_.for_each([&](const SkippedKey& key) {
      writer.put_uint(key.n);
      put_instant(writer, key.since);
      writer.put(key.seed);
    });
  }

  static Result<std::unique_ptr<State>> read_state(Fields& fields) noexcept {
    if (fields.uint<std::uint8_t>() != format) return std::unexpected(Error::malformed);
    const Suite* const suite = find_suite(fields.uint<std::uint8_t>());
    if (suite == nullptr) return std::unexpected(Error::malformed);
    const auto limits = read_limits(fields);
    if (!limits) return std::unexpected(limits.error());
    const auto ours = fields.public_value<IdentityPublic>();
    const auto theirs = fields.public_value<IdentityPublic>();
    auto root = fields.secret<RootKey>();
    auto keys = read_key_pair(fields);
    if (!keys) return std::unexpected(keys.error());
    auto sending_key = fields.secret<ChainKey>();
    const auto sending_next = fields.uint<std::uint32_t>();
    SendingChain sending(std::move(sending_key), sending_next);
    const auto pn = fields.uint<std::uint32_t>();
    const std::size_t chains = fields.uint<std::uint32_t>();
    if (fields.failed() || chains > limits->max_receiving_chains || pn == end_of_chain)
      return std::unexpected(Error::malformed);

    std::unique_ptr<State> state(new (std::nothrow) State(
        *suite, *limits, ours, theirs, std::move(root), *std::move(keys), std::move(sending)));
    if (!state) return std::unexpected(Error::out_of_memory);
    state->pn_ = pn;
    for (; state->chain_count_ < chains; ++state->chain_count_) {
      auto chain = read_chain(fields, *limits);
      if (!chain) return std::unexpected(chain.error());
      for (std::size_t i = 0; i < state->chain_count_; ++i)
        if (state->chains_[i]->their_key() == (*chain)->their_key())
          return std::unexpected(Error::malformed);
      state->chains_[state->chain_count_] = *std::move(chain);
    }
    // Nothing retires the live chain.
    if (chains > 0 && state->chains_[0]->retired_at_ != Instant{})
      return std::unexpected(Error::malformed);
    if (!fields.finished() || state->skipped_keys() > limits->max_skipped_total)
      return std::unexpected(Error::malformed);
    return state;
  }

  static Result<std::unique_ptr<ReceivingChain>> read_chain(Fields& fields,
                                                            const RatchetLimits& limits) noexcept {
    const auto their_key = fields.public_value<RatchetPublic>();
    auto key = fields.secret<ChainKey>();
    const auto next = fields.uint<std::uint32_t>();
    const Instant retired_at(fields.milliseconds());
    const std::size_t count = fields.uint<std::uint32_t>();
    if (fields.failed() || !crypto::is_acceptable_u(their_key.bytes()) ||
        count > storage_limit(limits) || count > fields.remaining() / skipped_bytes)
      return std::unexpected(Error::malformed);
    std::unique_ptr<ReceivingChain> chain(new (std::nothrow)
                                              ReceivingChain(their_key, std::move(key)));
    auto run = SkippedRun::allocate(count);
    if (!chain || !run) return std::unexpected(Error::out_of_memory);
    chain->next_ = next;
    chain->retired_at_ = retired_at;
    for (std::size_t i = 0; i < count; ++i) {
      SkippedKey& slot = run->slots[i];
      slot.n = fields.uint<std::uint32_t>();
      slot.since = Instant(fields.milliseconds());
      slot.kept = true;
      fields.bytes(slot.seed);
      if (slot.n >= next || (i > 0 && slot.n <= run->slots[i - 1].n))
        return std::unexpected(Error::malformed);
    }
    chain->skipped_.append(*std::move(run), {}, storage_limit(limits));
    return chain;
  }
};

std::size_t image_size(const State& state) noexcept {
  return fixed_bytes + state.receiving_chains() * chain_bytes +
         state.skipped_keys() * skipped_bytes;
}

Result<MutableBytes> save(const State& state, MutableBytes out) noexcept {
  base::Writer writer(out);
  ImageAccess::write(state, writer);
  const auto written = writer.finish();
  if (!written) wipe(out);
  return written;
}

Result<std::unique_ptr<State>> load(Bytes image) noexcept {
  Fields fields(image);
  return ImageAccess::read_state(fields);
}

}  // namespace sotto::ratchet
