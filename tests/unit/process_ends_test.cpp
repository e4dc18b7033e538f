#include "scenarios/engine/process_ends.hpp"

#include "runtime/async/system_clock.hpp"
#include "scenarios/engine/known_failing.hpp"
#include "scenarios/engine/process_child.hpp"

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <csignal>
#include <string>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::IsEmpty;
using Asked = ProcessEnd::Asked;

/// At 2.1 s of a scenario.
EndFinding of(int code, Asked asked, bool ours, bool calls_may_be_cut = false) {
  const runtime::TimePoint start{10s};
  return look_at_end({code, start + 2100ms, asked}, {ours, calls_may_be_cut, start});
}
EndFinding of_ours(int code, Asked asked) {
  return of(code, asked, true);
}
EndFinding of_another(int code, Asked asked) {
  return of(code, asked, false);
}

TEST(EndOfAProcess, IsWrongBeforeAnybodyAskedForIt) {
  for (const bool ours : {true, false}) {
    EXPECT_EQ(of(128 + SIGSEGV, Asked::no, ours).wrong, "ended by SIGSEGV at 2.1 s");
    EXPECT_EQ(of(128 + SIGKILL, Asked::no, ours).wrong, "ended by SIGKILL at 2.1 s");
    EXPECT_EQ(of(7, Asked::no, ours).wrong, "ended with exit status 7 at 2.1 s, before SIGTERM");
    EXPECT_EQ(of(0, Asked::no, ours).wrong, "ended with exit status 0 at 2.1 s, before SIGTERM");
  }
}

TEST(EndOfAProcess, IsWrongByACrashWheneverItComes) {
  for (const bool ours : {true, false}) {
    EXPECT_EQ(of(128 + SIGABRT, Asked::sigterm, ours).wrong, "ended by SIGABRT at 2.1 s, after SIGTERM");
    EXPECT_EQ(of(128 + SIGSEGV, Asked::sigterm, ours, true).wrong,
              "ended by SIGSEGV at 2.1 s, after SIGTERM");
  }
}

TEST(EndOfAProcess, IsNobodysFaultWhenTheScenarioKilledIt) {
  for (const bool ours : {true, false}) {
    EXPECT_THAT(of(128 + SIGKILL, Asked::sigkill, ours).wrong, IsEmpty());
    EXPECT_THAT(of(128 + SIGKILL, Asked::sigkill, ours).note, IsEmpty());
  }
}

TEST(EndOfAProcess, HasTheExitStatusThatOperatingMdPromisesOfOurs) {
  EXPECT_THAT(of_ours(0, Asked::sigterm).wrong, IsEmpty());
  EXPECT_EQ(of_ours(23, Asked::sigterm).wrong, "ended with exit status 23 at 2.1 s, after SIGTERM");
  EXPECT_EQ(of_ours(128 + SIGTERM, Asked::sigterm).wrong, "ended by SIGTERM at 2.1 s, after SIGTERM");
  EXPECT_EQ(of_ours(1, Asked::sigterm).wrong, "ended with exit status 1 at 2.1 s, after SIGTERM");
  EXPECT_THAT(of(1, Asked::sigterm, true, true).wrong, IsEmpty()) << "a scenario's own signals may cut calls";
  EXPECT_THAT(of_ours(128 + SIGKILL, Asked::too_late).wrong, EndsWith("and was killed at 2.1 s"));
}

TEST(EndOfAProcess, OfSomebodyElsesIsNotedWhereItIsOdd) {
  EXPECT_THAT(of_another(0, Asked::sigterm).note, IsEmpty());
  EXPECT_THAT(of_another(128 + SIGTERM, Asked::sigterm).note, IsEmpty()) << "it has no handler";
  EXPECT_EQ(of_another(7, Asked::sigterm).note, "ended with exit status 7 at 2.1 s, after SIGTERM");
  EXPECT_THAT(of_another(7, Asked::sigterm).wrong, IsEmpty());
  EXPECT_THAT(of_another(128 + SIGKILL, Asked::too_late).note, EndsWith("and was killed at 2.1 s"));
  EXPECT_THAT(of_another(128 + SIGKILL, Asked::too_late).wrong, IsEmpty());
}

/// It runs, whatever was sent to it.
class Immortal : public BridgeUnderTest {
  std::string name() const override { return "immortal"; }
  boost::asio::awaitable<std::optional<std::string>> start(std::string) override { co_return std::nullopt; }
  boost::asio::awaitable<std::string> scrape() override { co_return ""; }
  std::optional<std::string> reload(std::string) override { return std::nullopt; }
  void terminate() override {}
  void kill() override {}
  void hold() override {}
  void let_go() override {}
  bool running() const override { return true; }
  boost::asio::awaitable<void> stop() override { co_return; }
  const std::deque<LogLine>& log() const override { return log_; }
  std::optional<ProcessEnd> end() const override { return std::nullopt; }
  std::deque<LogLine> log_;
};

TEST(EndOfAProcess, ThatNeverCameIsTooLate) {
  const auto end = end_after_stop(Immortal(), runtime::TimePoint{12s});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->asked, Asked::too_late);
}

/// One that ran before, and is somebody else's.
class Lasting final : public Immortal {
  bool outlives_scenario() const override { return true; }
};

TEST(EndOfAProcess, IsNoneOfABridgeThatRunsAnyway) {
  EXPECT_FALSE(end_after_stop(Lasting(), runtime::TimePoint{12s}));
}

TEST(EndOfAProcess, IsNotHiddenByAKnownFailure) {
  Scenario scenario;
  scenario.known_failing = KnownFailing{"T-17", "2999-01-01"};
  Result result;
  result.status = Result::Status::failed;
  result.bridge_died = true;

  settle_known_failing(scenario, runtime::WallTime{}, result);

  EXPECT_EQ(result.status, Result::Status::failed);
  EXPECT_THAT(result.notes, testing::ElementsAre(testing::HasSubstr("T-17")));
}

/// What /bin/sh -c `script` came to by itself.
ProcessEnd end_of(const std::string& script) {
  boost::asio::io_context context;
  runtime::SystemClock clock;
  ChildProcess child(context.get_executor(), clock, {});
  EXPECT_EQ(child.start({{"/bin/sh", "-c", script}, {}, true}), std::nullopt);
  context.run();
  return child.end().value_or(ProcessEnd{-1, {}, Asked::no});
}

TEST(ChildProcess, EndsAsAShellWouldSay) {
  EXPECT_EQ(end_of("exit 7").code, 7);
  EXPECT_EQ(end_of("exit 7").asked, Asked::no);
  EXPECT_EQ(end_of("kill -SEGV $$").code, 128 + SIGSEGV);
}

TEST(LastWords, AreTheEndOfALogWithTheBeginningOfEachLine) {
  EXPECT_EQ(last_words({}), "\n    (nothing)");
  std::deque<LogLine> log;
  for (int i = 1; i <= 40; ++i) log.push_back({{}, i == 20 ? "" : "line " + std::to_string(i)});
  log.push_back({{}, std::string(10'000, 'x')});

  const auto words = last_words(log);

  EXPECT_THAT(words, testing::StartsWith("\n    line 11\n    line 12"));
  EXPECT_THAT(words, EndsWith("xxx..."));
  EXPECT_THAT(words, testing::HasSubstr("line 19\n    line 21\n"));
  EXPECT_LT(words.size(), 1500U);
}

}  // namespace
}  // namespace scenarios::engine
