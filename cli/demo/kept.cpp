// SPDX-License-Identifier: MIT OR Apache-2.0
#include "demo/kept.hpp"

#include <algorithm>
#include <cstring>

#include <sotto/device.hpp>
#include <sotto/memory_store.hpp>
#include <sotto/sotto_call.hpp>
#include <sotto/wire.hpp>

#include "demo/failure.hpp"
#include "demo/frames_file.hpp"
#include "demo/link.hpp"
#include "demo/report.hpp"
#include "demo/text_file.hpp"

namespace sotto::demo {
namespace {

bool holds(const std::vector<Blob>& all, Bytes needle) {
  return std::ranges::any_of(all, [&](const Blob& one) {
    return ::memmem(one.data(), one.size(), needle.data(), needle.size()) != nullptr;
  });
}

/// How many of the needles stand somewhere in the hay.
std::size_t found(const std::vector<Blob>& hay, const std::vector<Blob>& needles) {
  return static_cast<std::size_t>(
      std::ranges::count_if(needles, [&](const Blob& needle) { return holds(hay, needle); }));
}

/// What is long enough that it does not turn up by chance.
std::vector<Blob> telling(const std::vector<Blob>& all) {
  constexpr std::size_t shortest = 4;
  constexpr std::size_t longest = 24;
  std::vector<Blob> needles;
  for (const Blob& one : all)
    if (one.size() >= shortest)
      needles.emplace_back(
          one.begin(), one.begin() + static_cast<std::ptrdiff_t>(std::min(one.size(), longest)));
  return needles;
}

std::vector<Blob> both(const std::array<std::vector<Blob>, 2>& two) {
  std::vector<Blob> all = two[0];
  all.insert(all.end(), two[1].begin(), two[1].end());
  return all;
}

/// A bundle of the callee's with the relay's own signed prekey in it.
void try_forged_bundle(const Bundle& genuine, const SignedPrekey& own) {
  Bundle forged = genuine;
  forged.signed_prekey = own.keys.public_key();
  const auto verdict = verify(forged);
  say("puts a prekey of its own into Bob's bundle: " +
      std::string(verdict ? "ACCEPTED" : name(verdict.error())));
  tell("tried");
  if (!verdict) tell("refused");
  say("(a bundle with an identity key of its own as well would pass: people who compare keys, as "
      "above, see that)");
}

/// The caller's first message, given to a device of the relay's own, with prekeys of its own under
/// the ids that the message names.
void try_first_message(const Blob& first, const IdentityKeyPair& identity, SignedPrekey& own,
                       Entropy& entropy) {
  const auto letter = decode_letter(first);
  if (!letter) throw Failure("the relay kept no first message");
  const auto named = need(wire::parse_prekey_message(letter->message), "Alice's first message");
  auto rows = need(MemoryStore::create(), "the relay's store");
  const StorageKey key(std::array<std::uint8_t, 32>{1});
  auto device = need(Device::create(rows, key, identity, DeviceId{1}, RegistrationId{1}),
                     "the relay's device");
  auto tx = need(device.begin(), "the relay's transaction");
  own.id = named.signed_prekey_id;
  need(tx.import_prekey(own, now()), "the relay's signed prekey");
  if (named.one_time_prekey_id)
    need(tx.import_prekey(need(OneTimePrekey::generate(*named.one_time_prekey_id, entropy),
                               "the relay's one-time prekey")),
         "the relay's one-time prekey");
  Blob out(letter->message.size());
  const auto opened =
      tx.decrypt(out, {"alice", DeviceId{1}}, letter->kind, letter->message, entropy, now());
  say("answers Alice's first message with keys of its own: " +
      std::string(opened ? "OPENED" : name(opened.error())));
  tell("tried");
  if (!opened) tell("refused");
}

/// The kept packets under media keys that the relay agreed on with itself.
void try_packets(const Kept& kept, const IdentityKeyPair& own, Entropy& entropy) {
  const RosterHash roster;
  const auto outgoing = need(
      OutgoingCall::create(CallId{}, {kept.bundles[1]->identity, 1}, CallTerms{}, roster, entropy),
      "the relay's own call");
  const auto incoming = need(IncomingCall::read(outgoing.offer()), "the relay's own call");
  auto answered =
      need(incoming.answer({own.public_key(), 1}, kept.bundles[1]->identity, roster, entropy),
           "the relay's own call");
  auto receiver = need(answered.receive.srtp_receiver(), "the relay's own call");
  std::size_t opened = 0;
  for (const Blob& packet : kept.packets[0]) {
    Blob out(packet.size());
    if (receiver.unprotect(out, packet)) ++opened;
  }
  say("tries its own media keys on " + std::to_string(kept.packets[0].size()) +
      " packets of Alice's: " + std::to_string(opened) + " opened");
  tell("tried");
  if (opened == 0) tell("refused");
}

}  // namespace

void search_for_plaintext(const Kept& kept, const std::string& text_path,
                          const std::array<std::string, 2>& frames_paths) {
  const std::vector<Blob> lines = read_lines(text_path);
  const std::vector<Blob> frames =
      both({read_frames(frames_paths[0]), read_frames(frames_paths[1])});
  const auto line_needles = telling(lines);
  const auto frame_needles = telling(frames);
  say("kept " + std::to_string(both(kept.messages).size()) + " messages and " +
      std::to_string(both(kept.packets).size()) + " media packets");

  const std::size_t in_messages =
      found(both(kept.messages), line_needles) + found(kept.rings, line_needles);
  const std::size_t in_packets = found(both(kept.packets), frame_needles);
  say("looks for " + std::to_string(line_needles.size()) + " lines and " +
      std::to_string(frame_needles.size()) + " speech frames in them: finds " +
      std::to_string(in_messages) + " and " + std::to_string(in_packets));
  const std::size_t control_lines = found(lines, line_needles);
  const std::size_t control_frames = found(frames, frame_needles);
  say("(the same search in the unencrypted text and speech finds " + std::to_string(control_lines) +
      " and " + std::to_string(control_frames) + ", so it works)");
  tell("found", in_messages + in_packets);
  tell("sought", line_needles.size() + frame_needles.size());
  tell("control", control_lines + control_frames);
}

void try_own_keys(const Kept& kept) {
  if (!kept.bundles[1] || kept.messages[0].empty()) throw Failure("the relay kept too little");
  SystemEntropy entropy;
  const auto identity = need(IdentityKeyPair::generate(entropy), "the relay's identity");
  auto own = need(SignedPrekey::generate(SignedPrekeyId{0}, identity, entropy),
                  "the relay's signed prekey");
  try_forged_bundle(*kept.bundles[1], own);
  try_first_message(kept.messages[0].front(), identity, own, entropy);
  try_packets(kept, identity, entropy);
}

}  // namespace sotto::demo
