#include "simulators/twilio/control.hpp"
#include "simulators/twilio/control_facts.hpp"
#include "tests/loopback/control_test.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

namespace tests {
namespace {
using namespace simulators::twilio;
using testing::HasSubstr;

/// Reads plans as a test needs them: "broken" is refused, anything else listens for so many milliseconds.
std::variant<CallPlan, std::string> read_plan(const std::string& text, const CallPlan& otherwise) {
  if (text == "broken") return std::string("script:1:1: error: it is broken");
  CallPlan plan = otherwise;
  if (text == "outbound") {
    plan.direction = Direction::outbound;
    return plan;
  }
  ThirdParty agent;
  agent.name = "agent";
  agent.answers_after = std::chrono::milliseconds(40);
  plan.others = {agent};
  plan.caller = {{Listen{std::chrono::milliseconds(std::stoi(text))}, ""}, {HangUp{}, ""}};
  return plan;
}

class TwilioControl : public ControlTest {
 public:
  TwilioControl()
      : fake_({ioc_.get_executor(), clock_, ticker_, *network_, random_, journal_, book_}, settings()),
        api_({fake_, journal_, book_, clock_, read_plan, {}}) {
    document_.emplace(control_openapi());
    control_ = listen(api_.service());
    const auto bridge = listen(bridge_);
    voice_ = "?voice_url=http://" + bridge + "/voice";
    bridge_.webhook = [bridge](const auto&) {
      return "<Response><Connect><Stream url=\"ws://" + bridge + "/media\"/></Connect></Response>";
    };
    bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
      if (message["event"] != "start") return;
      stream.media(runtime::audio::tone(440, -12, runtime::Samples8k(2400)).mulaw);
      stream.mark("end");
      stream.clear();
    };
  }
  ~TwilioControl() override { run(end()); }

 protected:
  static Settings settings() {
    Settings made;
    made.calls_kept = 2;
    return made;
  }
  boost::asio::awaitable<void> end() {
    co_await fake_.shut_down();
    co_await close_down();
  }
  std::string place(const std::string& script) { return json(ask("POST /calls", {}, voice_, script))["sid"]; }
  std::string strike(const std::string& sid, const std::string& fault) {
    return ask("POST /calls/{sid}/faults", {sid}, "", fault).body;
  }

  FakeTwilio fake_;
  ScriptedBridge bridge_;
  Control api_;
  std::string voice_;
};

TEST_F(TwilioControl, AnswersEveryRouteAsItsDocumentSays) {
  const auto sid = place("400");
  const auto call = json(ask("GET /calls/{sid}", {sid}, "?wait=20"));
  EXPECT_EQ(call["status"], "completed");
  EXPECT_EQ(call["streams"][0]["received_seconds"], 0.3);
  EXPECT_EQ(json(ask("GET /calls"))["calls"].size(), 1U);
  EXPECT_THAT(ask("GET /calls", {}, "?status=foo").body, HasSubstr("no call has the status 'foo'"));
  EXPECT_THAT(ask("GET /calls/{sid}/heard.wav", {sid}).body, testing::StartsWith("RIFF"));
  EXPECT_THAT(ask("GET /calls/{sid}/sent.wav", {sid}).body, testing::StartsWith("RIFF"));
  EXPECT_THAT(strike(sid, R"({"do":"drop"})"), HasSubstr("the call is over"));

  const auto running = place("20000");
  EXPECT_THAT(strike(running, R"({"do":"dance"})"), HasSubstr("hang_up, drop"));
  EXPECT_THAT(strike(running, R"({"do":"drop","seconds":1})"), HasSubstr("'seconds' says nothing of 'drop'"));
  (void)strike(running, R"({"do":"hang_up"})");
  EXPECT_EQ(json(ask("GET /calls/{sid}", {running}, "?wait=20"))["ended_by"], "caller");

  EXPECT_THAT(ask("POST /calls").body, HasSubstr("no voice URL is known"));
  EXPECT_THAT(ask("POST /calls", {}, voice_, "broken").body, HasSubstr("script:1:1"));
  EXPECT_THAT(ask("POST /calls", {}, voice_, "outbound").body, HasSubstr("the script's call is outbound"));
  EXPECT_THAT(ask("POST /calls", {}, voice_ + "&from=garbage").body,
              HasSubstr("nobody has the number 'garbage'"));
  EXPECT_THAT(ask("POST /calls", {}, voice_ + "&to=1555").body, HasSubstr("query to"));
  EXPECT_THAT(ask("POST /calls", {}, voice_ + "&to=anonymous").body, HasSubstr("query to"));
  EXPECT_THAT(ask("GET /calls/{sid}", {sid}, "?wait=long").body, HasSubstr("whole seconds"));
  for (const std::string route : {"GET /calls/{sid}", "GET /calls/{sid}/heard.wav",
                                  "GET /calls/{sid}/sent.wav", "POST /calls/{sid}/faults"}) {
    EXPECT_THAT(ask(route, {"CA1"}).body, HasSubstr("there is no call CA1"));
  }
  EXPECT_EQ(json(ask("POST /outbound", {}, "", "100"))["waiting"], 1);
  EXPECT_EQ(json(ask("GET /outbound"))["waiting"], 1);
  (void)ask("POST /outbound", {}, "", "broken");
  for (int i = 0; i < 1000; ++i) fake_.expect_outbound({});
  EXPECT_EQ(ask("POST /outbound", {}, "", "100").status, 429);
  EXPECT_EQ(json(ask("DELETE /outbound"))["waiting"], 0);
  (void)ask("PUT /defaults", {}, voice_, "100");
  (void)ask("PUT /defaults", {}, "", "broken");
  EXPECT_EQ(document_->check({{"$ref", "#/components/schemas/JournalLine"}},
                             ask("GET /journal", {}, "?limit=1").body),
            "");
  (void)ask("GET /journal", {}, "?after=yesterday");
  EXPECT_THAT(ask("GET /metrics").body, HasSubstr("fake_twilio_calls_total 2"));
  (void)ask("GET /healthz");
  EXPECT_EQ(ask("GET /openapi.yaml").body, control_openapi());
  EXPECT_EQ(json(ask("POST /reset"))["calls"], 0);

  expect_all_documented(api_.service().routes());
}

TEST_F(TwilioControl, ShowsTheLegsOfADialAndWhatWasRecorded) {
  bridge_.webhook = [](const auto&) {
    return "<Response><Dial record=\"record-from-answer-dual\">+15550001111</Dial></Response>";
  };

  const auto call = json(ask("GET /calls/{sid}", {place("800")}, "?wait=20"));

  ASSERT_EQ(call["legs"].size(), 1U);
  const auto& leg = call["legs"][0];
  EXPECT_EQ(leg["party"], "agent");
  EXPECT_EQ(leg["to"], "+15550001111");
  EXPECT_EQ(leg["status"], "completed");
  EXPECT_EQ(leg["statuses"].size(), 4U);
  EXPECT_GT(leg["heard_seconds"], 0.5);
  EXPECT_EQ(leg["steps"][0]["what"], "listen until_call_ends");
  ASSERT_EQ(call["recordings"].size(), 1U);
  EXPECT_EQ(call["recordings"][0]["source"], "DialVerb");
  EXPECT_GT(call["recordings"][0]["seconds"], 0.5);
  EXPECT_EQ(call["recordings"][0]["channels"], 2);
  EXPECT_EQ(call["recordings"][0]["running"], false);
}

TEST_F(TwilioControl, RefusesWhatItDoesNotKnowInAQuery) {
  for (const std::string route : {"GET /calls", "POST /calls", "PUT /defaults", "POST /outbound"})
    EXPECT_THAT(ask(route, {}, "?fromm=%2B1555").body, HasSubstr("this route takes no 'fromm'")) << route;
  EXPECT_THAT(ask("GET /calls/{sid}", {"CA1"}, "?wiat=3").body, HasSubstr("of these: wait"));
  EXPECT_THAT(ask("PUT /defaults", {}, "?voice_url=voice").body, HasSubstr("the voice URL cannot be used"));
  EXPECT_EQ(json(ask("GET /calls", {}, "?status=no-answer"))["calls"].size(), 0U);
}

TEST_F(TwilioControl, ABodySaysWhatTheDefaultsDoNot) {
  (void)ask("PUT /defaults", {}, voice_ + "&from=%2B15550009999");

  const auto call = json(ask("POST /calls", {}, "", "100"));
  const std::string sid = call["sid"];

  EXPECT_EQ(call["from"], "+15550009999");
  EXPECT_EQ(json(ask("GET /calls/{sid}", {sid}, "?wait=20"))["status"], "completed");
}

TEST_F(TwilioControl, WhatWasHeardLastsAsLongAsTheCall) {
  bridge_.on_message = [](ScriptedBridge::Stream&, const nlohmann::json&) {};

  const auto sid = place("600");
  const auto call = json(ask("GET /calls/{sid}", {sid}, "?wait=20"));

  const auto heard = ask("GET /calls/{sid}/heard.wav", {sid}).body;
  const double lasted = call["ended"].get<double>() - call["answered"].get<double>();
  EXPECT_GE(lasted, 0.6);
  EXPECT_NEAR(static_cast<double>(heard.size() - 44) / 16000, lasted, 0.001);
}

TEST_F(TwilioControl, TheStatusOfARequestThatIsNotAnsweredYetIsNull) {
  CallFacts call;
  call.statuses.push_back({call.placed_at, "completed"});
  HttpExchange pending;
  pending.purpose = HttpExchange::Purpose::status_callback;
  HttpExchange failed = pending;
  failed.error = "connection refused";
  call.http = {pending, failed};

  const auto json = call_json(call);

  EXPECT_TRUE(json["http"][0]["status"].is_null());
  EXPECT_EQ(json["http"][1]["status"], 0);
}

TEST_F(TwilioControl, StallsThePathForAWhile) {
  const auto sid = place("20000");
  const auto received = [this] { return bridge_.streams.empty() ? 0 : bridge_.streams[0]->received.size(); };
  for (int i = 0; i < 500 && received() < 5; ++i) run(pause());
  EXPECT_THAT(strike(sid, R"({"do":"stall"})"), HasSubstr("it lacks something"));
  EXPECT_THAT(strike(sid, R"({"do":"stall","seconds":5,"towards":"me"})"), HasSubstr("both, bridge, peer"));
  (void)strike(sid, R"({"do":"stall","seconds":5,"towards":"bridge"})");
  run(pause());
  const auto before = received();

  for (int i = 0; i < 20; ++i) run(pause());
  EXPECT_LE(received(), before + 2);

  (void)strike(sid, R"({"do":"resume_reading"})");
  for (int i = 0; i < 500 && received() < before + 10; ++i) run(pause());
  EXPECT_GE(received(), before + 10);
}

TEST_F(TwilioControl, NamesItsRoutesToWhoAsksForAnother) {
  const auto unknown = fetch("http://" + control_ + "/call");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(document_->check({{"$ref", "#/components/schemas/Error"}}, unknown.body), "");
  EXPECT_THAT(json(unknown)["routes"], testing::Contains("POST /calls"));

  runtime::net::HttpRequest request;
  request.method = "PATCH";
  const auto wrong = fetch("http://" + control_ + "/calls", request);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, POST");
}

TEST_F(TwilioControl, ForgetsTheOldestEndedCallsAndCountsThem) {
  std::vector<std::string> sids;
  for (int i = 0; i < 4; ++i) {
    sids.push_back(place("20"));
    (void)ask("GET /calls/{sid}", {sids.back()}, "?wait=20");
  }
  const auto list = json(ask("GET /calls"));
  EXPECT_EQ(list["forgotten"], 1);  // a call is forgotten when the next one begins
  EXPECT_EQ(list["calls"].size(), 3U);
  EXPECT_THAT(ask("GET /metrics").body, HasSubstr("fake_twilio_calls_forgotten_total 1"));
  EXPECT_EQ(ask("GET /calls/{sid}", {sids.front()}).status, 404);
}

TEST_F(TwilioControl, CutsTheMediaConnectionAndSendsWhatItIsTold) {
  const auto sid = place("20000");
  for (int i = 0; i < 500 && bridge_.streams.empty(); ++i) run(pause());
  (void)strike(sid, R"({"do":"press","keys":"4#"})");
  for (int i = 0; i < 500; ++i) {
    const auto keys = json(ask("GET /calls/{sid}", {sid}, ""))["streams"][0]["keys"];
    if (keys.size() == 2) break;
    run(pause());
  }
  (void)strike(sid, R"({"do":"inject","message":"{\"event\":\"strange\"}"})");
  (void)strike(sid, R"({"do":"drop"})");
  const auto call = json(ask("GET /calls/{sid}", {sid}, "?wait=20"));
  EXPECT_EQ(call["streams"][0]["end"], "connection_lost");
  EXPECT_EQ(call["streams"][0]["keys"][1]["key"], "#");
  bool injected = false;
  for (const auto& message : bridge_.streams[0]->received) injected |= message["event"] == "strange";
  EXPECT_TRUE(injected);
}

TEST_F(TwilioControl, AJournalIsFollowedAndForgetsItsOldestLines) {
  (void)place("20");
  const auto first = ask("GET /journal", {}, "?limit=1&follow=10");
  EXPECT_EQ(first.headers.get("Journal-Last"), "1");
  for (int i = 0; i < 3000; ++i)
    journal_.record({clock_.now(), "twilio.rest", "", {}, std::string(500, 'x')});
  const auto rest = ask("GET /journal", {}, "?after=1&limit=1");
  EXPECT_NE(rest.headers.get("Journal-Forgotten"), "0");
  EXPECT_THAT(ask("GET /journal", {}, "?lane=twilio.http&limit=0").body, "");
  EXPECT_THAT(ask("GET /journal", {}, "?lane=nobody").body, HasSubstr("there is no lane 'nobody'"));
  EXPECT_THAT(ask("GET /journal", {}, "?line=twilio.http").body, HasSubstr("this route takes no 'line'"));
}

}  // namespace
}  // namespace tests
