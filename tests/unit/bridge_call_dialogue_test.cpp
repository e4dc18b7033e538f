// The turns of a call: barge-in, the watchdog and its retry, one response at a time, and the last word.
#include "tests/unit/bridge_call_dialogue_test.hpp"

#include <gmock/gmock.h>

namespace bridge::call {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(CallDialogue, AnAnswerIsHeard) {
  commit();
  create("a");
  delta("a", loud(1s));
  done("a");
  run(1s);
  EXPECT_FALSE(dialogue->last_judged());
  run(200ms);
  EXPECT_EQ(verdicts("heard", "none"), 1);
  EXPECT_EQ(frames[1], 50);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallDialogue, BargeInWhereTheServerCancelsByItself) {
  commit();
  create("a");
  delta("a", loud(5s));
  run(1s);
  say(openai::SpeechStarted{});
  EXPECT_THAT(asked(), ElementsAre("conversation.item.truncate"));
  EXPECT_EQ(request("conversation.item.truncate")["audio_end_ms"], 1000);
  EXPECT_EQ(request("conversation.item.truncate")["item_id"], "item_a");
  const int before = frames[1];
  delta("a", loud(1s));
  run(200ms);
  EXPECT_EQ(frames[1], before);
  EXPECT_EQ(clears, 1);
  EXPECT_EQ(value("late_deltas_dropped_total"), 1);
  done("a", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallDialogue, BargeInWhereWeCancelNamesTheResponse) {
  settings.model.session.interrupt_response = false;
  commit();
  create("a");
  delta("a", loud(5s));
  run(300ms);
  say(openai::SpeechStarted{});
  EXPECT_THAT(asked(), ElementsAre("response.cancel", "conversation.item.truncate"));
  EXPECT_EQ(request("response.cancel")["response_id"], "a");
  EXPECT_EQ(verdicts("excused", "barge_in"), 1);
}

TEST_F(CallDialogue, ARestLessThanAFrameIsNotHeardAfterABargeIn) {
  commit();
  create("a");
  delta("a", std::string(1000, '\x10'));
  run(1s);
  say(openai::SpeechStarted{});
  done("a", ResponseStatus::cancelled);
  run(200ms);
  EXPECT_EQ(frames[1], 6);
}

TEST_F(CallDialogue, TheFirstEventIsACancelAndLateAudioOfItIsDropped) {
  done("unknown", ResponseStatus::cancelled);
  delta("unknown", loud(1s));
  run(100ms);
  EXPECT_THAT(frames, IsEmpty());
  EXPECT_EQ(value("late_deltas_dropped_total"), 1);
  EXPECT_EQ(fired("done"), 0);
  commit();
  create("b");
  delta("b", loud(1s));
  done("b");
  run(2s);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallDialogue, AudioOfAResponseThatNobodyAnnouncedIsPlayed) {
  delta("x", loud(1s));
  done("x");
  run(2s);
  EXPECT_EQ(frames[1], 50);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallDialogue, RetriesOnceAndThenPlaysTheFallback) {
  commit();
  run(5s + kTick);
  EXPECT_EQ(fired("created"), 1);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(verdicts("silent", "not_created"), 1);
  create("b", "r2");
  done("b", ResponseStatus::failed);
  EXPECT_EQ(fired("done"), 1);
  run(1s);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(value("twilio_frames_sent_total", {"clip"}), 25);
  EXPECT_EQ(verdicts("silent", "failed"), 1);
}

TEST_F(CallDialogue, TheRetryWaitsUntilTheServerIsFree) {
  commit();
  create("a");
  say(openai::TranscriptDelta{ResponseId("a"), {}, {}});
  run(1200ms + kTick);
  EXPECT_EQ(fired("transcript"), 1);
  EXPECT_THAT(asked(), ElementsAre("response.cancel"));
  run(200ms);
  EXPECT_THAT(asked(), IsEmpty());
  done("a", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(fired("done"), 0);
}

TEST_F(CallDialogue, AStallFiresOnceTheCallerHearsNothing) {
  commit();
  create("a");
  delta("a", std::string(32001, '\x10'));  // four seconds, and a rest that never becomes a frame
  run(3900ms);
  EXPECT_EQ(fired("stall"), 0);
  run(200ms);
  EXPECT_EQ(fired("stall"), 1);
  EXPECT_EQ(verdicts("silent", "stalled"), 1);
}

TEST_F(CallDialogue, AResponseThatGoesOnInAnotherWayHasNotStalled) {
  commit();
  create("a");
  delta("a", loud(1s));
  for (int piece = 0; piece < 20; ++piece) {
    run(500ms);
    say(openai::ResponseGoesOn{ResponseId("a")});
    say(openai::ResponseGoesOn{ResponseId("of nobody")});
  }
  EXPECT_EQ(fired("stall"), 0);
  run(3s + kTick);
  EXPECT_EQ(fired("stall"), 1);
}

TEST_F(CallDialogue, WhatConvertingHeldBackIsPlayedAndIsNoDelta) {
  commit();
  create("a");
  delta("a", loud(100ms));
  const std::string rest = loud(20ms);
  const openai::AudioDone whole{ResponseId("a"), openai::ItemId("item_a"), 0, rest};
  say(whole);
  done("a");
  run(1s);
  EXPECT_EQ(frames[1], 6);
  EXPECT_EQ(value("openai_audio_deltas_received_total"), 1);
}

TEST_F(CallDialogue, OfAnAnswerThatWasCutShortTheRestIsNoLateDelta) {
  commit();
  create("a");
  delta("a", loud(1s));
  run(500ms);
  say(openai::SpeechStarted{});
  const std::string rest = loud(20ms);
  const openai::AudioDone whole{ResponseId("a"), openai::ItemId("item_a"), 0, rest};
  say(whole);
  EXPECT_EQ(value("late_deltas_dropped_total"), 0);
  EXPECT_EQ(value("model_audio_samples_total"), 8000);
}

TEST_F(CallDialogue, ToolsAndTextAreNotWaitedForAsAudio) {
  commit();
  create("a");
  call_tool("a", "end_call");
  run(10s);
  EXPECT_EQ(fired("start") + fired("transcript"), 0);
  done("a");
  EXPECT_EQ(fired("done"), 0);
  commit();
  create("b");
  say(openai::TextDelta{ResponseId("b")});
  run(10s);
  EXPECT_EQ(fired("start"), 0);
}

TEST_F(CallDialogue, ACallThatTheServiceMakesItselfIsNotWaitedForAsAudio) {
  commit();
  create("a");
  say(openai::OutputItemAdded{ResponseId("a"), openai::ItemId("i"), openai::ItemKind::tool_call, "read"});
  run(10s);
  done("a");
  EXPECT_EQ(fired("start") + fired("done"), 0);
}

TEST_F(CallDialogue, AResponseOfOursThatCameTooLateIsCancelledAndItsAudioNotPlayed) {
  commit();
  run(5s + kTick);  // asked once more: r2
  say(openai::SpeechStarted{});
  asked();
  create("b", "r2");
  EXPECT_THAT(asked(), ElementsAre("response.cancel"));
  delta("b", loud(1s));
  run(100ms);
  EXPECT_EQ(frames[2], 0);
}

TEST_F(CallDialogue, ACancelThatIsNotConfirmedMeansThatTheSessionIsDead) {
  commit();
  create("a");
  say(openai::TranscriptDelta{ResponseId("a"), {}, {}});
  run(1200ms + kTick);
  run(1900ms);
  EXPECT_EQ(dialogue->session_fault(), "");
  run(140ms);
  EXPECT_NE(dialogue->session_fault(), "");
  asked();
  dialogue->session_lost(now);
  EXPECT_EQ(dialogue->session_fault(), "");
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(verdicts("silent", "no_audio"), 1);
}

TEST_F(CallDialogue, HangsUpOnlyAfterTheLastWord) {
  commit();
  create("a");
  delta("a", loud(4s));
  call_tool("a", "end_call");
  EXPECT_THAT(asked(), IsEmpty());  // it is not done yet
  run(200ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  done("a");
  run(3800ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(100ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
}

TEST_F(CallDialogue, HangsUpAlsoWhenTheLastMarkNeverComes) {
  echoing = false;
  commit();
  create("a");
  delta("a", loud(1s));
  call_tool("a", "end_call");
  done("a");
  run(3900ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(200ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
}

TEST_F(CallDialogue, AToolThatDoesNotExistIsAnsweredAndSpokenAbout) {
  commit();
  create("a");
  call_tool("a", "launch");
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create"));
  done("a");
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallDialogue, AnAnswerLongerThanTheQueueIsCutAndCounted) {
  commit();
  create("a");
  for (int i = 0; i < 21; ++i) delta("a", loud(10s));
  EXPECT_THAT(asked(), ElementsAre("response.cancel"));
  EXPECT_EQ(value("audio_dropped_samples_total", {"to_caller", "too_long"}), 5 * 8000);
  expect_conserved();
}

TEST_F(CallDialogue, SaysThatACallIsSilentAfterThreeSeconds) {
  commit();
  run(2900ms);
  EXPECT_EQ(value("calls_silent"), 0);
  run(200ms);
  EXPECT_EQ(value("calls_silent"), 1);
  create("a");
  delta("a", loud(1s));
  run(100ms);
  EXPECT_EQ(value("calls_silent"), 0);
}

}  // namespace
}  // namespace bridge::call
