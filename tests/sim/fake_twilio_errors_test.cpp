#include "tests/sim/fake_twilio_error_cases.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

// Every entry of Twilio's error dictionary that concerns streams, TwiML and webhooks is produced by a case,
// or named as out of scope; docs/twilio-errors.md is written from the same lists.
namespace tests {

namespace {

World one_call_at_a_time() {
  World world;
  world.settings.rest.concurrent_calls = 1;
  return world;
}

}  // namespace

ErrorWorld::ErrorWorld() : FakeTwilioTest(one_call_at_a_time()) {}

void ErrorWorld::post(const std::string& path, const runtime::net::Form& form) {
  const simulators::twilio::Account account;
  runtime::net::HttpRequest& request = posted_.emplace_back();
  request.method = "POST";
  request.target = "/2010-04-01/Accounts/" + account.sid + "/" + path;
  request.headers.add("Authorization",
                      "Basic " + runtime::base64_encode(account.sid + ":" + account.auth_token));
  request.body = runtime::net::encode_form(form);
  boost::asio::co_spawn(loop_.context(), twilio_.rest().respond(request),
                        [](const std::exception_ptr&, const runtime::net::HttpResponse&) {});
}

void ErrorWorld::serve(std::string verbs, simulators::twilio::Duration listens) {
  bridge_.answer = [verbs = std::move(verbs)](const runtime::net::HttpRequest& request) {
    if (request.upgrade || request.target != "/voice")
      return runtime::net::make_response(200, "text/xml", "<Response/>");
    return runtime::net::make_response(200, "text/xml", "<Response>" + verbs + "</Response>");
  };
  simulators::twilio::Step step;
  step.action = simulators::twilio::Listen{listens};
  plan_.caller = {std::move(step)};
  plan_.knobs.plain_ws = true;
  fabric_.on_connection([this](std::shared_ptr<runtime::sim::Connection> connection) {
    if (connection->target() == "/media") media = std::move(connection);
  });
}

const std::vector<ErrorCase>& error_cases() {
  static const std::vector<ErrorCase> all = [] {
    std::vector<ErrorCase> cases;
    for (auto& some :
         {http_error_cases(), document_error_cases(), attribute_error_cases(), stream_error_cases()})
      cases.insert(cases.end(), some.begin(), some.end());
    std::ranges::sort(cases, {}, &ErrorCase::code);
    return cases;
  }();
  return all;
}

const std::vector<OutOfScope>& errors_out_of_scope() {
  static const std::vector<OutOfScope> all{
      {11251, false, "Fatal protocol violation",
       "no source says what sets it apart from 11206, which is produced"},
      {12400, false, "Internal Failure", "a failure of Twilio's own; the fake's are bugs, and end the run"},
      {15002, false, "Call Progress: Queue Timeout",
       "callbacks do not wait in a queue here: each is sent when due"},
      {13331, true, "Gather: Invalid language value", "which languages there are changes: none is judged"},
      {13334, true, "Gather: Invalid model value", "which models there are changes: none is judged"},
      {31942, false, "Stream - Invalid connector configuration", "connectors (Dialogflow) are not modelled"},
      {31952, false, "Stream Extension not found", "stream extensions are not modelled"},
      {31954, false, "Stream Extension: Unsupported status", "stream extensions are not modelled"},
      {31960, false, "Stream - Quota exceeded", "Dialogflow's quota; it is not modelled"},
  };
  return all;
}

namespace {

class FakeTwilioErrors : public ErrorWorld, public testing::WithParamInterface<std::size_t> {};

TEST_P(FakeTwilioErrors, AreProducedAtTheLevelOfTheDictionary) {
  const ErrorCase& wanted = error_cases().at(GetParam());

  const auto errors = wanted.errors(*this);

  const auto found = std::ranges::find(errors, wanted.code, &simulators::twilio::TwilioError::code);
  std::string all;
  for (const auto& error : errors) all += std::to_string(error.code) + " " + error.text + "\n";
  ASSERT_NE(found, errors.end()) << "produced instead:\n" << all;
  EXPECT_EQ(found->warning, wanted.warning) << found->text;
  EXPECT_FALSE(found->text.empty());
}

INSTANTIATE_TEST_SUITE_P(All, FakeTwilioErrors, testing::Range(std::size_t{0}, error_cases().size()),
                         [](const auto& index) {
                           return "E" + std::to_string(error_cases().at(index.param).code);
                         });

/// The codes that Twilio documents for streams, TwiML and its fetching, and that this project set out to
/// cover.
constexpr int kWanted[]{10004, 13201, 13250, 13329, 13331, 13333, 13334, 13338, 13621, 20001, 21262, 11100,
                        11200, 11201, 11202, 11203, 11205, 11206, 11210, 11215, 11220, 11235, 11236, 11237,
                        11251, 11750, 11770, 12100, 12101, 12102, 12200, 12300, 12400, 13420, 13430, 13520,
                        13521, 13710, 13810, 13910, 14300, 15002, 15003, 15004, 21609, 21626, 31900, 31901,
                        31902, 31903, 31904, 31910, 31920, 31921, 31922, 31923, 31924, 31930, 31931, 31940,
                        31941, 31942, 31950, 31951, 31952, 31953, 31954, 31960};

std::string level(bool warning) {
  return warning ? "warning" : "error";
}

std::string table() {
  std::map<int, std::string> rows;
  for (const ErrorCase& entry : error_cases()) {
    rows[entry.code] = level(entry.warning) + " | " + entry.title + " | " + entry.how;
  }
  for (const OutOfScope& entry : errors_out_of_scope()) {
    rows[entry.code] = level(entry.warning) + " | " + entry.title + " | not produced: " + entry.why;
  }
  std::ostringstream text;
  text << "# Twilio's errors, as the fake produces them\n\n"
          "Errors and warnings are recorded on the call, counted in `fake_twilio_errors_total{code}`, and "
          "posted\n"
          "to the Debugger's webhook where one is set. Each row is a test (`FakeTwilioErrors`), which this "
          "page is\n"
          "written from.\n\n| code | level | title | produced by |\n| --- | --- | --- | --- |\n";
  for (const auto& [code, row] : rows) text << "| " << code << " | " << row << " |\n";
  return text.str();
}

TEST(FakeTwilioErrorTable, CoversEveryCodeOnceAndNoneTwice) {
  std::set<int> covered;
  for (const ErrorCase& entry : error_cases()) EXPECT_TRUE(covered.insert(entry.code).second) << entry.code;
  for (const OutOfScope& entry : errors_out_of_scope()) {
    EXPECT_TRUE(covered.insert(entry.code).second) << entry.code;
    EXPECT_FALSE(entry.why.empty());
  }
  for (const int code : kWanted) EXPECT_TRUE(covered.contains(code)) << code;
}

TEST(FakeTwilioErrorTable, IsWhatTheDocumentationShows) {
  std::ifstream file(LINECHECK_SOURCE_DIR "/docs/twilio-errors.md");
  std::ostringstream shown;
  shown << file.rdbuf();
  const std::string fresh = testing::TempDir() + "twilio-errors.md";
  std::ofstream(fresh) << table();

  EXPECT_EQ(shown.str(), table()) << "the page is stale; the fresh one: " << fresh;
}

}  // namespace
}  // namespace tests
