#include "tests/unit/expectations_test.hpp"

namespace scenarios::engine {
namespace {

TEST_F(Expectations, HeardIsBitForBitAndInARow) {
  hear(1s, std::string(1600, '\xFF') + kAnswer);
  auto check = heard("answer", kAnswer);
  check.complete = check.only = true;

  EXPECT_TRUE(outcome(check).passed());
  EXPECT_THAT(outcome(check).why, HasSubstr("2.00 s of 2.00 s of 'answer' were heard at 1.20 s"));
  EXPECT_FALSE(outcome(heard("other", kOther)).passed());
}

TEST_F(Expectations, HeardAlikeKnowsAnAnswerThatWasTranscodedAndHowMuchOfItCame) {
  using namespace runtime::audio;
  const auto softer = [](Pcm pcm) {
    for (auto& sample : pcm) sample = static_cast<std::int16_t>(sample / 2);
    return mulaw_encode(pcm);
  };
  const std::string changed = softer(resample(resample(mulaw_decode(kAnswer), 8000, 24000), 24000, 8000));
  HeardCheck check = heard("answer", kAnswer);
  check.complete = true;
  hear(1s, changed);
  EXPECT_FALSE(outcome(check).passed()) << "not bit for bit";

  check.alike = true;
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;
  check.only = true;
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;

  call_.heard = {};
  hear(1s, changed.substr(0, 12000));
  EXPECT_THAT(outcome(check).why, HasSubstr("not all of it: 1.50 s in one go, of 2.00 s"));
  check.complete = false;
  EXPECT_TRUE(outcome(check).passed());

  call_.heard = {};
  hear(1s, changed.substr(0, 8000) + std::string(1600, '\xFF') + changed.substr(8000));
  check.complete = true;
  EXPECT_FALSE(outcome(check).passed()) << "all of it, and a hole of 200 ms in the middle";

  call_.heard = {};
  hear(1s, kOther);
  EXPECT_THAT(outcome(check).why, HasSubstr("nothing like 'answer' was heard"));
}

TEST_F(Expectations, AGapMakesHeardIncomplete) {
  hear(1s, kAnswer.substr(0, 8000));
  hear(2100ms, kAnswer.substr(8000));
  auto check = heard("answer", kAnswer);
  EXPECT_TRUE(outcome(check).passed());

  check.complete = true;

  EXPECT_FALSE(outcome(check).passed());
  EXPECT_THAT(outcome(check).why, HasSubstr("not all of it: 1.00 s"));
}

TEST_F(Expectations, OneWrongByteIsNotComplete) {
  std::string broken = kAnswer;
  broken[9000] = static_cast<char>(broken[9000] ^ 1);
  hear(1s, broken);
  auto check = heard("answer", kAnswer);
  check.complete = true;

  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(Expectations, OnlyMeansNothingElseAudible) {
  hear(1s, kAnswer + std::string(800, '\xFF') + kOther.substr(0, 320));
  auto check = heard("answer", kAnswer);
  check.only = true;

  EXPECT_FALSE(outcome(check).passed());
  EXPECT_THAT(outcome(check).why, HasSubstr("something else was heard as well, at 3.10 s"));
}

TEST_F(Expectations, NothingIsNothingAudible) {
  HeardCheck check;
  check.nothing = true;
  hear(1s, std::string(8000, '\xFF'));
  EXPECT_TRUE(outcome(check).passed());

  hear(3s, kOther.substr(0, 160));

  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(Expectations, AQueryIsJudgedAtTheEndFromTheStart) {
  evidence_.first.push_back({"x_total", {}, 100});
  evidence_.last.push_back({"x_total", {}, 103});

  EXPECT_TRUE(outcome(query("x_total == 3")).passed());
  EXPECT_FALSE(outcome(query("x_total == 103")).passed());
}

TEST_F(Expectations, AQueryNamesTheCallsWhoseSeriesBrokeItOrWhichItSelects) {
  evidence_.calls.resize(3, evidence_.calls.front());
  evidence_.last.push_back({"heard", {{"call", "1"}}, 5});
  evidence_.last.push_back({"heard", {{"call", "2"}}, 0});
  evidence_.last.push_back({"heard", {{"call", "3"}}, 0});
  using testing::ElementsAre;
  using testing::IsEmpty;

  EXPECT_THAT(outcome(query("heard > 1")).calls, ElementsAre(1, 2));
  EXPECT_THAT(outcome(query("heard >bool 1")).calls, ElementsAre(1, 2));
  EXPECT_THAT(outcome(query("heard > 1"), window(Window::Mode::within, 0s, 20s)).calls, ElementsAre(1, 2));
  EXPECT_THAT(outcome(query("heard < 6"), window(Window::Mode::never, 0s, 20s)).calls, ElementsAre(0, 1, 2));
  EXPECT_THAT(outcome(query("sum(heard{call=\"3\"}) > 1")).calls, ElementsAre(2));
  EXPECT_THAT(outcome(query("sum(heard) > 100")).calls, IsEmpty()) << "it is about all of them";
  EXPECT_THAT(outcome(query("heard{call=\"7\"} > 1")).calls, IsEmpty()) << "there is no such call";
  EXPECT_THAT(outcome(query("heard < 9")).calls, IsEmpty()) << "it holds";
}

TEST_F(Expectations, AMetricOfOursThatAForeignBridgeLacksIsNotApplicable) {
  EXPECT_EQ(outcome(query("voicebridge_x_total == 0")).status, Outcome::Status::failed);

  evidence_.last.clear();

  EXPECT_EQ(outcome(query("voicebridge_x_total == 0")).status, Outcome::Status::not_applicable);
  EXPECT_EQ(outcome(query("caller_heard_speech_seconds == 0")).status, Outcome::Status::failed);
}

TEST_F(Expectations, AVerdictIsTheTruthAndWhatTheBridgeCounted) {
  EXPECT_TRUE(outcome(VerdictCheck{"normal", "", {}}).passed());
  EXPECT_FALSE(outcome(VerdictCheck{"too_short", "", {}}).passed());

  evidence_.last.push_back(
      {"voicebridge_call_verdicts_total", {{"verdict", "too_short"}, {"reason", "none"}}, 1});

  EXPECT_THAT(outcome(VerdictCheck{"normal", "", {}}).why,
              HasSubstr("the bridge counted 0 of 1 calls as normal"));
  EXPECT_FALSE(outcome(VerdictCheck{"normal", "", 1}).passed());
}

TEST_F(Expectations, AReasonIsComparedWhereTheTruthHasOne) {
  evidence_.calls[0].verdict = "openai_not_generating";
  EXPECT_TRUE(outcome(VerdictCheck{"openai_not_generating", "failed", {}}).passed());

  evidence_.calls[0].reason = "stalled";

  EXPECT_FALSE(outcome(VerdictCheck{"openai_not_generating", "failed", {}}).passed());
}

TEST_F(Expectations, OrderIsOverBothWires) {
  wire(1s, "openai", "sess_1", R"({"type":"input_audio_buffer.speech_started"})");
  wire(1s, "twilio.media", "CA1", R"({"event":"clear","streamSid":"MZ1"})");
  wire(1s, "openai", "sess_2", R"({"type":"conversation.item.truncate"})");

  EXPECT_TRUE(outcome(OrderCheck{{"openai.speech_started", "twilio.clear"}, {}}).passed());
  EXPECT_TRUE(outcome(OrderCheck{{"openai.input_audio_buffer.speech_started", "twilio.clear"}, {}}).passed());
  EXPECT_EQ(outcome(OrderCheck{{"twilio.clear", "openai.speech_started"}, {}}).nearest_miss,
            "one came at 1.00 s");
  EXPECT_FALSE(outcome(OrderCheck{{"twilio.clear", "openai.truncate"}, {}}).passed())
      << "another call's session";
}

TEST_F(Expectations, ASilenceIsTheLongestThatBeginsInItsWindow) {
  HeardCheck check;
  check.silence = 3s;
  EXPECT_EQ(outcome(check).why, "the call was never answered");
  call_.answered_at = kStart + 1s;
  call_.ended_at = kStart + 9s;
  hear(3s, kAnswer);                    // 2 s
  hear(5s, std::string(8000, '\xFF'));  // silence arrives, too
  hear(7s, kOther);                     // 1 s, up to the eighth
  const auto in = [&](Duration from, Duration to) {
    return outcome(check, window(Window::Mode::within, from, to));
  };

  EXPECT_FALSE(outcome(check).passed());
  EXPECT_THAT(outcome(check).why, HasSubstr("the longest silence lasted 2.0"));
  check.silence = 1900ms;
  EXPECT_TRUE(in(2500ms, 5500ms).passed()) << "it may end later";
  EXPECT_FALSE(in(3100ms, 4500ms).passed()) << "it begins later";
  EXPECT_FALSE(in(6s, 9s).passed()) << "what lasted already counts from the window on";
}

TEST_F(Expectations, LogLinesAreCounted) {
  log_.push_back({kStart + 1s, "[TX_FRAME_FIRST] bytes=160, total_frames=1"});
  log_.push_back({kStart + 2s, "[TX_FRAME_BATCH] total_frames=50"});

  EXPECT_TRUE(outcome(LogCheck{"TX_FRAME", "", {}}).passed());
  EXPECT_TRUE(outcome(LogCheck{"TX_FRAME", "", 2}).passed());
  EXPECT_FALSE(outcome(LogCheck{"TX_FRAME", "", 1}).passed());
  EXPECT_TRUE(outcome(LogCheck{"", R"(total_frames=1$)", 1}).passed());
  EXPECT_TRUE(outcome(LogCheck{"nowhere", "", 0}).passed());
  EXPECT_FALSE(outcome(LogCheck{"nowhere", "", {}}).passed());
}

TEST_F(Expectations, ALineThatIsReadWhenTheRunIsOverCountsWhereNoWindowEnds) {
  log_.push_back({kStart + 10500ms, "drained"});
  moments_["question"] = kStart + 1s;

  EXPECT_TRUE(outcome(LogCheck{"drained", "", {}}).passed());
  EXPECT_FALSE(outcome(LogCheck{"drained", "", 0}).passed());
  EXPECT_TRUE(outcome(LogCheck{"drained", "", 1}, {Window::Mode::at_end, "question", 0s, {}}).passed());
  EXPECT_FALSE(outcome(LogCheck{"drained", "", {}}, window(Window::Mode::within, 0s, 10s)).passed());
}

TEST_F(Expectations, TheCallsThatBreakOneAreKnown) {
  twilio::CallFacts silent, other;
  silent.sid = "CA2";
  other.sid = "CA3";
  hear(1s, kAnswer);
  evidence_.calls.push_back({&silent, {}, "no_turn", ""});
  evidence_.calls.push_back({&other, {}, "no_turn", ""});

  const auto heard_by_all = outcome(heard("answer", kAnswer));
  EXPECT_THAT(heard_by_all.why, HasSubstr("call 2: 'answer' was not heard"));
  EXPECT_EQ(heard_by_all.calls, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(outcome(VerdictCheck{"no_turn", "", {}}).calls, (std::vector<std::size_t>{0}));
  EXPECT_TRUE(outcome(VerdictCheck{"no_turn", "", 3}).calls.empty());
}

TEST_F(Expectations, HowTheCallEnded) {
  call_.statuses.push_back({kStart + 9s, "completed"});
  call_.ended_at = kStart + 9s;
  call_.ended_by = twilio::EndedBy::bridge;
  call_.errors.push_back({kStart, 31941, false, ""});
  call_.measured.utterances.push_back({kStart + 1s, kStart + 8s});
  session_.close_received = runtime::net::CloseReason{1011, ""};
  CallCheck check;
  check.ended_by = "bridge";
  check.status = "completed";
  check.twilio_errors = {31941};
  check.silence_before_end = {500ms, 1500ms};
  check.openai_close_code = 1011;
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;

  check.silence_before_end = {0ms, 500ms};
  EXPECT_EQ(outcome(check).why, "1.00 s of silence before the end");
  check.silence_before_end.reset();
  check.twilio_errors->clear();
  EXPECT_EQ(outcome(check).why, "Twilio's errors are [31941]");
  check.ended_by = "caller";
  check.status = "busy";
  EXPECT_EQ(outcome(check).why, "its status is completed; bridge ended it; Twilio's errors are [31941]");
}

TEST_F(Expectations, WhatTheModelReceived) {
  append(1s, std::string(1000, '\xFF') + kAnswer);
  session_.user_texts.push_back({kStart + 1s, "The caller pressed 1*0#"});
  session_.updates.push_back({kStart, R"({"audio":{"input":{"transcription":{"language":"he"}}}})", true});
  ModelReceivedCheck check;
  check.audio = {"hello", kAnswer};
  check.complete = true;
  check.text = "1*0#";
  check.session = {{"audio.input.transcription.language", "\"he\""}};
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;

  session_.caller_audio[9000] = static_cast<char>(session_.caller_audio[9000] ^ 1);

  EXPECT_THAT(outcome(check).why, HasSubstr("bytes of 'hello' arrived in a row"));
}

TEST_F(Expectations, ATruncationNamesWhatWasHeardAndNoMore) {
  openai::ResponseFacts response;
  response.items.push_back({"item_1", true, "", "", "", kAnswer.size()});
  response.audio = kAnswer;
  response.chunks.push_back({kStart, 0, kAnswer.size(), 0, true, false});
  session_.responses.push_back(response);
  hear(1s, kAnswer.substr(0, 8000));
  ModelReceivedCheck check;
  check.truncate_heard = true;
  check.tolerance = 20ms;
  EXPECT_EQ(outcome(check).why, "no truncation arrived");

  session_.truncations.push_back({kStart + 2s, "item_1", 990, 2000, true});
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;
  session_.truncations[0].audio_end_ms = 1010;
  EXPECT_FALSE(outcome(check).passed());
  EXPECT_EQ(outcome(check).why, "truncated at 1010 ms, 1000 ms were heard");
  session_.truncations[0].audio_end_ms = 970;
  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(Expectations, EachCallIsMeantUnlessOneIsNamed) {
  twilio::CallFacts second;
  second.sid = "CA2";
  evidence_.calls.push_back({&second, {}, "bridge_fault", ""});

  EXPECT_EQ(outcome(VerdictCheck{"normal", "", {}}).why, "call 2: the truth is bridge_fault");
  EXPECT_TRUE(outcome(VerdictCheck{"normal", "", 1}).passed());
  EXPECT_FALSE(outcome(VerdictCheck{"normal", "", 3}).passed());
}

// What is asked of somebody else's bridge.
class OfAnotherBridge : public Expectations {
 protected:
  OfAnotherBridge() {
    evidence_.of_another_bridge = true;
    evidence_.first = evidence_.last = {{"my_calls", {}, 1}};
  }
};

TEST_F(OfAnotherBridge, AMissingMetricIsNamedAsTheBridgeWouldNameIt) {
  const auto check = query("voicebridge_calls_active == 0");
  EXPECT_EQ(outcome(check).why, "the bridge publishes no voicebridge_calls_active");
  evidence_.metric_names["voicebridge_calls_active"] = "my_actve";
  EXPECT_EQ(outcome(check).status, Outcome::Status::not_applicable);
  EXPECT_THAT(outcome(check).why,
              HasSubstr("publishes no my_actve, which metric_names of linecheck.yaml has"));
}

TEST_F(OfAnotherBridge, TheTrackOfAConfigThatWasNotAppliedIsNotAskedFor) {
  call_.documents.emplace_back(kStart, "<Response/>");
  call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
  TwimlCheck check;
  check.track = "inbound_track";
  EXPECT_EQ(outcome(check).why, "its track is none");

  evidence_.track_left_out = true;
  EXPECT_EQ(outcome(check).status, Outcome::Status::not_applicable);
  check.carries_sound = false;
  evidence_.twiml_carries_sound = false;
  EXPECT_TRUE(outcome(check).passed()) << outcome(check).why;
  evidence_.twiml_carries_sound = true;
  EXPECT_FALSE(outcome(check).passed());
}

TEST_F(OfAnotherBridge, SoundBeforeAnyStreamIsNotTakenForItsVoice) {
  hear(1s, kOther);
  EXPECT_THAT(outcome(heard("answer", kAnswer)).why, HasSubstr("at 1.00 s, when no stream was open"));
  call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
  call_.streams.back()->started_at = kStart;
  EXPECT_THAT(outcome(heard("answer", kAnswer)).why, testing::EndsWith("the first sound came at 1.00 s"));
}

}  // namespace
}  // namespace scenarios::engine
