#include "simulators/twilio/signature.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// What Twilio tells the application unasked: status callbacks, and errors to the Debugger's webhook.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::Form;
using runtime::net::HttpRequest;
using runtime::net::make_response;
using testing::ElementsAre;
using testing::MatchesRegex;

World debugged() {
  World world;
  world.settings.account.debugger_url = "http://bridge.test/debugger";
  return world;
}

class FakeTwilioReports : public FakeTwilioTest {
 public:
  explicit FakeTwilioReports(World world = debugged()) : FakeTwilioTest(std::move(world)) {
    Step listen;
    listen.action = Listen{};
    plan_.caller = {listen};
  }
  std::vector<Form> asked(std::string_view path) const {
    std::vector<Form> all;
    for (const HttpRequest& request : bridge_.requests) {
      if (request.target == path) all.push_back(runtime::net::decode_form(request.body));
    }
    return all;
  }
  /// Sequence numbers of the status callbacks, in the order of their arrival.
  std::string sequence() {
    bridge_.requests.clear();
    call();
    loop_.run();
    std::string all;
    for (const Form& form : asked("/status")) all += field(form, "SequenceNumber");
    return all;
  }
};

TEST_F(FakeTwilioReports, PostsEveryErrorToTheDebuggerWithTheWebhookThatItIsAbout) {
  bridge_.answer = [](const HttpRequest& request) {
    return request.target == "/voice" ? make_response(404, "text/html", "<h1>no</h1>")
                                      : make_response(200, "text/plain", "");
  };

  const CallFacts& facts = call();
  loop_.run();

  const auto events = asked("/debugger");
  ASSERT_EQ(events.size(), 1U);
  const Form& event = events[0];
  EXPECT_EQ(field(event, "AccountSid"), facts.account_sid);
  EXPECT_EQ(field(event, "Level"), "ERROR");
  EXPECT_EQ(field(event, "ParentAccountSid"), "");
  EXPECT_EQ(field(event, "PayloadType"), "application/json");
  EXPECT_THAT(std::string(field(event, "Sid")), MatchesRegex("NO[0-9a-f]+"));
  EXPECT_EQ(field(event, "Sid").size(), 34U);
  EXPECT_THAT(std::string(field(event, "Timestamp")), MatchesRegex("....-..-..T..:..:..Z"));
  const auto payload = nlohmann::json::parse(field(event, "Payload"));
  EXPECT_EQ(payload["resource_sid"], facts.sid);
  EXPECT_TRUE(payload["service_sid"].is_null());
  EXPECT_EQ(payload["error_code"], "11200");
  EXPECT_EQ(payload["more_info"]["httpResponse"], "404");
  EXPECT_EQ(payload["more_info"]["LogLevel"], "ERROR");
  const auto& webhook = payload["webhook"];
  EXPECT_EQ(webhook["type"], "application/json");
  EXPECT_EQ(webhook["request"]["url"], "http://bridge.test/voice");
  EXPECT_EQ(webhook["request"]["method"], "POST");
  EXPECT_EQ(webhook["request"]["parameters"]["CallSid"], facts.sid);
  EXPECT_TRUE(webhook["request"]["headers"].contains("X-Twilio-Signature"));
  EXPECT_EQ(webhook["response"]["status_code"], 404);
  EXPECT_EQ(webhook["response"]["body"], "<h1>no</h1>");
}

TEST_F(FakeTwilioReports, PostsWarningsAsWarningsAndSignsThem) {
  bridge_.webhook = [](const auto&) { return "<Response><Say/></Response>"; };

  call();
  loop_.run();

  const auto found = std::ranges::find(bridge_.requests, "/debugger", &HttpRequest::target);
  ASSERT_NE(found, bridge_.requests.end());
  const auto form = runtime::net::decode_form(found->body);
  EXPECT_EQ(field(form, "Level"), "WARNING");
  EXPECT_EQ(found->headers.get("X-Twilio-Signature"),
            sign("12345678901234567890123456789012", "http://bridge.test/debugger", form));
}

TEST_F(FakeTwilioReports, TellsNobodyWhenTheDebuggersOwnWebhookFails) {
  bridge_.answer = [](const HttpRequest&) { return make_response(500, "text/plain", ""); };

  const CallFacts& facts = call();
  loop_.run();

  EXPECT_EQ(asked("/debugger").size(), 1U);
  EXPECT_EQ(facts.errors.size(), 1U);
}

TEST_F(FakeTwilioReports, SendsLateDoubledAndReorderedCallbacksWhereAsked) {
  bridge_.webhook = [](const auto&) { return "<Response><Pause/></Response>"; };
  plan_.status_callback = "http://bridge.test/status";
  plan_.status_events = {"answered", "completed"};
  EXPECT_EQ(sequence(), "01");

  plan_.knobs.callback_repeat_percent = 100;
  EXPECT_EQ(sequence(), "0011");

  plan_.knobs.callback_repeat_percent = 0;
  plan_.knobs.callback_delay_max = 20s;
  bool overtaken = false;
  for (int round = 0; round < 10; ++round) overtaken = overtaken || sequence() == "10";
  EXPECT_TRUE(overtaken);
}

TEST_F(FakeTwilioReports, CountsEventsAndNotCallbacks) {
  bridge_.webhook = [](const auto&) { return "<Response><Pause/></Response>"; };
  plan_.status_callback = "http://bridge.test/status";
  plan_.status_events = {"completed"};

  EXPECT_EQ(sequence(), "1");
}

}  // namespace
}  // namespace tests
