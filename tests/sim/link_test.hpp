#pragma once
#include "tests/sim/fabric_test.hpp"

#include <string>
#include <utility>
#include <vector>

namespace runtime::sim {

/// A client that dials and notes, with the time, whatever the server says until the line ends.
class LinkTest : public FabricTest {
 protected:
  using FabricTest::FabricTest;
  using Heard = std::pair<std::string, Duration>;

  /// `talk` is the server's side.
  void start(LinkOptions link, std::function<boost::asio::awaitable<void>(net::MessageSocket&)> talk) {
    options_.default_link = link;
    service_.talk = std::move(talk);
    listen();
    spawn(hear_server());
  }
  /// Writes, and notes when the transport had taken it or what went wrong.
  boost::asio::awaitable<void> say(net::MessageSocket& socket, std::string text) {
    const auto written = co_await socket.write(text);
    if (!written) write_error_ = written.error();
    taken_.push_back(since_start());
  }
  boost::asio::awaitable<void> sleep_until(Duration since_start) {
    co_await clock().sleep_until(start_ + since_start);
  }
  /// Reads until the line ends, and notes how.
  boost::asio::awaitable<void> drain(net::MessageSocket& socket) {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) {
        server_end_ = message.error();
        server_ended_after_ = since_start();
        co_return;
      }
    }
  }
  boost::asio::awaitable<void> hear_server() {
    auto dialled = co_await dial();
    EXPECT_TRUE(dialled) << dialled.error.message() << ": " << dialled.detail;
    if (!dialled) co_return;
    connected_after_ = since_start();
    client_ = std::move(dialled.socket);
    while (reads_) {
      const auto message = co_await client_->read();
      if (!message) {
        end_ = message.error();
        ended_after_ = since_start();
        co_return;
      }
      heard_.emplace_back(message->payload, since_start());
    }
  }

  bool reads_ = true;  // false: the client never reads
  std::vector<Heard> heard_;
  std::vector<Duration> taken_;
  Duration connected_after_{-1};
  Duration ended_after_{-1};
  Duration server_ended_after_{-1};
  error_code end_;
  error_code server_end_;
  error_code write_error_;
};

}  // namespace runtime::sim
