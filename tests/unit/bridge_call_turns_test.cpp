// Who has the floor: turns that the bridge answers itself, noises, a greeting that is said to its end, keys,
// a quiet line and the goodbye.
#include "tests/unit/bridge_call_dialogue_test.hpp"

#include <gmock/gmock.h>

namespace bridge::call {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

TEST(CallCallerTurn, WhereTheBotIsSilentAnySoundIsATurn) {
  CallerTurn turn;
  turn.started(false, kStart);
  EXPECT_TRUE(turn.takes_floor(0ms, {300ms, false}));
  EXPECT_FALSE(turn.takes_floor(0ms, {300ms, false})) << "once";
  EXPECT_TRUE(turn.committed({300ms, false}));
}

TEST(CallCallerTurn, OverTheBotItTakesMoreThanACough) {
  CallerTurn turn;
  turn.started(true, kStart);
  EXPECT_FALSE(turn.takes_floor(280ms, {300ms, false}));
  EXPECT_FALSE(turn.committed({300ms, false}));

  turn.started(true, kStart);
  EXPECT_FALSE(turn.takes_floor(280ms, {300ms, false}));
  EXPECT_TRUE(turn.takes_floor(300ms, {300ms, false}));
  EXPECT_TRUE(turn.committed({300ms, false}));
}

TEST(CallCallerTurn, WhatMustBeSaidToItsEndIsNotInterruptedBefore) {
  CallerTurn turn;
  turn.started(true, kStart);
  EXPECT_FALSE(turn.takes_floor(2s, {300ms, true}));
  EXPECT_TRUE(turn.takes_floor(0ms, {300ms, false})) << "he has spoken enough, and now may";
  EXPECT_TRUE(turn.open(kStart));
  turn.stopped(kStart);
  EXPECT_FALSE(turn.open(kStart + 3s)) << "a stop that no commit follows";
}

TEST(CallCallerTurn, NobodySpeaksWithoutEnd) {
  CallerTurn turn;
  turn.started(false, kStart);
  EXPECT_TRUE(turn.believable(kStart + 14s));
  EXPECT_FALSE(turn.believable(kStart + 15s));
  EXPECT_TRUE(turn.open(kStart + 15s)) << "and yet its end has not been told";
  turn.sounds(kStart + 12s);
  EXPECT_TRUE(turn.believable(kStart + 16s)) << "it has paused";
  EXPECT_FALSE(turn.believable(kStart + 17s));
  turn.stopped(kStart + 1s);
  EXPECT_FALSE(turn.believable(kStart + 3s));
}

/// The bridge asks for every response, and cancels it.
struct CallTurns : CallDialogue {
  CallTurns() {
    settings.model.session.create_response = settings.model.session.interrupt_response = false;
    settings.model.min_speech = 300ms;
  }
  void sound(Duration length, char sample = '\x10') {
    for (Duration at{0}; at < length; at += kTick) {
      dialogue->hear(std::string(160, sample), now);
      now += kTick;
      step();
    }
  }
  void quiet(Duration length) { sound(length, '\xff'); }
  void turn(Duration length) {
    sound(length);
    say(openai::SpeechStarted{});
    quiet(500ms);
    say(openai::SpeechStopped{});
    say(openai::Committed{openai::ItemId("item_turn")});
  }
  void answer(const std::string& id, const std::string& tag, Duration length) {
    create(id, tag);
    delta(id, loud(length));
  }
};

TEST_F(CallTurns, ACommittedTurnIsAnsweredByAResponseOfOurs) {
  turn(1s);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  answer("a", "r1", 1s);
  done("a");
  run(2s);
  EXPECT_EQ(verdicts("heard", "none"), 1);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallTurns, ANoiseOverTheBotNeitherInterruptsNorIsAnswered) {
  turn(1s);
  answer("a", "r1", 5s);
  asked();
  run(1s);
  turn(160ms);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.delete"));
  EXPECT_EQ(request("conversation.item.delete")["item_id"], "item_turn");
  EXPECT_EQ(clears, 0);
  EXPECT_EQ(value("noises_ignored_total"), 1);
  done("a");
  run(5s);
  EXPECT_EQ(verdicts("heard", "none"), 1);
}

TEST_F(CallTurns, ATurnOverTheBotInterruptsOnceItIsLongEnoughAndIsAnswered) {
  turn(1s);
  answer("a", "r1", 5s);
  asked();
  run(1s);
  sound(100ms);
  say(openai::SpeechStarted{});
  EXPECT_THAT(asked(), IsEmpty());
  sound(200ms);
  EXPECT_THAT(asked(), ElementsAre("response.cancel", "conversation.item.truncate"));
  quiet(500ms);
  EXPECT_EQ(clears, 1);
  say(openai::Committed{});
  EXPECT_THAT(asked(), IsEmpty()) << "the cancelled one is not done yet";
  done("a", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallTurns, AShortWordWhileTheBotIsSilentIsATurn) {
  turn(160ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(value("noises_ignored_total"), 0);
}

TEST_F(CallTurns, AnAnswerThatWasAskedForAndNotBegunIsNotAskedForBesides) {
  turn(1s);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  dialogue->key('1', 0ms, now);
  dialogue->key('#', 0ms, now);
  run(200ms);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create")) << "the first is on its way";
  create("a", "r1");
  EXPECT_THAT(asked(), ElementsAre("response.cancel"));
  done("a", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallTurns, AGreetingThatIsNotToBeInterruptedIsSaidToItsEnd) {
  settings.model.greet = true;
  settings.model.greeting_interruptible = false;
  begin();
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  answer("g", "r1", 3s);
  done("g");
  turn(1s);
  EXPECT_THAT(asked(), ElementsAre("response.create")) << "answered all the same";
  EXPECT_EQ(clears, 0);
  answer("a", "r2", 1s);
  done("a");
  run(6s);
  EXPECT_EQ(verdicts("heard", "none"), 2);
}

TEST_F(CallTurns, OnceTheGreetingIsOverTheOneWhoStillSpeaksHasTheFloor) {
  settings.model.greet = true;
  settings.model.greeting_interruptible = false;
  begin();
  answer("g", "r1", 1s);
  done("g");
  sound(500ms);
  say(openai::SpeechStarted{});
  sound(400ms);
  EXPECT_EQ(clears, 0);
  sound(1s);
  say(openai::Committed{});
  EXPECT_THAT(asked(), ElementsAre("response.create", "response.create"));
}

TEST_F(CallDialogue, KeysBecomeOneTextAndInterruptTheBot) {
  commit();
  create("a");
  delta("a", loud(5s));
  run(1s);
  dialogue->key('1', 0ms, now);
  EXPECT_THAT(asked(), ElementsAre("response.cancel", "conversation.item.truncate"));
  dialogue->key('0', 0ms, now);
  EXPECT_THAT(asked(), IsEmpty());
  dialogue->key('#', 0ms, now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create"));
  EXPECT_EQ(request("conversation.item.create")["item"]["content"][0]["text"], "10#");
  done("a", ResponseStatus::cancelled);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  EXPECT_EQ(verdicts("heard", "none"), 1);
  EXPECT_EQ(value("dtmf_keys_total"), 3);
  EXPECT_EQ(value("dtmf_texts_total"), 1);
}

TEST_F(CallDialogue, KeysWaitForTheServersOwnAnswerAndThenForNothing) {
  commit();
  dialogue->key('#', 0ms, now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create"));
  create("a");
  delta("a", loud(1s));
  run(500ms);
  EXPECT_THAT(asked(), IsEmpty());
  done("a");
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallDialogue, ACreateThatCrossedTheServersOwnIsSentAgain) {
  dialogue->key('#', 0ms, now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  commit();
  create("a");  // the service's own, without our tag
  openai::ApiError error;
  error.code = "conversation_already_has_active_response";
  say(error);
  delta("a", loud(1s));
  done("a");
  EXPECT_THAT(asked(), ElementsAre("response.create"));
  create("b", "r3");
  delta("b", loud(1s));
  done("b");
  run(3s);
  EXPECT_EQ(verdicts("heard", "none"), 2);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(CallDialogue, KeysPressedBeforeTheSessionIsReadyAreSaidWhenItIs) {
  dialogue->session_lost(now);
  dialogue->key('5', 0ms, now);
  run(3s);
  EXPECT_THAT(asked(), IsEmpty());
  dialogue->session_ready(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
}

TEST_F(CallDialogue, AQuietLineIsPromptedAndThenEnded) {
  settings.idle = {5s, 10s};
  run(5s + kTick);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  EXPECT_EQ(value("idle_prompts_total"), 1);
  create("p", "r1");
  delta("p", loud(1s));
  done("p");
  run(4s);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(1100ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_EQ(value("idle_hang_ups_total"), 1);
}

TEST_F(CallDialogue, APromptOfTheServicesOwnIsNoEndOfTheCallersSilence) {
  settings.idle.hang_up_after = 10s;
  run(6s);
  say(openai::IdleTimeout{openai::ItemId("s1")});
  say(openai::Committed{openai::ItemId("s1")});
  create("p");
  delta("p", loud(1s));
  done("p");
  run(3s);
  EXPECT_FALSE(dialogue->wants_hang_up());
  run(1200ms);
  EXPECT_TRUE(dialogue->wants_hang_up());
  EXPECT_EQ(value("idle_prompts_total"), 1);
  EXPECT_THAT(asked(), IsEmpty()) << "the service asks nobody";
}

TEST_F(CallDialogue, TheGoodbyeIsSaidOnceAndToItsEnd) {
  dialogue->say_goodbye(now);
  dialogue->say_goodbye(now);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  create("g", "r1");
  delta("g", loud(1s));
  done("g");
  run(500ms);
  EXPECT_FALSE(dialogue->said_goodbye());
  run(1s);
  EXPECT_TRUE(dialogue->said_goodbye());
  EXPECT_EQ(value("farewells_total"), 1);
}

TEST_F(CallDialogue, WhatAFunctionBroughtIsSpokenAboutAlsoWhereANoiseHasNoEnd) {
  commit();
  create("a");
  call_tool("a", "look_up");  // which is not offered: it is answered at once
  say(openai::SpeechStarted{});
  done("a");
  asked();
  run(17s);
  EXPECT_THAT(asked(), IsEmpty()) << "somebody who speaks so long is waited for";
  run(1100ms);
  EXPECT_THAT(asked(), ElementsAre("response.create"));
}

TEST_F(CallDialogue, ANoiseWithoutEndIsNobodyWhoSpeaks) {
  settings.idle = {5s, 10s};
  say(openai::SpeechStarted{});
  run(19900ms);
  EXPECT_THAT(asked(), IsEmpty());
  run(3200ms);
  EXPECT_THAT(asked(), ElementsAre("conversation.item.create", "response.create"));
  create("p", "r1");
  delta("p", loud(1s));
  done("p");
  run(3s);
  EXPECT_TRUE(dialogue->wants_hang_up());
}

TEST_F(CallTurns, WhoTellsALongStoryIsNeitherPromptedNorHungUpOn) {
  settings.idle = {8s, 20s};
  say(openai::SpeechStarted{});
  for (int sentence = 0; sentence < 10; ++sentence) {
    sound(3s);
    quiet(1s);
  }
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_FALSE(dialogue->wants_hang_up());
}

TEST_F(CallTurns, ASteadyNoiseIsGotOverHoweverLoud) {
  settings.idle = {8s, {}};
  quiet(1s);
  say(openai::SpeechStarted{});
  sound(45s);
  EXPECT_EQ(value("idle_prompts_total"), 1);
}

TEST_F(CallTurns, ANoiseWithoutEndDoesNotKeepACallThatHasSaidGoodbye) {
  dialogue->say_goodbye(now);
  answer("g", "r1", 1s);
  done("g");
  say(openai::SpeechStarted{});
  run(14s);
  EXPECT_FALSE(dialogue->said_goodbye());
  run(2s);
  EXPECT_TRUE(dialogue->said_goodbye());
}

}  // namespace
}  // namespace bridge::call
