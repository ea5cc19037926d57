// SPDX-License-Identifier: MIT OR Apache-2.0
/// What a conversation costs against the number of devices, of contacts and of conversations, as
/// one JSON document on standard output: docs/scale.md is made of it. Times are the best of several
/// rounds on one core; bytes are counted. `--quick`: few rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "testing/service.hpp"

namespace sotto {
namespace {

using testing::Blob;
using testing::must;
using testing::Phone;
using testing::Service;
using testing::user_of;

using Clock = std::chrono::steady_clock;

int rounds = 30;

double us_since(Clock::time_point began) {
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count();
}

/// What rows take: names and values.
std::size_t bytes_of(Store& rows) {
  std::size_t sum = 0;
  Blob after;
  while (true) {
    const auto next = must(rows.next({}, after), "rows");
    if (!next) return sum;
    sum += next->key.size() + next->value.size();
    after.assign(next->key.begin(), next->key.end());
  }
}

/// The phone hears all that waits for it; how long the first took.
double hear_all(Service& service, Phone& phone) {
  Blob room(delivery_max_bytes);
  double first = 0;
  auto& mail = service.mail(phone.self());
  for (bool begun = false; !mail.empty(); mail.pop_front()) {
    const auto began = Clock::now();
    static_cast<void>(must(service.deliver(phone, mail.front(), room), "deliver"));
    if (!std::exchange(begun, true)) first = us_since(began);
  }
  return first;
}

void say(Service& service, Phone& phone, const ConversationId& talk) {
  const Blob text(20, 'x');
  static_cast<void>(must(
      phone.messenger().send(talk, ContentKind::text, text, {}, phone.tape, phone.now), "send"));
  service.collect(phone);
}

struct MessageCost {
  double send_us = std::numeric_limits<double>::max();
  double receive_us = std::numeric_limits<double>::max();
  std::size_t bytes = 0;
};

/// A text of `size` bytes to a person with that many devices, from one with a single device. All
/// have heard of each other before.
MessageCost message(std::uint32_t devices, std::size_t size) {
  Service service(devices, 2);
  Phone& ann = service.add(1, 1);
  std::vector<Phone*> bens;
  for (std::uint32_t i = 1; i <= devices; ++i) bens.push_back(&service.add(2, i));
  service.fetch(ann, user_of(2));
  for (Phone* ben : bens)
    for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*ben, user);
  const auto talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                               ChosenDevices::all(user_of(2)), ann.tape),
                         "begin");
  say(service, ann, talk);
  for (Phone* ben : bens) hear_all(service, *ben);
  for (Phone* ben : bens) {
    say(service, *ben, talk);
    hear_all(service, ann);
    for (Phone* other : bens) hear_all(service, *other);
  }
  MessageCost cost;
  const Blob text(size, 'x');
  Blob out(delivery_max_bytes);
  for (int i = 0; i < rounds; ++i) {
    const auto began = Clock::now();
    static_cast<void>(
        must(ann.messenger().send(talk, ContentKind::text, text, {}, ann.tape, ann.now), "send"));
    std::optional<DeliveryKey> after;
    std::size_t bytes = 0;
    for (std::uint32_t k = 0; k < devices; ++k) {
      const auto next = must(ann.messenger().next_delivery(out, after, ann.now), "delivery");
      bytes += next->bytes.size() + FrankingTag::size_bytes;
      after = next->key;
    }
    cost.send_us = std::min(cost.send_us, us_since(began));
    cost.bytes = bytes;
    service.collect(ann);
    for (Phone* ben : bens) {
      const double one = hear_all(service, *ben);
      cost.receive_us = std::min(cost.receive_us, one);
    }
  }
  return cost;
}

struct ChangeCost {
  double change_us = 0;   ///< at the device that adds another
  double contact_us = 0;  ///< at one contact: the new list, and the next message to one device more
  std::size_t bytes =
      0;  ///< that the service moves: lists, bundles and first messages to the new device
};

/// A person with that many contacts, each in a conversation, adds a second device.
ChangeCost change(std::uint8_t contacts) {
  Service service(1000 + contacts, 4);
  Phone& ann = service.add(1, 1);
  std::vector<Phone*> all;
  std::vector<ConversationId> talks;
  for (std::uint8_t i = 0; i < contacts; ++i) {
    Phone& other = service.add(static_cast<std::uint8_t>(2 + i), 1);
    service.fetch(other, user_of(1));
    service.fetch(ann, other.self().user);
    talks.push_back(must(other.messenger().begin(ChosenDevices::all(other.self().user),
                                                 ChosenDevices::all(user_of(1)), other.tape),
                         "begin"));
    say(service, other, talks.back());
    hear_all(service, ann);
    all.push_back(&other);
  }
  ChangeCost cost;
  auto began = Clock::now();
  Phone& tablet = service.add(1, 2);
  cost.change_us = us_since(began);
  const std::size_t list = service.newest(user_of(1)).size_bytes();
  cost.bytes = list;
  began = Clock::now();
  for (std::size_t i = 0; i < all.size(); ++i) {
    service.fetch(*all[i], user_of(1));
    say(service, *all[i], talks[i]);
    cost.bytes += list + wire::max_bundle_bytes;
  }
  cost.contact_us = us_since(began) / contacts;
  for (const auto& posted : service.mail(tablet.self())) cost.bytes += posted.bytes.size();
  return cost;
}

struct StateCost {
  std::size_t device, session, conversation, kept, waiting, timed;
};

/// What stands in the rows of a device, piece by piece.
StateCost state() {
  Service service(5, 100);
  Phone& ann = service.add(1, 1);
  Phone& ben = service.add(2, 1);
  StateCost cost{};
  cost.device = bytes_of(ann.rows());
  service.fetch(ann, user_of(2));
  service.fetch(ben, user_of(1));
  const auto begin = [&] {
    return must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
  };
  std::size_t before = bytes_of(ann.rows());
  const auto talk = begin();
  cost.conversation = bytes_of(ann.rows()) - before;
  say(service, ann, talk);
  hear_all(service, ben);
  say(service, ben, talk);
  hear_all(service, ann);
  const std::size_t with_session = bytes_of(ann.rows());
  say(service, ann, talk);
  cost.kept = bytes_of(ann.rows()) - with_session;
  // The first two messages, and what the plan leaves behind, are no part of the session.
  cost.session = with_session - before - cost.conversation - 2 * cost.kept;
  before = bytes_of(ann.rows());
  const Blob text(20, 'x');
  static_cast<void>(
      must(ann.messenger().send(talk, ContentKind::text, text, {}, ann.tape, ann.now), "send"));
  Blob out(delivery_max_bytes);
  static_cast<void>(must(ann.messenger().next_delivery(out, {}, ann.now), "delivery"));
  cost.waiting = bytes_of(ann.rows()) - before - cost.kept;
  service.collect(ann);
  before = bytes_of(ann.rows());
  static_cast<void>(must(
      ann.messenger().send(talk, ContentKind::text, text,
                           TimerSetting{TimerType::after_send, 60, ann.now}, ann.tape, ann.now),
      "send"));
  service.collect(ann);
  cost.timed = bytes_of(ann.rows()) - before - cost.kept;
  return cost;
}

/// How long a look for what is over takes, in a store with that many conversations of which
/// `timed` have a message with a timer.
double look(std::size_t conversations, std::size_t timed) {
  Service service(9, 4);
  Phone& ann = service.add(1, 1);
  service.add(2, 1);
  service.fetch(ann, user_of(2));
  const Blob text(20, 'x');
  for (std::size_t i = 0; i < conversations; ++i) {
    const auto talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                                 ChosenDevices::all(user_of(2)), ann.tape),
                           "begin");
    if (i < timed)
      static_cast<void>(must(
          ann.messenger().send(talk, ContentKind::text, text,
                               TimerSetting{TimerType::after_send, 60, ann.now}, ann.tape, ann.now),
          "send"));
  }
  double best = std::numeric_limits<double>::max();
  std::array<Erased, 4> erased;
  for (int i = 0; i < rounds; ++i) {
    const auto began = Clock::now();
    static_cast<void>(must(ann.messenger().tick(erased, ann.now), "tick"));
    best = std::min(best, us_since(began));
  }
  return best;
}

void print() {
  std::printf("{\n \"rounds\": %d,\n \"messages\": [", rounds);
  const char* comma = "";
  for (const std::size_t size : {20U, 60'000U})
    for (const std::uint32_t devices : {1U, 2U, 4U, 8U, 16U, 32U}) {
      std::fprintf(stderr, "messages of %zu bytes to %u devices\n", size, devices);
      const auto cost = message(devices, size);
      std::printf(
          "%s\n  {\"text\": %zu, \"devices\": %u, \"send_us\": %.1f, \"receive_us\": %.1f, "
          "\"bytes\": %zu}",
          comma, size, devices, cost.send_us, cost.receive_us, cost.bytes);
      comma = ",";
    }
  std::printf("\n ],\n \"changes\": [");
  comma = "";
  for (const std::uint8_t contacts : std::initializer_list<std::uint8_t>{1, 4, 16, 64, 200}) {
    std::fprintf(stderr, "a new device with %u contacts\n", contacts);
    const auto cost = change(contacts);
    std::printf(
        "%s\n  {\"contacts\": %u, \"change_us\": %.0f, \"contact_us\": %.0f, \"bytes\": %zu}",
        comma, contacts, cost.change_us, cost.contact_us, cost.bytes);
    comma = ",";
  }
  std::printf("\n ],\n \"look\": [");
  comma = "";
  for (const auto& [conversations, timed] :
       {std::pair<std::size_t, std::size_t>(1000, 0), {1000, 100}, {1000, 1000}}) {
    std::fprintf(stderr, "a look through %zu conversations\n", conversations);
    std::printf("%s\n  {\"conversations\": %zu, \"timed\": %zu, \"us\": %.1f}", comma,
                conversations, timed, look(conversations, timed));
    comma = ",";
  }
  const auto cost = state();
  std::printf(
      "\n ],\n \"state\": {\"device with 100 one-time prekeys\": %zu, \"session\": %zu, "
      "\"conversation\": %zu, \"kept text of 20 bytes\": %zu, \"the same, waiting for one "
      "device\": %zu, \"the first timer of a conversation\": %zu, \"list of 1 device\": %zu, "
      "\"list of 5 devices\": %zu, \"list of 32 devices\": %zu, \"bundle, at most\": %zu}\n}\n",
      cost.device, cost.session, cost.conversation, cost.kept, cost.waiting, cost.timed,
      roster_bytes(1), roster_bytes(5), roster_bytes(32), wire::max_bundle_bytes);
}

}  // namespace
}  // namespace sotto

int main(int argc, char** argv) try {
  if (argc > 1 && std::strcmp(argv[1], "--quick") == 0) sotto::rounds = 3;
  sotto::print();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
