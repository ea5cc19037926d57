// SPDX-License-Identifier: MIT OR Apache-2.0
// Lists of devices (spec/rosters.md): made from secrets, and judged [RO-1-1] [RO-1-4] [RO-1-5]
// [RO-2-1] [RO-3-1] [RO-3-2] [RO-3-3].
#include <optional>
#include <vector>

#include <sotto/known_roster.hpp>

#include "vectors/fixed_entropy.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

using IdentitySecret = Secret<struct IdentityRole, 32>;

Blob bytes_of(const Roster& roster) {
  Blob bytes(roster.size_bytes());
  static_cast<void>(roster.write(bytes));
  return bytes;
}

/// One list made of the one before.
struct Step {
  std::string what;
  DeviceId device{};
  Instant at;
  std::optional<std::array<std::uint8_t, 32>> secret;
  std::array<std::uint8_t, 32> signer_secret{};
  Blob claim_nonce, nonce, list, hash;

  static Step read(Fields& fields) {
    Step step;
    step.what = fields.text("do");
    step.device = DeviceId(fields.number32("device"));
    static_cast<void>(fields.number32("signer"));  // It stands in the list.
    step.at = Instant(std::chrono::milliseconds(
        static_cast<std::int64_t>(fields.number("at", std::uint64_t{1} << 48))));
    step.signer_secret = fields.hex_of<32>("signer_secret");
    step.nonce = fields.hex("nonce");
    if (step.what != "remove") {
      step.secret = fields.hex_of<32>("secret");
      step.claim_nonce = fields.hex("claim_nonce");
    }
    step.list = fields.hex("list");
    step.hash = fields.hex("hash");
    const bool known = step.what == "begin" || step.what == "add" || step.what == "replace" ||
                       step.what == "remove";
    if (!known) fields.wrong("do", "is no step");
    return step;
  }

  [[nodiscard]] Result<Roster> make(const UserId& user, const std::optional<Roster>& before) const {
    const auto keys = IdentityKeyPair::from_secret(IdentitySecret(signer_secret));
    if (!keys) return std::unexpected(keys.error());
    if (!before) {
      Blob drawn = claim_nonce;
      drawn.insert(drawn.end(), nonce.begin(), nonce.end());
      FixedEntropy entropy(drawn);
      return Roster::begin(user, device, *keys, at, entropy);
    }
    FixedEntropy entropy(nonce);
    if (what == "remove") return before->remove(device, *keys, at, entropy);
    const auto own = IdentityKeyPair::from_secret(IdentitySecret(*secret));
    if (!own) return std::unexpected(own.error());
    FixedEntropy drawn(claim_nonce);
    const auto claim = claim_device(user, device, *own, drawn);
    if (!claim) return std::unexpected(claim.error());
    return what == "add" ? before->add(*claim, *keys, at, entropy)
                         : before->replace(*claim, *keys, at, entropy);
  }
};

struct RosterCase {
  UserId user;
  std::vector<Step> steps;
  Blob row, both;
  RosterHash theirs;

  static RosterCase read(Fields& fields) {
    RosterCase test;
    test.user = UserId(fields.hex_of<32>("user"));
    for (Fields* step : fields.objects("lists")) test.steps.push_back(Step::read(*step));
    test.row = fields.hex("row");
    test.theirs = RosterHash(fields.hex_of<32>("their_hash"));
    test.both = fields.hex("both");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    std::optional<Roster> list;
    std::vector<Bytes> chain;
    for (const Step& step : steps) {
      checks.require((step.what == "begin") == !list, "begins once, at the beginning");
      const auto next = step.make(user, list);
      if (!next) return std::unexpected(next.error());
      list = *next;
      checks.equal("list", bytes_of(*list), step.list);
      checks.equal("hash", list->hash().bytes(), step.hash);
      chain.emplace_back(step.list);
    }
    KnownRoster known(user);
    const auto news = known.consider(chain, steps.back().at);
    if (!news) return std::unexpected(news.error());
    Blob saved(known.saved_bytes());
    static_cast<void>(known.save(saved));
    checks.equal("row", saved, row);
    checks.equal("both", rosters_hash(list->hash(), theirs).bytes(), both);
    checks.equal("both", rosters_hash(theirs, list->hash()).bytes(), both);
    return {};
  }
};

struct RosterChainCase {
  std::vector<Blob> chain;
  Blob hash;

  static RosterChainCase read(Fields& fields) {
    RosterChainCase test;
    for (Fields* each : fields.objects("chain")) test.chain.push_back(each->hex("list"));
    if (!refused(fields)) test.hash = fields.hex("hash");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    std::optional<Roster> list;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const auto next = follow(list, chain[i]);
      if (!next) {
        if (i + 1 == chain.size()) return std::unexpected(next.error());
        checks.require(false, "a list before the last is refused");
        return {};
      }
      list = *next;
    }
    checks.equal("hash", list->hash().bytes(), hash);
    checks.equal("list", bytes_of(*list), chain.back());
    return {};
  }

  [[nodiscard]] static Result<Roster> follow(const std::optional<Roster>& before, Bytes bytes) {
    const auto parts = read_roster(bytes);
    if (!parts) return std::unexpected(parts.error());
    return before ? before->verify_next(*parts) : Roster::verify_first(*parts);
  }
};

constexpr Kind kinds[] = {{"roster", run_case<RosterCase>},
                          {"roster_chain", run_case<RosterChainCase>}};

}  // namespace

std::span<const Kind> roster_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
