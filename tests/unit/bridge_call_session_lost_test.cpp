#include "tests/unit/bridge_call_dialogue_test.hpp"

#include <gmock/gmock.h>

// What a call owes, and what it was about to do, when its session is lost or it has to end.
namespace bridge::call {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct CallAtItsEnd : CallDialogue {
  /// The bot says a word of 4 s and calls `name` with it.
  void last_word(const std::string& name) {
    commit();
    create("a");
    delta("a", loud(4s));
    call_tool("a", name);
  }
  /// The service has put the answer to the call into the conversation.
  void arrived() {
    openai::ItemAdded added;
    added.kind = openai::ItemAdded::Kind::function_output;
    added.call_id = "call_1";
    say(added);
  }
};

TEST_F(CallAtItsEnd, WhatAFunctionBroughtIsToldToTheNextSessionAndSpokenAbout) {
  commit();
  create("a");
  call_tool("a", "look_up");  // which is not offered: it is answered at once
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create"));
  dialogue->session_lost(now);
  run(1s);
  EXPECT_THAT(asked(), IsEmpty()) << "there is nobody to be told";
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  EXPECT_EQ(request("conversation.item.create")["item"]["call_id"], "call_1");
  run(1s);
  EXPECT_THAT(asked(), IsEmpty()) << "once";
}

TEST_F(CallAtItsEnd, AnAnswerThatHasArrivedIsNotToldAgain) {
  commit();
  create("a");
  call_tool("a", "look_up");
  asked();
  arrived();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallAtItsEnd, AFunctionWhoseResponseIsNeverToldToBeOverIsSpokenAboutAllTheSame) {
  commit();
  create("a");
  call_tool("a", "look_up");
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create"));
  run(4900ms);
  EXPECT_THAT(asked(), IsEmpty());
  run(200ms);
  EXPECT_THAT(asked(), ElementsAre("response.cancel", "response.create"));
  EXPECT_EQ(fired("stall"), 1);
  done("a", ResponseStatus::cancelled);
  run(1s);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallAtItsEnd, WhatIsOwedWhenTheLastSessionIsLostIsSilence) {
  commit();
  create("a");
  dialogue->session_lost(now);
  run(5s);
  dialogue->finish(now);
  EXPECT_EQ(verdicts("silent", "not_created"), 1);
  ASSERT_TRUE(dialogue->last_judged());
  EXPECT_EQ(dialogue->last_judged()->verdict, ResponseVerdict::silent);
}

TEST_F(CallAtItsEnd, NothingIsOwedByASessionThatIsLostWhenAllWasSaid) {
  commit();
  create("a");
  delta("a", loud(1s));
  done("a");
  run(1500ms);
  dialogue->session_lost(now);
  run(8s);
  dialogue->finish(now);
  EXPECT_EQ(verdicts("silent", "not_created"), 0);
}

TEST_F(CallAtItsEnd, WhatOneSessionAfterTheOtherOwesIsOwedSinceTheFirstWasLost) {
  commit();
  create("a");
  dialogue->session_lost(now);
  for (int i = 0; i < 3; ++i) {
    run(1s);
    dialogue->session_ready(now);
    run(1s);
    dialogue->session_lost(now);
  }
  dialogue->finish(now);
  EXPECT_EQ(verdicts("silent", "not_created"), 1);
}

TEST_F(CallAtItsEnd, WhoSpeaksInTheNextSessionIsOwedNothingOfTheLast) {
  commit();
  create("a");
  dialogue->session_lost(now);
  run(1s);
  dialogue->session_ready(now);
  say(openai::SpeechStarted{});
  run(4s);
  dialogue->finish(now);
  EXPECT_FALSE(dialogue->last_judged());
}

TEST_F(CallAtItsEnd, NeitherAKeyNorWhatIsStillPlayedAnswersWhatALostSessionOwed) {
  commit();
  create("a");
  delta("a", loud(3s));
  done("a");
  commit();
  create("b");
  run(1s);
  dialogue->session_lost(now);
  dialogue->key('1', 0ms, now);
  run(5s);
  dialogue->finish(now);
  EXPECT_EQ(clears, 1);
  EXPECT_EQ(verdicts("heard", "none"), 1);
  EXPECT_EQ(verdicts("silent", "not_created"), 1);
}

TEST_F(CallAtItsEnd, TheCallEndsAfterItsLastWordAlsoWithoutASession) {
  last_word("end_call");
  run(1s);
  dialogue->session_lost(now);
  EXPECT_TRUE(dialogue->leaves_without_session());
  run(2900ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(200ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
}

TEST_F(CallAtItsEnd, ANewSessionInWhichTheCallerSpeaksKeepsTheCall) {
  last_word("end_call");
  run(1s);
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  run(1s);
  say(openai::SpeechStarted{});
  run(5s);
  EXPECT_FALSE(dialogue->wants_hang_up());
  asked();
  EXPECT_THAT(request("conversation.item.create").dump(), HasSubstr("interrupted"));
}

TEST_F(CallAtItsEnd, AKeyInTheLastWordKeepsTheCallAlsoWhereItInterruptsNothing) {
  settings.dtmf.interrupts = false;
  last_word("end_call");
  done("a");
  run(1s);
  dialogue->key('7', 0ms, now);
  run(1900ms);
  EXPECT_EQ(clears, 0);
  run(3s);
  EXPECT_FALSE(dialogue->wants_hang_up());
  EXPECT_THAT(asked(),
              ElementsAre("conversation.item.create", "conversation.item.create", "response.create"));
}

TEST_F(CallAtItsEnd, AGoodbyeThatIsDueWithoutASessionIsSaidInTheNext) {
  dialogue->session_lost(now);
  dialogue->say_goodbye(now);
  run(1s);
  EXPECT_THAT(asked(), IsEmpty());
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(CallAtItsEnd, ACallThatStaysAfterAllSaysGoodbyeInItsTime) {
  last_word("end_call");
  dialogue->say_goodbye(now);
  EXPECT_THAT(asked(), IsEmpty()) << "it is being said";
  dialogue->key('7', 0ms, now);
  dialogue->say_goodbye(now);
  EXPECT_EQ(value("farewells_total"), 1);
}

TEST_F(CallAtItsEnd, ACallWithoutTokensLeavesAsItWasTo) {
  settings.model.tools.transfer.emplace().allow = {"+1*"};
  commit();
  create("a");
  delta("a", loud(1s));
  openai::FunctionCall transfer{ResponseId("a"), openai::ItemId("t"), "call_1", "transfer_call",
                                R"({"to":"+14155550100"})"};
  say(transfer);
  done("a");
  dialogue->end_politely(runtime::audio::Clip{loud(1s)}, now);
  run(1200ms);
  const auto task = dialogue->tools().take_task();
  ASSERT_TRUE(task) << "the goodbye of a spent budget is not played before it";
  run(3s);
  EXPECT_FALSE(dialogue->wants_hang_up());

  dialogue->tools().finished(task->no, tool_error(ToolOutcome::failed, "no"), now);
  run(500ms);
  EXPECT_FALSE(dialogue->wants_hang_up()) << "now the goodbye is played";
  run(700ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create")) << "and no response is asked for";
}

/// The service has put the last text that it was told into the conversation.
struct CallTexts : CallAtItsEnd {
  void text_arrived() {
    openai::ItemAdded added;
    added.item = openai::ItemId(request("conversation.item.create")["item"]["id"].get<std::string>());
    added.kind = openai::ItemAdded::Kind::user_text;
    say(added);
  }
};

TEST_F(CallTexts, WhatMayNotHaveArrivedIsToldToTheNextSession) {
  dialogue->key('7', 0ms, now);
  dialogue->key('#', 0ms, now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  EXPECT_EQ(request("conversation.item.create")["item"]["content"][0]["text"], "7#");
}

TEST_F(CallTexts, WhatHasArrivedIsNotToldAgain) {
  dialogue->key('#', 0ms, now);
  asked();
  text_arrived();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallTexts, WhatASessionThatIsReplacedWasToldInVainIsToldToTheNext) {
  dialogue->key('#', 0ms, now);
  run(11s);
  EXPECT_EQ(fired("created"), 2);
  EXPECT_TRUE(dialogue->at_rest());
  asked();
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(CallTexts, AnItemOfWhichNothingIsToldButItsNameHasArrived) {
  dialogue->key('#', 0ms, now);
  asked();
  openai::ItemAdded added;
  added.item = openai::ItemId(request("conversation.item.create")["item"]["id"].get<std::string>());
  say(added);
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallTexts, WhatTheServiceDoesNotTakeIsNotToldAgain) {
  dialogue->key('#', 0ms, now);
  asked();
  openai::ApiError error;
  error.event_id = request("conversation.item.create")["event_id"];
  say(error);
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallTexts, WhatADeadSessionWasToldIsAskedForAnewAlsoWhenNobodyWaitedForItAnyMore) {
  dialogue->key('#', 0ms, now);
  run(11s);
  EXPECT_EQ(fired("created"), 2);
  asked();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(CallTexts, AGoodbyeThatWasAskedForInADeadSessionIsSaidInTheNext) {
  dialogue->say_goodbye(now);
  asked();
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  run(1s);
  EXPECT_FALSE(dialogue->said_goodbye());
}

TEST(Texts, KeepTheNewestAndTellWhenOneIsLostUntold) {
  Texts texts;
  for (std::size_t n = 0; n < Texts::kMost; ++n) EXPECT_TRUE(texts.push(std::to_string(n), Purpose::turn));
  EXPECT_FALSE(texts.push("one too many", Purpose::prompt));
  EXPECT_EQ(texts.waiting(), Purpose::prompt);
  EXPECT_EQ(texts.next()->words, "1");
  EXPECT_TRUE(texts.push("another", Purpose::turn)) << "the oldest had been told";
}

TEST_F(CallAtItsEnd, ALastClipNeedsNoSession) {
  dialogue->end_politely(runtime::audio::Clip{loud(2s)}, now);
  dialogue->session_lost(now);
  EXPECT_TRUE(dialogue->leaves_without_session());
  run(1900ms);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(300ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
}

TEST_F(CallAtItsEnd, WhatALostSessionSaidCannotBeTruncatedInTheNext) {
  commit();
  create("a");
  delta("a", loud(5s));
  done("a");
  run(1s);
  dialogue->session_lost(now);
  dialogue->session_ready(now);
  run(1s);
  asked();
  say(openai::SpeechStarted{});

  EXPECT_THAT(asked(), IsEmpty());
  const auto cuts = dialogue->take_old_cuts();
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].part.item.value(), "item_a");
  EXPECT_EQ(cuts[0].heard, samples(2s));
  EXPECT_TRUE(dialogue->take_old_cuts().empty()) << "once";
  run(kTick);
  EXPECT_EQ(clears, 1);
}

}  // namespace
}  // namespace bridge::call
