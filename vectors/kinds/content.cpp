// SPDX-License-Identifier: MIT OR Apache-2.0
// Message content by spec/content.md [CN-1-1, CN-1-2, CN-2-1, CN-2-2, CN-3-1, CN-3-2], and scripts
// of timers by spec/timers.md [TM-2-1, TM-3-1, TM-4-1, TM-4-2, TM-4-3, TM-5-1].
#include <algorithm>
#include <vector>

#include <sotto/content.hpp>
#include <sotto/content_body.hpp>

#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

Instant instant(std::uint64_t milliseconds) {
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

TimerSetting read_setting(Fields& fields, const std::string& name) {
  return {static_cast<TimerType>(fields.number(name + "_type", 3)),
          fields.number32(name + "_seconds"), instant(fields.number(name + "_set_at"))};
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a body says, field by field; of what its kind has not nothing.
struct Said {
  Blob text, reference, name, media_type, of, emoji, ids;
  TimerSetting setting;

  static Said read(Fields& fields) {
    Said said;
    for (const auto& [field, blob] :
         {std::pair("text", &said.text), std::pair("reference", &said.reference),
          std::pair("name", &said.name), std::pair("media_type", &said.media_type),
          std::pair("of", &said.of), std::pair("emoji", &said.emoji), std::pair("ids", &said.ids)})
      if (fields.has(field)) *blob = fields.hex(field);
    if (fields.has("setting_type")) said.setting = read_setting(fields, "setting");
    return said;
  }

  [[nodiscard]] MessageId message() const { return MessageId(Bytes(of).first<16>()); }

  /// The body that the library makes of it; `opaque` where it makes none.
  Result<MutableBytes> body(ContentKind kind, MutableBytes room, Bytes opaque) const {
    switch (kind) {
      case ContentKind::text:
        return write_text(room, text_of(text));
      case ContentKind::attachment:
        return write_attachment(room, {reference, text_of(name), text_of(media_type)});
      case ContentKind::timer_change:
        return write_timer_change(room, setting);
      case ContentKind::reaction:
        return write_reaction(room, {message(), text_of(emoji)});
      case ContentKind::edit:
        return write_edit(room, {message(), text_of(text)});
      case ContentKind::delete_for_all:
        return write_delete(room, message());
      case ContentKind::read_receipt: {
        std::vector<MessageId> all;
        for (std::size_t i = 0; i + 16 <= ids.size(); i += 16)
          all.emplace_back(Bytes(ids).subspan(i).first<16>());
        return write_receipt(room, all);
      }
      case ContentKind::call:
      case ContentKind::device_note:
        break;
    }
    std::ranges::copy(opaque, room.begin());
    return room.first(opaque.size());
  }

  void check(Checks& checks, ContentKind kind, Bytes body) const {
    if (kind == ContentKind::text) {
      checks.equal("text", bytes_of(*read_text(body)), text);
    } else if (kind == ContentKind::attachment) {
      const auto read = read_attachment(body);
      checks.equal("reference", read->reference, reference);
      checks.equal("name", bytes_of(read->name), name);
      checks.equal("media type", bytes_of(read->media_type), media_type);
    } else if (kind == ContentKind::timer_change) {
      checks.require(*read_timer_change(body) == setting, "the timer is read otherwise");
    } else if (kind == ContentKind::reaction) {
      checks.equal("of", read_reaction(body)->to.bytes(), of);
      checks.equal("emoji", bytes_of(read_reaction(body)->emoji), emoji);
    } else if (kind == ContentKind::edit) {
      checks.equal("of", read_edit(body)->of.bytes(), of);
      checks.equal("text", bytes_of(read_edit(body)->text), text);
    } else if (kind == ContentKind::delete_for_all) {
      checks.equal("of", read_delete(body)->bytes(), of);
    } else if (kind == ContentKind::read_receipt) {
      const auto receipt = read_receipt(body);
      Blob all;
      for (std::size_t i = 0; i < receipt->size(); ++i) {
        const MessageId id = (*receipt)[i];
        all.insert(all.end(), id.bytes().begin(), id.bytes().end());
      }
      checks.equal("ids", all, ids);
    }
  }
};

struct ContentCase {
  Blob content;
  ContentHead head{};
  std::array<std::uint8_t, FrankingKey::size_bytes> franking_key{};
  Blob body{};
  Said said{};

  static ContentCase read(Fields& fields) {
    ContentCase test{.content = fields.hex("content")};
    if (refused(fields)) return test;
    const auto claim = [&fields](const std::string& side) {
      return RosterClaim{fields.number(side + "_roster_number"),
                         RosterHash(fields.hex_of<32>(side + "_roster"))};
    };
    ContentHead& head = test.head;
    head.kind = static_cast<ContentKind>(fields.number("kind", 0xffff));
    head.id = MessageId(fields.hex_of<16>("message_id"));
    head.conversation = ConversationId(fields.hex_of<32>("conversation"));
    head.sent_at = instant(fields.number("sent_at"));
    head.order = fields.number("order");
    head.number = fields.number("number");
    head.sender = claim("sender");
    head.recipient = claim("recipient");
    head.timer = read_setting(fields, "timer");
    test.franking_key = fields.hex_of<32>("franking_key");
    test.body = fields.hex("body");
    test.said = Said::read(fields);
    return test;
  }

  [[nodiscard]] Result<void> verify(Checks& checks) const {
    const auto read = read_content(content);
    if (!read) return std::unexpected(read.error());
    checks.require(read->head == head, "the head is read otherwise");
    checks.equal("franking_key", read->franking_key, franking_key);
    checks.equal("body", read->body, body);
    checks.equal("franked", read->franked, Bytes(content).first(content_head_bytes + body.size()));
    said.check(checks, head.kind, read->body);
    Blob room(content_max_body);
    const auto made = said.body(head.kind, room, body);
    if (!made) return std::unexpected(made.error());
    Blob out(content_max_padded);
    const auto written = write_content(out, head, FrankingKey(franking_key), *made);
    if (!written) return std::unexpected(written.error());
    checks.equal("content", *written, content);
    return {};
  }
};

struct TimerStep {
  std::string what;
  Instant now;
  MessageId message{};
  TimerSetting setting{};
  Instant sent_at{};
  bool ours = false;
  std::string result{};
  Blob book{};

  static TimerStep read(Fields& fields) {
    TimerStep step{.what = fields.text("do"), .now = instant(fields.number("now"))};
    if (step.what != "due" && step.what != "correct")
      step.message = MessageId(fields.hex_of<16>("message"));
    if (step.what == "add") {
      step.setting = {static_cast<TimerType>(fields.number("type", 3)), fields.number32("seconds"),
                      Instant{}};
      step.sent_at = instant(fields.number("sent_at"));
      step.ours = fields.number("ours", 1) == 1;
    }
    step.result = fields.text("result");
    step.book = fields.hex("book");
    return step;
  }

  [[nodiscard]] Result<std::string> carry_out(TimerBook& timers) const {
    const auto changed = [](bool anything) { return anything ? "changed" : "nothing"; };
    if (what == "read") return changed(timers.read(message, now));
    if (what == "close") return changed(timers.close(message, now));
    if (what == "done") return changed(timers.done(message));
    if (what == "due") {
      constexpr std::string_view digits = "0123456789abcdef";
      std::string ids;
      for (const RunningTimer& entry : timers.due(now))
        for (const std::uint8_t byte : entry.id.bytes())
          ids += {digits[byte >> 4], digits[byte & 15]};
      return ids;
    }
    if (what == "correct") {
      timers.correct_clock(now);
      return "changed";
    }
    const auto begun = timers.add(message, setting, sent_at, ours, now);
    if (!begun) return std::unexpected(begun.error());
    constexpr std::array names{"untimed", "running", "known", "over"};
    return names[static_cast<std::size_t>(*begun)];
  }
};

struct TimerScriptCase {
  std::vector<TimerStep> steps;

  static TimerScriptCase read(Fields& fields) {
    TimerScriptCase test;
    for (Fields* step : fields.objects("steps")) test.steps.push_back(TimerStep::read(*step));
    return test;
  }

  /// After every step the app starts anew.
  [[nodiscard]] Result<void> verify(Checks& checks) const {
    auto timers = Result<TimerBook>(TimerBook());
    Blob room(TimerBook::max_bytes);
    for (const TimerStep& step : steps) {
      const auto result = step.carry_out(*timers);
      if (!result) return std::unexpected(result.error());
      checks.require(*result == step.result, "a step came to " + *result);
      const auto written = timers->write(room);
      checks.equal("book", *written, step.book);
      timers = TimerBook::restore(*written);
      if (!timers) return std::unexpected(timers.error());
    }
    return {};
  }
};

constexpr Kind kinds[] = {
    {"content", run_case<ContentCase>},
    {"timer_script", run_case<TimerScriptCase>},
};

}  // namespace

std::span<const Kind> content_kinds() {
  return kinds;
}

}  // namespace sotto::vectors
