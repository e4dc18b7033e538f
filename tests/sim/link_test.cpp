// What a link does to messages, exact in virtual time.
#include "tests/sim/link_test.hpp"

#include <gmock/gmock.h>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using net::NetError;
using testing::ElementsAre;

TEST_F(LinkTest, DeliversAfterTheLatencyToTheNanosecond) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, "one");
    co_await sleep_until(100ms);
    co_await say(socket, "two");
  };

  start({.latency = 30ms + 7ns}, talk);
  loop_.run();

  EXPECT_EQ(connected_after_, 60ms + 14ns);
  EXPECT_THAT(heard_, ElementsAre(Heard("one", 60ms + 14ns), Heard("two", 130ms + 7ns)));
  EXPECT_EQ(end_, asio::error::eof);
}

TEST_F(LinkTest, JitterDelaysButKeepsTheOrder) {
  std::vector<std::string> said;
  const auto talk = [&](net::MessageSocket& socket) -> asio::awaitable<void> {
    for (int i = 0; i < 200; ++i) {
      said.push_back(std::to_string(i));
      co_await say(socket, said.back());
      co_await sleep_until((i + 1) * 1ms);
    }
  };

  start({.latency = 10ms, .jitter = 20ms}, talk);
  loop_.run();

  ASSERT_EQ(heard_.size(), said.size());
  Duration most{};
  for (std::size_t i = 0; i < heard_.size(); ++i) {
    EXPECT_EQ(heard_[i].first, said[i]);
    const Duration delay = heard_[i].second - taken_[i];
    EXPECT_GE(delay, 10ms);
    EXPECT_LT(delay, 30ms);
    most = std::max(most, delay);
  }
  EXPECT_GT(most, 20ms);
}

TEST_F(LinkTest, AWriterWaitsUntilThePeersProgramHasReadEnough) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, std::string(60, 'a'));
    co_await say(socket, std::string(40, 'b'));
    EXPECT_EQ(socket.unacked_bytes(), 100U);
    co_await say(socket, "c");
  };

  start({.latency = 50ms, .window_bytes = 100}, talk);
  loop_.run();

  // Taken at once: 60 + 40. The third, when the reader has read the first.
  EXPECT_THAT(taken_, ElementsAre(50ms, 50ms, 100ms));
  ASSERT_FALSE(heard_.empty());
  EXPECT_EQ(heard_.back(), Heard("c", 150ms));
}

TEST_F(LinkTest, AMessageAboveTheWindowPassesAlone) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, std::string(1000, 'a'));
    co_await say(socket, "b");
  };

  start({.latency = 10ms, .window_bytes = 100}, talk);
  loop_.run();

  EXPECT_THAT(taken_, ElementsAre(10ms, 20ms));
  EXPECT_EQ(heard_.size(), 2U);
}

TEST_F(LinkTest, APeerThatNeverReadsBlocksTheWriterForEver) {
  reads_ = false;
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    for (int i = 0; i < 100; ++i) co_await say(socket, std::string(10, 'a'));
  };

  start({.latency = 10ms, .window_bytes = 100}, talk);
  loop_.run_for(1h);

  EXPECT_EQ(taken_.size(), 10U);
}

TEST_F(LinkTest, AWindowOfZeroTakesNothingUntilItOpens) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    connection().set_window_to_client(0);
    co_await say(socket, "a");
  };

  start({.latency = 10ms}, talk);
  loop_.run_for(5s);
  const bool taken_before = !taken_.empty();
  connection().set_window_to_client(10);
  loop_.run();

  EXPECT_FALSE(taken_before);
  EXPECT_THAT(heard_, ElementsAre(Heard("a", 5s + 10ms)));
}

TEST_F(LinkTest, AStallHoldsBackWhatIsInFlightUntilItsEnd) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, "in flight");
    connection().stall_to_client(start_ + 500ms);
    co_await say(socket, "during");
    co_await sleep_until(495ms);
    co_await say(socket, "late");
  };

  start({.latency = 10ms}, talk);
  loop_.run();

  EXPECT_THAT(heard_, ElementsAre(Heard("in flight", 500ms), Heard("during", 500ms), Heard("late", 505ms)));
}

TEST_F(LinkTest, AStallWithoutEndFillsTheWindowAndIsEndedByResume) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await sleep_until(20ms);
    connection().stall_to_client(std::nullopt);
    for (int i = 0; i < 3; ++i) co_await say(socket, std::string(50, 'a'));
  };

  start({.latency = 10ms, .window_bytes = 100}, talk);
  loop_.run_for(10s);
  EXPECT_EQ(taken_.size(), 2U);
  EXPECT_TRUE(heard_.empty());
  connection().resume();
  loop_.run();

  EXPECT_THAT(taken_, ElementsAre(20ms, 20ms, 10s));
  ASSERT_EQ(heard_.size(), 3U);
  EXPECT_EQ(heard_.back().second, 10s + 10ms);
}

TEST_F(LinkTest, AStallOfOneDirectionLeavesTheOther) {
  std::optional<Duration> server_heard;
  const auto talk = [&](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await sleep_until(20ms);
    connection().stall_to_client(std::nullopt);
    const auto message = co_await socket.read();
    if (message) server_heard = since_start();
  };

  start({.latency = 10ms}, talk);
  loop_.run_until([&] { return client_ != nullptr; }, 1s);
  spawn(say(*client_, "hello"));
  loop_.run_for(1s);

  EXPECT_EQ(server_heard, 30ms);
}

TEST_F(LinkTest, AResetEndsPendingOperationsOfBothSidesAtOnce) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await sleep_until(20ms);
    co_await say(socket, std::string(100, 'a'));
    co_await say(socket, "waits for room");
  };

  start({.latency = 10ms, .window_bytes = 10}, talk);
  loop_.run_for(25ms);
  connection().reset();
  loop_.run();

  EXPECT_EQ(end_, asio::error::connection_reset);
  EXPECT_EQ(ended_after_, 25ms);
  EXPECT_EQ(write_error_, asio::error::connection_reset);
  EXPECT_EQ(taken_.back(), 25ms);
}

TEST_F(LinkTest, InABlackHoleNobodyIsToldOfAnything) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await sleep_until(20ms);
    connection().black_hole();
    co_await say(socket, "lost");
    connection().resume();
    socket.abort();
  };

  start({.latency = 10ms}, talk);
  loop_.run_for(1h);

  EXPECT_EQ(connected_after_, 20ms);
  EXPECT_TRUE(heard_.empty());
  EXPECT_EQ(ended_after_, -1ns);
  EXPECT_FALSE(write_error_);
}

TEST_F(LinkTest, AnOrderedThrowComesOutOfTheNextWriteAndOnlyThere) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    connection().throw_from_next_write(false);
    try {
      co_await say(socket, "never");
    } catch (const std::runtime_error&) {
      taken_.push_back(since_start());
    }
    co_await say(socket, "after");
  };

  start({}, talk);
  loop_.run();

  EXPECT_EQ(taken_.size(), 2U);
  EXPECT_THAT(heard_, ElementsAre(Heard("after", 0ns)));
}

}  // namespace
}  // namespace runtime::sim
