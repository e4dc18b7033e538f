// What the workers of a process share of budgets and limits.
#include "bridge/app/commons.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace bridge::app {
namespace {

using runtime::TimePoint;

constexpr runtime::WallTime kNoon{std::chrono::hours(12)};

TEST(BridgeDayBudget, IsSpentUntilMidnight) {
  DayBudget budget(100);
  budget.spend(60, kNoon);
  EXPECT_FALSE(budget.spent(kNoon));
  budget.spend(40, kNoon + 1h);
  EXPECT_TRUE(budget.spent(kNoon + 11h));
  EXPECT_FALSE(budget.spent(kNoon + 12h));
  DayBudget none(0);
  none.spend(1'000'000, kNoon);
  EXPECT_FALSE(none.spent(kNoon));
}

TEST(BridgeDayBudget, LosesNothingThatSeveralThreadsSpend) {
  DayBudget budget(4000);
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 999; ++i) budget.spend(1, kNoon);
    });
  }
  for (auto& thread : threads) thread.join();

  budget.spend(3, kNoon);
  EXPECT_FALSE(budget.spent(kNoon));
  budget.spend(1, kNoon);
  EXPECT_TRUE(budget.spent(kNoon));
}

TEST(BridgeCommons, TellTheLastWorkerThatDrainsWhatAllHaveCutShort) {
  metrics::Book book;
  runtime::SeededRandom random(1);
  Commons commons(book, Config(), random);
  for (int n = 0; n < 2; ++n) commons.join({}, [] {});

  EXPECT_EQ(commons.drained(2), std::nullopt);
  EXPECT_EQ(commons.drained(1), 3U);
}

TEST(BridgeCommons, LetOneWorkerSpeakForAllAtTheEndOfTheGrace) {
  metrics::Book book;
  runtime::SeededRandom random(1);
  Commons commons(book, Config(), random);

  EXPECT_TRUE(commons.first_at_the_end());
  EXPECT_FALSE(commons.first_at_the_end());
}

TEST(BridgeCommons, TakeTheLimitsOfAConfigurationThatIsReadAnew) {
  metrics::Book book;
  runtime::SeededRandom random(1);
  Config config;
  config.limits.openai_connections_per_second = 1;
  Commons commons(book, config, random);
  commons.day.spend(100, kNoon);
  EXPECT_FALSE(commons.day.spent(kNoon));
  EXPECT_TRUE(commons.dials.take(TimePoint{1s}));
  EXPECT_FALSE(commons.dials.take(TimePoint{1s}));

  config.limits.daily_tokens = 100;
  config.limits.openai_connections_per_second = 0;
  config.limits.calls = 7;
  commons.reconfigure(config);

  EXPECT_TRUE(commons.day.spent(kNoon));
  EXPECT_TRUE(commons.dials.take(TimePoint{1s}));
  EXPECT_EQ(book.value("voicebridge_calls_limit"), 7);
}

TEST(BridgeCommons, HasAFailureToTellUntilTheNextScrape) {
  metrics::Book book;
  runtime::SeededRandom random(1);
  Commons commons(book, Config(), random);
  EXPECT_FALSE(commons.has_failure_to_tell(TimePoint{1h}));
  commons.worker_failed(TimePoint{1h});
  EXPECT_TRUE(commons.has_failure_to_tell(TimePoint{1h + 29s}));
  EXPECT_FALSE(commons.has_failure_to_tell(TimePoint{1h + 30s})) << "nobody scrapes";
  commons.scraped();
  EXPECT_FALSE(commons.has_failure_to_tell(TimePoint{1h}));
}

}  // namespace
}  // namespace bridge::app
