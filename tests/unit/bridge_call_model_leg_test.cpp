// Which session carries a call: dialled again, replaced before its end, and what each is told.
#include "bridge/call/dial_gate.hpp"
#include "bridge/call/redial.hpp"
#include "tests/support/call_events.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace bridge::call {
namespace {
using namespace support;
using namespace std::chrono_literals;
using runtime::TimePoint;
using Json = nlohmann::json;

TEST(CallRedial, WaitsLongerEachTimeAndNeverBeyondTheBudget) {
  runtime::SeededRandom random(1);
  const Redial::Options options{8s, 250ms, 2s};
  Redial redial(options, random);
  TimePoint now{100s};
  redial.missing(now);
  std::vector<runtime::Duration> waits;
  while (const auto at = redial.next(now)) {
    waits.push_back(*at - now);
    now = *at;
  }
  ASSERT_GE(waits.size(), 5U);
  EXPECT_LE(waits.front(), 250ms);
  EXPECT_GE(waits[4], 1s);
  for (const auto wait : waits) EXPECT_LE(wait, 2s);
  EXPECT_LE(now, TimePoint{108s});
}

TEST(CallRedial, KeepsToTheWaitThatItWasToldOrGivesUp) {
  runtime::SeededRandom random(1);
  const Redial::Options options;
  Redial redial(options, random);
  redial.missing(TimePoint{100s});
  EXPECT_EQ(redial.next(TimePoint{100s}, 3s), TimePoint{103s});
  EXPECT_EQ(redial.next(TimePoint{100s}, 9s), std::nullopt);
}

TEST(CallRedial, AYoungSessionsOwnLifeIsNoPartOfTheBudget) {
  runtime::SeededRandom random(1);
  const Redial::Options options{8s, 250ms, 2s};
  Redial redial(options, random);
  redial.missing(TimePoint{100s});
  redial.ready(TimePoint{101s});
  redial.missing(TimePoint{108900ms});
  EXPECT_TRUE(redial.next(TimePoint{108900ms})) << "a second of the budget is spent";
  redial.ready(TimePoint{115s});
  redial.missing(TimePoint{116s});
  EXPECT_EQ(redial.next(TimePoint{117s}), std::nullopt) << "7.1 s and one more";
}

TEST(CallDialGate, LetsASecondsWorthThroughAndThenOneAtATime) {
  DialGate gate(2);
  int through = 0;
  for (TimePoint now{10s}; now < TimePoint{13s}; now += 20ms) through += gate.take(now) ? 1 : 0;
  EXPECT_GE(through, 2 + 5);
  EXPECT_LE(through, 2 + 6);
  DialGate open(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(open.take(TimePoint{1s}));
}

TEST(CallDialGate, LetsNoMoreThroughWhenSeveralThreadsAsk) {
  DialGate gate(50);
  std::atomic<int> through = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) through += gate.take(TimePoint{10s}) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(through, 50);
}

TEST(CallDialGate, TakesANewLimitWhileItRuns) {
  DialGate gate(1);
  EXPECT_TRUE(gate.take(TimePoint{10s}));
  EXPECT_FALSE(gate.take(TimePoint{10s}));
  gate.limit(0);
  EXPECT_TRUE(gate.take(TimePoint{10s}));
  gate.limit(0.5);
  EXPECT_FALSE(gate.take(TimePoint{10s + 500ms}));
  EXPECT_TRUE(gate.take(TimePoint{12s}));
  EXPECT_FALSE(gate.take(TimePoint{13s}));
  EXPECT_TRUE(gate.take(TimePoint{14s}));
}

struct CallLimited : testing::Test {
  CallLimited() {
    const auto start = call.machine.twilio_message(kStartText, false, call.now);
    call.machine.begin(*start, call.settings, call.now, runtime::WallTime{1'000'000s});
    call.dial();
  }
  /// How long after now the next dial is due.
  runtime::Duration until_dial() {
    const auto begun = call.now;
    while (!call.machine.wants_dial(call.now) && call.now < begun + 20s) call.pass(20ms);
    return call.now - begun;
  }
  void ready_and_limited() {
    call.model(kCreated);
    call.model(kUpdated);
    call.model(R"({"type":"error","error":{"type":"requests","code":"rate_limit_exceeded",)"
               R"("message":"Rate limit reached. Please try again in 3s."}})");
  }
  support::CallDriver call;
};

TEST_F(CallLimited, TheWaitOfAnHttpAnswerIsKeptTo) {
  call.machine.model_dial_failed(call.link, {"http_429", {{}, 0, 429, "slow down", 3s}}, call.now);
  EXPECT_GE(until_dial(), 3s);
}

TEST_F(CallLimited, ASessionThatIsClosedForItIsDialledWhenItSaid) {
  ready_and_limited();
  call.pass(1s);
  call.machine.model_closed(call.link, 4000, "rate_limit_exceeded", call.now);
  const auto wait = until_dial();
  EXPECT_GE(wait, 1900ms);
  EXPECT_LE(wait, 2100ms);
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"closed"}), 0);
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"rate_limit_exceeded"}), 1);
}

TEST_F(CallLimited, ACloseLongAfterwardsHasItsOwnReason) {
  ready_and_limited();
  call.pass(4s);
  call.machine.model_closed(call.link, 1001, "going away", call.now);
  EXPECT_LT(until_dial(), 500ms);
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"closed"}), 1);
}

/// It takes each connection, and says nothing on it.
struct CallMute : CallLimited {
  double timeouts() const { return call.value("voicebridge_openai_failures_total", {"timeout"}); }
};

TEST_F(CallMute, ASessionThatNeverBecomesReadyIsCountedOnceAndDialledOnceMore) {
  const auto begun = call.now;
  EXPECT_LE(until_dial(), call.settings.model.ready_within + 300ms);
  EXPECT_EQ(timeouts(), 1);
  EXPECT_FALSE(call.machine.ending());

  call.dial();
  while (!call.machine.ending() && call.now < begun + 1min) call.pass(20ms);
  EXPECT_EQ(timeouts(), 2);
  const auto& model = call.settings.model;
  EXPECT_LE(call.now - begun, model.retry.pace.budget + model.ready_within);
}

TEST_F(CallMute, ADialIsGivenTheTimeThatTcpTlsAndTheUpgradeMayTake) {
  (void)until_dial();
  (void)call.machine.take_dial(call.now);
  const auto begun = call.now;
  while (timeouts() < 2 && call.now < begun + 1min) call.pass(20ms);
  const auto& limits = call.settings.model.limits;
  EXPECT_EQ(call.now - begun, limits.connect + 2 * limits.handshake);
}

struct CallRotation : testing::Test {
  CallRotation() {
    call.settings.model.greet = false;
    call.settings.model.rotate_before = 1min;
    const auto start = call.machine.twilio_message(kStartText, false, call.now);
    call.machine.begin(*start, call.settings, call.now, runtime::WallTime{1'000'000s});
    call.dial();
    call.model(R"({"type":"session.created","session":{"id":"sess_1","expires_at":1000180}})");
    call.model(kUpdated);
  }
  void run(runtime::Duration length) {
    for (const auto end = call.now + length; call.now < end;) {
      call.pump_twilio();
      call.pump_model();
      told = told || (call.appending && call.request.find("conversation.item.create") != std::string::npos);
      call.pass(20ms);
    }
  }
  /// The second session is dialled and made ready, beside the first.
  void second() {
    first = call.link;
    call.machine.model_took(first, call.now);
    call.appending = false;
    call.dial();
    ASSERT_NE(call.link, first);
    call.model(kCreated);
    call.pump_model();
    call.model(kUpdated);
  }
  support::CallDriver call;
  LinkNo first = 0;
  bool told = false;  // what was said before
};

TEST_F(CallRotation, AnotherSessionIsDialledBeforeTheFirstExpires) {
  run(119s);
  EXPECT_FALSE(call.machine.wants_dial(call.now));
  run(1100ms);
  EXPECT_TRUE(call.machine.wants_dial(call.now));
}

TEST_F(CallRotation, ItTakesOverInAPauseAndIsToldWhatWasSaid) {
  call.model(R"({"type":"input_audio_buffer.committed","item_id":"u1"})");
  call.model(
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"u1","transcript":"Hi"})");
  call.model(created("a"));
  call.model(delta("a", 8000));
  call.model(done("a"));
  run(121s);
  second();
  EXPECT_FALSE(call.machine.session_over(first));
  run(700ms);
  EXPECT_TRUE(call.machine.session_over(first));
  EXPECT_EQ(call.value("voicebridge_openai_sessions_rotated_total"), 1);
  EXPECT_TRUE(told);
  EXPECT_TRUE(call.conserved());
}

TEST_F(CallRotation, ItWaitsWhileTheCallerSpeaksAndStepsInWhenTheFirstIsLost) {
  run(121s);
  const auto speaking = R"({"type":"input_audio_buffer.speech_started","item_id":"u1","audio_start_ms":5})";
  call.model(speaking);
  second();
  run(5s);
  EXPECT_FALSE(call.machine.session_over(first));
  call.machine.model_closed(first, 1001, "expired", call.now);
  EXPECT_TRUE(call.machine.session_over(first));
  EXPECT_FALSE(call.machine.session_over(call.link));
  EXPECT_FALSE(call.machine.wants_dial(call.now)) << "it is there already";
  EXPECT_FALSE(call.machine.ending());
}

TEST_F(CallRotation, ThatFailsIsTriedAgainAndTheFirstSessionGoesOn) {
  run(121s);
  first = call.link;
  call.dial();
  call.machine.model_dial_failed(call.link, {"http_5xx", {{}, 0, 503, "overloaded"}}, call.now);
  call.link = first;
  EXPECT_FALSE(call.machine.session_over(first));
  EXPECT_FALSE(call.machine.wants_dial(call.now));
  run(16s);
  EXPECT_TRUE(call.machine.wants_dial(call.now));
}

TEST_F(CallRotation, ASessionIsToldHowMuchWasHeardOfWhatTheLastOneSaid) {
  call.model(created("a"));
  call.model(
      R"({"type":"response.output_item.added","response_id":"a","item":{"id":"i_a","type":"message"}})");
  call.model(R"({"type":"response.output_audio_transcript.delta","response_id":"a","item_id":"i_a",)"
             R"("delta":"One two three four."})");
  call.model(delta("a", 16000));
  call.model(done("a"));
  run(1s);
  call.model_closes();
  run(300ms);
  call.dial();
  call.model(kCreated);
  call.model(kUpdated);
  std::vector<std::string> wire;
  const auto listen = [&] {
    for (; call.machine.to_model(call.link, call.request, call.now);
         call.machine.model_took(call.link, call.now))
      wire.push_back(call.request);
  };
  listen();
  wire.clear();
  call.model(R"({"type":"input_audio_buffer.speech_started","item_id":"u1","audio_start_ms":5})");
  listen();
  ASSERT_GE(wire.size(), 2U);
  EXPECT_EQ(Json::parse(wire[0])["previous_item_id"], "i_a");
  EXPECT_EQ(Json::parse(wire[0])["item"]["content"][0]["text"], "One two");
  EXPECT_EQ(Json::parse(wire[1])["type"], "conversation.item.delete");
  EXPECT_EQ(Json::parse(wire[1])["item_id"], "i_a");
}

TEST(CallOutbox, ASessionThatTakesNoRequestsIsGivenUpAndDialledAgain) {
  support::CallDriver call;
  call.settings.model.requests = 4;
  const auto start = call.machine.twilio_message(kStartText, false, call.now);
  call.machine.begin(*start, call.settings, call.now, {});
  call.dial();
  call.model(kCreated);
  call.pump_model();
  call.model(kUpdated);
  const auto key = [&] {  // text of the user, and a response
    call.twilio(R"({"event":"dtmf","streamSid":")" + kStream + R"(","dtmf":{"digit":"#"}})");
    call.pass(20ms);
  };
  key();
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"dead"}), 0);
  for (int n = 0; n < 4; ++n) key();
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"dead"}), 1);
  EXPECT_TRUE(call.machine.session_over(call.link));
  EXPECT_FALSE(call.machine.ending());
  call.pass(1s);
  EXPECT_TRUE(call.machine.wants_dial(call.now));
}

}  // namespace
}  // namespace bridge::call
