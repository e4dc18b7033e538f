// What a call does about responses that do not come as they were asked for: announced late, refused,
// cancelled by the service, lost with their session, failed for good.
#include "tests/unit/bridge_call_dialogue_test.hpp"

#include <gmock/gmock.h>

namespace bridge::call {
namespace {
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct CallRequests : CallDialogue {
  void refuse() {
    openai::ApiError error;
    error.code = "conversation_already_has_active_response";
    say(error);
  }
  void fail(const std::string& id, const std::string& code, const std::string& words = "") {
    openai::ResponseDone event;
    event.response = ResponseId(id);
    event.status = ResponseStatus::failed;
    event.error_code = code;
    event.error_message = words;
    say(event);
  }
  void over(const std::string& id, const std::string& tag, ResponseStatus status) {
    openai::ResponseDone event;
    event.response = ResponseId(id);
    event.create_tag = tag;
    event.status = status;
    say(event);
  }
  /// A turn whose answer is not announced in time, and a retry that meets it.
  void retry_refused() {
    commit();
    run(5s + kTick);
    EXPECT_THAT(asked(), ElementsAre("response.create"));
    refuse();
  }
};

TEST_F(CallRequests, ARefusedRetryIsRepeatedWithPatience) {
  retry_refused();
  run(1900ms);
  EXPECT_THAT(asked(), IsEmpty());
  run(200ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(request("response.create")["response"]["metadata"]["linecheck"], "r2");
  refuse();
  run(2700ms);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallRequests, AnAnswerThatIsAnnouncedLateIsTheRetryAndSaidOnce) {
  retry_refused();
  run(1s);
  create("late");
  delta("late", loud(1s));
  done("late");
  run(5s);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(frames[2], 50);
  EXPECT_EQ(fired("created"), 1);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallRequests, OneOfOursThatIsAnnouncedLateIsTheRetryToo) {
  dialogue->key('#', 0ms, now);
  run(5s + kTick);
  asked();
  refuse();
  create("late", "r1");
  delta("late", loud(1s));
  done("late");
  run(5s);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(verdicts("silent", "not_created"), 1);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallRequests, TheEndOfTheOneThatWasNeverAnnouncedFreesTheWay) {
  retry_refused();
  run(200ms);
  over("unknown", "", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  delta("unknown", loud(1s));
  run(100ms);
  EXPECT_EQ(frames[2], 0);
}

TEST_F(CallRequests, ARetryThatIsRefusedForTooLongMeansAnApologyAndAnotherSession) {
  retry_refused();
  run(4900ms);
  EXPECT_EQ(dialogue->session_fault(), "");
  run(200ms);
  EXPECT_EQ(fired("created"), 2);
  EXPECT_THAT(std::string(dialogue->session_fault()), testing::HasSubstr("a response is active"));
  EXPECT_EQ(value("clip_audio_samples_total"), 4000);
  asked();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  run(5s);
  EXPECT_THAT(asked(), IsEmpty());  // the turn has had its retry
}

TEST_F(CallRequests, AFirstRequestThatIsRefusedForTooLongIsMadeInAnotherSession) {
  dialogue->key('#', 0ms, now);
  refuse();
  run(5s + kTick);
  EXPECT_NE(dialogue->session_fault(), "");
  asked();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(CallRequests, WhatIsAnnouncedWhileARequestIsRefusedAnswersAnotherTurn) {
  dialogue->key('#', 0ms, now);
  refuse();
  asked();
  create("other");
  delta("other", loud(1s));
  run(3s);
  EXPECT_THAT(asked(), IsEmpty());
  done("other");
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallRequests, ABargeInThatTheServiceDoesNotConfirmMeansThatTheSessionIsDead) {
  commit();
  create("a");
  delta("a", loud(5s));
  run(1s);
  say(openai::SpeechStarted{});
  run(1900ms);
  EXPECT_EQ(dialogue->session_fault(), "");
  run(200ms);
  EXPECT_EQ(dialogue->session_fault(), "a cancel was not confirmed in time");
}

TEST_F(CallRequests, ABargeInThatIsConfirmedLeavesTheSessionAlone) {
  commit();
  create("a");
  delta("a", loud(5s));
  run(1s);
  say(openai::SpeechStarted{});
  done("a", ResponseStatus::cancelled);
  run(5s);
  EXPECT_EQ(dialogue->session_fault(), "");
}

TEST_F(CallRequests, AnAnswerThatTheServiceCancelsUnannouncedIsExcusedAndAskedForOnceMore) {
  commit();
  done("x", ResponseStatus::cancelled);
  EXPECT_EQ(verdicts("excused", "server_cancelled"), 1);
  run(4900ms);
  EXPECT_THAT(asked(), IsEmpty());
  run(200ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  over("y", "r2", ResponseStatus::cancelled);
  EXPECT_EQ(verdicts("excused", "server_cancelled"), 2);
  run(10s);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(fired("created"), 0);
}

TEST_F(CallRequests, AnAnswerThatTheServiceCancelsIsNotAskedForWhenTheCallerSpeaks) {
  commit();
  done("x", ResponseStatus::cancelled);
  run(1s);
  say(openai::SpeechStarted{});
  run(10s);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallRequests, AnAnswerThatIsLostBeforeItIsAudibleIsSilentAndAskedForAgain) {
  commit();
  create("a");
  delta("a", std::string(800, '\xFF'));
  dialogue->session_lost(now);
  EXPECT_EQ(verdicts("silent", "silent_audio"), 1);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallRequests, ARefusedGoodbyeIsAskedForAgainWhateverElseWaits) {
  settings.farewell_prompt = "Say goodbye.";
  dialogue->say_goodbye(now);
  asked();
  create("other");
  dialogue->key('#', 0ms, now);
  refuse();
  delta("other", loud(1s));
  done("other");
  run(2s);
  ASSERT_THAT(asked(), Contains("response.create"));
  create("bye",
         "r" + request("response.create")["response"]["metadata"]["linecheck"].get<std::string>().substr(1));
  delta("bye", loud(1s));
  done("bye");
  run(3s);
  EXPECT_TRUE(dialogue->said_goodbye());
}

TEST_F(CallRequests, EachTryOfTheGreetingIsToldWhatToSay) {
  settings.model.greet = true;
  settings.model.greeting_instructions = "Say hello.";
  begin();
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  create("a", "r1");
  done("a");
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(request("response.create")["response"]["instructions"], "Say hello.");
}

TEST_F(CallRequests, NoGoodbyeIsAskedForWhenTheModelIsGone) {
  commit();
  create("a");
  fail("a", "insufficient_quota");
  asked();
  dialogue->say_goodbye(now);
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_EQ(value("farewells_total"), 0);
}

TEST_F(CallRequests, ARateLimitsBudgetIsNotBegunAnewByALostSession) {
  settings.model.retry.pace.budget = 4s;
  begin();
  asked();
  commit();
  create("a");
  fail("a", "rate_limit_exceeded", "Please try again in 3s.");
  run(3100ms);
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  create("b", "r3");
  fail("b", "rate_limit_exceeded", "Please try again in 3s.");
  EXPECT_TRUE(dialogue->model_gone());
}

TEST_F(CallRequests, WithoutQuotaTheCallEndsAfterTheFallbackAsWhenOpenAiIsGone) {
  commit();
  create("a");
  fail("a", "insufficient_quota");
  EXPECT_TRUE(dialogue->model_gone());
  run(400ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  dialogue->key('#', 0ms, now);
  run(300ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_EQ(value("twilio_frames_sent_total", {"clip"}), 25);
  EXPECT_THAT(asked(), testing::Not(Contains("response.create")));
}

TEST_F(CallRequests, ARateLimitIsAskedAfterUntilItPasses) {
  commit();
  create("a");
  fail("a", "rate_limit_exceeded", "Please try again in 1.5s.");
  run(1400ms);
  EXPECT_THAT(asked(), IsEmpty());
  run(200ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  create("b", "r2");
  fail("b", "rate_limit_exceeded", "Please try again in 3s.");
  run(3100ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  create("c", "r3");
  delta("c", loud(1s));
  done("c");
  run(2s);
  EXPECT_FALSE(dialogue->model_gone());
  EXPECT_EQ(verdicts("silent", "rate_limit"), 2);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallRequests, ARateLimitThatOutlastsTheBudgetOfRetriesIsAModelThatIsGone) {
  commit();
  create("a");
  fail("a", "rate_limit_exceeded");
  int tries = 0;
  for (int i = 0; i < 450 && !dialogue->model_gone(); ++i) {
    run(kTick);
    if (asked().empty()) continue;
    create("again" + std::to_string(++tries),
           request("response.create")["response"]["metadata"]["linecheck"]);
    fail("again" + std::to_string(tries), "rate_limit_exceeded");
  }
  EXPECT_TRUE(dialogue->model_gone());
  EXPECT_GE(tries, 5);
  EXPECT_LE(now, kStart + 9s);
}

TEST_F(CallRequests, TheNextTurnsRateLimitHasABudgetOfItsOwn) {
  for (const char* id : {"a", "b"}) {
    commit();
    create(id);
    fail(id, "rate_limit_exceeded", "Please try again in 7s.");
    say(openai::SpeechStarted{});
    say(openai::SpeechStopped{});
    run(10s);
  }
  EXPECT_FALSE(dialogue->model_gone());
  commit();
  create("c");
  fail("c", "rate_limit_exceeded", "Please try again in 1m26.4s.");
  EXPECT_TRUE(dialogue->model_gone());
}

TEST_F(CallRequests, AQuietLineOnWhichAnAnswerIsOwedEndsAsWhenOpenAiIsGone) {
  settings.idle = {{}, 10s};
  settings.fallback.reset();
  commit();
  create("a");
  done("a");
  create("b", "r2");
  done("b");
  run(10s + 2 * kTick);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_TRUE(dialogue->model_gone());
}

TEST_F(CallRequests, AQuietLineAfterAnAnswerEndsAsItAlwaysDid) {
  settings.idle = {{}, 10s};
  commit();
  create("a");
  delta("a", loud(1s));
  done("a");
  run(12s);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_FALSE(dialogue->model_gone());
}

}  // namespace
}  // namespace bridge::call
