// SPDX-License-Identifier: MIT OR Apache-2.0
// Tests for the checker: whatever is wrong with a file must come out as a failure.
#include "vectors/runner.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "vectors/fields.hpp"
#include "vectors/kind.hpp"

namespace sotto::vectors {
namespace {

/// A file with two good cases, of which every test spoils something.
nlohmann::json good_file() {
  return nlohmann::json::parse(R"({
    "schema": "sotto-vectors/1",
    "suite": "example",
    "kind": "hmac_sha256",
    "source": {"title": "Example", "reference": "RFC 4231", "section": "4.3"},
    "cases": [
      {"id": "whole", "key": "4a656665",
       "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
       "mac": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"id": "cut", "key": "4a656665",
       "message": "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
       "mac": "5bdcc146bf60754e"}
    ]})");
}

nlohmann::json file_of(std::string_view kind, const nlohmann::json& test) {
  nlohmann::json file = good_file();
  file["kind"] = kind;
  file["cases"] = nlohmann::json::array({test});
  return file;
}

constexpr std::string_view zeros =
    "0000000000000000000000000000000000000000000000000000000000000000";
constexpr std::string_view nine =
    "0900000000000000000000000000000000000000000000000000000000000000";

SuiteReport run_json(const nlohmann::json& file) {
  return run("test.json", file.dump());
}

/// The file must fail as a whole, before any case, for the reason that holds `words`.
void expect_file_failure(const SuiteReport& report, std::string_view words) {
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.passed, 0U);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].where, "");
  EXPECT_NE(report.failures[0].reason.find(words), std::string::npos) << report.failures[0].reason;
}

/// The first case alone must fail, for the reason that holds `words`.
void expect_case_failure(const nlohmann::json& file, std::string_view words) {
  const SuiteReport report = run_json(file);
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.passed, report.cases - 1);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].where, file["cases"][0].value("id", "?"));
  EXPECT_NE(report.failures[0].reason.find(words), std::string::npos) << report.failures[0].reason;
}

TEST(Runner, a_good_file_passes) {
  const SuiteReport report = run_json(good_file());
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.cases, 2U);
  EXPECT_EQ(report.passed, 2U);
  EXPECT_EQ(report.suite, "example");
  EXPECT_EQ(report.source, "Example, RFC 4231, 4.3");
}

TEST(Runner, a_field_nobody_reads_fails) {
  auto file = good_file();
  file["cases"][0]["iv"] = "00";
  expect_case_failure(file, "field cases[0].iv is not known here");

  file = good_file();
  file["comment"] = "of the file";
  expect_file_failure(run_json(file), "field comment is not known here");

  file = good_file();
  file["source"]["url"] = "of the source";
  expect_file_failure(run_json(file), "field source.url is not known here");

  file = good_file();
  file["cases"][0]["source"] = {{"title", "a"}, {"reference", "b"}, {"page", "c"}};
  expect_case_failure(file, "field cases[0].source.page is not known here");
}

TEST(Runner, a_missing_field_fails) {
  for (const std::string_view field : {"key", "message", "mac", "id"}) {
    auto file = good_file();
    file["cases"][0].erase(std::string(field));
    expect_case_failure(file, "is missing");
  }
  for (const std::string_view field : {"schema", "suite", "kind", "source", "cases"}) {
    auto file = good_file();
    file.erase(std::string(field));
    expect_file_failure(run_json(file), "field " + std::string(field) + " is missing");
  }
  for (const std::string_view field : {"title", "reference"}) {
    auto file = good_file();
    file["source"].erase(std::string(field));
    expect_file_failure(run_json(file), "is missing");
  }
}

TEST(Runner, a_wrong_value_fails) {
  auto file = good_file();
  file["cases"][0]["mac"] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3842";
  expect_case_failure(file, "mac is 5bdcc146");
  file = good_file();
  file["cases"][0]["message"] = "";
  expect_case_failure(file, "should be 5bdcc146");
}

TEST(Runner, an_ill_formed_value_fails) {
  auto file = good_file();
  file["cases"][0]["key"] = "4A656665";
  expect_case_failure(file, "is not lower-case hexadecimal");
  file["cases"][0]["key"] = "4a65666";
  expect_case_failure(file, "has half a byte");
  file["cases"][0]["key"] = 4;
  expect_case_failure(file, "is not text");
  file["cases"][0]["key"] = "4a656665";
  file["cases"][0]["mac"] = "";
  expect_case_failure(file, "has not 1 to 32 bytes");
  expect_case_failure(
      file_of("x25519", {{"id", "a"}, {"k", "00"}, {"u", zeros}, {"result", zeros}}),
      "field cases[0].k has not 32 bytes");
}

TEST(Runner, an_unknown_kind_fails) {
  auto file = good_file();
  file["kind"] = "hmac_md5";
  expect_file_failure(run_json(file), "is not known: hmac_md5");
}

TEST(Runner, another_schema_fails) {
  auto file = good_file();
  file["schema"] = "sotto-vectors/2";
  expect_file_failure(run_json(file), "field schema is not");
}

TEST(Runner, nothing_to_pass_fails) {
  auto file = good_file();
  file["cases"] = nlohmann::json::array();
  expect_file_failure(run_json(file), "field cases is empty");
  file["cases"] = nlohmann::json::object();
  expect_file_failure(run_json(file), "field cases is not a list");
  expect_file_failure(run("empty.json", ""), "not JSON");
  expect_file_failure(run("object.json", "{}"), "field schema is missing");
  expect_file_failure(run("list.json", "[]"), "the file is not an object");
  EXPECT_FALSE(SuiteReport{}.ok());
}

TEST(Runner, broken_json_fails) {
  const std::string text = good_file().dump();
  for (std::size_t size = 0; size < text.size(); size += 7)
    expect_file_failure(run("cut.json", std::string_view(text).substr(0, size)), "not JSON");
  expect_file_failure(run("more.json", text + "{}"), "not JSON");
}

TEST(Runner, what_a_file_says_does_nothing_to_a_terminal) {
  nlohmann::json file = good_file();
  file["suite"] = "\x1b[31mred";
  file["unread"] = 1;
  std::vector<SuiteReport> reports{run("red.json", file.dump(-1, ' ', true)),
                                   run("raw.json", "{\"\x1b[2J\xa9")};
  for (const SuiteReport& report : reports) {
    ASSERT_FALSE(report.failures.empty());
    for (const std::string& text : {report.suite, report.failures.front().reason})
      for (const char c : text) EXPECT_TRUE(c >= 0x20 && c <= 0x7e) << text;
  }
}

TEST(Runner, a_field_given_twice_fails) {
  std::string text = good_file().dump();
  text.insert(text.find("\"mac\""), "\"mac\":\"00\",");
  expect_file_failure(run("twice.json", text), "field mac stands twice");
}

TEST(Runner, an_id_given_twice_fails) {
  auto file = good_file();
  file["cases"][1]["id"] = "whole";
  const SuiteReport report = run_json(file);
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.passed, 1U);
}

TEST(Runner, a_negative_case_that_is_refused_passes) {
  const SuiteReport report =
      run_json(file_of("x25519", {{"id", "a"}, {"expect", "weak_key"}, {"k", nine}, {"u", zeros}}));
  EXPECT_TRUE(report.ok());
}

TEST(Runner, a_negative_case_that_is_accepted_fails) {
  expect_case_failure(
      file_of("x25519", {{"id", "a"}, {"expect", "weak_key"}, {"k", nine}, {"u", nine}}),
      "was accepted, should be refused as weak_key");
}

TEST(Runner, a_negative_case_refused_for_another_reason_fails) {
  expect_case_failure(
      file_of("x25519", {{"id", "a"}, {"expect", "bad_signature"}, {"k", nine}, {"u", zeros}}),
      "was refused as weak_key, should be refused as bad_signature");
}

TEST(Runner, a_positive_case_that_is_refused_fails) {
  expect_case_failure(
      file_of("x25519", {{"id", "a"}, {"k", nine}, {"u", zeros}, {"result", zeros}}),
      "was refused as weak_key");
}

TEST(Runner, an_expected_error_that_is_none_fails) {
  expect_case_failure(
      file_of("x25519", {{"id", "a"}, {"expect", "weak"}, {"k", nine}, {"u", zeros}}),
      "names no error");
}

TEST(Runner, results_of_a_negative_case_are_unread_fields) {
  expect_case_failure(
      file_of("x25519",
              {{"id", "a"}, {"expect", "weak_key"}, {"k", nine}, {"u", zeros}, {"result", zeros}}),
      "field cases[0].result is not known here");
}

/// The named embedded file with its first case alone.
nlohmann::json first_case_of(std::string_view name) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
  if (found == files.end()) throw BadVector("no such file");
  nlohmann::json file = nlohmann::json::parse(found->text);
  file["cases"].erase(file["cases"].begin() + 1, file["cases"].end());
  return file;
}

TEST(Runner, every_step_of_a_transcript_counts) {
  const nlohmann::json good = first_case_of("ratchet-transcript.json");
  ASSERT_TRUE(run_json(good).ok());
  const auto steps = good["cases"][0]["steps"].size();
  ASSERT_EQ(steps % 2, 0U);
  for (std::size_t i = 0; i < steps; i += 2) {  // An encryption, then its decryption.
    const std::string at = "steps[" + std::to_string(i);
    auto file = good;
    file["cases"][0]["steps"][i]["message"] = "00";
    expect_case_failure(file, at + "].message is");

    file = good;
    file["cases"][0]["steps"][i + 1]["plaintext"] = "00ff";
    expect_case_failure(file, "].plaintext is");

    file = good;
    auto& refused = file["cases"][0]["steps"][i + 1];
    refused.erase("plaintext");
    refused["refused"] = "replayed";
    expect_case_failure(file, "] was accepted, should be refused as replayed");

    file = good;
    file["cases"][0]["steps"][i]["entropy"] = "";
    expect_case_failure(file, at + "].entropy is not known here");
  }
}

TEST(Runner, every_step_of_a_recording_counts) {
  for (const auto* name : {"session-recording-c.json", "session-recording-libsignal.json"}) {
    const nlohmann::json good = first_case_of(name);
    ASSERT_TRUE(run_json(good).ok());
    const auto& steps = good["cases"][0]["steps"];
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto altered = steps[i];
      for (const auto* field : {"plaintext", "message"})
        altered[field] = altered[field] == "" ? "00" : altered[field].get<std::string>().substr(2);
      altered["lost"] = altered["lost"].get<int>() + 1;
      altered["kind"] = altered["kind"] == "signal" ? "prekey" : "signal";
      altered["entropy"] = altered["entropy"] == "" ? std::string(64, '7') : "";
      for (const auto* field : {"plaintext", "message", "lost", "kind", "entropy"}) {
        auto file = good;
        file["cases"][0]["steps"][i][field] = altered[field];
        EXPECT_FALSE(run_json(file).ok()) << name << " step " << i << " " << field;
      }
    }
  }
}

TEST(Runner, randomness_left_over_or_missing_fails) {
  auto file = first_case_of("ratchet-transcript.json");
  file["cases"][0]["initiator_entropy"] =
      file["cases"][0]["initiator_entropy"].get<std::string>() + "00";
  expect_case_failure(file, "the initiator drew less");
  file["cases"][0]["initiator_entropy"] = "00";
  expect_case_failure(file, "was refused as entropy_failed");
}

TEST(Runner, what_would_take_too_long_is_refused) {
  auto file = first_case_of("sha256-fips180.json");
  file["cases"][0]["repeat"] = 100'000'000;
  expect_case_failure(file, "makes it too long");
  file["cases"][0]["repeat"] = 0;
  expect_case_failure(file, "is zero");
  file = first_case_of("x25519-iterated-rfc7748.json");
  file["cases"][0]["iterations"] = 1'000'001;
  expect_case_failure(file, "is above 1000000");
}

/// Fields that may be altered and still be right: public keys on their own, and keys that the case
/// has no use for.
bool may_vary(const nlohmann::json& file, const nlohmann::json& test, std::string_view key) {
  const std::string kind = file["kind"];
  if (kind == "x25519_public") return true;
  if (kind == "x3dh_bundle") return key == "one_time_prekey";
  // Where nothing is encrypted, neither the keys nor the ids matter.
  if (kind == "srtp_extension" && test["protected_header"] == test["header"])
    return key == "master_key" || key == "master_salt" || key == "ids";
  // The first chain serves a responder who speaks before the initiator was heard.
  return kind == "ratchet_transcript" && key == "chain_key" &&
         test["steps"][0]["by"] == "initiator";
}

TEST(Runner, no_good_case_passes_once_any_of_its_bytes_are_altered) {
  std::size_t altered = 0;
  for (const EmbeddedFile& embedded : embedded_files()) {
    const nlohmann::json file = nlohmann::json::parse(embedded.text);
    for (const auto& test : file["cases"]) {
      nlohmann::json alone = file;
      alone["cases"] = nlohmann::json::array({test});
      for (const auto& [key, value] : test.items()) {
        if (test.contains("expect") || !value.is_string() || value == "" || key == "id" ||
            key == "comment" || key == "form" || may_vary(file, test, key))
          continue;
        // One of the upper four bits of the first byte: clamping spares them.
        std::string text = value.get<std::string>();
        text[0] = text[0] == '0' ? '1' : '0';
        alone["cases"][0][key] = text;
        EXPECT_FALSE(run_json(alone).ok()) << embedded.name << " " << test["id"] << " " << key;
        alone["cases"][0][key] = value;
        ++altered;
      }
    }
  }
  EXPECT_GT(altered, 300U);
}

TEST(Runner, every_embedded_file_fails_once_any_of_its_cases_says_more) {
  for (const EmbeddedFile& embedded : embedded_files()) {
    nlohmann::json file = nlohmann::json::parse(embedded.text);
    file["cases"][0]["unread"] = "00";
    file["cases"].erase(file["cases"].begin() + 1, file["cases"].end());
    expect_case_failure(file, "field cases[0].unread is not known here");
  }
}

TEST(Judge, a_case_that_compares_nothing_fails) {
  Checks checks;
  EXPECT_THROW(judge({}, std::nullopt, checks), BadVector);
  EXPECT_NO_THROW(judge(std::unexpected(Error::weak_key), Error::weak_key, checks));
  checks.require(true, "never said");
  EXPECT_NO_THROW(judge({}, std::nullopt, checks));
  checks.require(false, "said");
  EXPECT_THROW(judge({}, std::nullopt, checks), BadVector);
  EXPECT_THROW(judge(std::unexpected(Error::weak_key), Error::weak_key, checks), BadVector);
}

TEST(Fields, numbers_are_exact_to_the_last_bit) {
  Fields fields = Fields::parse(R"({"most": 18446744073709551615, "next": 9007199254740993,
                                  "small": 4294967295, "large": 4294967296, "negative": -1,
                                  "fraction": 1.0, "more": 18446744073709551616, "text": "1"})");
  EXPECT_EQ(fields.number("most"), UINT64_MAX);
  EXPECT_EQ(fields.number("next"), 9007199254740993U);
  EXPECT_EQ(fields.number32("small"), UINT32_MAX);
  EXPECT_THROW(static_cast<void>(fields.number32("large")), BadVector);
  EXPECT_EQ(fields.number("large", 4294967296), 4294967296U);
  EXPECT_THROW(static_cast<void>(fields.number("large", 4294967295)), BadVector);
  for (const char* key : {"negative", "fraction", "more", "text", "absent"})
    EXPECT_THROW(static_cast<void>(fields.number(key)), BadVector) << key;
}

TEST(Fields, objects_within_are_checked_as_well) {
  Fields fields = Fields::parse(R"({"steps": [{"a": "00"}, {"a": "01", "b": "02"}]})");
  const auto steps = fields.objects("steps");
  ASSERT_EQ(steps.size(), 2U);
  for (Fields* step : steps) static_cast<void>(step->hex("a"));
  EXPECT_NO_THROW(fields.finish_own());
  EXPECT_THROW(fields.finish(), BadVector);
  EXPECT_EQ(steps[1]->hex("b"), Blob{2});
  EXPECT_NO_THROW(fields.finish());
}

}  // namespace
}  // namespace sotto::vectors
