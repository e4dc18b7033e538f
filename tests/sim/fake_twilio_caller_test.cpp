#include "tests/support/caller_steps.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>
#include <ctime>

// The scripted caller: what steps wait for, how they are reported; recordings; a long call.
namespace tests {
namespace {
using namespace simulators::twilio;
using testing::ElementsAre;

WaitFor wait_for(WaitFor::What what, Duration at_most = 30s) {
  WaitFor wait;
  wait.what = what;
  wait.at_most = at_most;
  return wait;
}

class FakeTwilioCaller : public FakeTwilioTest {
 public:
  explicit FakeTwilioCaller(World world = {}) : FakeTwilioTest(world) {
    bridge_.webhook = [](const auto&) { return std::string(kConnect); };
  }
  /// The bot speaks `clip` whenever the caller's n-th frame (from 1) has arrived.
  void bot_answers(std::string chunk, runtime::audio::Clip clip) {
    bridge_.on_message = [chunk = std::move(chunk), clip = std::move(clip)](ScriptedBridge::Stream& stream,
                                                                            const nlohmann::json& message) {
      if (message["event"] == "media" && message["media"]["chunk"] == chunk) stream.media(clip.mulaw);
    };
  }
};

TEST_F(FakeTwilioCaller, WaitsUntilTheBotHasFinishedForTheTimeThatMakesItFinished) {
  bot_answers("50", speech(2, 1s));
  plan_.caller = {step(wait_for(WaitFor::What::bot_finished), "done"), step(HangUp{})};

  const CallFacts& facts = call();

  const auto last = facts.measured.utterances.back().end;
  const auto waited = *facts.step("done")->ended_at - last;
  EXPECT_GE(waited, 700ms);
  EXPECT_LE(waited, 720ms);
  EXPECT_FALSE(facts.step("done")->timed_out);
}

TEST_F(FakeTwilioCaller, BargesInAfterTheBotHasSpokenForAWhile) {
  bot_answers("10", speech(2, 5s));
  WaitFor wait = wait_for(WaitFor::What::bot_speaking);
  wait.lasting = 800ms;
  plan_.caller = {step(wait), step(Say{speech(1, 1s), "x"}, "interrupt"), step(HangUp{})};

  const CallFacts& facts = call();

  const auto after = *facts.step("interrupt")->began_at - facts.measured.utterances.front().begin;
  EXPECT_GE(after, 800ms);
  EXPECT_LE(after, 900ms);
  EXPECT_NEAR(runtime::seconds(facts.measured.talk_over), 1.0, 0.1);
}

TEST_F(FakeTwilioCaller, DoesNotTakeTheGreetingForTheAnswer) {
  bot_answers("1", speech(2, 500ms));
  plan_.caller = {step(wait_for(WaitFor::What::bot_finished)), step(Say{speech(1, 500ms), "x"}),
                  step(wait_for(WaitFor::What::bot_finished, 3s), "second")};

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.step("second")->timed_out);
  EXPECT_EQ(*facts.step("second")->ended_at - *facts.step("second")->began_at, 3s);
}

TEST_F(FakeTwilioCaller, HangsUpWhenTheScriptIsOverAndReportsWhatWasNotReached) {
  plan_.caller = {step(Wait{100ms}, "a"), step(HangUp{}), step(Wait{1s}, "never")};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.ended_by, EndedBy::caller);
  EXPECT_FALSE(facts.step("never")->began_at);
  EXPECT_EQ(*facts.step("a")->ended_at - *facts.step("a")->began_at, 100ms);
}

TEST_F(FakeTwilioCaller, SpeaksAfterAWhileToALineThatNobodyListensTo) {
  bridge_.webhook = [](const auto&) { return std::string(R"(<Response><Pause length="60"/></Response>)"); };
  plan_.knobs.pause_delays_answer = false;
  plan_.caller = {step(Listen{1s})};

  const CallFacts& facts = call();

  EXPECT_EQ(*facts.ended_at - *facts.answered_at, 6s);
}

TEST_F(FakeTwilioCaller, PassesARecordingInWhichNobodySpoke) {
  bridge_.webhook = [](const auto&) {
    return R"(<Response><Record timeout="2"/>)" +
           std::string(kConnect.substr(std::string_view("<Response>").size()));
  };
  plan_.caller = {step(Listen{5s})};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.http.size(), 1U);
  ASSERT_NE(facts.stream(), nullptr);
  EXPECT_THAT(facts.verbs, ElementsAre("Record", "Connect"));
}

TEST_F(FakeTwilioCaller, EchoesMarksEarlyToASwallowedBotWhenAskedTo) {
  bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] != "start") return;
    stream.media(std::string(8000, '\x12'));
    stream.mark("end");
  };
  plan_.rules = TrackRules::incident_report;
  plan_.swallowed_marks = SwallowedMarks::early;
  plan_.caller = {step(Listen{1s})};

  const CallFacts& facts = call();

  const auto& mark = facts.stream()->marks.at(0);
  EXPECT_EQ(mark.how, MarkFact::How::swallowed_early);
  EXPECT_EQ(mark.echoed_at, mark.received_at);
}

class Remembering final : public Observer {
 public:
  std::vector<std::string> seen;
  void call_answered(const CallFacts&) override { seen.emplace_back("answered"); }
  void stream_started(const CallFacts&, const StreamFacts&) override { seen.emplace_back("stream"); }
  void step_began(const CallFacts&, const StepFacts& step) override { seen.push_back("+" + step.as); }
  void step_ended(const CallFacts&, const StepFacts& step) override { seen.push_back("-" + step.as); }
  void bot_began(const CallFacts&) override { seen.emplace_back("bot"); }
  void bot_finished(const CallFacts&) override { seen.emplace_back("quiet"); }
  void stream_ended(const CallFacts&, const StreamFacts&) override { seen.emplace_back("stream over"); }
  void call_ended(const CallFacts&) override { seen.emplace_back("over"); }
};

struct ObservedWorld {
  Remembering remembering;
};
class Observed : private ObservedWorld, public FakeTwilioCaller {
 public:
  Observed() : FakeTwilioCaller({runtime::sim::Level::message, 7, nullptr, &remembering}) {}
  using ObservedWorld::remembering;
};

TEST_F(Observed, TellsItsObserverWhatHappensInOrder) {
  bot_answers("10", speech(2, 300ms));
  plan_.caller = {step(Wait{200ms}, "a"), step(wait_for(WaitFor::What::bot_finished), "b")};

  call();

  EXPECT_THAT(remembering.seen, ElementsAre("answered", "stream", "+a", "bot", "-a", "+b", "quiet", "-b",
                                            "stream over", "over"));
}

class Journal final : public runtime::WireLog {
 public:
  std::string text;
  void record(const Entry& entry) override {
    text += std::to_string(entry.at.time_since_epoch().count()) + " " + std::string(entry.lane) + " " +
            std::string(entry.text) + "\n";
  }
};

/// One call in a world of its own; its wires, word for word.
class Run final : public FakeTwilioCaller {
 public:
  explicit Run(World world) : FakeTwilioCaller(world) {
    bot_answers("20", speech(2, 1s));
    plan_.caller = {step(Say{speech(1, 500ms), "x"}), step(wait_for(WaitFor::What::bot_finished))};
  }
  void TestBody() override {}
};
std::string journal_of(std::uint64_t seed, std::string* heard = nullptr,
                       runtime::sim::Level level = runtime::sim::Level::message) {
  Journal journal;
  Run run({level, seed, &journal, nullptr});
  const CallFacts& facts = run.call();
  if (heard != nullptr) *heard = facts.heard.mulaw;
  return journal.text;
}

TEST(FakeTwilioRun, IsAFunctionOfItsSeedToTheByte) {
  EXPECT_EQ(journal_of(1), journal_of(1));
  EXPECT_NE(journal_of(1), journal_of(2));
}

TEST(FakeTwilioRun, CarriesTheSameSoundWhenEveryByteGoesThroughTheRealProtocolStack) {
  std::string heard;
  journal_of(1, &heard, runtime::sim::Level::byte);
  EXPECT_EQ(heard, speech(2, 1s).mulaw);
}

class TenMinutes : public FakeTwilioCaller {
 public:
  /// A bridge that sends back each frame that it gets: 50 a second each way, as a talking bot does.
  void echo() {
    bridge_.on_message = [](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
      if (message["event"] != "media") return;
      stream.out.push_back(R"({"event":"media","streamSid":")" + stream.sid + R"(","media":{"payload":")" +
                           message["media"]["payload"].get<std::string>() + R"("}})");
    };
    plan_.caller = {step(Say{speech(1, 60s), "x"}), step(Listen{9min})};
  }
};

TEST_F(TenMinutes, GoByWithoutALostFrameOrAnUnderrun) {
  echo();
  const auto begin = std::clock();

  const CallFacts& facts = call();

  EXPECT_EQ(facts.stream()->sent.pieces.size(), 30'000U);
  EXPECT_EQ(facts.heard.mulaw, facts.stream()->sent.mulaw.substr(0, facts.heard.mulaw.size()));
  EXPECT_EQ(facts.measured.underruns, 0U);
  RecordProperty("cpu_ms", static_cast<int>((std::clock() - begin) * 1000 / CLOCKS_PER_SEC));
}

}  // namespace
}  // namespace tests
