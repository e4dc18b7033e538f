#include "tests/support/caller_steps.hpp"
#include "tests/support/rest_client.hpp"

#include "runtime/net/url.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>

// The REST API and outbound calls, callbacks, faults, injected messages.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using testing::ElementsAre;
using testing::HasSubstr;

class FakeTwilioLine : public RestTest {
 public:
  FakeTwilioLine() {
    bridge_.webhook = [](const auto&) { return std::string(kConnect); };
    plan_.caller = {step(Listen{500ms})};
  }
  const CallFacts& outbound(Outcome outcome) {
    plan_.outcome = outcome;
    twilio_.expect_outbound(plan_);
    const auto created = rest("POST", "Calls.json",
                              {{"To", "+14155551212"},
                               {"From", "+18668675310"},
                               {"Url", "http://bridge.test/out"},
                               {"StatusCallback", "http://bridge.test/status"},
                               {"StatusCallbackEvent", "initiated"},
                               {"StatusCallbackEvent", "ringing"},
                               {"StatusCallbackEvent", "answered"},
                               {"StatusCallbackEvent", "completed"}});
    EXPECT_EQ(created.status, 201);
    const auto json = nlohmann::json::parse(created.body);
    EXPECT_EQ(json["status"], "queued");
    const CallFacts& facts = *twilio_.find(json["sid"].get<std::string>());
    EXPECT_TRUE(loop_.run_until([&] { return twilio_.active_calls() == 0; }, 5min));
    loop_.run_for(1s);
    return facts;
  }
  std::vector<std::string> callbacks() const {
    std::vector<std::string> seen;
    for (const auto& request : bridge_.requests) {
      if (request.target != "/status") continue;
      seen.emplace_back(field(runtime::net::decode_form(request.body), "CallStatus"));
    }
    return seen;
  }
};

TEST_F(FakeTwilioLine, PlacesAnOutboundCallAndReportsEachOfItsStates) {
  const CallFacts& facts = outbound(Outcome::answered);

  EXPECT_THAT(callbacks(), ElementsAre("initiated", "ringing", "in-progress", "completed"));
  EXPECT_EQ(facts.status(), "completed");
  EXPECT_EQ(bridge_.streams.size(), 1U);
  const auto found = std::find_if(bridge_.requests.begin(), bridge_.requests.end(),
                                  [](const auto& request) { return request.target == "/out"; });
  ASSERT_NE(found, bridge_.requests.end());
  const auto& webhook = *found;
  EXPECT_EQ(field(runtime::net::decode_form(webhook.body), "Direction"), "outbound-api");
  EXPECT_EQ(field(runtime::net::decode_form(webhook.body), "CallStatus"), "in-progress");
}

TEST_F(FakeTwilioLine, ReportsBusyAndNoAnswerWithoutAWebhook) {
  outbound(Outcome::busy);
  EXPECT_THAT(callbacks(), ElementsAre("initiated", "ringing", "busy"));
  const CallFacts& unanswered = outbound(Outcome::no_answer);
  EXPECT_EQ(unanswered.status(), "no-answer");
  EXPECT_EQ(unanswered.ended_by, EndedBy::not_answered);
  EXPECT_EQ(*unanswered.ended_at - unanswered.placed_at, 60s + 200ms);
  EXPECT_FALSE(unanswered.answered_at);
}

TEST_F(FakeTwilioLine, EndsALiveCallOnRequestAndRefusesToEndItTwice) {
  plan_.caller = {step(Listen{})};
  const CallFacts& facts = twilio_.place(plan_);
  loop_.run_for(2s);

  const auto updated = rest("POST", "Calls/" + facts.sid + ".json", {{"Status", "completed"}});
  loop_.run_for(3s);

  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(facts.ended_by, EndedBy::rest);
  EXPECT_EQ(bridge_.streams.at(0)->received.back()["event"], "stop");
  EXPECT_EQ(rest("POST", "Calls/" + facts.sid + ".json", {{"Status", "completed"}}).status, 400);
  EXPECT_EQ(nlohmann::json::parse(rest("GET", "Calls/" + facts.sid + ".json", {}).body)["duration"], "2");
}

TEST_F(FakeTwilioLine, RunsAnotherDocumentOnRequest) {
  plan_.caller = {step(Listen{})};
  const CallFacts& facts = twilio_.place(plan_);
  loop_.run_for(1s);

  rest("POST", "Calls/" + facts.sid + ".json",
       {{"Twiml", "<Response><Pause length=\"3\"/><Hangup/></Response>"}});
  loop_.run_for(10s);

  EXPECT_EQ(facts.stream()->end, StreamEnd::stopped);
  EXPECT_THAT(facts.verbs, ElementsAre("Connect", "Pause", "Hangup"));
  EXPECT_EQ(*facts.ended_at - *facts.stream()->ended_at, 3s);
}

TEST_F(FakeTwilioLine, InjectsBrokenMessagesAtTheirMoment) {
  plan_.faults = {
      Inject{{}, broken_message(BrokenMessage::media), true},
      Inject{{Moment::When::stream_started, 200ms, ""}, R"({"event":"weather","streamSid":"{streamSid}"})"}};

  call();

  const auto& received = bridge_.streams.at(0)->received;
  EXPECT_EQ(received.at(0)["event"], "connected");
  EXPECT_EQ(received.at(1)["event"], "media");
  EXPECT_EQ(received.at(2)["event"], "start");
  const auto weather =
      std::find_if(received.begin(), received.end(), [](const auto& m) { return m["event"] == "weather"; });
  ASSERT_NE(weather, received.end());
  EXPECT_EQ((*weather)["streamSid"], bridge_.streams.at(0)->sid);
  EXPECT_EQ(weather - received.begin(), 3 + 10);
}

TEST_F(FakeTwilioLine, CutsTheConnectionAndGoesOnAfterConnect) {
  plan_.caller = {step(Wait{300ms}, "cut"), step(Listen{})};
  plan_.faults = {DropConnection{{Moment::When::step, 100ms, "cut"}}};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.stream()->end, StreamEnd::connection_lost);
  EXPECT_TRUE(facts.has_error(31903));
}

TEST_F(FakeTwilioLine, StopsReadingForAWhileAndThenCatchesUp) {
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "media") stream.media(std::string(160, '\x12'));
  };
  plan_.faults = {StopReading{{Moment::When::stream_started, 200ms, ""}, 1s}};
  plan_.caller = {step(Listen{3s})};

  const CallFacts& facts = call();

  const auto& pieces = facts.stream()->received.pieces;
  Duration longest{0};
  for (std::size_t i = 1; i < pieces.size(); ++i)
    longest = std::max(longest, pieces[i].at - pieces[i - 1].at);
  EXPECT_GE(longest, 980ms);
  EXPECT_LE(longest, 1s);
  EXPECT_GE(pieces.size(), 148U);
}

TEST_F(FakeTwilioLine, ReadsAgainWithoutEndingAStallOfThePath) {
  plan_.faults = {StallPath{{Moment::When::stream_started, 100ms, ""}, Towards::bridge, 2s},
                  StopReading{{Moment::When::stream_started, 200ms, ""}, 500ms}};
  plan_.caller = {step(Listen{3s})};

  const CallFacts& facts = call();

  const auto& stalls = facts.stream()->stalls;
  ASSERT_EQ(stalls.size(), 2U);
  EXPECT_EQ(*stalls[0].until - stalls[0].from, 2s);
  EXPECT_EQ(*stalls[1].until - stalls[1].from, 500ms);
}

TEST_F(FakeTwilioLine, SendsNoPacketsWhenTheLineHasNone) {
  plan_.packets = Packets::none;
  call();
  EXPECT_EQ(bridge_.streams.at(0)->received.size(), 3U);  // connected, start, stop
}

TEST_F(FakeTwilioLine, LetsTimestampsAdvanceThroughTheSilenceOfADtxLine) {
  plan_.knobs.timestamp_jitter = Duration(0);
  const auto clip = runtime::audio::speech_like(1, runtime::Samples8k(160));
  plan_.packets = Packets::dtx;
  plan_.caller = {step(Say{clip, "a"}), step(Wait{1s}), step(Say{clip, "b"}), step(Wait{100ms})};

  call();

  std::vector<std::int64_t> timestamps;
  std::vector<std::string> chunks;
  for (const auto& message : bridge_.streams.at(0)->received) {
    if (message["event"] != "media") continue;
    timestamps.push_back(std::stoll(message["media"]["timestamp"].get<std::string>()));
    chunks.push_back(message["media"]["chunk"]);
  }
  EXPECT_THAT(chunks, ElementsAre("1", "2"));
  EXPECT_EQ(timestamps.at(1) - timestamps.at(0), 1020);
}

TEST_F(FakeTwilioLine, ShutsDownInTheMiddleOfACall) {
  plan_.caller = {step(Listen{})};
  const CallFacts& facts = twilio_.place(plan_);
  loop_.run_for(1s);
  EXPECT_FALSE(facts.ended_at);  // the fixture ends it: nothing may hang or leak
}

TEST_F(FakeTwilioLine, WarnsOncePerStreamAboutMessagesThatAreNone) {
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "media") stream.out.push_back("garbage");
  };
  const CallFacts& facts = call();
  EXPECT_EQ(facts.errors.size(), 1U);
  EXPECT_EQ(facts.errors.at(0).code, 31951);
  EXPECT_GT(facts.stream()->rejected_messages, 10U);
}

TEST_F(FakeTwilioLine, RecordsAOneWayStreamAndDiscardsWhatComesBack) {
  bridge_.webhook = [](const auto&) {
    return std::string(
        R"(<Response><Start><Stream url="ws://bridge.test/media" track="both_tracks"/></Start>)"
        R"(<Pause length="2"/></Response>)");
  };
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "start") stream.media(std::string(1600, '\x12'));
  };
  plan_.caller = {step(Listen{})};

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.has_error(31924));
  EXPECT_EQ(facts.heard.mulaw, "");
  EXPECT_EQ(facts.stream()->received.mulaw.size(), 1600U);
  EXPECT_THAT(bridge_.streams.at(0)->received.at(1)["start"]["tracks"], ElementsAre("inbound", "outbound"));
  EXPECT_EQ(*facts.ended_at - *facts.answered_at, 2s);
}

}  // namespace
}  // namespace tests
