#include "tests/unit/expectations_test.hpp"

namespace scenarios::engine {
namespace {

TEST_F(Expectations, NotHeardLooksOnlyIntoItsWindow) {
  hear(1s, kAnswer.substr(0, 4000));
  auto check = heard("answer", kAnswer);
  check.absent = true;

  EXPECT_FALSE(outcome(check).passed());
  EXPECT_TRUE(outcome(check, window(Window::Mode::within, 2s, 9s)).passed());
}

TEST_F(Expectations, WhatIsHeardBeginsInItsWindowAndMayEndAfterIt) {
  hear(0s, std::string(24000, '\xFF') + kAnswer + kOther);  // 3 s, 5 s: without a gap
  auto whole = heard("answer", kAnswer);
  whole.complete = true;

  EXPECT_TRUE(outcome(whole, window(Window::Mode::within, 0s, 3s)).passed());
  EXPECT_TRUE(outcome(heard("answer", kAnswer), window(Window::Mode::within, 0s, 3s)).passed());
  EXPECT_FALSE(outcome(whole, window(Window::Mode::within, 0s, 2990ms)).passed());
  EXPECT_FALSE(outcome(heard("answer", kAnswer), window(Window::Mode::within, 0s, 2990ms)).passed());
  EXPECT_EQ(outcome(whole, window(Window::Mode::within, 0s, 2s)).nearest_miss, "it was heard at 3.00 s");
  whole.only = true;
  EXPECT_TRUE(outcome(whole, window(Window::Mode::within, 0s, 4s)).passed()) << "the other comes later";
  EXPECT_FALSE(outcome(whole, window(Window::Mode::within, 0s, 6s)).passed());
}

TEST_F(Expectations, WhatIsHeardAlikeBeginsInItsWindowToo) {
  hear(0s, std::string(24000, '\xFF') + kAnswer);
  auto alike = heard("answer", kAnswer);
  alike.alike = alike.complete = true;

  EXPECT_TRUE(outcome(alike, window(Window::Mode::within, 0s, 3100ms)).passed());
  EXPECT_FALSE(outcome(alike, window(Window::Mode::within, 0s, 2s)).passed());
  alike.complete = false;
  EXPECT_FALSE(outcome(alike, window(Window::Mode::within, 0s, 2s)).passed());
}

TEST_F(Expectations, NotHeardAndNothingEndWithTheirWindow) {
  hear(0s, std::string(24000, '\xFF') + kAnswer);  // at 3 s: without a gap
  auto absent = heard("answer", kAnswer);
  absent.absent = true;
  HeardCheck nothing;
  nothing.nothing = true;

  for (const HeardCheck& check : {absent, nothing}) {
    EXPECT_TRUE(outcome(check, window(Window::Mode::within, 0s, 2990ms)).passed());
    EXPECT_FALSE(outcome(check, window(Window::Mode::within, 0s, 4s)).passed());
    EXPECT_FALSE(outcome(check, window(Window::Mode::within, 4s, 5s)).passed());
  }
}

TEST_F(Expectations, SpeechReachesTheModelInItsWindow) {
  append(3s, kAnswer.substr(0, 8000));
  append(4s, kAnswer.substr(8000));
  ModelReceivedCheck check;
  check.audio = {"hello", kAnswer};

  EXPECT_TRUE(outcome(check, window(Window::Mode::within, 0s, 3s)).passed());
  const auto early = outcome(check, window(Window::Mode::within, 0s, 2s));
  EXPECT_EQ(early.why, "nothing of 'hello' arrived in that time");
  EXPECT_EQ(early.nearest_miss, "it arrived from 3.00 s to 4.00 s");

  check.complete = true;
  EXPECT_TRUE(outcome(check, window(Window::Mode::within, 0s, 4s)).passed());
  const auto half = outcome(check, window(Window::Mode::within, 0s, 3s));
  EXPECT_EQ(half.why, "8000 of the 16000 bytes of 'hello' arrived in a row in that time");
  EXPECT_EQ(half.nearest_miss, "it arrived from 3.00 s to 4.00 s");
}

TEST_F(Expectations, ATextThatDidNotArriveIsToldFromOneThatCameLate) {
  session_.user_texts.push_back({kStart + 4s, "The caller pressed 1*0#"});
  moments_["keys"] = kStart + 1s;
  ModelReceivedCheck check;
  check.text = "1*0#";

  const auto late = outcome(check, {Window::Mode::within, "keys", 0s, 2s});
  EXPECT_EQ(late.why, "no text with '1*0#' arrived in that time");
  EXPECT_EQ(late.nearest_miss, "one came at 4.00 s, 3.00 s after 'keys'");

  check.text = "2";
  EXPECT_EQ(outcome(check).why, "no text with '2' arrived; there came 'The caller pressed 1*0#'");
  check.text.reset();
  check.tool_output = "look_up";
  EXPECT_EQ(outcome(check).why, "no output of the tool 'look_up' arrived");
}

TEST_F(Expectations, ANearMissIsToldByTheClockOfItsWindow) {
  hear(4s, kAnswer);
  moments_["question"] = kStart + 500ms;
  moments_["later"] = kStart + 5s;

  EXPECT_EQ(outcome(heard("answer", kAnswer), {Window::Mode::within, "question", 0s, 3s}).nearest_miss,
            "it was heard at 4.00 s, 3.50 s after 'question'");
  EXPECT_EQ(outcome(heard("answer", kAnswer), {Window::Mode::within, "later", 1s, 3s}).nearest_miss,
            "it was heard at 4.00 s, 1.00 s before 'later'");
}

TEST_F(Expectations, WhatCameOutsideOfItsWindowIsANearMiss) {
  hear(4s, kAnswer);
  log_.push_back({kStart + 7s, "drained"});
  const Window early = window(Window::Mode::within, 0s, 2s);

  EXPECT_EQ(outcome(heard("answer", kAnswer), early).nearest_miss, "it was heard at 4.00 s");
  EXPECT_EQ(outcome(heard("other", kOther), early).nearest_miss, "");
  EXPECT_EQ(outcome(LogCheck{"drained", "", {}}, early).nearest_miss, "one came at 7.00 s");
  EXPECT_EQ(outcome(LogCheck{"drained", "", 0}, early).nearest_miss, "");
}

TEST_F(Expectations, WithinPassesWhenItEverHeldAndTellsTheNearestMiss) {
  timeline_ = {{kStart + 1s, {{"x", {}, 0}}}, {kStart + 5s, {{"x", {}, 1}}}, {kStart + 6s, {{"x", {}, 0}}}};

  EXPECT_TRUE(outcome(query("x == 1"), window(Window::Mode::within, 0s, 5s)).passed());
  EXPECT_TRUE(outcome(query("x == 1"), window(Window::Mode::within, 5500ms, 5600ms)).passed())
      << "a point holds on";
  const auto late = outcome(query("x == 1"), window(Window::Mode::within, 0s, 4s));
  EXPECT_FALSE(late.passed());
  EXPECT_EQ(late.nearest_miss, "it would have held at 5.00 s");
}

TEST_F(Expectations, AlwaysAndNeverLookAtEveryPoint) {
  timeline_ = {{kStart + 0s, {{"x", {}, 0}}}, {kStart + 5s, {{"x", {}, 1}}}, {kStart + 6s, {{"x", {}, 0}}}};

  EXPECT_TRUE(outcome(query("x == 0"), window(Window::Mode::always, 1s, 4s)).passed());
  EXPECT_FALSE(outcome(query("x == 0"), window(Window::Mode::always, 1s, 5s)).passed());
  EXPECT_TRUE(outcome(query("x == 1"), window(Window::Mode::never, 1s, 4s)).passed());
  EXPECT_THAT(outcome(query("x == 1"), window(Window::Mode::never, 1s, 9s)).why, HasSubstr("at 5.00 s"));
}

TEST_F(Expectations, WhatIsCountedAtTheFirstInstantIsGrowth) {
  evidence_.first = {{"x_total", {}, 5}};
  evidence_.last = {{"x_total", {}, 7}};
  timeline_ = {{kStart, {{"x_total", {}, 6}}}, {kStart + 4s, {{"x_total", {}, 7}}}};

  for (const char* range : {"", "[10s]", "[1h]"}) {
    const std::string grown = "increase(x_total" + std::string(range) + ")";
    EXPECT_TRUE(outcome(query(grown + " == 2")).passed()) << grown;
    EXPECT_TRUE(outcome(query(grown + " == 1"), window(Window::Mode::always, 1s, 3s)).passed()) << grown;
  }
  EXPECT_TRUE(outcome(query("increase(x_total[9s]) == 1")).passed()) << "it has seen the first instant";
}

TEST_F(Expectations, NothingHoldsInAWindowThatBeginsWhenAllIsOver) {
  moments_["question"] = kStart + 2s;
  auto absent = heard("answer", kAnswer);
  absent.absent = true;
  HeardCheck nothing;
  nothing.nothing = true;
  const Window late = window(Window::Mode::within, 11s, 20s);

  for (const Check& check : std::vector<Check>{absent, nothing, LogCheck{"x", "", 0}, query("up == 1")}) {
    EXPECT_EQ(outcome(check, late).why, "the scenario had ended before that, at 10.00 s");
    EXPECT_EQ(outcome(check, {Window::Mode::within, "question", 9s, 9s}).why,
              "the scenario had ended before that, at 10.00 s, 8.00 s after 'question'");
  }
  EXPECT_TRUE(outcome(nothing, window(Window::Mode::within, 9s, 20s)).passed()) << "a part is inside";
}

TEST_F(Expectations, AWindowCountsFromItsName) {
  timeline_ = {{kStart + 1s, {{"x", {}, 0}}}, {kStart + 5s, {{"x", {}, 1}}}};
  Window after{Window::Mode::within, "answer", 0s, 1s};
  EXPECT_EQ(outcome(query("x == 1"), after).why, "'answer' never began");

  moments_["answer"] = kStart + 4s;

  EXPECT_TRUE(outcome(query("x == 1"), after).passed());
}

TEST_F(Expectations, AMessageThatCameLateIsANearMissOfAnOrder) {
  wire(2s, "openai", "sess_1", R"({"type":"input_audio_buffer.speech_started"})");
  wire(3s, "openai", "sess_1", R"({"type":"input_audio_buffer.speech_stopped"})");
  const OrderCheck check{{"openai.speech_started", "openai.speech_stopped"}, {}};

  const auto before = outcome(check, window(Window::Mode::within, 0s, 1s));
  EXPECT_EQ(before.why, "no 'openai.speech_started' came in that time");
  EXPECT_EQ(before.nearest_miss, "one came at 2.00 s");
  const auto half = outcome(check, window(Window::Mode::within, 0s, 2s));
  EXPECT_EQ(half.why,
            "no 'openai.speech_stopped' came after the 'openai.speech_started' at 2.00 s in that time");
  EXPECT_EQ(half.nearest_miss, "one came at 3.00 s");
  EXPECT_EQ(outcome(OrderCheck{{"twilio.clear"}, {}}).why, "no 'twilio.clear' came");
}

}  // namespace
}  // namespace scenarios::engine
