// The contract of Clock and Ticker, against the system's clock and the virtual one; and that of Random.
#include "runtime/async/event.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/sim/loop.hpp"

#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace runtime {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A clock with the loop that it runs on.
class TimeWorld {
 public:
  virtual ~TimeWorld() = default;
  virtual Clock& clock() = 0;
  virtual asio::io_context& context() = 0;
  virtual void run() = 0;
};

class RealTime final : public TimeWorld {
 public:
  Clock& clock() override { return clock_; }
  asio::io_context& context() override { return context_; }
  void run() override {
    context_.restart();
    context_.run_for(10s);
  }

 private:
  SystemClock clock_;
  asio::io_context context_{1};
};

class VirtualTime final : public TimeWorld {
 public:
  Clock& clock() override { return loop_.clock(); }
  asio::io_context& context() override { return loop_.context(); }
  void run() override { loop_.run(); }

 private:
  sim::Loop loop_;
};

struct WorldKind {
  const char* name;
  std::function<std::unique_ptr<TimeWorld>()> make;
};

class ClockContract : public testing::TestWithParam<WorldKind> {
 protected:
  Clock& clock() { return world_->clock(); }
  void run(asio::awaitable<void> task, asio::cancellation_slot slot = {}) {
    asio::co_spawn(world_->context(), std::move(task),
                   asio::bind_cancellation_slot(slot, [](std::exception_ptr error) {
                     if (error) std::rethrow_exception(error);
                   }));
    world_->run();
  }
  std::unique_ptr<TimeWorld> world_ = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(Both, ClockContract,
                         testing::Values(WorldKind{"Real", [] { return std::make_unique<RealTime>(); }},
                                         WorldKind{"Virtual",
                                                   [] { return std::make_unique<VirtualTime>(); }}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ClockContract, SleepsAtLeastUntilTheDeadlineAndBothClocksAdvance) {
  const TimePoint before = clock().now();
  const WallTime wall_before = clock().wall_now();
  std::optional<bool> reached;
  const auto sleeper = [&]() -> asio::awaitable<void> {
    reached = co_await clock().sleep_until(before + 2ms);
  };
  run(sleeper());
  EXPECT_EQ(reached, true);
  EXPECT_GE(clock().now() - before, 2ms);
  EXPECT_GT(clock().wall_now(), wall_before);
}

TEST_P(ClockContract, APastDeadlineIsReachedAtOnce) {
  std::optional<bool> reached;
  const auto sleeper = [&]() -> asio::awaitable<void> {
    reached = co_await clock().sleep_until(clock().now() - 1h);
  };
  run(sleeper());
  EXPECT_EQ(reached, true);
}

TEST_P(ClockContract, SleepersWakeInTheOrderOfTheirDeadlines) {
  std::vector<int> order;
  const TimePoint start = clock().now();
  const auto sleeper = [&](int id, Duration span) -> asio::awaitable<void> {
    (void)co_await clock().sleep_until(start + span);
    order.push_back(id);
  };
  asio::co_spawn(world_->context(), sleeper(3, 3ms), [](std::exception_ptr) {});
  asio::co_spawn(world_->context(), sleeper(1, 1ms), [](std::exception_ptr) {});
  run(sleeper(2, 2ms));
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_P(ClockContract, ACancelledSleepSaysSo) {
  asio::cancellation_signal signal;
  std::optional<bool> reached;
  const auto sleeper = [&]() -> asio::awaitable<void> {
    reached = co_await clock().sleep_until(clock().now() + 1h);
  };
  const auto canceller = [&]() -> asio::awaitable<void> {
    (void)co_await clock().sleep_until(clock().now() + 1ms);
    signal.emit(asio::cancellation_type::terminal);
  };
  asio::co_spawn(world_->context(), canceller(), [](std::exception_ptr) {});
  run(sleeper(), signal.slot());
  EXPECT_EQ(reached, false);
}

TEST_P(ClockContract, ATickerBeatsOnTheGridAndEndsWithItsLastSubscription) {
  Ticker ticker(world_->context().get_executor(), clock(), 2ms);
  Event enough(world_->context().get_executor());
  std::vector<TimePoint> beats;
  auto subscription = ticker.subscribe([&](TimePoint now) {
    beats.push_back(now - ticker.lag());
    if (beats.size() == 3) enough.set();
  });
  const auto body = [&]() -> asio::awaitable<void> {
    (void)co_await enough.wait();
    subscription = Ticker::Subscription();
    co_await ticker.stop();
  };
  run(body());
  ASSERT_EQ(beats.size(), 3U);
  for (const TimePoint beat : beats) EXPECT_EQ(beat.time_since_epoch() % 2ms, 0ns);
  EXPECT_GT(beats[1], beats[0]);
  EXPECT_GT(beats[2], beats[1]);
}

struct RandomKind {
  const char* name;
  std::function<std::unique_ptr<Random>()> make;
};
class RandomContract : public testing::TestWithParam<RandomKind> {
 protected:
  std::unique_ptr<Random> random_ = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(
    Both, RandomContract,
    testing::Values(RandomKind{"Seeded", [] { return std::make_unique<SeededRandom>(7); }},
                    RandomKind{"System", [] { return std::make_unique<SystemRandom>(); }}),
    [](const auto& kind) { return kind.param.name; });

TEST_P(RandomContract, DoesNotRepeatItself) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_->next());
  EXPECT_EQ(seen.size(), 1000U);
}

TEST_P(RandomContract, StaysWithinItsBoundsAndReachesAllOfThem) {
  std::set<std::uint64_t> dice;
  for (int i = 0; i < 1000; ++i) {
    dice.insert(random_->below(6));
    const double unit = random_->unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
  }
  EXPECT_EQ(dice, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_P(RandomContract, WritesAsManyHexadecimalDigitsAsAskedFor) {
  for (const std::size_t digits : {0U, 1U, 16U, 33U}) {
    const std::string text = random_->hex(digits);
    EXPECT_EQ(text.size(), digits);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos) << text;
  }
}

TEST(SeededRandom, SaysTheSameForTheSameSeedOnEveryPlatform) {
  SeededRandom first(1);
  SeededRandom again(1);
  SeededRandom other(2);
  const std::uint64_t number = first.next();
  EXPECT_EQ(number, 2469588189546311528U);
  EXPECT_EQ(again.next(), number);
  EXPECT_NE(other.next(), number);
}

}  // namespace
}  // namespace runtime
