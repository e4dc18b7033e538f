// A whole call without sockets: sessions, the caller's side, the verdict of the call, and the books under
// whatever order of events.
#include "bridge/call/machine.hpp"
#include "tests/support/call_events.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bridge::call {
namespace {
using namespace support;
using Json = nlohmann::json;

struct CallMachine : testing::Test {
  CallMachine() { call.settings.model.greet = false; }
  void start() {
    call.twilio(kStartText);
    call.dial();
  }
  void ready() {
    call.model(kCreated);
    call.model(kUpdated);
  }
  /// Everybody takes everything at once, and no mark comes back.
  void run(runtime::Duration length) {
    for (const auto end = call.now + length; call.now < end;) {
      call.pump_twilio();
      call.pump_twilio();
      call.pump_model();
      call.pass(std::chrono::milliseconds(20));
    }
  }
  /// Half a second, whose mark comes back when it has been played.
  void hears_an_answer(const std::string& id) {
    call.model(event("input_audio_buffer.committed"));
    call.model(created(id));
    call.model(delta(id, 4000));
    call.model(done(id));
    std::vector<std::string> marks;
    for (int i = 0; i < 40; ++i) {
      call.pump_twilio();
      for (std::size_t n = 0; n < call.in_flight; ++n) {
        if (call.batch[n].kind == Outgoing::Kind::mark) marks.push_back(call.batch[n].text);
      }
      call.pump_model();
      call.pass(std::chrono::milliseconds(20));
    }
    for (const auto& mark : marks) call.twilio(mark);
    run(std::chrono::milliseconds(20));
  }
  void expect_verdict(CallVerdict verdict, Reason reason, bool fault = false) {
    const auto judged = call.machine.finish(fault, call.now);
    EXPECT_EQ(to_string(judged.verdict), to_string(verdict));
    EXPECT_EQ(to_string(judged.reason), to_string(reason));
    EXPECT_TRUE(call.conserved());
  }
  support::CallDriver call;
};

TEST_F(CallMachine, NothingIsSentToTheModelBeforeTheSessionIsReady) {
  start();
  for (std::uint64_t i = 0; i < 20; ++i) call.twilio(media(i * 20));
  EXPECT_FALSE(call.machine.to_model(call.link, call.request, call.now));
  call.model(kCreated);
  ASSERT_TRUE(call.machine.to_model(call.link, call.request, call.now));
  EXPECT_EQ(Json::parse(call.request)["type"], "session.update");
  EXPECT_FALSE(call.machine.to_model(call.link, call.request, call.now));
  call.model(kUpdated);
  ASSERT_TRUE(call.machine.to_model(call.link, call.request, call.now));
  EXPECT_EQ(Json::parse(call.request)["type"], "input_audio_buffer.append");
}

TEST_F(CallMachine, SessionsThatDieAtOnceAreDialledAgainWithinTheBudgetAndNoLonger) {
  start();
  const auto begun = call.now;
  int dials = 1;
  while (!call.machine.ending() && call.now - begun < std::chrono::minutes(1)) {
    ready();
    call.model_closes();
    while (!call.connected && !call.machine.ending()) {
      run(std::chrono::milliseconds(20));
      call.dial();
      dials += call.connected ? 1 : 0;
    }
  }
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "openai");
  EXPECT_LE(call.now - begun, call.settings.model.retry.pace.budget);
  EXPECT_GT(dials, 4);
  EXPECT_LT(dials, 16);
}

TEST_F(CallMachine, ASessionThatLivedRenewsTheBudget) {
  start();
  for (int lives = 0; lives < 5; ++lives) {
    ready();
    run(std::chrono::seconds(9));
    call.model_closes();
    run(std::chrono::milliseconds(300));
    call.dial();
    ASSERT_TRUE(call.connected);
  }
  EXPECT_FALSE(call.machine.ending());
}

TEST_F(CallMachine, ThatHasToEndWithTheBridgeSaysGoodbyeFirst) {
  start();
  ready();
  run(std::chrono::seconds(1));
  call.machine.end_by(call.now + std::chrono::seconds(20), call.now);
  run(std::chrono::milliseconds(9900));
  EXPECT_EQ(call.value("voicebridge_farewells_total"), 0);
  run(std::chrono::milliseconds(200));
  EXPECT_EQ(call.value("voicebridge_farewells_total"), 1) << "in the second half, as 15 s are more than that";
  EXPECT_FALSE(call.machine.ending());
  run(std::chrono::seconds(10));
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "drain");
}

TEST_F(CallMachine, CountsASentenceThatItsEndCutsAndNoSilence) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(created("a"));
  for (int second = 0; second < 20; ++second) call.model(delta("a", 8000));
  call.machine.end_by(call.now + std::chrono::seconds(2), call.now);
  run(std::chrono::seconds(3));
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "drain");
  EXPECT_EQ(call.value("voicebridge_speech_cut_total", {"drain"}), 1);
}

TEST_F(CallMachine, ThatIsEndedInSilenceCutsNothing) {
  start();
  ready();
  run(std::chrono::seconds(1));
  call.machine.cut({"api"}, call.now);
  EXPECT_EQ(call.value("voicebridge_speech_cut_total", {"api"}), 0);
}

TEST_F(CallMachine, ThatEndsByItselfIsCutByNobody) {
  EXPECT_FALSE(call.machine.cut_by("drain"));
  call.machine.cut({"drain"}, call.now);
  EXPECT_FALSE(call.machine.cut_by("drain")) << "no call has begun yet";

  support::CallDriver ending, going;
  ending.twilio(kStartText);
  ending.machine.end({"caller"});
  ending.machine.cut({"drain"}, ending.now);
  EXPECT_FALSE(ending.machine.cut_by("drain"));
  going.twilio(kStartText);
  going.machine.cut({"drain"}, going.now);
  going.machine.cut({"api"}, going.now);
  EXPECT_TRUE(going.machine.cut_by("drain"));
  EXPECT_FALSE(going.machine.cut_by("api"));
}

TEST_F(CallMachine, WhoseConnectionBreaksWithoutAStopIsEndedByTheNetwork) {
  start();
  call.machine.twilio_ended();
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "network");
}

TEST_F(CallMachine, WhatTheCallerSaysWhileASessionIsMissingReachesTheNext) {
  start();
  ready();
  call.model_closes();
  call.twilio(media(0));
  run(std::chrono::milliseconds(300));
  call.dial();
  ready();
  for (int i = 0; i < 20; ++i) call.pump_model();
  EXPECT_GE(call.instruments.appended_samples.value(), 160);
  EXPECT_EQ(call.value("voicebridge_audio_dropped_samples_total", {"to_model", "session_lost"}), 0);
}

TEST_F(CallMachine, ACancelWithoutAnEndMakesItDialOnceMoreAndTheVerdictStays) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(created("a"));
  run(std::chrono::milliseconds(7100));
  EXPECT_TRUE(call.machine.session_over(call.link));
  run(std::chrono::milliseconds(300));
  call.dial();
  ASSERT_TRUE(call.connected);
  ready();
  call.twilio(R"({"event":"stop","streamSid":")" + kStream + R"(","stop":{}})");
  expect_verdict(CallVerdict::openai_not_generating, Reason::no_audio);
}

TEST_F(CallMachine, AFaultIsTheBridges) {
  start();
  expect_verdict(CallVerdict::bridge_fault, Reason::none, true);
}

TEST_F(CallMachine, NoConnectionToOpenAi) {
  start();
  call.machine.model_dial_failed(call.link, {"http_401", {{}, 0, 401, "unauthorized"}}, call.now);
  EXPECT_TRUE(call.machine.ending());
  expect_verdict(CallVerdict::openai_unreachable, Reason::auth);
}

TEST_F(CallMachine, ASessionThatTheCallerDidNotWaitForWasNeverConfigured) {
  start();
  run(std::chrono::seconds(5));
  expect_verdict(CallVerdict::openai_unreachable, Reason::network);
}

TEST_F(CallMachine, NoSessionInTime) {
  start();
  run(std::chrono::milliseconds(10100));
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "openai");
  expect_verdict(CallVerdict::openai_unreachable, Reason::network);
}

TEST_F(CallMachine, FormatsThatAreNotConfirmed) {
  start();
  call.model(kCreated);
  call.model(R"({"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcm"}}}}})");
  expect_verdict(CallVerdict::openai_misconfigured, Reason::none);
}

TEST_F(CallMachine, NoPackets) {
  start();
  ready();
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::no_caller_audio, Reason::none);
}

TEST_F(CallMachine, NoTurn) {
  start();
  ready();
  call.twilio(media(0));
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::no_turn, Reason::none);
}

TEST_F(CallMachine, AppendsThatNobodyTakes) {
  start();
  ready();
  call.twilio(media(0));
  for (int i = 0; i < 2; ++i) call.pump_model();
  for (int i = 0; i < 110; ++i) call.pass(std::chrono::milliseconds(20));
  expect_verdict(CallVerdict::pipeline_blockage, Reason::caller_path_blocked);
}

TEST_F(CallMachine, AnAnswerThatWasHeardBeforeTheCallersWayWasBlockedExcusesNothing) {
  start();
  ready();
  call.twilio(media(0));
  hears_an_answer("a");
  for (; !call.appending; call.pass(std::chrono::milliseconds(20))) call.pump_model();
  for (int i = 0; i < 110; ++i) call.pass(std::chrono::milliseconds(20));
  expect_verdict(CallVerdict::pipeline_blockage, Reason::caller_path_blocked);
}

TEST_F(CallMachine, AnAnswerThatWasDueLaterShowsThatTheCallersWayIsFree) {
  start();
  ready();
  call.twilio(media(0));
  for (int i = 0; i < 2; ++i) call.pump_model();
  for (int i = 0; i < 110; ++i) call.pass(std::chrono::milliseconds(20));
  run(std::chrono::milliseconds(20));
  hears_an_answer("a");
  expect_verdict(CallVerdict::normal, Reason::none);
}

TEST_F(CallMachine, AnAnswerOfACallWithoutPacketsWasHeardAndTheCallIsNotNormal) {
  start();
  ready();
  hears_an_answer("a");
  EXPECT_EQ(call.value("voicebridge_response_verdicts_total", {"heard", "none"}), 1);
  expect_verdict(CallVerdict::no_caller_audio, Reason::none);
}

TEST_F(CallMachine, TheTransportTakesNothing) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(delta("a", 16000));
  call.machine.to_twilio(call.batch, 25, call.now);
  for (int i = 0; i < 60; ++i) call.pass(std::chrono::milliseconds(20));
  expect_verdict(CallVerdict::pipeline_blockage, Reason::transport_blocked);
}

TEST_F(CallMachine, NoMarkComesBack) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(delta("a", 8000));
  call.model(done("a"));
  run(std::chrono::seconds(4));
  expect_verdict(CallVerdict::twilio_or_network, Reason::mark_overdue);
}

TEST_F(CallMachine, TooShortToSay) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::too_short, Reason::none);
}

/// One random event of either peer, of a transport or of time.
void one_event(support::CallDriver& call, runtime::Random& random, std::uint64_t& timestamp) {
  const auto which = random.below(16);
  if (which < 3) return call.pump_twilio();
  if (which < 5) return call.pump_model();
  support::random_event(call, random, timestamp);
}

TEST(CallConservation, HoldsAtEveryStepOfRandomCalls) {
  double sent = 0;
  double appended = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    runtime::SeededRandom random(seed);
    support::CallDriver call;
    call.settings.model.greet = seed % 2 == 0;
    call.settings.model.session.interrupt_response = seed % 3 != 0;
    call.settings.model.session.create_response = seed % 3 != 0 || seed % 5 == 0;
    call.settings.model.min_speech = std::chrono::milliseconds(seed % 4 * 100);
    call.settings.model.greeting_interruptible = seed % 11 != 0;
    if (seed % 8 == 0) call.settings.idle = {std::chrono::seconds(2), std::chrono::seconds(5)};
    call.twilio(kStartText);
    call.dial();
    call.model(kCreated);
    call.model(kUpdated);
    std::uint64_t timestamp = 0;
    for (int i = 0; i < 500 && !call.machine.ending(); ++i) {
      one_event(call, random, timestamp);
      ASSERT_TRUE(call.conserved()) << "seed " << seed << " step " << i;
    }
    (void)call.machine.finish(seed % 7 == 0, call.now);
    ASSERT_TRUE(call.conserved() && call.nothing_left()) << "seed " << seed << " at the end";
    sent += call.instruments.sent_samples.value();
    appended += call.instruments.appended_samples.value();
  }
  EXPECT_GT(sent, 1e6);  // the calls were no empty ones
  EXPECT_GT(appended, 1e5);
}

}  // namespace
}  // namespace bridge::call
