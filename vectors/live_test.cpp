// SPDX-License-Identifier: MIT OR Apache-2.0
// Conversations of the vectors, made and opened by libsignal-protocol-c: what is computed by us is
// confirmed by others, and what was recorded from them is what this adapter of theirs makes.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "session/peers/signal_c.hpp"
#include "testing/tape_entropy.hpp"
#include "vectors/fields.hpp"
#include "vectors/runner.hpp"

namespace sotto::vectors {
namespace {

using peers::SignalC;

/// First the bytes that were queued, then a tape.
class Queue final : public Entropy {
 public:
  void add(const Blob& bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Result<void> fill(MutableBytes out) noexcept override {
    if (bytes_.empty()) return tape_.fill(out);
    if (bytes_.size() < out.size()) return std::unexpected(Error::entropy_failed);
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(out.size());
    std::copy(bytes_.begin(), end, out.begin());
    bytes_.erase(bytes_.begin(), end);
    return {};
  }

 private:
  Blob bytes_;
  testing::TapeEntropy tape_{1};
};

/// One side of a case, at theirs.
struct Party {
  Queue entropy;
  SignalC device;
  Party(Fields& test, const std::string& role)
      : device(RegistrationId{test.number32(role + "_registration")}, entropy,
               test.hex_of<32>(role + "_identity_secret")) {}
};

wire::DeviceBundle publish(Fields& test, SignalC& device) {
  const SignedPrekeyId signed_id{test.number32("signed_prekey_id")};
  const peers::Key signed_secret = test.hex_of<32>("signed_prekey_secret");
  if (!test.has("one_time_prekey_id"))
    return device.publish(signed_id, std::nullopt, signed_secret);
  return device.publish(signed_id, OneTimePrekeyId{test.number32("one_time_prekey_id")},
                        signed_secret, test.hex_of<32>("one_time_prekey_secret"));
}

/// Theirs in the named role: it makes the messages of that side and opens those of the other.
void replay(Fields& test, const std::string& role) {
  SCOPED_TRACE(test.text("id") + ", as " + role);
  Party responder(test, "responder");
  const auto bundle = publish(test, responder.device);
  std::unique_ptr<Party> initiator;
  Party* us = &responder;
  if (role == "initiator") {
    initiator = std::make_unique<Party>(test, "initiator");
    us = initiator.get();
    us->entropy.add(test.hex("base_key_secret"));
    us->entropy.add(test.hex("initiator_ratchet_secret"));
    ASSERT_TRUE(us->device.connect("peer", bundle));
    ASSERT_TRUE(us->entropy.empty());
  }
  // They write their own version only.
  const bool same_bytes = test.number("version_byte") == 0x33;
  for (Fields* step : test.objects("steps")) {
    const Blob plaintext = step->hex("plaintext");
    const Blob message = step->hex("message");
    const auto kind = step->text("kind") == "prekey" ? MessageKind::prekey : MessageKind::signal;
    if (step->text("by") == role) {
      for (std::uint64_t i = step->number("lost"); i > 0; --i)
        ASSERT_TRUE(us->device.encrypt("peer", Blob{0}));
      const auto sent = us->device.encrypt("peer", plaintext);
      ASSERT_TRUE(sent);
      EXPECT_EQ(sent->kind, kind);
      if (same_bytes) {
        EXPECT_EQ(sent->bytes, message);
      }
    } else {
      us->entropy.add(step->hex("entropy"));
      const auto opened = us->device.decrypt("peer", kind, message);
      ASSERT_TRUE(opened) << peers::name(opened.error());
      EXPECT_EQ(*opened, plaintext);
      EXPECT_TRUE(us->entropy.empty());
    }
  }
}

TEST(VectorsLive, conversations_are_those_of_the_peer) {
  std::size_t cases = 0;
  for (const EmbeddedFile& embedded : embedded_files()) {
    Fields file = Fields::parse(embedded.text);
    if (file.text("kind") != "session_recording") continue;
    for (Fields* test : file.objects("cases")) {
      replay(*test, "responder");
      if (test->has("base_key_secret")) replay(*test, "initiator");
      ++cases;
    }
  }
  EXPECT_EQ(cases, 5U);
}

}  // namespace
}  // namespace sotto::vectors
