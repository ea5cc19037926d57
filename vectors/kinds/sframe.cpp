// SPDX-License-Identifier: MIT OR Apache-2.0
// SFrame (RFC 9605).
#include <algorithm>
#include <optional>

#include "sframe/cipher.hpp"
#include "sframe/header.hpp"
#include "sframe/opener.hpp"
#include "sframe/sealer.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

const sframe::Suite& suite_in(Fields& fields) {
  const auto* const suite =
      sframe::find_suite(static_cast<SframeSuite>(fields.number("suite", 0xffff)));
  if (suite == nullptr) fields.wrong("suite", "is no suite");
  return *suite;
}

/// A header read, and written again.
struct SframeHeaderCase {
  std::optional<std::uint64_t> kid;
  std::uint64_t counter = 0;
  Blob encoded;

  static SframeHeaderCase read(Fields& fields) {
    SframeHeaderCase test{{}, 0, fields.hex("encoded")};
    if (refused(fields)) return test;
    test.kid = fields.number("kid");
    test.counter = fields.number("counter");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto header = parse_sframe_header(encoded);
    if (!header) return std::unexpected(header.error());
    if (!kid) return {};
    checks.require(header->kid == SframeKid{*kid}, "kid is read otherwise");
    checks.require(header->counter == counter, "counter is read otherwise");
    checks.require(header->size_bytes == encoded.size(), "bytes are left over");
    Blob again(sframe::header_size(SframeKid{*kid}, counter));
    sframe::write_header(again, SframeKid{*kid}, counter);
    checks.equal("encoded", again, encoded);
    return {};
  }
};

/// The cipher of a suite alone, under a known key and nonce.
struct SframeCipherCase {
  const sframe::Suite* suite;
  Blob key;
  std::array<std::uint8_t, 12> nonce;
  Blob associated;
  std::optional<Blob> plaintext;
  Blob sealed;

  static SframeCipherCase read(Fields& fields) {
    SframeCipherCase test{&suite_in(fields),
                          fields.hex("key"),
                          fields.hex_of<12>("nonce"),
                          fields.hex("associated"),
                          {},
                          fields.hex("sealed")};
    if (test.key.size() != test.suite->key_bytes()) fields.wrong("key", "has not the suite's size");
    if (test.sealed.size() < test.suite->tag_bytes) fields.wrong("sealed", "has no tag");
    if (!refused(fields)) test.plaintext = fields.hex("plaintext");
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    sframe::FrameKeys keys{decltype(sframe::FrameKeys::key)::made_by(
                               [&](MutableBytes out) { std::ranges::copy(key, out.begin()); }),
                           sframe::FrameSalt(nonce)};
    const auto cipher = sframe::Cipher::from_keys(*suite, std::move(keys));
    if (!cipher) return std::unexpected(cipher.error());
    const sframe::Cipher::Frame frame{0, associated, {}};
    Blob out(sealed.size() - suite->tag_bytes);
    const auto opened = cipher->open(out, frame, sealed);
    if (!opened) return std::unexpected(opened.error());
    if (!plaintext) return {};
    checks.equal("plaintext", out, *plaintext);
    Blob made(plaintext->size() + suite->tag_bytes);
    cipher->seal(made, frame, *plaintext);
    checks.equal("sealed", made, sealed);
    return {};
  }
};

/// A frame from its base key, through the public interface.
struct SframeFrameCase {
  const sframe::Suite* suite;
  SframeKid kid;
  std::uint64_t counter;
  Blob base_key, metadata, frame;
  std::optional<Blob> plaintext;
  Blob key;
  std::optional<std::array<std::uint8_t, 12>> salt;

  static SframeFrameCase read(Fields& fields) {
    SframeFrameCase test{&suite_in(fields),
                         SframeKid{fields.number("kid")},
                         fields.number("counter"),
                         fields.hex("base_key"),
                         fields.hex("metadata"),
                         fields.hex("frame"),
                         {},
                         {},
                         {}};
    if (refused(fields)) return test;
    test.plaintext = fields.hex("plaintext");
    test.key = fields.hex("key");
    test.salt = fields.hex_of<12>("salt");
    return test;
  }

  [[nodiscard]] Result<SframeBaseKey> base() const { return SframeBaseKey::create(base_key); }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto receiver = SframeReceiver::create(suite->id);
    if (!receiver) return std::unexpected(receiver.error());
    auto for_receiver = base();
    if (!for_receiver) return std::unexpected(for_receiver.error());
    if (const auto added = receiver->add_key(kid, *std::move(for_receiver)); !added) return added;
    Blob out(frame.size());
    const auto opened = receiver->open(out, metadata, frame, {});
    if (!opened) return std::unexpected(opened.error());
    if (!plaintext) return {};
    checks.equal("plaintext", *opened, *plaintext);

    const auto keys = sframe::derive_keys(*suite, kid, base_key);
    checks.equal("key", keys.key.expose().first(suite->key_bytes()), key);
    checks.equal("salt", keys.salt.expose(), *salt);
    auto sender = SframeSender::create(suite->id, kid, *base(), counter);
    if (!sender) return std::unexpected(sender.error());
    Blob sealed(sender->sealed_size(plaintext->size()));
    const auto made = sender->seal(sealed, metadata, *plaintext);
    if (!made) return std::unexpected(made.error());
    checks.equal("frame", *made, frame);
    return {};
  }
};

/// Steps of a sender's chain: the base key of each.
struct SframeChainCase {
  const sframe::Suite* suite;
  std::vector<Blob> base_keys;

  static SframeChainCase read(Fields& fields) {
    SframeChainCase test{&suite_in(fields), {}};
    for (Fields* step : fields.objects("steps")) test.base_keys.push_back(step->hex("base_key"));
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    for (std::size_t i = 1; i < base_keys.size(); ++i)
      checks.equal("steps[" + std::to_string(i) + "].base_key",
                   sframe::next_base_key(*suite, base_keys[i - 1]).expose(), base_keys[i]);
    return {};
  }
};

/// The KID of a member of an MLS group.
struct SframeMlsKidCase {
  std::uint64_t epoch_bits, index_bits, context, index, epoch, kid;

  static SframeMlsKidCase read(Fields& fields) {
    return {fields.number("epoch_bits", 32), fields.number("index_bits", 32),
            fields.number("context"),        fields.number("index"),
            fields.number("epoch"),          fields.number("kid")};
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    checks.require(
        sframe_mls_kid(static_cast<unsigned>(epoch_bits), static_cast<unsigned>(index_bits),
                       context, index, epoch) == SframeKid{kid},
        "kid is another");
    return {};
  }
};

constexpr Kind kinds[] = {
    {"sframe_header", run_case<SframeHeaderCase>},  {"sframe_cipher", run_case<SframeCipherCase>},
    {"sframe_frame", run_case<SframeFrameCase>},    {"sframe_chain", run_case<SframeChainCase>},
    {"sframe_mls_kid", run_case<SframeMlsKidCase>},
};

}  // namespace

std::span<const Kind> sframe_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
