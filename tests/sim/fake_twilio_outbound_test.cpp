#include "simulators/twilio/sounds.hpp"
#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// Outbound calls: the queue, answering machines, keys, streams of the REST API.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::Form;
using testing::ElementsAre;

/// Who is called stays on the line.
World patient(World world = {}) {
  Step listen;
  listen.action = Listen{};
  world.settings.default_outbound.caller = {listen};
  return world;
}

World slow_api() {
  World world;
  world.settings.rest.latency = 1s;
  world.settings.rest.concurrent_requests = 2;
  return world;
}

class FakeTwilioOutbound : public RestTest {
 public:
  explicit FakeTwilioOutbound(World world = {}) : RestTest(patient(std::move(world))) {
    bridge_.webhook = [](const auto&) { return R"(<Response><Pause length="600"/></Response>)"; };
  }
  std::string create(Form extra = {}) {
    Form form{{"To", "+14155551212"}, {"From", "+18668675310"}, {"Url", "http://bridge.test/out"}};
    for (auto& field : extra) form.push_back(std::move(field));
    const auto response = rest("POST", "Calls.json", form);
    EXPECT_EQ(response.status, 201) << response.body;
    return nlohmann::json::parse(response.body)["sid"];
  }
  void expect(Outcome outcome, Answerer answerer = {}) {
    CallPlan plan = patient().settings.default_outbound;
    plan.outcome = outcome;
    plan.answerer = answerer;
    twilio_.expect_outbound(plan);
  }
  /// The form of the request to `path`; empty when there was none.
  Form posted(std::string_view path) const {
    for (const auto& request : bridge_.requests) {
      if (request.target == path) return runtime::net::decode_form(request.body);
    }
    return {};
  }
};

TEST_F(FakeTwilioOutbound, DialsOneCallASecondAndKeepsTheOthersQueued) {
  const auto first = create();
  const auto second = create();
  const auto third = create();
  loop_.run_for(600ms);

  EXPECT_EQ(shown(first)["status"], "ringing");
  EXPECT_EQ(shown(third)["status"], "queued");
  EXPECT_EQ(shown(third)["queue_time"], "600");
  loop_.run_for(5s);
  EXPECT_EQ(*twilio_.find(second)->dialled_at - *twilio_.find(first)->dialled_at, 1s);
  EXPECT_EQ(shown(third)["queue_time"], "2000");
}

TEST_F(FakeTwilioOutbound, LetsTheCallsBehindMoveUpWhenOneIsCanceled) {
  const auto first = create();
  const auto second = create();
  const auto third = create();

  EXPECT_EQ(rest("POST", "Calls/" + second + ".json", {{"Status", "canceled"}}).status, 200);
  loop_.run_for(5s);

  EXPECT_EQ(twilio_.find(second)->status(), "canceled");
  EXPECT_FALSE(twilio_.find(second)->dialled_at);
  EXPECT_EQ(*twilio_.find(third)->dialled_at - *twilio_.find(first)->dialled_at, 1s);
}

TEST_F(FakeTwilioOutbound, GivesUpAfterTheTimeoutThatWasAskedFor) {
  expect(Outcome::no_answer);
  const auto sid = create({{"Timeout", "7"}});

  loop_.run_for(10s);

  EXPECT_EQ(shown(sid)["status"], "no-answer");
  EXPECT_EQ(*twilio_.find(sid)->ended_at - *twilio_.find(sid)->dialled_at, 7s + 200ms);
}

TEST_F(FakeTwilioOutbound, WaitsForTheDetectionBeforeItAsksForTheDocument) {
  expect(Outcome::answered, {.kind = Answerer::Kind::machine});
  const auto sid =
      create({{"MachineDetection", "DetectMessageEnd"}, {"StatusCallback", "http://bridge.test/status"}});
  loop_.run_for(9s);
  EXPECT_EQ(posted("/out"), Form());

  loop_.run_for(1s);

  EXPECT_EQ(field(posted("/out"), "AnsweredBy"), "machine_end_beep");
  EXPECT_EQ(field(posted("/out"), "MachineDetectionDuration"), "8000");
  EXPECT_EQ(shown(sid)["answered_by"], "machine_end_beep");
  rest("POST", "Calls/" + sid + ".json", {{"Status", "completed"}});
  loop_.run_for(1s);
  EXPECT_EQ(field(posted("/status"), "AnsweredBy"), "machine_end_beep");
}

TEST_F(FakeTwilioOutbound, ReportsAnAsynchronousDetectionWhileTheCallGoesOn) {
  expect(Outcome::answered, {.kind = Answerer::Kind::human});
  const auto sid = create({{"MachineDetection", "Enable"},
                           {"AsyncAmd", "true"},
                           {"AsyncAmdStatusCallback", "http://bridge.test/amd"}});
  loop_.run_for(2s);
  EXPECT_EQ(field(posted("/out"), "CallSid"), sid);
  EXPECT_EQ(field(posted("/out"), "AnsweredBy"), "");

  loop_.run_for(3s);

  EXPECT_THAT(posted("/amd"),
              ElementsAre(std::pair<std::string, std::string>("CallSid", sid),
                          std::pair<std::string, std::string>("AccountSid", std::string(kAccount)),
                          std::pair<std::string, std::string>("AnsweredBy", "human"),
                          std::pair<std::string, std::string>("MachineDetectionDuration", "2500")));
}

TEST_F(FakeTwilioOutbound, SendsTheDigitsAsTonesThatTheCalledPartyHears) {
  const auto sid = create({{"SendDigits", "1w2#"}});

  loop_.run_for(5s);

  const auto& facts = *twilio_.find(sid);
  EXPECT_TRUE(facts.heard.mulaw == Sounds::keys("1w2#").mulaw);
  EXPECT_EQ(facts.heard.pieces.at(0).at, *facts.answered_at);
  EXPECT_EQ(facts.http.at(0).asked_at - *facts.answered_at, 1100ms);
}

TEST_F(FakeTwilioOutbound, DialsKeysBeforeTheDocumentAndDetectsNothingThen) {
  const auto sid = create({{"SendDigits", "wwW12"}, {"MachineDetection", "Enable"}});

  loop_.run_for(5s);

  const auto& facts = *twilio_.find(sid);
  EXPECT_EQ(facts.http.at(0).asked_at - *facts.answered_at, 2400ms);
  EXPECT_EQ(facts.answered_by, "");
}

TEST(MachineDetection, KnowsNothingAfterItsTimeLimit) {
  MachineDetection wanted;
  wanted.timeout = 3s;
  const Answerer slow{.kind = Answerer::Kind::machine, .detected_after = 4s};

  EXPECT_EQ(detect_machine(wanted, slow).answered_by, "unknown");
  EXPECT_EQ(detect_machine(wanted, slow).after, 3s);
  EXPECT_EQ(detect_machine({}, slow).answered_by, "machine_start");
}

TEST_F(FakeTwilioOutbound, StartsAndStopsAStreamOnARunningCall) {
  const auto sid = create();
  loop_.run_for(2s);

  const auto created = rest("POST", "Calls/" + sid + "/Streams.json",
                            {{"Url", "ws://bridge.test/media"},
                             {"Name", "tap"},
                             {"Parameter1.Name", "who"},
                             {"Parameter1.Value", "me"},
                             {"StatusCallback", "http://bridge.test/stream"}});
  loop_.run_for(1s);
  const auto stream = nlohmann::json::parse(created.body);
  EXPECT_EQ(stream["status"], "in-progress");
  EXPECT_EQ(stream["name"], "tap");
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + "/Streams.json",
                         {{"Url", "ws://bridge.test/media"}, {"Name", "tap"}})),
            "409 20409");
  const auto stopped = rest("POST", "Calls/" + sid + "/Streams/tap.json", {{"Status", "stopped"}});
  loop_.run_for(1s);

  EXPECT_EQ(nlohmann::json::parse(stopped.body)["status"], "stopped");
  EXPECT_EQ(bridge_.streams.at(0)->received.at(1)["start"]["customParameters"]["who"], "me");
  EXPECT_EQ(bridge_.streams.at(0)->received.back()["event"], "stop");
  EXPECT_EQ(field(posted("/stream"), "StreamName"), "tap");
  EXPECT_EQ(shown(sid)["status"], "in-progress");
}

TEST_F(FakeTwilioOutbound, RefusesStreamsThatCannotBe) {
  const auto sid = create();
  const auto streams = "Calls/" + sid + "/Streams.json";
  EXPECT_EQ(code_of(rest("POST", streams, {{"Url", "ws://bridge.test/media"}})), "400 21220");
  loop_.run_for(2s);
  EXPECT_EQ(code_of(rest("POST", streams, {})), "400 20001");
  EXPECT_EQ(code_of(rest("POST", streams, {{"Url", "ws://b/"}, {"Track", "all"}})), "400 31941");
  EXPECT_EQ(code_of(rest("POST", streams, {{"Url", "https://b/"}})), "400 31922");
  EXPECT_EQ(code_of(rest("POST", streams, {{"Url", "wss://non sense/"}})), "400 31923");
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + "/Streams/tap.json", {{"Status", "stopped"}})),
            "404 20404");
  EXPECT_EQ(code_of(rest("GET", streams, {})), "405 20004");
}

World small_account() {
  World world;
  world.settings.rest.visible_after = 1s;
  world.settings.rest.concurrent_calls = 1;
  return world;
}

class FakeTwilioSmallAccount : public FakeTwilioOutbound {
 public:
  FakeTwilioSmallAccount() : FakeTwilioOutbound(small_account()) {}
};

TEST_F(FakeTwilioSmallAccount, ShowsACallOnlyAWhileAfterItsCreation) {
  const auto path = "Calls/" + create() + ".json";
  EXPECT_EQ(code_of(rest("GET", path, {})), "404 20404");

  loop_.run_for(1s);

  EXPECT_EQ(rest("GET", path, {}).status, 200);
}

TEST_F(FakeTwilioSmallAccount, FailsACallBeyondThoseThatMayBeAtOnce) {
  const auto first = create();
  const auto second = create();

  loop_.run_for(5s);

  EXPECT_EQ(shown(first)["status"], "in-progress");
  EXPECT_EQ(shown(second)["status"], "failed");
  EXPECT_TRUE(twilio_.find(second)->has_error(10004));
}

class FakeTwilioBusyApi : public FakeTwilioOutbound {
 public:
  FakeTwilioBusyApi() : FakeTwilioOutbound(slow_api()) {}
};

TEST_F(FakeTwilioBusyApi, RefusesOneRequestMoreThanItMayWorkOnAtOnce) {
  const auto one = ask(rest_request("GET", "Calls.json", {}));
  const auto two = ask(rest_request("GET", "Calls.json", {}));
  loop_.run_for(500ms);

  EXPECT_EQ(code_of(rest("GET", "Calls.json", {})), "429 20429");
  loop_.run_for(1s);

  EXPECT_EQ((*one)->response.status, 200);
  EXPECT_EQ((*two)->response.status, 200);
  EXPECT_EQ(rest("GET", "Calls.json", {}).status, 200);
}

}  // namespace
}  // namespace tests
