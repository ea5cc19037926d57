// SPDX-License-Identifier: MIT OR Apache-2.0
/// The bytes as a book of timers, which is written again as it was, with a script of events on it;
/// then as a script for a book and its slow twin. In the first part times may be anything.
#include "input.hpp"
#include "timer_talk.hpp"

namespace {

using namespace sotto;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;

Buffer bytes_of(const TimerBook& book) {
  Buffer room(TimerBook::max_bytes);
  const auto written = book.write(room);
  require(written.has_value(), "a book cannot be written");
  room.resize(written->size());
  return room;
}

Instant time_of(Input& in) {
  const std::uint64_t time = std::uint64_t{in.number(4)} << 32 | in.number(4);
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(time)));
}

void sound(const TimerBook& book) {
  const Buffer bytes = bytes_of(book);
  const auto again = TimerBook::restore(bytes);
  require(again && std::ranges::equal(again->running(), book.running()) &&
              again->latest() == book.latest(),
          "a book cannot be restored");
}

void step(TimerBook& book, Input& in) {
  const std::uint8_t what = in.byte();
  const MessageId id(in.array<MessageId::size_bytes>());
  const Instant now = time_of(in);
  const Instant before = book.latest();
  switch (what % 6) {
    case 0: {
      const TimerSetting setting{static_cast<TimerType>(in.byte()), in.number(4), time_of(in)};
      const Buffer was = bytes_of(book);
      const auto begun = book.add(id, setting, time_of(in), in.byte() % 2 == 0, now);
      require(begun.has_value() || bytes_of(book) == was, "a refused timer changed something");
      require(begun != TimerStart::over || setting.type == TimerType::after_send ||
                  book.latest() == Instant::max(),
              "what waits for a reader is over before it came");
      break;
    }
    case 1:
      book.read(id, now);
      break;
    case 2:
      book.close(id, now);
      break;
    case 3:
      for (const RunningTimer& entry : book.due(now))
        require(entry.deadline <= book.latest(), "due before its time");
      break;
    case 4:
      book.done(id);
      break;
    default:
      book.correct_clock(now);
      sound(book);
      return;
  }
  require(book.latest() >= before, "time went back");
  sound(book);
}

void any_times(Bytes bytes) {
  auto book = TimerBook::restore(bytes);
  if (book) require(std::ranges::equal(bytes_of(*book), bytes), "a book is written otherwise");
  if (!book) book.emplace();
  Input in(bytes.data(), bytes.size());
  for (int steps = 0; !in.empty() && steps < 64; ++steps) step(*book, in);
}

void beside_the_twin(Input in) {
  prop::TimerTalk talk;
  for (int events = 0; !in.empty() && events < 256; ++events) {
    const std::uint8_t what = in.byte();
    const std::uint8_t which = in.byte();
    require(talk.apply(what, which, static_cast<std::uint16_t>(in.number(2))));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  any_times(Bytes(data, size));
  beside_the_twin(Input(data, size));
  return 0;
}
