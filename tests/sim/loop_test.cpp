#include "runtime/sim/loop.hpp"

#include "runtime/sim/parked.hpp"
#include "tests/sim/sim_test.hpp"

#include <gmock/gmock.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <vector>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using testing::ElementsAre;

class LoopTest : public SimTest {
 protected:
  asio::awaitable<void> note_after(int id, Duration span) {
    co_await clock().sleep_until(loop_.now() + span);
    order_.push_back(id);
  }
  asio::awaitable<void> beat(Duration period) {
    for (;;) {
      co_await clock().sleep_until(loop_.now() + period);
      ++beats_;
    }
  }
  std::vector<int> order_;
  int beats_ = 0;
};

TEST_F(LoopTest, DeadlinesOfOneInstantFireInTheOrderTheyWereAsked) {
  Loop::Timer timer(loop_, [this] { order_.push_back(9); });
  spawn(note_after(1, 20ms));
  spawn(note_after(2, 10ms));
  loop_.run_for(0ms);
  timer.set(loop_.now() + 20ms);
  spawn(note_after(3, 20ms));
  spawn(note_after(4, 0ms));

  EXPECT_EQ(loop_.run(), 5U);

  EXPECT_THAT(order_, ElementsAre(4, 2, 1, 9, 3));
  EXPECT_EQ(since_start(), 20ms);
}

TEST_F(LoopTest, TheEndOfAnInstantIsToldOnceAndBeforeTheTimeGoesOn) {
  std::vector<Duration> ends;
  loop_.at_end_of_instant([&] {
    ends.push_back(since_start());
    if (ends.size() == 2) spawn(note_after(3, 0ms));  // still at that instant
  });
  spawn(note_after(1, 5ms));
  spawn(note_after(2, 5ms));
  spawn(note_after(4, 10ms));

  loop_.run();

  EXPECT_THAT(ends, ElementsAre(0ms, 5ms));
  EXPECT_THAT(order_, ElementsAre(1, 2, 3, 4));
}

TEST_F(LoopTest, RunForStopsAtItsEndThoughTheEndOfAnInstantTookItsLastDeadlineAway) {
  Loop::Timer soon(loop_, [this] { order_.push_back(1); });
  Loop::Timer late(loop_, [this] { order_.push_back(2); });
  soon.set(loop_.now() + 10ms);
  late.set(loop_.now() + 1s);
  loop_.at_end_of_instant([&] { soon.cancel(); });

  EXPECT_EQ(loop_.run_for(20ms), 0U);

  EXPECT_THAT(order_, ElementsAre());
  EXPECT_EQ(since_start(), 20ms);
  EXPECT_EQ(loop_.run(), 1U);
  EXPECT_EQ(since_start(), 1s);
}

TEST_F(LoopTest, RunUntilStopsAtTheInstantWhoseEndBringsTheEvent) {
  bool over = false;
  spawn(note_after(1, 10ms));
  spawn(note_after(2, 20ms));
  loop_.at_end_of_instant([&] { over = since_start() == 10ms; });

  EXPECT_TRUE(loop_.run_until([&] { return over; }, 1s));

  EXPECT_THAT(order_, ElementsAre(1));
  EXPECT_EQ(since_start(), 10ms);
}

TEST_F(LoopTest, RunUntilStopsAtItsEndThoughTheEndOfAnInstantTookItsLastDeadlineAway) {
  Loop::Timer soon(loop_, [] {});
  Loop::Timer late(loop_, [this] { order_.push_back(2); });
  soon.set(loop_.now() + 10ms);
  late.set(loop_.now() + 1s);
  loop_.at_end_of_instant([&] { soon.cancel(); });

  EXPECT_FALSE(loop_.run_until([] { return false; }, 20ms));

  EXPECT_THAT(order_, ElementsAre());
  EXPECT_EQ(since_start(), 20ms);
}

TEST_F(LoopTest, RunForIncludesItsEndAndLeavesTheTimeThere) {
  spawn(beat(20ms));

  EXPECT_EQ(loop_.run_for(1s), 50U);
  EXPECT_EQ(beats_, 50);
  EXPECT_EQ(loop_.run_for(5ms), 0U);
  EXPECT_EQ(since_start(), 1005ms);
}

TEST_F(LoopTest, RunUntilStopsAtTheEventOrAtTheEndOfTheSpan) {
  spawn(beat(20ms));

  EXPECT_TRUE(loop_.run_until([this] { return beats_ == 7; }, 1s));
  EXPECT_EQ(since_start(), 140ms);
  EXPECT_FALSE(loop_.run_until([] { return false; }, 55ms));
  EXPECT_EQ(since_start(), 195ms);
}

TEST_F(LoopTest, WallTimeStartsAtAFixedDateAndKeepsPace) {
  const WallTime before = clock().wall_now();
  EXPECT_EQ(before, std::chrono::sys_days(std::chrono::year(2026) / 3 / 5));
  loop_.run_for(90min);
  EXPECT_EQ(clock().wall_now() - before, 90min);
}

TEST_F(LoopTest, TimeDoesNotStartAtZero) {
  EXPECT_GT(loop_.now().time_since_epoch(), 0ns);
}

TEST_F(LoopTest, ACancelledSleepReturnsFalseAtOnceAndLeavesNoDeadline) {
  asio::cancellation_signal signal;
  std::optional<bool> reached;
  const auto sleeper = [&]() -> asio::awaitable<void> {
    reached = co_await clock().sleep_until(loop_.now() + 1h);
  };
  asio::co_spawn(loop_.context(), sleeper(),
                 asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
  loop_.run_for(10ms);
  signal.emit(asio::cancellation_type::terminal);

  EXPECT_EQ(loop_.run(), 0U);
  EXPECT_EQ(reached, false);
  EXPECT_EQ(since_start(), 10ms);
}

TEST_F(LoopTest, ATimerThatIsSetAgainFiresOnceAndACancelledOneNever) {
  Loop::Timer timer(loop_, [this] { order_.push_back(1); });
  timer.set(loop_.now() + 10ms);
  timer.set(loop_.now() + 30ms);
  Loop::Timer other(loop_, [this] { order_.push_back(2); });
  other.set(loop_.now() + 20ms);
  other.cancel();

  EXPECT_EQ(loop_.run(), 1U);
  EXPECT_THAT(order_, ElementsAre(1));
  EXPECT_EQ(since_start(), 30ms);
}

TEST_F(LoopTest, AWakeUpWithoutAWaiterIsLost) {
  Parked place(loop_);
  const auto waiter = [&]() -> asio::awaitable<void> {
    if (const bool woken = co_await place.wait(); woken) order_.push_back(1);
  };
  place.wake();
  spawn(waiter());
  loop_.run();
  EXPECT_TRUE(place.occupied());
  place.wake();
  loop_.run();
  EXPECT_THAT(order_, ElementsAre(1));
}

TEST_F(LoopTest, ALoopThatEndsDropsWhatStillWaits) {
  const auto witness = std::make_shared<int>(0);
  {
    Loop loop;
    const auto waiter = [](Loop& on, std::shared_ptr<int>) -> asio::awaitable<void> {
      // Holds itself alive, as the two ends of a connection do.
      auto place = std::make_shared<Parked>(on);
      auto& waiting = *place;
      (void)co_await waiting.wait();
    };
    const auto sleeper = [](Loop& on, std::shared_ptr<int>) -> asio::awaitable<void> {
      (void)co_await on.clock().sleep_until(on.now() + 1h);
    };
    asio::co_spawn(loop.context(), waiter(loop, witness), [](std::exception_ptr) {});
    asio::co_spawn(loop.context(), sleeper(loop, witness), [](std::exception_ptr) {});
    loop.run_for(1s);
    EXPECT_EQ(witness.use_count(), 3);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace runtime::sim
