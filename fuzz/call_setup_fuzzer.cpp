// SPDX-License-Identifier: MIT OR Apache-2.0
/// A line that anything happens to. First the bytes as one signal: what is read is written again as
/// it was. Then the bytes as a script: people, signals of three devices, time. No step may confirm
/// a second device, connect without a confirm, wait without a deadline, or change what it refuses.
#include <map>
#include <tuple>

#include "conversation/call_machine.hpp"
#include "input.hpp"

namespace {

using namespace sotto;
using conversation::CallMachine;
using fuzz::Buffer;
using fuzz::Input;
using fuzz::require;
using std::chrono::milliseconds;

CallId id_of(std::uint8_t byte) {
  std::array<std::uint8_t, CallId::size_bytes> bytes{};
  bytes[0] = byte % 4;
  return CallId(bytes);
}

void reads_back(Bytes bytes) {
  const auto read = read_call_signal(bytes);
  if (!read) return;
  Buffer room(call_signal_max_bytes);
  const auto again = write_call_signal(room, *read);
  require(again && std::ranges::equal(*again, bytes), "what was read is written otherwise");
}

/// What a refused step must leave as it was.
auto seen(const CallMachine& line) {
  return std::tuple(line.state(), line.id(), line.peer(), line.candidate(), line.deadline(),
                    line.repeat_at(), line.farewells().size(), line.past().size(),
                    line.rejected().size());
}

class Script {
 public:
  void run(Input in) {
    for (int events = 0; !in.empty() && events < 200; ++events) {
      const std::uint8_t what = in.byte();
      const std::uint8_t with = in.byte();
      const CallMachine before = line_;
      const auto done = happen(what, with, in);
      if (!done) {
        require(seen(line_) == seen(before), "a step that was refused changed something");
        continue;
      }
      for (const auto& delivery : done->send()) check(delivery);
      check_state(before, what % 8 >= 6);
    }
  }

 private:
  Result<CallStep> happen(std::uint8_t what, std::uint8_t with, Input& in) {
    const std::array body{with};
    const std::uint32_t device = with % 3;
    switch (what % 8) {
      case 0:
        return line_.place(id_of(with), body, now_);
      case 1:
        return line_.accept(body, now_);
      case 2:
        return line_.decline(HangUpReason{static_cast<std::uint8_t>(with % 8)}, now_);
      case 3:
        return line_.hang_up(now_);
      case 4:
        return line_.confirm(device, body, now_);
      case 5:
        return line_.reject(device, now_);
      case 6:
        now_ += milliseconds(250) * with;
        return line_.tick(now_);
      default: {
        CallSignal signal;
        signal.kind = CallSignalKind{static_cast<std::uint8_t>(1 + what / 8 % 6)};
        signal.id = id_of(in.byte());
        signal.at = now_ - 2 * std::chrono::seconds(in.byte());  // Some of them are late.
        signal.reason = HangUpReason{static_cast<std::uint8_t>(1 + in.byte() % 7)};
        signal.body = body;
        Buffer room(call_signal_max_bytes);
        return line_.take(*write_call_signal(room, signal), device, now_);
      }
    }
  }

  void check(const CallDelivery& delivery) {
    Buffer room(call_signal_max_bytes);
    require(write_call_signal(room, delivery.signal).has_value(), "a signal cannot be written");
    if (delivery.signal.kind != CallSignalKind::confirm) return;
    const auto [winner, first] = confirmed_.try_emplace(delivery.signal.id, delivery.device);
    require(first || winner->second == delivery.device, "two devices are confirmed");
  }

  void check_state(const CallMachine& before, bool by_others) const {
    using enum CallState;
    const CallState state = line_.state();
    const bool waits = state == calling || state == ringing || state == answering;
    require(waits == line_.deadline().has_value(),
            "a state that waits has a deadline, others none");
    require(!waits || line_.next_deadline().has_value(), "nobody is told of a deadline");
    if (state == talking_in && before.state() != talking_in)
      require(before.state() == answering && by_others, "connected without a confirm");
    if (state == answering && before.state() != answering)
      require(before.state() == ringing && !by_others, "answered by nobody");
    require(line_.farewells().size() <= call_max_farewells, "too many farewells");
  }

  CallMachine line_{CallTimes{}};
  Instant now_{std::chrono::hours(1)};
  std::map<CallId, std::uint32_t> confirmed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reads_back(Bytes(data, size));
  Script().run(Input(data, size));
  return 0;
}
