// SPDX-License-Identifier: MIT OR Apache-2.0
#include "chat/chat.hpp"

#include <charconv>
#include <chrono>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>

#include <sotto/content_body.hpp>
#include <sotto/sqlite_store.hpp>

#include "chat/keys_file.hpp"
#include "chat/screen.hpp"
#include "chat/talk.hpp"
#include "chat/words.hpp"
#include "demo/link.hpp"
#include "demo/store_file.hpp"
#include "file.hpp"
#include "talk/file_post.hpp"
#include "talk/member.hpp"
#include "talk/mqtt_post.hpp"

namespace sotto::chat {
namespace {

using Clock = std::chrono::steady_clock;
using demo::Failure;
using demo::need;

constexpr auto turn = std::chrono::milliseconds(100);
/// How often prekeys and our own list are looked after.
constexpr std::chrono::milliseconds between_looks = std::chrono::minutes(1);
constexpr std::chrono::milliseconds between_tries{500};
constexpr std::size_t shown_at_first = 20;

constexpr const char* help =
    "  TEXT               say it\n"
    "  /once TEXT         to be seen once\n"
    "  /timer SECONDS     from here on, messages disappear so long after they were sent;\n"
    "                     read SECONDS: after they were read; once; off\n"
    "  /devices           whose devices there are, and which are chosen\n"
    "  /choose NAME:1,2   only these devices of NAME; all: everybody's\n"
    "  /add               let in the devices of yours that ask for it\n"
    "  /remove NUMBER     take a device of yours off the list\n"
    "  /number            the safety number, to be compared\n"
    "  /compared          it was the same on both screens\n"
    "  /accept            their new list or identity is right: you have asked them\n"
    "  /history           all that is kept\n"
    "  /quit";

talk::Broker broker_of(const Options& options) {
  talk::Broker broker;
  const auto colon = options.broker.rfind(':');
  broker.host = options.broker.substr(0, colon);
  if (colon != std::string::npos) {
    const std::string port = options.broker.substr(colon + 1);
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), broker.port);
    if (fault != std::errc() || end != port.data() + port.size() || broker.port < 1 ||
        broker.port > 65'535)
      throw std::invalid_argument(options.broker + ": this is no HOST:PORT");
  }
  broker.user = options.user;
  broker.ca_file = options.ca_file;
  // Now: the broker would only be said not to be reached.
  if (!broker.ca_file.empty() && !std::ifstream(broker.ca_file))
    throw cli::file_fault(broker.ca_file);
  if (!options.password_file.empty()) {
    std::ifstream file(options.password_file);
    if (!file) throw cli::file_fault(options.password_file);
    if (!std::getline(file, broker.password))
      throw Failure(options.password_file + ": there is no password in it");
  }
  return broker;
}

std::unique_ptr<talk::Post> post_of(const Options& options, const UserDevice& self) {
  if (options.broker.empty()) return std::make_unique<talk::FilePost>(options.relay);
  return talk::mqtt_post(broker_of(options), self);
}

std::string store_of(const Options& options) {
  if (!options.store.empty()) return options.store;
  return "sotto-" + options.as + "-" + std::to_string(options.device) + ".db";
}

class Chat {
 public:
  Chat(const Options& options, SqliteStore& store)
      : screen_(options.plain),
        people_{options.as, options.with, talk::user_named(options.as),
                talk::user_named(options.with)},
        store_(&store),
        keys_(open_keys(store_of(options) + ".keys")),
        post_(post_of(options, {people_.us_id, DeviceId{options.device}})),
        member_({people_.us_id, DeviceId{options.device}}, store, keys_, *post_, demo::now),
        talk_(member_, people_, screen_) {
    member_.on_lists([this](const UserId& user, const RostersTaken& taken) {
      if (user == people_.us_id && taken.news.event == RosterEvent::first) return;
      for (const std::string& said : sentences(taken, people_.name(user))) screen_.note(said);
    });
    member_.on_trouble([this](const UserDevice& with, Error why) {
      once(people_.name(with.user) + ": " + std::string(describe(why)));
    });
  }

  void run() {
    screen_.note("you are " + people_.name(member_.self()) + ", to " + people_.them +
                 "; /help lists what can be done");
    talk_.show_history(shown_at_first);
    while (!quit_) {
      work();
      if (screen_.closed()) break;
      if (const auto line = screen_.line(turn)) take(*line);
    }
    work();
  }

 private:
  /// Say it, unless it was said before.
  void once(const std::string& text) {
    if (said_.insert(text).second) screen_.note(text);
  }

  /// Everything that wants to go or has come. What fails is tried again.
  void work() try {
    if (Clock::now() - looked_ > (enrolled_ ? between_looks : between_tries)) enrol();
    if (enrolled_) {
      if (!met_) met_ = member_.fetch(people_.them_id).has_value();
      static_cast<void>(member_.deliver());
      for (const talk::Heard& heard : member_.hear()) talk_.show(heard);
    }
    talk_.show_erased(member_.tick());
    if (std::exchange(away_, false)) screen_.note("it is there again");
  } catch (const talk::Away& why) {
    if (!std::exchange(away_, true))
      screen_.note(std::string(why.what()) + "; what you say is kept");
    talk_.show_erased(member_.tick());
  } catch (const Failure& why) {
    once(demo::told(why, *store_));
  }

  void enrol() {
    enrolled_ = member_.enrol();
    looked_ = Clock::now();
    if (!enrolled_) once("this device is not on your list yet: type /add on one that is");
  }

  void take(const std::string& line) try {
    if (line.empty()) return;
    if (line.front() != '/') return static_cast<void>(say(line, {}));
    const auto space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == "/help") return screen_.text(help);
    if (word == "/quit") return static_cast<void>(quit_ = true);
    if (word == "/history") return talk_.show_history(SIZE_MAX);
    if (word == "/devices") return talk_.show_devices();
    if (word == "/number") return talk_.show_number();
    if (word == "/compared") return compared();
    if (word == "/choose") return talk_.choose(rest);
    if (word == "/timer") return set_timer(rest);
    if (word == "/once")
      return static_cast<void>(say(rest, TimerSetting{TimerType::seen_once, 0, demo::now()}));
    if (word == "/add") return add();
    if (word == "/remove") return remove(rest);
    if (word == "/accept")
      return screen_.note(member_.accept(people_.them_id) ? "accepted"
                                                          : "there is nothing to accept");
    screen_.note("there is no " + word + "; /help lists what there is");
  } catch (const Failure& why) {
    screen_.note("that did not work: " + demo::told(why, *store_));
  }

  bool say(const std::string& text, const std::optional<TimerSetting>& timer) {
    if (!talk_.say(text, timer)) return false;
    if (screen_.terminal())
      screen_.message(people_.name(member_.self()), demo::now(), text,
                      timer ? words_of(*timer) : "", true);
    return true;
  }

  void set_timer(const std::string& words) {
    const auto timer = read_timer_words(words, demo::now());
    if (!timer)
      return screen_.note("not understood; such as /timer 30, /timer read 30, /timer off");
    std::array<std::uint8_t, 32> room{};
    const auto body = need(write_timer_change(room, *timer), "a timer");
    if (talk_.send(ContentKind::timer_change, body))
      screen_.note(timer->type == TimerType::off
                       ? "messages stay from here on"
                       : "from here on, messages are kept " + words_of(*timer));
  }

  void add() {
    const auto admitted = member_.admit();
    if (admitted.empty()) screen_.note("no device of yours asks for it");
  }

  void remove(const std::string& words) {
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(words.data(), words.data() + words.size(), number);
    if (fault != std::errc() || end != words.data() + words.size())
      return screen_.note("not understood; such as /remove 2");
    member_.remove(DeviceId{number});
  }

  void compared() {
    const auto known = need(member_.messenger().roster(people_.them_id), "a list");
    if (!known || known->newest() == nullptr)
      return screen_.note(people_.them + " has not been here yet");
    need(member_.messenger().mark_compared(people_.them_id, known->newest()->claim()), "marking");
    screen_.note("marked: list " + std::to_string(known->newest()->number()) + " of " +
                 people_.them + " was compared");
  }

  Screen screen_;
  People people_;
  SqliteStore* store_;
  talk::Keys keys_;
  std::unique_ptr<talk::Post> post_;
  talk::Member member_;
  Talk talk_;
  bool enrolled_ = false;
  bool met_ = false;
  bool away_ = false;
  bool quit_ = false;
  std::set<std::string> said_;
  Clock::time_point looked_{};
};

}  // namespace

void run_chat(const Options& options) {
  SqliteStore store = demo::open_store(store_of(options));
  try {
    Chat(options, store).run();
  } catch (const Failure& why) {
    throw Failure(demo::told(why, store));
  }
}

}  // namespace sotto::chat
