#include "metrics/sheet.hpp"
#include "tests/unit/fake_openai_test.hpp"

// In which order requests are answered, the session's own first event among the answers.
namespace simulators::openai {
namespace {

using testing::ElementsAre;

class FakeOpenAiRequests : public FakeSessionTest {};

constexpr auto kSaysHello = R"({"type":"conversation.item.create","item":{"type":"message","role":"user",)"
                            R"("content":[{"type":"input_text","text":"Hello"}]}})";

constexpr auto kUpdate =
    R"({"type":"session.update","session":{"type":"realtime","instructions":"Be brief."}})";

TEST_F(FakeOpenAiRequests, NothingIsAnsweredBeforeTheSessionWasCreated) {
  open();
  say(kSaysHello);
  EXPECT_THAT(types(), ElementsAre());

  pass(10ms);
  EXPECT_THAT(types(), ElementsAre("session.created", "conversation.item.added", "conversation.item.done"));
}

TEST_F(FakeOpenAiRequests, RequestsAreAnsweredInTheirOrder) {
  open();
  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be brief."}})");
  say(kSaysHello);
  say(R"({"type":"session.update","session":{"type":"realtime","instructions":"Be long."}})");
  append_in_time(speech(20ms));

  pass(20ms);
  EXPECT_THAT(types(), ElementsAre("session.created", "session.updated", "conversation.item.added",
                                   "conversation.item.done", "session.updated"));
  EXPECT_EQ(facts_.appends.size(), 1U);
}

TEST_F(FakeOpenAiRequests, AClientThatTalksOnBeforeTheSessionIsCreatedIsCutOff) {
  Behaviour late;
  late.created_after = 1h;
  late.open_points.largest_message_bytes = 1000;
  open(late);
  for (int i = 0; i < 10; ++i) session_->receive(kSaysHello, false, now_);
  ASSERT_TRUE(facts_.close_sent);
  EXPECT_EQ(facts_.close_sent->code, 1009);
  EXPECT_EQ(facts_.close_sent->text, "too much before the session began");
}

TEST_F(FakeOpenAiRequests, AClientThatTalksOnWhileAnAnswerIsDueIsToldThat) {
  Behaviour late;
  late.updated_after = 1h;
  late.open_points.largest_message_bytes = 1000;
  open(late);
  pass(10ms);
  say(kUpdate);
  for (int i = 0; i < 10; ++i) session_->receive(kSaysHello, false, now_);
  ASSERT_TRUE(facts_.close_sent);
  EXPECT_EQ(facts_.close_sent->text, "too much while an answer is due");
}

TEST_F(FakeOpenAiRequests, AudioOvertakesAnUpdateAndNoRequest) {
  Behaviour late;
  late.updated_after = 100ms;
  open(late);
  pass(10ms);
  say(kUpdate);
  append(speech(20ms));
  EXPECT_EQ(facts_.appends.size(), 1U);

  say(kSaysHello);
  append(speech(20ms));
  EXPECT_EQ(facts_.appends.size(), 1U);
  pass(100ms);
  EXPECT_EQ(facts_.appends.size(), 2U);
}

TEST_F(FakeOpenAiRequests, ARequestThatSpeaksOfAudioIsARequest) {
  open();
  pass(10ms);
  say(kUpdate);
  say(R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":)"
      R"("input_text","text":"input_audio_buffer.append"}]}})");
  pass(10ms);

  EXPECT_THAT(types(), ElementsAre("session.created", "session.updated", "conversation.item.added",
                                   "conversation.item.done"));
}

TEST_F(FakeOpenAiRequests, WhatWaitedArrivedWhenItArrived) {
  metrics::Book book;
  counts_ = Counts(&book);
  Behaviour late;
  late.created_after = 200ms;
  rule(When::Kind::any).reply.outputs = {spoken(500ms)};
  open(late);
  append(speech(20ms));
  say(kUpdate);
  say(kSaysHello);
  say(R"({"type":"response.create"})");
  EXPECT_EQ(counts_.appends.value(), 1);
  EXPECT_EQ(counts_.audio_bytes_received.value(), 160);
  EXPECT_EQ(facts_.client_events.size(), 3U) << "it is known also if the client leaves now";

  pass(2s);
  EXPECT_EQ(facts_.appends.at(0).at, start_);
  EXPECT_EQ(facts_.updates.at(0).at, start_);
  EXPECT_EQ(facts_.user_texts.at(0).at, start_);
  EXPECT_EQ(facts_.client_events.size(), 3U);
  EXPECT_EQ(facts_.client_events.back().at, start_);
  EXPECT_EQ(facts_.responses.at(0).due_at, start_);
  EXPECT_GE(facts_.responses.at(0).created_at, start_ + 200ms);
  EXPECT_EQ(counts_.appends.value(), 1) << "and counted once";
}

TEST_F(FakeOpenAiRequests, NoAnswerIsWaitedForThatDoesNotCome) {
  Behaviour silent;
  silent.announces_session = false;
  Behaviour unconfirmed;
  unconfirmed.formats = Formats::unconfirmed;
  Behaviour refused;
  refused.formats = Formats::refused;
  Behaviour mute;
  mute.mute = true;
  for (const Behaviour& behaviour : {silent, unconfirmed, refused, mute}) {
    session_.reset();
    facts_ = {};
    open(behaviour);
    say(kUpdate);
    say(kSaysHello);
    pass(20ms);
    EXPECT_EQ(facts_.user_texts.size(), 1U);
    EXPECT_EQ(facts_.updates.size(), 1U);
  }
}

}  // namespace
}  // namespace simulators::openai
