// SPDX-License-Identifier: MIT OR Apache-2.0
/// A message that has disappeared is neither in memory nor in the files of anybody's database: not
/// its text, and not the sealed rows that held it, which whoever has the storage key could open.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sotto/sqlite_store.hpp>

#include "erasure/memory_scan.hpp"
#include "testing/service.hpp"

namespace sotto {
namespace {

using std::chrono::seconds;
using testing::Blob;
using testing::deep_down;
using testing::found_in_memory;
using testing::learn;
using testing::must;
using testing::Notes;
using testing::Phone;
using testing::Posted;
using testing::Service;
using testing::TapeEntropy;
using testing::user_of;
using Names = std::set<std::string>;
using Rows = std::map<Blob, Blob>;

constexpr std::size_t text_bytes = 64;

/// Letters that nothing else has.
void draw_text(std::span<char, text_bytes> text) {
  TapeEntropy tape(941);
  std::array<std::uint8_t, text_bytes> bytes;
  static_cast<void>(tape.fill(bytes));
  for (std::size_t i = 0; i < text_bytes; ++i) text[i] = static_cast<char>('A' + bytes[i] % 26);
}
Bytes bytes_of(std::span<const char> text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
void tell(Notes& notes) {
  std::array<char, text_bytes> text;
  draw_text(text);
  notes.add("text", bytes_of(text));
}

Rows rows_of(Store& store) {
  Rows rows;
  Blob key;
  while (true) {
    const auto next = must(store.next({}, key), "next");
    if (!next) return rows;
    key.assign(next->key.begin(), next->key.end());
    rows[key] = Blob(next->value.begin(), next->value.end());
  }
}

/// What stands in `before` and not so in `after`.
Rows gone(const Rows& before, const Rows& after) {
  Rows rows;
  for (const auto& [key, value] : before)
    if (const auto found = after.find(key); found == after.end() || found->second != value)
      rows.emplace(key, value);
  return rows;
}

class Disappearing : public ::testing::Test {
 protected:
  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-gone-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return std::filesystem::path(name);
  }();
  SqliteStore hers = must(SqliteStore::open((folder / "ann.db").c_str()), "store");
  SqliteStore his = must(SqliteStore::open((folder / "ben.db").c_str()), "store");
  Service service{7};
  Phone& ann = service.add(1, 1, &hers);
  Phone& ben = service.add(2, 1, &his);
  ConversationId talk;
  ~Disappearing() override { std::filesystem::remove_all(folder); }

  void SetUp() override {
    for (Phone* phone : {&ann, &ben})
      for (const UserId& user : {user_of(1), user_of(2)}) service.fetch(*phone, user);
    talk = must(ann.messenger().begin(ChosenDevices::all(user_of(1)),
                                      ChosenDevices::all(user_of(2)), ann.tape),
                "begin");
  }
  void send() {
    std::array<char, text_bytes> text;
    draw_text(text);
    Messenger& messenger = ann.messenger();
    static_cast<void>(
        must(messenger.send(talk, ContentKind::text, bytes_of(text),
                            TimerSetting{TimerType::after_send, 60}, ann.tape, ann.now),
             "send"));
    wipe(MutableBytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  }
  void receive() {
    const Posted posted = service.mail(ben.self()).front();
    Blob out(delivery_max_bytes);
    const auto arrival = must(service.deliver(ben, posted, out), "receive");
    EXPECT_EQ(arrival.kind, Arrival::Kind::content);
    wipe(out);
  }
  static std::size_t tick(Phone& phone) {
    std::array<Erased, 4> room;
    return must(phone.messenger().tick(room, phone.now), "tick").erased.size();
  }
  [[nodiscard]] std::size_t found_in_files(const Rows& rows) const {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      for (const auto& [key, value] : rows) {
        const std::string part(value.begin(),
                               value.begin() + std::min<std::ptrdiff_t>(std::ssize(value), 48));
        if (bytes.find(part) != std::string::npos) ++count;
      }
    }
    return count;
  }
};

TEST_F(Disappearing, leaves_no_text_and_no_row) {  // [CV-5-3]
  const auto needles = learn(tell);
  std::string where;
  const auto found = [&] {
    where.clear();
    return found_in_memory(needles, &where);
  };
  deep_down([&] { send(); });
  EXPECT_EQ(found(), Names{}) << where << "what is kept is sealed";
  deep_down([&] { service.collect(ann); });
  EXPECT_EQ(found(), Names{}) << where;
  deep_down([&] { receive(); });
  EXPECT_EQ(found(), Names{}) << where;

  const Rows her_before = rows_of(hers), his_before = rows_of(his);
  ann.now += seconds(60);
  ben.now += seconds(60);
  std::size_t erased = 0;
  deep_down([&] { erased = tick(ann) + tick(ben); });
  EXPECT_EQ(erased, 2U);
  const Rows her_gone = gone(her_before, rows_of(hers)), his_gone = gone(his_before, rows_of(his));
  EXPECT_GE(her_gone.size(), 2U) << "the content and its place";
  EXPECT_GE(his_gone.size(), 2U);
  EXPECT_EQ(found_in_files(her_gone), 0U);
  EXPECT_EQ(found_in_files(his_gone), 0U);
  EXPECT_EQ(found(), Names{}) << where;
}

TEST_F(Disappearing, is_found_where_it_is) {  // The control of the test above.
  const auto needles = learn(tell);
  const auto text = std::make_unique<std::array<char, text_bytes>>();
  draw_text(*text);
  asm volatile("" : : "r"(text->data()) : "memory");  // Somebody may still read it.
  EXPECT_EQ(found_in_memory(needles), Names{"text"});
  send();
  service.collect(ann);
  receive();
  EXPECT_GE(found_in_files(rows_of(hers)), 3U);
  EXPECT_GE(found_in_files(rows_of(his)), 3U);
}

TEST_F(Disappearing, is_taken_out_of_the_log_by_the_first_tick_after_a_start) {  // [CV-5-3]
  // As if a process had ended between erasing and emptying the log.
  const Blob key(40, 0xee), value(200, 0xab);
  const auto put =
      must(hers.commit(std::vector{Change{Change::Kind::put, key, Revision{0}, value}}), "put");
  EXPECT_EQ(tick(ann), 0U);
  must(hers.commit(std::vector{Change{Change::Kind::erase, key, put, {}}}), "erase");
  const Rows lost{{key, value}};
  EXPECT_EQ(tick(ann), 0U);  // It knows of nothing that was erased.
  EXPECT_EQ(found_in_files(lost), 1U);
  ann.restart();
  EXPECT_EQ(tick(ann), 0U);
  EXPECT_EQ(found_in_files(lost), 0U);
}

}  // namespace
}  // namespace sotto
