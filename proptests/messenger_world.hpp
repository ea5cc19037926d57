// SPDX-License-Identifier: MIT OR Apache-2.0
/// Three people with up to four devices each, who talk in pairs, while messages are lost, repeated,
/// delayed and overtaken, devices come and go, choices change and phones restart. In the end every
/// chosen device shows the same messages once, and nobody else any.
#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "testing/service.hpp"

namespace sotto::prop {

using testing::Blob;
using testing::must;
using testing::Phone;
using testing::Posted;
using testing::Service;
using testing::TapeEntropy;
using testing::user_of;

inline constexpr int steps = 30;
inline constexpr std::uint32_t most_devices = 4;

/// A message as whoever sent it meant it.
struct Said {
  UserDevice by;
  ConversationId in;
  std::set<UserDevice> to;  ///< whom it was for when it was said
};

class MessengerWorld {
 public:
  /// Where a device keeps its rows, opened anew; what was open of it before is closed.
  using Open = std::function<Store*(const UserDevice&)>;

  /// In memory, unless they are to be kept elsewhere.
  explicit MessengerWorld(std::uint64_t seed, Open open = {})
      : open_(std::move(open)), tape_(seed), service_(seed * 100, 6) {
    for (std::uint8_t person = 1; person <= 3; ++person)
      for (std::uint32_t device = 1; device <= 1 + dice(2); ++device) add(person);
  }

  void run() {
    for (int i = 0; i < steps; ++i) step();
    become_quiet();
    judge();
  }

  std::size_t said() const { return said_.size(); }
  std::size_t shown() const { return shown_count_; }
  std::size_t refused() const { return not_shown_; }
  std::size_t restarts() const { return restarts_; }

 private:
  std::uint32_t dice(std::uint32_t faces) {
    std::array<std::uint8_t, 4> bytes{};
    static_cast<void>(tape_.fill(bytes));
    return (std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2]) % faces;
  }
  Phone& any_phone() {
    auto at = service_.phones().begin();
    std::advance(at, dice(static_cast<std::uint32_t>(service_.phones().size())));
    return *at->second;
  }

  void step() {
    Phone& phone = any_phone();
    const std::uint32_t what = dice(100);
    if (what < 30)
      say(phone);
    else if (what < 55)
      post(phone);
    else if (what < 82)
      hear(phone);
    else if (what < 86)
      add(static_cast<std::uint8_t>(1 + dice(3)));
    else if (what < 89)
      remove(phone);
    else if (what < 93)
      choose(phone);
    else if (what < 97)
      restart(phone);
    else
      phone.now += std::chrono::seconds(dice(100));
  }

  void add(std::uint8_t person) {
    if (next_device_[person] == most_devices) return;
    const UserDevice device{user_of(person), DeviceId{++next_device_[person]}};
    Phone& phone = service_.add(person, next_device_[person], open(device));
    for (std::uint8_t other = 1; other <= 3; ++other)
      if (next_device_[other] > 0) service_.fetch(phone, user_of(other));
  }
  Store* open(const UserDevice& device) { return open_ ? open_(device) : nullptr; }
  void restart(Phone& phone) {
    const UserDevice device = phone.self();
    phone.restart(open_ ? std::function<Store*()>([&] { return open_(device); }) : nullptr);
    ++restarts_;
  }
  void remove(Phone& phone) {
    const UserDevice gone = phone.self();
    if (service_.newest(gone.user).devices().size() < 2) return;
    gone_.insert(gone);
    service_.remove(gone);
  }

  /// The conversation of two people that a phone knows, or a new one.
  ConversationId talk_of(Phone& phone, const UserId& other) {
    const auto pair = std::minmax(phone.self().user, other);
    for (const ConversationId& id : talks_[{pair.first, pair.second}])
      if (knows_[phone.self()].contains(id)) return id;
    const auto id = must(phone.messenger().begin(ChosenDevices::all(phone.self().user),
                                                 ChosenDevices::all(other), phone.tape),
                         "begin");
    talks_[{pair.first, pair.second}].push_back(id);
    knows_[phone.self()].insert(id);
    return id;
  }
  void say(Phone& phone) {
    UserId other = phone.self().user;
    while (other == phone.self().user) other = user_of(static_cast<std::uint8_t>(1 + dice(3)));
    for (const UserId& user : {phone.self().user, other}) service_.fetch(phone, user);
    const ConversationId talk = talk_of(phone, other);
    const auto choice = must(phone.messenger().choice(talk), "choice");
    const std::string words = std::to_string(said_.size());
    const auto id = phone.messenger().send(
        talk, ContentKind::text, Blob(words.begin(), words.end()), {}, phone.tape, phone.now);
    if (!id) {  // Others have chosen without this phone.
      if (id.error() != Error::wrong_state || choice.has(phone.self()))
        throw std::runtime_error("send: " + std::string(name(id.error())));
      return;
    }
    Said said{phone.self(), talk, {}};
    for (const ChosenDevices& side : choice.sides())
      for (const DeviceClaim& claim : service_.newest(side.user()).devices())
        if (choice.has({side.user(), claim.device})) said.to.insert({side.user(), claim.device});
    said_.emplace(*id, said);
  }
  void choose(Phone& phone) {
    const auto& known = knows_[phone.self()];
    if (known.empty()) return;
    const ConversationId talk = *known.begin();
    const auto choice = must(phone.messenger().choice(talk), "choice");
    if (!choice.has(phone.self())) return;
    std::array<ChosenDevices, 2> sides;
    for (std::size_t i = 0; i < 2; ++i) {
      const UserId user = choice.sides()[i].user();
      sides[i] = ChosenDevices::all(user);
      std::vector<DeviceId> some;
      for (const DeviceClaim& claim : service_.newest(user).devices())
        if (dice(2) > 0 || UserDevice{user, claim.device} == phone.self())
          some.push_back(claim.device);
      if (dice(3) > 0 && !some.empty()) sides[i] = *ChosenDevices::only(user, some);
    }
    must(phone.messenger().choose(talk, sides[0], sides[1]), "choose");
    const auto chosen = must(phone.messenger().choice(talk), "choice");
    for (const auto& [device, other] : service_.phones())
      if (chosen.side(device.user) != nullptr && !chosen.has(device))
        left_out_[talk].insert(device);
    changed_.insert(talk);
  }

  /// The phone is online; perhaps it goes offline in between.
  void post(Phone& phone) {
    const std::uint32_t luck = dice(10);
    service_.collect(phone, true, luck == 0 ? 1 : luck == 1 ? 2 : 0);
  }

  void hear(Phone& phone) {
    auto& mail = service_.mail(phone.self());
    if (mail.empty()) return;
    const std::size_t at = dice(static_cast<std::uint32_t>(mail.size()));
    const Posted posted = mail[at];
    const bool again = dice(8) == 0;
    if (!again) mail.erase(mail.begin() + static_cast<std::ptrdiff_t>(at));
    take(phone, posted);
  }
  void take(Phone& phone, const Posted& posted) {
    Blob room(posted.bytes.size());
    const auto arrival = service_.deliver(phone, posted, room);
    if (!arrival) {
      const Error error = arrival.error();
      if (error == Error::replayed) return;
      // Of a device that was removed while its message was on its way.
      if (error == Error::rosters_differ && gone_.contains(posted.from)) return;
      throw std::runtime_error("receive: " + std::string(name(error)));
    }
    // Whose letter is taken, the conversation is known.
    if (arrival->kind == Arrival::Kind::not_chosen) {
      ++not_shown_;
      return;
    }
    knows_[phone.self()].insert(arrival->conversation);
    if (arrival->kind != Arrival::Kind::content) return;
    ++shown_count_;
    const auto& said = said_.at(arrival->place.id);
    if (!shown_[phone.self()].insert(arrival->place.id).second)
      throw std::runtime_error("shown twice");
    if (said.by != posted.from || said.in != arrival->conversation)
      throw std::runtime_error("not what was said");
  }

  void become_quiet() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& [device, phone] : service_.phones()) service_.collect(*phone);
      for (auto& [device, phone] : service_.phones())
        for (auto& mail = service_.mail(device); !mail.empty(); busy = true) {
          const Posted posted = mail.front();
          mail.pop_front();
          take(*phone, posted);
        }
    }
  }

  std::vector<MessageId> kept(Phone& phone, const ConversationId& talk) {
    std::vector<MessageId> all;
    Blob out(content_max_padded + 200);
    std::optional<OrderKey> after;
    while (true) {
      const auto next = must(phone.messenger().next_kept(out, talk, after), "next_kept");
      if (!next) return all;
      all.push_back(next->place.id);
      after = next->place;
    }
  }

  void judge() {
    for (auto& [device, phone] : service_.phones()) {
      for (const auto& [id, said] : said_) {
        const bool has = shown_[device].contains(id);
        const bool meant = said.to.contains(device) && said.by != device;
        const auto& left_out = left_out_[said.in];
        // Devices that came while it was on its way get it when the service asks for that.
        if (has && !meant && device.user != said.by.user && !is_party(said, device))
          throw std::runtime_error("shown to somebody else");
        if (meant && !has && !left_out.contains(device) && !left_out.contains(said.by) &&
            !gone_.contains(said.by))
          throw std::runtime_error("not shown");
      }
    }
    // All who were there all the time show the same in the same order.
    for (const auto& [pair, talks] : talks_)
      for (const ConversationId& talk : talks) {
        if (changed_.contains(talk)) continue;
        std::optional<std::vector<MessageId>> first;
        for (auto& [device, phone] : service_.phones()) {
          if (!is_founder(device, talk)) continue;
          auto mine = kept(*phone, talk);
          std::erase_if(mine, [&](const MessageId& id) { return gone_.contains(said_.at(id).by); });
          if (first && *first != mine) throw std::runtime_error("they show different things");
          first = std::move(mine);
        }
      }
  }
  /// A person of that conversation.
  bool is_party(const Said& said, const UserDevice& device) const {
    return std::ranges::any_of(said.to,
                               [&](const UserDevice& to) { return to.user == device.user; });
  }
  /// Every message of the conversation was meant for it.
  bool is_founder(const UserDevice& device, const ConversationId& talk) const {
    return std::ranges::all_of(said_, [&](const auto& entry) {
      return entry.second.in != talk || entry.second.to.contains(device);
    });
  }

  Open open_;
  std::size_t restarts_ = 0;
  TapeEntropy tape_;
  Service service_;
  std::map<std::uint8_t, std::uint32_t> next_device_;
  std::map<std::pair<UserId, UserId>, std::vector<ConversationId>> talks_;
  std::map<UserDevice, std::set<ConversationId>> knows_;
  std::map<ConversationId, std::set<UserDevice>> left_out_;
  std::set<ConversationId> changed_;
  std::map<MessageId, Said> said_;
  std::map<UserDevice, std::set<MessageId>> shown_;
  std::set<UserDevice> gone_;
  std::size_t shown_count_ = 0;
  std::size_t not_shown_ = 0;
};

}  // namespace sotto::prop
