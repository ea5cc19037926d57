// SPDX-License-Identifier: MIT OR Apache-2.0
/// How the operations of a transaction that concern peers fail.
#include <algorithm>

#include "session/test_error_table.hpp"

namespace sotto::session {
namespace {

using testing::error_of;

std::optional<Error> connect(Scene& s, Transaction& tx, const Address& to, const Bundle& bundle) {
  return error_of(tx.connect(to, RegistrationId{1}, *verify(bundle), s.alice.tape, start));
}

std::optional<Error> open(Scene& s, const Address& from, const Letter& letter) {
  return error_of(s.begin().decrypt(s.out, from, letter.kind, letter.bytes, s.alice.tape, start));
}

/// A first message of `from` to alice, who has the prekeys that it names.
Letter first_message(Scene& s, Party& from, bool with_one_time = true) {
  EXPECT_TRUE(from.connect(s.alice, with_one_time));
  return *from.write(s.alice, "hello");
}

/// Somebody under bob's name with another identity.
Letter of_another_bob(Scene& s) {
  Party other("bob", 9);
  return first_message(s, other);
}

/// A first message in which `part` of the letter is zero.
Letter with_zeros(Letter letter, Bytes part) {
  const auto found = std::ranges::search(letter.bytes, part);
  std::ranges::fill(found, std::uint8_t{0});
  return letter;
}

/// Carol has shown to alice that her identity is hers.
void meet_carol(Scene& s) {
  EXPECT_TRUE(s.alice.read(s.carol, first_message(s, s.carol)));
}

const std::string& long_name() {
  static const std::string name(256, 'n');
  return name;
}

constexpr ErrorRow connecting[]{
    {"Transaction::connect", Error::malformed, Fault::peer, "with another device's bundle",
     [](Scene& s) {
       const auto bundle = verify(s.bob.bundle()->keys)->of(DeviceId{2});
       return error_of(
           s.begin().connect(s.bob.address(), RegistrationId{1}, bundle, s.alice.tape, start));
     }},
    {"Transaction::connect", Error::invalid_argument, Fault::caller, "with no name",
     [](Scene& s) {
       const auto bundle = s.bob.bundle()->keys;
       return connect(s, s.begin(), {"", DeviceId{1}}, bundle);
     }},
    {"Transaction::connect", Error::own_identity, Fault::peer, "with our own bundle",
     [](Scene& s) {
       const auto bundle = s.alice.bundle()->keys;
       return connect(s, s.begin(), s.bob.address(), bundle);
     }},
    {"Transaction::connect", Error::identity_changed, Fault::peer, "with another's bundle",
     [](Scene& s) {
       EXPECT_TRUE(s.carol.make_prekeys());
       const auto bundle = s.carol.bundle()->keys;
       return connect(s, s.begin(), s.bob.address(), bundle);
     }},
    {"Transaction::connect", Error::identity_in_use, Fault::peer, "under another name",
     [](Scene& s) {
       const auto bundle = s.bob.bundle()->keys;
       return connect(s, s.begin(), {"mallory", DeviceId{1}}, bundle);
     }},
    {"Transaction::connect", Error::stale_bundle, Fault::peer, "with an old bundle",
     [](Scene& s) {
       const auto old = s.bob.bundle()->keys;
       EXPECT_TRUE(s.bob.make_prekeys());
       EXPECT_TRUE(s.alice.connect(s.bob));
       return connect(s, s.begin(), s.bob.address(), old);
     }},
    {"Transaction::connect", Error::exhausted, Fault::nobody, "again and again without an answer",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.connect(s.bob) && s.alice.connect(s.bob));
       const auto bundle = s.bob.bundle()->keys;
       return connect(s, s.begin(), s.bob.address(), bundle);
     }},
    {"Transaction::connect", Error::entropy_failed, Fault::system, "without randomness",
     [](Scene& s) {
       const auto bundle = *verify(s.bob.bundle()->keys);
       testing::FailingEntropy none;
       return error_of(s.begin().connect(s.bob.address(), RegistrationId{1}, bundle, none, start));
     }},
    {"Transaction::encrypt", Error::no_session, Fault::caller, "to somebody unknown",
     [](Scene& s) { return error_of(s.begin().encrypt(s.carol.address(), bytes_of("x"), start)); }},
    {"Transaction::encrypt", Error::no_session, Fault::peer, "to one who never answered",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.connect(s.bob));
       return error_of(
           s.begin().encrypt(s.bob.address(), bytes_of("x"), start + std::chrono::days(40)));
     }},
    {"Transaction::encrypt", Error::identity_in_use, Fault::peer, "when another name proved it",
     [](Scene& s) {
       Party dave("dave", 4);
       EXPECT_TRUE(dave.make_prekeys());
       const auto bundle = *verify(dave.bundle()->keys);
       const Address mallory{"mallory", DeviceId{1}};
       EXPECT_TRUE(s.alice.device.connect(mallory, RegistrationId{1}, bundle, s.alice.tape, start));
       EXPECT_TRUE(s.alice.read(dave, first_message(s, dave)));
       return error_of(s.begin().encrypt(mallory, bytes_of("x"), start));
     }},
    {"Transaction::encrypt", Error::too_large, Fault::caller, "a longer text than the limit allows",
     [](Scene& s) {
       const std::vector<std::uint8_t> text(4097);
       return error_of(s.begin().encrypt(s.bob.address(), text, start));
     }},
    {"Transaction::encrypt", Error::invalid_argument, Fault::caller, "to a name that is too long",
     [](Scene& s) {
       return error_of(s.begin().encrypt({long_name(), DeviceId{1}}, bytes_of("x"), start));
     }},
};

constexpr ErrorRow decrypting[]{
    {"Transaction::decrypt", Error::malformed, Fault::peer, "what is no message",
     [](Scene& s) { return open(s, s.bob.address(), {MessageKind::signal, {0x33, 2, 3}}); }},
    {"Transaction::decrypt", Error::malformed, Fault::peer, "of a kind that there is not",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       return open(s, s.bob.address(), {static_cast<MessageKind>(9), letter.bytes});
     }},
    {"Transaction::decrypt", Error::too_large, Fault::peer, "more than the limit allows",
     [](Scene& s) {
       return open(s, s.bob.address(), {MessageKind::signal, std::vector<std::uint8_t>(4097)});
     }},
    {"Transaction::decrypt", Error::unsupported_version, Fault::nobody, "a later version",
     [](Scene& s) {
       Letter letter = *s.bob.write(s.alice, "text");
       letter.bytes[0] = 0x44;
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::no_session, Fault::peer, "from somebody unknown",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       return open(s, s.carol.address(), letter);
     }},
    {"Transaction::decrypt", Error::no_session, Fault::peer, "of a session archived long ago",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       EXPECT_TRUE(s.bob.make_prekeys() && s.alice.connect(s.bob));
       return error_of(s.begin().decrypt(s.out, s.bob.address(), letter.kind, letter.bytes,
                                         s.alice.tape, start + std::chrono::days(30)));
     }},
    {"Transaction::decrypt", Error::authentication_failed, Fault::peer, "an altered message",
     [](Scene& s) {
       Letter letter = *s.bob.write(s.alice, "text");
       letter.bytes.back() ^= 1;
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::replayed, Fault::nobody, "the same again",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       EXPECT_TRUE(s.alice.read(s.bob, letter));
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::too_far_ahead, Fault::peer, "after too many that were lost",
     [](Scene& s) {
       Letter letter;
       for (int i = 0; i < 9; ++i) letter = *s.bob.write(s.alice, "text");
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::weak_key, Fault::peer, "a first message with a key of zeros",
     [](Scene& s) {
       const Letter letter = first_message(s, s.carol);
       const auto parsed = *wire::parse_prekey_message(letter.bytes);
       return open(s, s.carol.address(), with_zeros(letter, parsed.base_key.bytes()));
     }},
    {"Transaction::decrypt", Error::own_identity, Fault::peer, "what we sent ourselves",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.connect(s.bob));
       const Letter letter = *s.alice.write(s.bob, "text");
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::identity_changed, Fault::peer, "from one who set up anew",
     [](Scene& s) {
       const Letter letter = of_another_bob(s);
       return open(s, s.bob.address(), letter);
     }},
    {"Transaction::decrypt", Error::identity_in_use, Fault::peer, "under another name",
     [](Scene& s) {
       meet_carol(s);
       const Letter letter = first_message(s, s.carol);
       return open(s, {"mallory", DeviceId{1}}, letter);
     }},
    {"Transaction::decrypt", Error::unknown_prekey, Fault::peer, "for a prekey that is gone",
     [](Scene& s) {
       Party dave("dave", 4);
       const auto bundle = *s.alice.bundle();
       for (Party* const party : {&s.carol, &dave})
         EXPECT_TRUE(party->device.connect(s.alice.address(), bundle.registration,
                                           *verify(bundle.keys), party->tape, start));
       EXPECT_TRUE(s.alice.read(s.carol, *s.carol.write(s.alice, "first")));
       const Letter letter = *dave.write(s.alice, "second");
       return open(s, dave.address(), letter);
     }},
    {"Transaction::decrypt", Error::exhausted, Fault::nobody, "the name's share is taken",
     [](Scene& s) {
       EXPECT_TRUE(s.alice.read(s.carol, first_message(s, s.carol, false)));
       const Letter letter = first_message(s, s.carol, false);
       return open(s, s.carol.address(), letter);
     }},
    {"Transaction::decrypt", Error::entropy_failed, Fault::system, "without randomness",
     [](Scene& s) {
       EXPECT_TRUE(s.bob.read(s.alice, *s.alice.write(s.bob, "turn")));
       const Letter letter = *s.bob.write(s.alice, "text");
       testing::FailingEntropy none;
       return error_of(
           s.begin().decrypt(s.out, s.bob.address(), letter.kind, letter.bytes, none, start));
     }},
    {"Transaction::decrypt", Error::buffer_too_small, Fault::caller, "into too little",
     [](Scene& s) {
       const Letter letter = *s.bob.write(s.alice, "text");
       return error_of(s.begin().decrypt(std::span(s.out).first(letter.bytes.size() - 1),
                                         s.bob.address(), letter.kind, letter.bytes, s.alice.tape,
                                         start));
     }},
    {"Transaction::decrypt", Error::buffers_overlap, Fault::caller, "onto the message",
     [](Scene& s) {
       auto& tx = s.begin();
       return error_of(tx.decrypt(s.out, s.bob.address(), MessageKind::signal,
                                  Bytes(s.out).first(60), s.alice.tape, start));
     }},
};

constexpr ErrorRow naming[]{
    {"Transaction::identity", Error::invalid_argument, Fault::caller, "of no name",
     [](Scene& s) { return error_of(s.begin().identity({"", DeviceId{1}})); }},
    {"Transaction::info", Error::invalid_argument, Fault::caller, "of no name",
     [](Scene& s) { return error_of(s.begin().info({"", DeviceId{1}}, start)); }},
    {"Transaction::info", Error::corrupted, Fault::store, "when the peer's row was altered",
     [](Scene& s) {
       alter(s.alice.rows, "P");
       return error_of(s.begin().info(s.bob.address(), start));
     }},
    {"Transaction::info", Error::corrupted, Fault::store, "when a session's row was altered",
     [](Scene& s) {
       alter(s.alice.rows, "S");
       return error_of(s.begin().info(s.bob.address(), start));
     }},
    {"Transaction::info", Error::unsupported_version, Fault::nobody, "over a later version's row",
     [](Scene& s) {
       alter(s.alice.rows, "P", Alter::format);
       return error_of(s.begin().info(s.bob.address(), start));
     }},
    {"Transaction::next_peer", Error::buffer_too_small, Fault::caller, "into no place",
     [](Scene& s) { return error_of(s.begin().next_peer({}, std::nullopt)); }},
    {"Transaction::next_peer", Error::invalid_argument, Fault::caller, "behind no name",
     [](Scene& s) {
       std::array<char, 255> name;
       return error_of(s.begin().next_peer(name, Address("", DeviceId{1})));
     }},
    {"Transaction::next_peer", Error::corrupted, Fault::store, "over an altered row",
     [](Scene& s) {
       alter(s.alice.rows, "P");
       std::array<char, 255> name;
       return error_of(s.begin().next_peer(name, std::nullopt));
     }},
    {"Transaction::accept_identity", Error::weak_key, Fault::caller, "a key of zeros",
     [](Scene& s) { return error_of(s.begin().accept_identity(s.bob.address(), {})); }},
    {"Transaction::accept_identity", Error::own_identity, Fault::caller, "our own",
     [](Scene& s) {
       return error_of(s.begin().accept_identity(s.bob.address(), s.alice.device.identity()));
     }},
    {"Transaction::accept_identity", Error::identity_in_use, Fault::peer, "another name's",
     [](Scene& s) {
       meet_carol(s);
       return error_of(s.begin().accept_identity(s.bob.address(), s.carol.device.identity()));
     }},
    {"Transaction::erase_sessions", Error::invalid_argument, Fault::caller, "with no name",
     [](Scene& s) { return error_of(s.begin().erase_sessions({"", DeviceId{1}})); }},
    {"Transaction::forget", Error::invalid_argument, Fault::caller, "no name",
     [](Scene& s) { return error_of(s.begin().forget({"", DeviceId{1}})); }},
    {"Transaction::forget_account", Error::invalid_argument, Fault::caller, "no name",
     [](Scene& s) { return error_of(s.begin().forget_account("")); }},
    {"Transaction::next_device", Error::invalid_argument, Fault::caller, "no name",
     [](Scene& s) { return error_of(s.begin().next_device("", std::nullopt)); }},
    {"Transaction::rename_account", Error::already_exists, Fault::caller, "to a name that is taken",
     [](Scene& s) {
       meet_carol(s);
       return error_of(s.begin().rename_account("bob", "carol"));
     }},
    {"Transaction::owner_of", Error::buffer_too_small, Fault::caller, "into no place",
     [](Scene& s) { return error_of(s.begin().owner_of({}, s.bob.device.identity())); }},
    {"Transaction::rename_account", Error::invalid_argument, Fault::caller, "to the same name",
     [](Scene& s) { return error_of(s.begin().rename_account("bob", "bob")); }},
    {"Transaction::rename_account", Error::invalid_argument, Fault::caller, "to no name",
     [](Scene& s) { return error_of(s.begin().rename_account("bob", "")); }},
};

TEST(ErrorTable, connecting_and_encrypting) {
  provoke(connecting);
}

TEST(ErrorTable, decrypting) {
  provoke(decrypting);
}

TEST(ErrorTable, names_and_identities) {
  provoke(naming);
}

}  // namespace
}  // namespace sotto::session
