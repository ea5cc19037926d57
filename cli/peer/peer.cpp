// SPDX-License-Identifier: MIT OR Apache-2.0
#include "peer/peer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <new>
#include <optional>
#include <string>

#include "peer/party.hpp"

namespace sotto::cli {
namespace {

/// The longest line that is read, without its end.
constexpr std::size_t most_line_bytes = std::size_t{4} << 20;

enum class Line : std::uint8_t { read, too_long, end };

/// The next line of the input; the rest of one that is too long is passed over.
Line read_line(std::string& line) {
  line.clear();
  bool too_long = false;
  int c = std::getchar();
  if (c == EOF) return Line::end;
  for (; c != EOF && c != '\n'; c = std::getchar()) {
    if (line.size() == most_line_bytes) too_long = true;
    if (!too_long) line += static_cast<char>(c);
  }
  return too_long ? Line::too_long : Line::read;
}

/// Put the request's id into its answer: a number as it stands there, or text; deeper values would
/// have to be written again however deep they are.
void put_id(JsonObject& answer, const JsonView& request) {
  const auto id = request.find("id");
  if (!id) return;
  if (id->is_structured()) throw fault("bad_field", "id is neither a number nor text");
  answer.put("id", *id);
}

Instant now_of(const Fields& fields) {
  if (const auto now = fields.signed_number("now")) return Instant(std::chrono::milliseconds(*now));
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void run(Process& process, const Fields& fields, JsonObject& answer) {
  const std::string name = fields.text("cmd");
  Command command = session_command(name);
  if (command == nullptr) command = primitive_command(name);
  if (command == nullptr) command = frame_command(name);
  if (command == nullptr) command = packet_command(name);
  if (command == nullptr && (name.starts_with("group_") || name.starts_with("vrf_")))
    throw fault("unsupported", "not spoken here");
  if (command == nullptr) throw fault("unknown_command", "there is no such command");
  command(process, {fields, now_of(fields)}, answer);
}

void put_fault(JsonObject& answer, const Fault& fault) {
  answer.put("ok", false);
  answer.put("error", fault.error);
  answer.put("kind", fault.kind);
  answer.put("code", fault.code);
}

/// Answer one line; false when it asks to end.
bool answer_line(Process& process, Line state, const std::string& line, JsonObject& answer) {
  answer.put_null("id");
  try {
    if (state == Line::too_long) throw fault("line_too_long", "a line is at most 4 MiB");
    const auto document = JsonDocument::object(line);
    if (!document) throw fault("bad_json", "a line is one JSON object");
    const JsonView request = document->root();
    put_id(answer, request);
    const auto command = request.find("cmd");
    if (command && command->text() == "quit") return false;
    JsonObject result;
    result.put_null("id");
    put_id(result, request);
    result.put("ok", true);
    run(process, Fields(request), result);
    answer = std::move(result);
  } catch (const Fault& fault) {
    put_fault(answer, fault);
  } catch (const std::bad_alloc&) {
    put_fault(answer, fault(Error::out_of_memory));
  }
  return true;
}

}  // namespace

int run_peer(const PeerOptions&) {
  Process process;
  std::string line;
  for (;;) {
    const Line state = read_line(line);
    if (state == Line::end) return 0;
    JsonObject answer;
    if (!answer_line(process, state, line, answer)) return 0;
    const std::string text = answer.line();
    if (std::puts(text.c_str()) == EOF || std::fflush(stdout) != 0) return 1;
  }
}

}  // namespace sotto::cli
