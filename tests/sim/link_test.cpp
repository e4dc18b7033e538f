// What a link does to messages, exact in virtual time.
#include "runtime/async/with_deadline.hpp"
#include "tests/sim/fabric_test.hpp"

#include <gmock/gmock.h>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using net::NetError;
using testing::ElementsAre;

class LinkTest : public FabricTest {
 protected:
  /// Dials, and notes with its time whatever the server says until the line ends.
  asio::awaitable<void> listen_to_server() {
    auto dialled = co_await dial();
    EXPECT_TRUE(dialled) << dialled.error.message() << ": " << dialled.detail;
    if (!dialled) co_return;
    connected_after_ = since_start();
    client_ = std::move(dialled.socket);
    for (;;) {
      auto message = co_await client_->read();
      if (!message) {
        end_ = message.error();
        ended_after_ = since_start();
        co_return;
      }
      heard_.emplace_back(message->payload, since_start());
    }
  }
  void start(LinkOptions link) {
    options_.default_link = link;
    listen();
    spawn(listen_to_server());
  }
  asio::awaitable<void> say(net::MessageSocket& socket, std::string text) {
    auto written = co_await socket.write(text);
    if (!written) write_error_ = written.error();
    taken_.push_back(since_start());
  }

  using Heard = std::pair<std::string, Duration>;
  std::vector<Heard> heard_;
  std::vector<Duration> taken_;
  Duration connected_after_{-1};
  Duration ended_after_{-1};
  error_code end_;
  error_code write_error_;
};

TEST_F(LinkTest, DeliversAfterTheLatencyToTheNanosecond) {
  service_.talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    co_await say(socket, "one");
    co_await clock().sleep_until(start_ + 100ms);
    co_await say(socket, "two");
  };

  start({.latency = 30ms + 7ns});
  loop_.run();

  EXPECT_EQ(connected_after_, 60ms + 14ns);
  EXPECT_THAT(heard_, ElementsAre(Heard("one", 60ms + 14ns), Heard("two", 130ms + 7ns)));
  EXPECT_EQ(end_, asio::error::eof);
}

}  // namespace
}  // namespace runtime::sim
