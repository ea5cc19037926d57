// SPDX-License-Identifier: MIT OR Apache-2.0
#include "chat/talk.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <sotto/account_number.hpp>
#include <sotto/content_body.hpp>

#include "chat/words.hpp"
#include "demo/failure.hpp"
#include "picture.hpp"

namespace sotto::chat {
namespace {

using demo::need;
using talk::Blob;

std::string text_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string shown_error(Error error) {
  return std::string(describe(error));
}

std::vector<AccountDevice> devices_of(const Roster& list) {
  std::vector<AccountDevice> all;
  for (const DeviceClaim& claim : list.devices())
    all.push_back({static_cast<std::uint32_t>(claim.device), claim.identity});
  return all;
}

/// "1,2,5", each once.
std::optional<std::vector<DeviceId>> read_devices(std::string_view text) {
  std::vector<DeviceId> all;
  while (true) {
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc()) return std::nullopt;
    all.push_back(DeviceId{number});
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return all;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
}

}  // namespace

std::vector<ConversationId> Talk::all() {
  std::vector<ConversationId> found;
  std::optional<ConversationId> at;
  while (true) {
    at = need(member_->messenger().next_conversation(at), "the conversations");
    if (!at) return found;
    const auto choice = need(member_->messenger().choice(*at), "a conversation");
    if (choice.side(people_.them_id) != nullptr) found.push_back(*at);
  }
}

std::optional<ConversationId> Talk::current() {
  for (const ConversationId& id : all())
    if (need(member_->messenger().choice(id), "a conversation").has(member_->self())) return id;
  return std::nullopt;
}

bool Talk::send(ContentKind kind, Bytes body, const std::optional<TimerSetting>& timer) {
  auto where = current();
  if (!where) {
    if (!need(member_->messenger().roster(people_.them_id), "a list")) {
      screen_->note(people_.them + " has not been here yet: nothing was sent");
      return false;
    }
    where =
        need(member_->messenger().begin(ChosenDevices::all(people_.us_id),
                                        ChosenDevices::all(people_.them_id), member_->entropy()),
             "a conversation");
  }
  const auto sent =
      member_->messenger().send(*where, kind, body, timer, member_->entropy(), member_->now());
  if (!sent) screen_->note("not sent: " + shown_error(sent.error()));
  return sent.has_value();
}

bool Talk::say(const std::string& text, const std::optional<TimerSetting>& timer) {
  return send(ContentKind::text,
              Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), timer);
}

/// It stands on a screen now: what waits for that begins to run, here and where it came from.
void Talk::saw(const talk::Heard& heard) {
  const TimerType type = heard.head.timer.type;
  if (type != TimerType::after_read && type != TimerType::seen_once) return;
  const MessageName name{heard.place.sender, heard.place.id};
  need(member_->messenger().read(heard.conversation, name, member_->now()), "reading");
  if (type == TimerType::seen_once)
    need(member_->messenger().close(heard.conversation, name, member_->now()), "closing");
  if (heard.place.sender == people_.us_id) return;
  const std::array ids{heard.place.id};
  Blob room(64);
  static_cast<void>(member_->say(heard.conversation, ContentKind::read_receipt,
                                 need(write_receipt(room, ids), "a receipt")));
}

void Talk::show(const talk::Heard& heard) {
  const std::string who = people_.name(heard.from);
  if (heard.refused) {
    if (*heard.refused == Error::replayed) return;  // It was taken before.
    // It stays at the post, and may be good once lists are there or a person has accepted them.
    if (!refused_.insert({heard.from, heard.number}).second) return;
    screen_->note("a message of " + who + " was not taken: " + shown_error(*heard.refused));
    return;
  }
  for (const std::string& sentence : sentences(heard.notices, who)) screen_->note(sentence);
  if (heard.outcome == Arrival::Kind::over)
    screen_->note("a message of " + who + " came after its time");
  if (heard.outcome != Arrival::Kind::content) return;
  switch (heard.head.kind) {
    case ContentKind::text:
      screen_->message(who, heard.head.sent_at, text_of(heard.body), words_of(heard.head.timer),
                       heard.from.user == people_.us_id);
      return saw(heard);
    case ContentKind::timer_change: {
      const auto timer = read_timer_change(heard.body);
      if (timer)
        screen_->note(who + (timer->type == TimerType::off
                                 ? ": messages stay from here on"
                                 : ": from here on, messages are kept " + words_of(*timer)));
      return;
    }
    case ContentKind::read_receipt:
      return;
    default:
      screen_->note(who + " sent something that this program cannot show");
  }
}

void Talk::show_erased(const std::vector<Erased>& erased) {
  for (const Erased& one : erased)
    screen_->note("a message of " + people_.name(one.message.author) + " is gone");
}

void Talk::show_history(std::size_t most) {
  struct Line {
    OrderKey place;
    Instant at;
    std::string text;
    std::string remark;
  };
  std::vector<Line> lines;
  Blob room(content_max_padded);
  for (const ConversationId& id : all()) {
    std::optional<OrderKey> after;
    while (true) {
      const auto kept = need(member_->messenger().next_kept(room, id, after), "what is kept");
      if (!kept) break;
      after = kept->place;
      if (kept->content.head.kind == ContentKind::text)
        lines.push_back({kept->place, kept->content.head.sent_at, text_of(kept->content.body),
                         words_of(kept->content.head.timer)});
    }
  }
  std::ranges::sort(lines, {}, &Line::place);
  if (lines.empty()) return screen_->note("no texts are kept yet");
  screen_->note(std::to_string(std::min(most, lines.size())) + " of " +
                std::to_string(lines.size()) +
                (lines.size() == 1 ? " text that is kept:" : " texts that are kept:"));
  for (std::size_t i = lines.size() - std::min(most, lines.size()); i < lines.size(); ++i)
    screen_->message(people_.name({lines[i].place.sender, lines[i].place.device}), lines[i].at,
                     lines[i].text, lines[i].remark, lines[i].place.sender == people_.us_id);
}

void Talk::show_devices() {
  const auto where = current();
  std::optional<DeviceChoice> choice;
  if (where) choice = need(member_->messenger().choice(*where), "a conversation");
  for (const UserId& user : {people_.us_id, people_.them_id}) {
    const auto known = need(member_->messenger().roster(user), "a list");
    if (!known || known->newest() == nullptr) {
      screen_->note(people_.name(user) + ": no list yet");
      continue;
    }
    for (const DeviceClaim& claim : known->newest()->devices()) {
      const UserDevice device{user, claim.device};
      screen_->note(people_.name(device) + (device == member_->self() ? ", this one" : "") +
                    (!choice || choice->has(device) ? "" : ", left out of this conversation"));
    }
    if (known->compared())
      screen_->note(people_.name(user) + ": list " + std::to_string(*known->compared()) +
                    " was compared");
  }
}

void Talk::show_number() {
  const auto ours = need(member_->messenger().roster(people_.us_id), "our list");
  const auto theirs = need(member_->messenger().roster(people_.them_id), "their list");
  if (!ours || !theirs || ours->newest() == nullptr || theirs->newest() == nullptr) {
    screen_->note(people_.them + " has not been here yet");
    return;
  }
  const auto our_devices = devices_of(*ours->newest());
  const auto their_devices = devices_of(*theirs->newest());
  const auto number = need(
      account_number({people_.us_id, our_devices}, {people_.them_id, their_devices}), "the number");
  std::string digits;
  for (std::size_t i = 0; i < number.digits.size(); i += 5)
    digits += std::string(i == 0 ? "" : " ") + std::string(number.digits.data() + i, 5);
  screen_->note("the number of all devices of you two, the same on every screen:");
  screen_->note(digits);
  if (!screen_->terminal()) return;
  if (const auto picture = cli::picture_of(number.scannable))
    screen_->text(cli::as_text(*picture, true));
}

void Talk::choose(const std::string& words) {
  const auto where = current();
  if (!where) return screen_->note("there is no conversation yet");
  std::array sides{ChosenDevices::all(people_.us_id), ChosenDevices::all(people_.them_id)};
  std::string_view rest = words == "all" ? std::string_view() : std::string_view(words);
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const auto colon = word.rfind(':');
    const std::string_view name = word.substr(0, colon);
    const bool known =
        colon != std::string_view::npos && (name == people_.us || name == people_.them);
    const auto devices =
        known ? read_devices(word.substr(colon + 1)) : std::optional<std::vector<DeviceId>>();
    const auto chosen =
        devices
            ? ChosenDevices::only(name == people_.us ? people_.us_id : people_.them_id, *devices)
            : Result<ChosenDevices>(std::unexpected(Error::malformed));
    if (!chosen)
      return screen_->note("not understood; such as /choose " + people_.us + ":1 " + people_.them +
                           ":1,2");
    sides[name == people_.us ? 0 : 1] = *chosen;
  }
  const auto done = member_->messenger().choose(*where, sides[0], sides[1]);
  screen_->note(done ? "from the next message on" : "not chosen: " + shown_error(done.error()));
}

}  // namespace sotto::chat
