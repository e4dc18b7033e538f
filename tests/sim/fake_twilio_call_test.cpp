#include "tests/support/caller_steps.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

namespace tests {
namespace {
using namespace simulators::twilio;
using testing::ElementsAre;
using testing::HasSubstr;

std::string connect(std::string_view track, std::string_view after = "") {
  return R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="ws://bridge.test/media" track=")" +
         std::string(track) + R"("><Parameter name="CallSid" value="x"/></Stream></Connect>)" +
         std::string(after) + "</Response>";
}

Step say(runtime::audio::Clip clip) {
  Step step;
  step.action = Say{std::move(clip), "clip"};
  step.as = "said";
  return step;
}

class FakeTwilioCall : public FakeTwilioTest {
 public:
  FakeTwilioCall() {
    bridge_.webhook = [](const auto&) { return connect("inbound_track"); };
  }
  /// The bridge plays `clip`, once, when the stream starts, and marks its end.
  void bot_says(runtime::audio::Clip clip) {
    bridge_.on_message = [clip = std::move(clip)](ScriptedBridge::Stream& stream,
                                                  const nlohmann::json& message) {
      if (message["event"] != "start") return;
      stream.media(clip.mulaw);
      stream.mark("end");
    };
  }
  std::string heard_by_bridge() const {
    std::string all;
    for (const auto& message : bridge_.streams.at(0)->received) {
      if (message["event"] == "media")
        all += *runtime::base64_decode(message["media"]["payload"].get<std::string>());
    }
    return all;
  }
};

TEST_F(FakeTwilioCall, CarriesSpeechBothWaysBitForBit) {
  const auto hello = runtime::audio::speech_like(1, runtime::Samples8k(160 * 60));
  const auto answer = runtime::audio::speech_like(2, runtime::Samples8k(8000));
  bot_says(answer);
  plan_.caller = {step(Wait{100ms}), say(hello), step(WaitFor{}), step(HangUp{})};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.status(), "completed");
  EXPECT_EQ(facts.ended_by, EndedBy::caller);
  EXPECT_EQ(facts.heard.mulaw, answer.mulaw);
  EXPECT_NE(heard_by_bridge().find(hello.mulaw), std::string::npos);
  EXPECT_EQ(facts.stream()->sent.joined(TimedAudio::Kind::speech), hello.mulaw);
  EXPECT_THAT(facts.errors, ElementsAre());
  EXPECT_EQ(facts.stream()->end, StreamEnd::call_ended);
}

TEST_F(FakeTwilioCall, EchoesAMarkWhenItsAudioHasBeenPlayed) {
  bot_says(runtime::audio::speech_like(2, runtime::Samples8k(4000)));
  plan_.caller = {step(Listen{2s})};

  const CallFacts& facts = call();

  const auto& mark = facts.stream()->marks.at(0);
  EXPECT_EQ(mark.how, MarkFact::How::played);
  EXPECT_EQ(*mark.played_at - mark.received_at, 500ms);
  EXPECT_LT(*mark.echoed_at - *mark.played_at, 20ms);
  EXPECT_EQ(facts.heard.pieces.size(), 1U);
  EXPECT_EQ(facts.heard.pieces[0].at, facts.stream()->received.pieces[0].at);
}

TEST_F(FakeTwilioCall, SendsAFrameEveryTwentyMillisecondsWithNumbersThatCount) {
  plan_.knobs.timestamp_jitter = Duration(0);
  plan_.caller = {step(Listen{1s})};
  bridge_.on_message = [](auto&, const auto&) {};

  const CallFacts& facts = call();

  const auto& received = bridge_.streams.at(0)->received;
  EXPECT_EQ(received[0]["event"], "connected");
  EXPECT_EQ(received[1]["event"], "start");
  EXPECT_EQ(received[1]["start"]["customParameters"]["CallSid"], "x");
  EXPECT_EQ(received[2]["sequenceNumber"], "2");
  EXPECT_EQ(received[2]["media"]["chunk"], "1");
  EXPECT_EQ(received[2]["media"]["timestamp"], std::to_string(facts.stream()->first_timestamp_ms));
  EXPECT_EQ(received[3]["media"]["timestamp"], std::to_string(facts.stream()->first_timestamp_ms + 20));
  EXPECT_EQ(received.back()["event"], "stop");
  EXPECT_EQ(received.size(), 2 + 50 + 1);
}

TEST_F(FakeTwilioCall, RefusesBothTracksUnderConnectAndGoesOnWithTheNextVerb) {
  int asked = 0;
  bridge_.webhook = [&asked](const auto&) {
    return asked++ == 0 ? connect("both_tracks", "<Redirect>/again</Redirect>") : connect("inbound_track");
  };
  plan_.caller = {step(Listen{200ms})};

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.has_error(31941));
  EXPECT_EQ(bridge_.streams.size(), 1U);
  EXPECT_FALSE(facts.streams.at(0)->dialled_at);
  EXPECT_THAT(facts.verbs, ElementsAre("Connect", "Redirect", "Connect"));
  EXPECT_EQ(facts.http.at(1).url, "http://bridge.test/again");
}

TEST_F(FakeTwilioCall, SwallowsTheBotUnderTheIncidentsRulesAndEchoesNothing) {
  bot_says(runtime::audio::speech_like(2, runtime::Samples8k(4000)));
  plan_.rules = TrackRules::incident_report;
  plan_.caller = {step(Listen{2s})};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.heard.mulaw, "");
  EXPECT_EQ(facts.stream()->received.mulaw.size(), 4000U);
  EXPECT_EQ(facts.stream()->marks.at(0).how, MarkFact::How::none);
}

TEST_F(FakeTwilioCall, ForgetsWhatIsQueuedOnClearAndEchoesItsMarks) {
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "start") {
      stream.media(std::string(16000, '\x12'));
      stream.mark("m");
    }
    if (message["event"] == "media" && message["media"]["chunk"] == "26") stream.clear();
  };
  plan_.caller = {step(Listen{2s})};

  const CallFacts& facts = call();

  const auto& stream = *facts.stream();
  EXPECT_EQ(stream.marks.at(0).how, MarkFact::How::cleared);
  EXPECT_EQ(stream.clears.at(0).dropped_bytes + facts.heard.mulaw.size(), 16000U);
  EXPECT_EQ(facts.heard.mulaw.size(),
            500U * 8 + static_cast<std::size_t>(
                           (facts.stream()->sent.pieces[0].at - *facts.stream()->started_at) / 125us));
}

TEST_F(FakeTwilioCall, EndsWithTheBridgesClose) {
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    stream.close = message["event"] == "media";
  };

  plan_.caller = {step(Listen{})};
  const CallFacts& facts = call();

  EXPECT_EQ(facts.ended_by, EndedBy::bridge);
  EXPECT_EQ(facts.stream()->end, StreamEnd::bridge_closed);
  EXPECT_EQ(facts.stream()->bridge_close_code, 1000);
  EXPECT_TRUE(facts.has_error(31921));
}

TEST_F(FakeTwilioCall, ReportsARefusedUpgradeAndHangsUp) {
  bridge_.upgrade_status = 503;

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.has_error(31920));
  EXPECT_EQ(facts.streams.at(0)->handshake_status, 503);
  EXPECT_EQ(facts.ended_by, EndedBy::bridge);
}

TEST_F(FakeTwilioCall, AsksForTheDocumentAgainWhenTheCallerSpokeIntoARecording) {
  bridge_.webhook = [](const auto&) {
    return R"(<Response><Record timeout="2"/>)" + connect("inbound_track").substr(48);
  };
  plan_.caller = {say(runtime::audio::speech_like(1, runtime::Samples8k(8000))), step(Listen{3s}),
                  step(HangUp{})};

  const CallFacts& facts = call();

  EXPECT_EQ(bridge_.streams.size(), 0U);
  EXPECT_GE(facts.http.size(), 2U);
  EXPECT_EQ(facts.http.at(1).url, facts.http.at(0).url);
}

TEST_F(FakeTwilioCall, StopsReadingAtTheFirstFrameSoThatTheBridgeBlocks) {
  fabric_.set_link("", "", {.window_bytes = 4096}, {.window_bytes = 4096});
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "media") stream.media(std::string(160, '\x12'));
  };
  plan_.faults = {StopReading{{Moment::When::first_bot_frame, 0ms, ""}, std::nullopt}};
  plan_.caller = {step(Listen{5s})};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.stream()->received.mulaw.size(), 160U);
  EXPECT_TRUE(facts.ended_at);
}

TEST_F(FakeTwilioCall, PressesKeysAsDtmf) {
  plan_.caller = {step(Press{"1*#"}, "keys"), step(Wait{100ms})};

  const CallFacts& facts = call();

  std::string keys;
  for (const auto& message : bridge_.streams.at(0)->received) {
    if (message["event"] == "dtmf") keys += message["dtmf"]["digit"].get<std::string>();
  }
  EXPECT_EQ(keys, "1*#");
  EXPECT_EQ(*facts.step("keys")->ended_at - *facts.step("keys")->began_at, 800ms);
}

}  // namespace
}  // namespace tests
