// Ends of a connection: how the simulated socket fails and closes, as a WebSocket over TCP does.
#include "runtime/async/with_deadline.hpp"
#include "tests/sim/link_test.hpp"

#include <gmock/gmock.h>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using net::CloseReason;
using net::NetError;
using testing::ElementsAre;

class MemorySocketTest : public LinkTest {
 protected:
  asio::awaitable<void> close(net::MessageSocket& socket, std::uint16_t code, std::string text) {
    CloseReason reason{code, std::move(text)};
    const auto closed = co_await socket.close(std::move(reason));
    close_error_ = closed ? error_code() : closed.error();
    closed_after_ = since_start();
  }
  std::optional<error_code> close_error_;
  Duration closed_after_{-1};
};

TEST_F(MemorySocketTest, ACloseFrameTravelsBehindTheDataWithItsCodeAndText) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, "last words");
    co_await close(socket, 4001, "done");
  };

  start({.latency = 10ms}, talk);
  loop_.run();

  EXPECT_THAT(heard_, ElementsAre(Heard("last words", 20ms)));
  EXPECT_EQ(end_, NetError::closed);
  ASSERT_TRUE(client_->peer_close());
  EXPECT_EQ(client_->peer_close()->code, 4001);
  EXPECT_EQ(client_->peer_close()->text, "done");
  // There and back: the peer's read answers.
  EXPECT_EQ(close_error_, error_code());
  EXPECT_EQ(closed_after_, 30ms);
}

TEST_F(MemorySocketTest, CloseEndsOurPendingRead) {
  std::optional<CloseReason> answer;
  const auto talk = [&](net::MessageSocket& socket) -> asio::awaitable<void> {
    using namespace asio::experimental::awaitable_operators;
    auto both = close(socket, 1000, "") && drain(socket);
    co_await std::move(both);
    answer = socket.peer_close();
  };

  start({.latency = 10ms}, talk);
  loop_.run();

  EXPECT_EQ(server_end_, NetError::closed);
  EXPECT_EQ(server_ended_after_, 30ms);
  EXPECT_EQ(close_error_, error_code());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, 1000);
}

TEST_F(MemorySocketTest, CloseWaitsBehindAWriteThatIsBlocked) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    connection().stall_to_client(start_ + 1s);
    co_await say(socket, std::string(100, 'a'));
    spawn(say(socket, "b"));
    co_await close(socket, 1000, "");
  };

  start({.latency = 10ms, .window_bytes = 100}, talk);
  loop_.run();

  EXPECT_THAT(heard_, ElementsAre(Heard(std::string(100, 'a'), 1s), Heard("b", 1s + 10ms)));
  EXPECT_FALSE(write_error_);
  EXPECT_EQ(end_, NetError::closed);
  EXPECT_EQ(ended_after_, 1s + 10ms);
}

TEST_F(MemorySocketTest, CloseDropsDataThatNobodyReadsAndFindsTheAnswer) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await sleep_until(1s);
    co_await close(socket, 1000, "");
  };

  start({.latency = 10ms, .window_bytes = 20}, talk);
  loop_.run_until([&] { return client_ != nullptr; }, 1s);
  spawn(say(*client_, std::string(20, 'a')));
  loop_.run();

  EXPECT_EQ(close_error_, error_code());
  EXPECT_EQ(closed_after_, 1s + 20ms);
}

TEST_F(MemorySocketTest, WritesAfterTheCloseAreRefused) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await close(socket, 1000, "");
    co_await say(socket, "too late");
    EXPECT_EQ(write_error_, NetError::closed);
    co_await close(socket, 1000, "");
    EXPECT_EQ(close_error_, NetError::closed);
  };

  start({}, talk);
  loop_.run();

  EXPECT_TRUE(heard_.empty());
}

TEST_F(MemorySocketTest, ACancelledReadKillsTheConnectionAndThePeerHearsOfItWhenTheSocketGoes) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    auto silent = co_await with_deadline(clock(), start_ + 1s, socket.read());
    EXPECT_EQ(silent.error(), asio::error::timed_out);
    auto again = co_await socket.read();
    EXPECT_EQ(again.error(), NetError::closed);
    co_await close(socket, 1000, "");
    EXPECT_EQ(close_error_, NetError::closed);
    EXPECT_EQ(since_start(), 1s) << "a dead connection answers at once";
    co_await sleep_until(2s);
  };

  start({.latency = 10ms}, talk);
  loop_.run();

  EXPECT_EQ(end_, asio::error::eof);
  EXPECT_EQ(ended_after_, 2s + 10ms);
}

TEST_F(MemorySocketTest, ACancelledWriteKillsTheConnection) {
  reads_ = false;
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, std::string(100, 'a'));
    auto blocked = co_await with_deadline(clock(), start_ + 1s, socket.write("b"));
    EXPECT_EQ(blocked.error(), asio::error::timed_out);
    co_await say(socket, "c");
    EXPECT_EQ(write_error_, NetError::closed);
  };

  start({.window_bytes = 100}, talk);
  loop_.run();

  EXPECT_EQ(taken_.size(), 2U);
}

TEST_F(MemorySocketTest, AnAbortReachesThePeerBehindTheData) {
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, "before");
    socket.abort();
    auto dead = co_await socket.read();
    EXPECT_EQ(dead.error(), NetError::closed);
  };

  start({.latency = 10ms}, talk);
  loop_.run();

  EXPECT_THAT(heard_, ElementsAre(Heard("before", 20ms)));
  EXPECT_EQ(end_, asio::error::connection_reset);
}

TEST_F(MemorySocketTest, AnAbortFreesAWriterThatWaitsForThePeer) {
  reads_ = false;
  const auto talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, std::string(100, 'a'));
    co_await say(socket, "b");
  };

  start({.latency = 10ms, .window_bytes = 100}, talk);
  loop_.run_for(1s);
  client_->abort();
  loop_.run();

  EXPECT_EQ(write_error_, asio::error::connection_reset);
  EXPECT_EQ(taken_.back(), 1s + 10ms);
}

TEST_F(MemorySocketTest, AMessageAboveTheLimitEndsTheConnectionWith1009) {
  net::ConnectionLimits limits;
  limits.message_bytes = 100;
  service_.talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> { co_await drain(socket); };
  listen(limits);
  spawn(hear_server());
  loop_.run();
  spawn(say(*client_, std::string(101, 'a')));
  loop_.run();

  EXPECT_EQ(server_end_, NetError::too_big);
  EXPECT_EQ(end_, NetError::closed);
  ASSERT_TRUE(client_->peer_close());
  EXPECT_EQ(client_->peer_close()->code, 1009);
}

TEST_F(MemorySocketTest, WriteAllKeepsTheOrderAndTheWindow) {
  const std::vector<std::string_view> messages{"one", "two", "three"};
  const auto talk = [&](net::MessageSocket& socket) -> asio::awaitable<void> {
    const auto written = co_await socket.write_all(messages);
    EXPECT_TRUE(written);
    taken_.push_back(since_start());
  };

  start({.latency = 10ms, .window_bytes = 6}, talk);
  loop_.run();

  EXPECT_THAT(taken_, ElementsAre(20ms));
  EXPECT_THAT(heard_, ElementsAre(Heard("one", 20ms), Heard("two", 20ms), Heard("three", 30ms)));
}

}  // namespace
}  // namespace runtime::sim
