// SPDX-License-Identifier: MIT OR Apache-2.0
// Safety numbers beside those that libsignal-protocol-c computes at the same moment, for people and
// keys drawn anew: digits and what is scanned, and each library judges the other's code.
#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <signal/curve.h>
#include <signal/fingerprint.h>
#include <signal/signal_protocol.h>

#include <sotto/safety_number.hpp>

#include "session/peers/openssl_provider.hpp"
#include "testing/hex.hpp"
#include "testing/soak.hpp"
#include "testing/tape_entropy.hpp"

namespace sotto::peers {
namespace {

using Buffer = std::vector<std::uint8_t>;

struct Release {
  void operator()(signal_context* context) const { signal_context_destroy(context); }
  void operator()(ec_public_key* key) const { SIGNAL_UNREF(key); }
  void operator()(fingerprint_generator* generator) const { fingerprint_generator_free(generator); }
  void operator()(fingerprint* made) const { SIGNAL_UNREF(made); }
  void operator()(scannable_fingerprint* code) const { SIGNAL_UNREF(code); }
  void operator()(signal_buffer* buffer) const { signal_buffer_free(buffer); }
};
template <class T>
using Held = std::unique_ptr<T, Release>;

/// Their object, made by a function that answers 0.
template <class T, class Make>
Held<T> made(const Make& make) {
  T* object = nullptr;
  EXPECT_EQ(make(&object), 0);
  return Held<T>(object);
}

struct Person {
  std::string id;
  IdentityPublic identity;
  [[nodiscard]] SafetyNumberSide side() const {
    return {Bytes(reinterpret_cast<const std::uint8_t*>(id.data()), id.size()), identity};
  }
};

struct Theirs {
  std::string digits;
  Buffer scannable;
};

struct SafetyNumberLive : ::testing::Test {
  SafetyNumberLive()
      : context(made<signal_context>(
            [](signal_context** out) { return signal_context_create(out, nullptr); })) {
    EXPECT_TRUE(provide_primitives(context.get(), tape));
  }

  std::uint8_t draw() {
    std::array<std::uint8_t, 1> byte{};
    EXPECT_TRUE(tape.fill(byte));
    return byte[0];
  }
  Person person(std::size_t id_bytes) {
    Person drawn{std::string(id_bytes, ' '), IdentityKeyPair::generate(tape)->public_key()};
    for (char& letter : drawn.id) letter = static_cast<char>('!' + draw() % 90);
    return drawn;
  }
  Held<ec_public_key> key(const Person& person) {
    Buffer bytes{5};
    const auto of = person.identity.bytes();
    bytes.insert(bytes.end(), of.begin(), of.end());
    return made<ec_public_key>([&](ec_public_key** out) {
      return curve_decode_point(out, bytes.data(), bytes.size(), context.get());
    });
  }
  Held<fingerprint> fingerprint_of(const Person& ours, const Person& them, int version,
                                   int iterations) {
    const auto generator = made<fingerprint_generator>([&](fingerprint_generator** out) {
      return fingerprint_generator_create(out, iterations, version, context.get());
    });
    const auto our_key = key(ours);
    const auto their_key = key(them);
    return made<fingerprint>([&](fingerprint** out) {
      return fingerprint_generator_create_for(generator.get(), ours.id.c_str(), our_key.get(),
                                              them.id.c_str(), their_key.get(), out);
    });
  }
  Theirs theirs(const Person& ours, const Person& them, int version, int iterations) {
    const auto number = fingerprint_of(ours, them, version, iterations);
    const auto code = made<signal_buffer>([&](signal_buffer** out) {
      return scannable_fingerprint_serialize(out, fingerprint_get_scannable(number.get()));
    });
    const std::uint8_t* data = signal_buffer_data(code.get());
    return {displayable_fingerprint_text(fingerprint_get_displayable(number.get())),
            Buffer(data, data + signal_buffer_len(code.get()))};
  }

  testing::TapeEntropy tape{testing::soak_seed(0x5afe)};
  Held<signal_context> context;
};

void expect_same(const SafetyNumber& ours, const Theirs& theirs) {
  EXPECT_EQ(std::string(ours.digits.begin(), ours.digits.end()), theirs.digits);
  EXPECT_EQ(testing::hex(ours.scannable), testing::hex(theirs.scannable));
}

TEST_F(SafetyNumberLive, the_numbers_are_theirs) {
  constexpr int pairs = 200;
  for (int i = 0; i < pairs; ++i) {
    const Person alice = person(1 + draw() % 40);
    const Person bob = person(1 + draw() % 40);
    const int iterations = i < 20 ? 5200 : 2 + draw();
    const auto ours =
        safety_number(1, alice.side(), bob.side(), static_cast<std::uint32_t>(iterations));
    ASSERT_TRUE(ours);
    expect_same(*ours, theirs(alice, bob, 1, iterations));
    const auto mirrored =
        safety_number(1, bob.side(), alice.side(), static_cast<std::uint32_t>(iterations));
    ASSERT_TRUE(mirrored);
    expect_same(*mirrored, theirs(bob, alice, 1, iterations));
  }
}

TEST_F(SafetyNumberLive, ids_of_every_size_that_they_take) {
  const Person bob = person(1);
  for (const std::size_t size : {std::size_t{1}, std::size_t{254}, std::size_t{255}}) {
    const Person alice = person(size);
    const auto ours = safety_number(1, alice.side(), bob.side(), 2);
    ASSERT_TRUE(ours);
    expect_same(*ours, theirs(alice, bob, 1, 2));
  }
}

TEST_F(SafetyNumberLive, each_judges_the_others_code_alike) {
  for (int i = 0; i < 50; ++i) {
    const Person alice = person(12);
    const Person bob = person(12);
    const Person mallory{alice.id, person(1).identity};
    const auto read = [&](const SafetyNumber& number) {
      return made<scannable_fingerprint>([&](scannable_fingerprint** out) {
        return scannable_fingerprint_deserialize(out, number.scannable.data(),
                                                 number.scannable.size(), context.get());
      });
    };
    const auto hers = fingerprint_of(alice, bob, 1, 2);
    const auto his = safety_number(1, bob.side(), alice.side(), 2);
    const auto deceived = safety_number(1, bob.side(), mallory.side(), 2);
    ASSERT_TRUE(his && deceived);
    const auto* code = fingerprint_get_scannable(hers.get());
    EXPECT_EQ(scannable_fingerprint_compare(code, read(*his).get()), 1);
    EXPECT_EQ(scannable_fingerprint_compare(code, read(*deceived).get()), 0);
    const auto scanned = theirs(alice, bob, 1, 2).scannable;
    EXPECT_EQ(compare_safety_number(*his, scanned), SafetyComparison::same);
    EXPECT_EQ(compare_safety_number(*deceived, scanned), SafetyComparison::theirs_differs);
  }
}

}  // namespace
}  // namespace sotto::peers
