// Event, Signal, TaskGroup, Ticker, first_of, both and with_deadline in virtual time, exact.
#include "runtime/async/event.hpp"
#include "runtime/async/first_of.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/async/with_deadline.hpp"
#include "tests/sim/sim_test.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <stdexcept>
#include <vector>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using testing::ElementsAre;

class AsyncTest : public SimTest {
 protected:
  asio::any_io_executor executor() { return loop_.context().get_executor(); }
  asio::awaitable<void> note(Event& event) {
    const bool happened = co_await event.wait();
    if (happened) notes_.push_back(since_start());
  }
  asio::awaitable<void> note(Signal& signal) {
    const bool happened = co_await signal.wait();
    if (happened) notes_.push_back(since_start());
  }
  asio::awaitable<Result<int>> answer_after(Duration span) {
    const bool reached = co_await clock().sleep_until(loop_.now() + span);
    if (!reached) {
      aborted_after_ = since_start();
      co_return error_code(asio::error::operation_aborted);
    }
    co_return 42;
  }
  std::vector<Duration> notes_;
  std::optional<Duration> aborted_after_;
};

TEST_F(AsyncTest, AnEventFreesWaitersOfBeforeAndAfter) {
  Event event(executor());
  spawn(note(event));
  spawn(note(event));
  loop_.run_for(10ms);
  EXPECT_TRUE(notes_.empty());
  event.set();
  event.set();
  loop_.run_for(10ms);
  spawn(note(event));
  loop_.run();
  EXPECT_THAT(notes_, ElementsAre(10ms, 10ms, 20ms));
  EXPECT_TRUE(event.is_set());
}

TEST_F(AsyncTest, ASignalIsRememberedOnceAndHappensAgain) {
  Signal signal(executor());
  signal.notify();
  signal.notify();
  spawn(note(signal));
  loop_.run();
  EXPECT_EQ(notes_.size(), 1U);
  spawn(note(signal));
  loop_.run_for(5ms);
  EXPECT_EQ(notes_.size(), 1U) << "two notifications were remembered";
  signal.notify();
  loop_.run();
  EXPECT_THAT(notes_, ElementsAre(0ms, 5ms));
}

TEST_F(AsyncTest, TheFirstOfTwoIsReturnedAndTheOtherOneCancelled) {
  std::optional<Result<int>> seen;
  std::size_t index = 2;
  const auto body = [&]() -> asio::awaitable<void> {
    auto first = co_await first_of(answer_after(2s), answer_after(300ms));
    index = first.index();
    seen = std::get<1>(first);
  };
  spawn(body());
  loop_.run();
  EXPECT_EQ(index, 1U);
  EXPECT_EQ(seen->value(), 42);
  EXPECT_EQ(aborted_after_, 300ms);
  EXPECT_EQ(since_start(), 300ms) << "nothing may stay behind";
}

TEST_F(AsyncTest, WhatReturnsNothingMayBeFirst) {
  Event event(executor());
  std::size_t index = 2;
  const auto silent = [&]() -> asio::awaitable<void> { (void)co_await event.wait(); };
  const auto body = [&]() -> asio::awaitable<void> {
    auto first = co_await first_of(silent(), answer_after(2s));
    index = first.index();
  };
  spawn(body());
  loop_.run_for(1s);
  event.set();
  loop_.run_for(1s);
  EXPECT_EQ(index, 0U);
  EXPECT_EQ(aborted_after_, 1s);
}

TEST_F(AsyncTest, BothAreAwaited) {
  Event early(executor());
  Event late(executor());
  std::optional<Duration> over;
  const auto body = [&]() -> asio::awaitable<void> {
    co_await both(note(early), note(late));
    over = since_start();
  };
  spawn(body());
  loop_.run_for(1s);
  early.set();
  loop_.run_for(1s);
  EXPECT_FALSE(over);
  late.set();
  loop_.run_for(1s);
  EXPECT_EQ(over, 2s);
}

TEST_F(AsyncTest, WithDeadlineReturnsWhatCameInTime) {
  std::optional<Result<int>> seen;
  const auto body = [&]() -> asio::awaitable<void> {
    seen = co_await with_deadline(clock(), start_ + 1s, answer_after(300ms));
  };
  spawn(body());
  EXPECT_EQ(loop_.run(), 1U) << "the deadline must not stay behind";
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->value(), 42);
  EXPECT_EQ(since_start(), 300ms);
}

TEST_F(AsyncTest, WithDeadlineCancelsExactlyAtTheDeadline) {
  std::optional<error_code> seen;
  const auto body = [&]() -> asio::awaitable<void> {
    const auto result = co_await with_deadline(clock(), start_ + 1s, answer_after(2s));
    seen = result.error();
  };
  spawn(body());
  loop_.run();
  EXPECT_EQ(seen, asio::error::timed_out);
  EXPECT_EQ(aborted_after_, 1s);
}

TEST_F(AsyncTest, ATaskGroupEndsItsTasksAndIsAwaited) {
  int failures = 0;
  TaskGroup group(executor(), [&](std::exception_ptr) { ++failures; });
  const auto sleeper = [&](Duration span) -> asio::awaitable<void> {
    if (const bool woken = co_await clock().sleep_until(loop_.now() + span); woken)
      notes_.push_back(since_start());
  };
  const auto thrower = []() -> asio::awaitable<void> {
    throw std::runtime_error("a bug");
    co_return;
  };
  const auto owner = [&]() -> asio::awaitable<void> {
    co_await clock().sleep_until(start_ + 1s);
    group.cancel();
    co_await group.join();
    notes_.push_back(since_start());
  };
  group.spawn(sleeper(10ms));
  group.spawn(sleeper(1h));
  group.spawn(thrower());
  EXPECT_EQ(group.size(), 3U);
  spawn(owner());
  loop_.run();

  EXPECT_EQ(failures, 1);
  EXPECT_EQ(group.size(), 0U);
  EXPECT_THAT(notes_, ElementsAre(10ms, 1s));
}

class TickerTest : public AsyncTest {
 protected:
  Ticker::Beat noting() {
    return [this](TimePoint now) { notes_.push_back(now - start_); };
  }
  void stop() {
    spawn(ticker_.stop());
    loop_.run();
  }
  Ticker ticker_{executor(), clock(), 20ms};
};

TEST_F(TickerTest, BeatsOnTheGridWhileSomebodyListens) {
  loop_.run_for(7ms);
  {
    const auto subscription = ticker_.subscribe(noting());
    loop_.run_for(60ms);
  }
  EXPECT_LE(loop_.run(), 1U) << "nobody listens: no more beats";
  EXPECT_THAT(notes_, ElementsAre(20ms, 40ms, 60ms));
}

TEST_F(TickerTest, ABeatMaySubscribeAndUnsubscribeItselfAndOthers) {
  std::vector<int> order;
  Ticker::Subscription first, second, third;
  first = ticker_.subscribe([&](TimePoint) {
    order.push_back(1);
    second = Ticker::Subscription();
    if (order.size() == 1) {
      third = ticker_.subscribe([&](TimePoint) { order.push_back(3); });
    } else {
      first = Ticker::Subscription();
    }
  });
  second = ticker_.subscribe([&](TimePoint) { order.push_back(2); });

  loop_.run_for(60ms);

  // The third joined during the first beat: it waits for the second, and alone has the last.
  EXPECT_THAT(order, ElementsAre(1, 1, 3, 3));
  stop();
}

/// A host that wakes late: every sleep ends `late` after its deadline.
class LateClock final : public Clock {
 public:
  LateClock(Clock& clock, Duration late) : clock_(clock), late_(late) {}
  TimePoint now() const override { return clock_.now(); }
  WallTime wall_now() const override { return clock_.wall_now(); }
  asio::awaitable<bool> sleep_until(TimePoint deadline) override {
    return clock_.sleep_until(deadline + late_);
  }

 private:
  Clock& clock_;
  Duration late_;
};

TEST_F(AsyncTest, ALateBeatDoesNotMoveTheGrid) {
  LateClock late(clock(), 5ms);
  Ticker ticker(executor(), late, 20ms);
  const auto subscription = ticker.subscribe([this](TimePoint now) { notes_.push_back(now - start_); });
  loop_.run_for(70ms);
  EXPECT_THAT(notes_, ElementsAre(25ms, 45ms, 65ms));
  EXPECT_EQ(ticker.lag(), 5ms);
  spawn(ticker.stop());
  loop_.run();
}

TEST_F(TickerTest, StopEndsTheBeating) {
  const auto subscription = ticker_.subscribe(noting());
  loop_.run_for(30ms);
  stop();
  EXPECT_EQ(since_start(), 30ms);
  EXPECT_THAT(notes_, ElementsAre(20ms));
}

}  // namespace
}  // namespace runtime::sim
