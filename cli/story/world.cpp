// SPDX-License-Identifier: MIT OR Apache-2.0
#include "story/world.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "demo/link.hpp"
#include "demo/store_file.hpp"

namespace sotto::story {

using demo::need;

namespace {

constexpr DeviceId first{1};
constexpr DeviceId second{2};

PlatformKey platform_key() {
  SystemEntropy entropy;
  return PlatformKey::made_by(
      [&](MutableBytes out) { need(entropy.fill(out), "the platform's key"); });
}

std::vector<AccountDevice> devices_of(const Roster& list) {
  std::vector<AccountDevice> all;
  for (const DeviceClaim& claim : list.devices())
    all.push_back({static_cast<std::uint32_t>(claim.device), claim.identity});
  return all;
}

}  // namespace

Blob bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

bool holds(Bytes hay, Bytes needle) {
  return ::memmem(hay.data(), hay.size(), needle.data(), needle.size()) != nullptr;
}

Seat::Seat(const std::string& file, const UserDevice& self, talk::Hub& hub,
           std::function<Instant()> clock)
    : file_(file),
      store_(demo::open_store(file)),
      keys_(talk::new_keys(entropy_)),
      post_(hub, self.user),
      member_(self, store_, keys_, post_, std::move(clock)) {
}

std::map<Blob, Blob> Seat::rows() {
  std::map<Blob, Blob> all;
  Blob after;
  while (true) {
    const auto next = need(store_.next({}, after), "a row");
    if (!next) return all;
    after.assign(next->key.begin(), next->key.end());
    all.emplace(after, Blob(next->value.begin(), next->value.end()));
  }
}

Blob Seat::bytes_on_disk() const {
  Blob all;
  for (const char* suffix : {"", "-wal", "-journal"}) {
    std::ifstream file(file_ + suffix, std::ios::binary);
    all.insert(all.end(), std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

std::vector<std::string> Seat::shown(const ConversationId& conversation) {
  std::vector<std::string> all;
  Blob room(content_max_padded);
  std::optional<OrderKey> after;
  while (true) {
    const auto next = need(messenger().next_kept(room, conversation, after), "what is kept");
    if (!next) return all;
    if (next->content.head.kind == ContentKind::text) all.push_back(text_of(next->content.body));
    after = next->place;
  }
}

AccountNumber Seat::number(const UserId& ours, const UserId& theirs) {
  const auto our_list = need(messenger().roster(ours), "our list");
  const auto their_list = need(messenger().roster(theirs), "their list");
  if (!our_list || !their_list) throw demo::Failure("a list of devices is missing");
  const auto our_devices = devices_of(*our_list->newest());
  const auto their_devices = devices_of(*their_list->newest());
  return need(account_number({ours, our_devices}, {theirs, their_devices}), "the safety number");
}

World::World()
    : now_(demo::now()),
      hub(platform_key(), [this] { return now_; }),
      phone(folder_.file("phone.db"), {talk::user_named("Alice"), first}, hub,
            [this] { return now_; }),
      tablet(folder_.file("tablet.db"), {talk::user_named("Alice"), second}, hub,
             [this] { return now_; }),
      bob(folder_.file("bob.db"), {talk::user_named("Bob"), first}, hub, [this] { return now_; }),
      alice_user(phone.self().user),
      bob_user(bob.self().user) {
  if (!phone.member().enrol() || tablet.member().enrol())
    throw demo::Failure("a second device must be let in by the first");
  if (phone.member().admit().size() != 1 || !tablet.member().enrol() || !bob.member().enrol())
    throw demo::Failure("a device is not on its person's list");
  for (Seat* seat : {&phone, &tablet, &bob})
    for (const UserId& user : {alice_user, bob_user}) static_cast<void>(seat->member().fetch(user));
}

ConversationId World::begin(const ChosenDevices& one, const ChosenDevices& other) {
  return need(phone.messenger().begin(one, other, entropy), "a conversation");
}

MessageId World::send(Seat& who, const ConversationId& where, ContentKind kind, Bytes body,
                      const std::optional<TimerSetting>& timer) {
  const MessageId id = who.member().say(where, kind, body, timer);
  pass();
  return id;
}

MessageId World::say(Seat& who, const ConversationId& where, std::string_view text,
                     const std::optional<TimerSetting>& timer) {
  said_.emplace_back(text);
  return send(who, where, ContentKind::text, bytes_of(text), timer);
}

void World::pass() {
  for (Seat* seat : {&phone, &tablet, &bob}) static_cast<void>(seat->member().deliver());
  for (Seat* seat : {&phone, &tablet, &bob})
    for (Heard& heard : seat->member().hear()) heard_[seat->self()].push_back(std::move(heard));
}

std::vector<Heard> World::heard(Seat& who) {
  return std::exchange(heard_[who.self()], {});
}

}  // namespace sotto::story
