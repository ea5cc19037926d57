// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOTTO_MESSENGER_TEST_WORLD_HPP
#define SOTTO_MESSENGER_TEST_WORLD_HPP
#include <gtest/gtest.h>

#include "testing/error_of.hpp"
#include "testing/service.hpp"

namespace sotto::messenger {

using testing::Blob;
using testing::must;
using testing::Phone;
using testing::Posted;
using testing::Service;
using testing::user_of;
using Strings = std::vector<std::string>;

inline Blob text(std::string_view said) {
  return Blob(said.begin(), said.end());
}
inline std::string shown(const std::optional<ContentView>& content) {
  return content ? std::string(content->body.begin(), content->body.end()) : "";
}

/// Ann has a phone and a tablet, Ben a phone; all know each other's lists.
struct World {
  World() {
    for (Phone* phone : {&ann, &tablet, &ben})
      for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
    talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
  }
  OrderKey say(Phone& phone, std::string_view said, std::optional<TimerSetting> timer = {}) {
    const auto id = must(
        phone.messenger().send(talk, ContentKind::text, text(said), timer, phone.tape, phone.now),
        "send");
    service.collect(phone);
    return {0, phone.self().user, phone.self().device, id};
  }
  /// What a phone makes of the oldest message for it.
  Result<Arrival> hear(Phone& phone) {
    auto& mail = service.mail(phone.self());
    if (mail.empty()) return std::unexpected(Error::no_session);
    const Posted posted = mail.front();
    mail.pop_front();
    room.assign(delivery_max_bytes, 0);
    return service.deliver(phone, posted, room);
  }
  /// All texts that a phone keeps, in order.
  std::vector<std::string> kept(Phone& phone) {
    std::vector<std::string> all;
    Blob out(content_max_padded + 200);
    std::optional<OrderKey> after;
    while (true) {
      const auto next = must(phone.messenger().next_kept(out, talk, after), "next_kept");
      if (!next) return all;
      all.push_back(shown(next->content));
      after = next->place;
    }
  }
  Service service{7};
  Phone& ann = service.add(1, 1);
  Phone& tablet = service.add(1, 2);
  Phone& ben = service.add(2, 1);
  ConversationId talk;
  Blob room;
};

}  // namespace sotto::messenger

#endif
