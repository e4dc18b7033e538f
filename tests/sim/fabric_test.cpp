// Dials, HTTP, services and their failures in the simulated world; at both levels where they agree.
#include "tests/sim/fabric_test.hpp"
#include "runtime/net/byte_network.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace runtime::sim {
namespace {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using net::NetError;

class DialTest : public FabricTest, public testing::WithParamInterface<Level> {
 protected:
  DialTest() : FabricTest(GetParam()) { options_.default_link.latency = 10ms; }

  asio::awaitable<void> try_dial(std::string url) {
    dialled_ = co_await dial(std::move(url));
    dialled_after_ = since_start();
  }
  asio::awaitable<void> try_fetch(std::string url, std::string body, Duration deadline = 10s) {
    net::HttpRequest request;
    request.method = "POST";
    request.body = std::move(body);
    auto fetching = fabric().network("client").fetch(*net::parse_url(url), std::move(request), deadline);
    fetched_ = co_await std::move(fetching);
    fetched_after_ = since_start();
  }
  void when_connected(std::function<void(Connection&)> fault) {
    fabric().on_connection([fault](std::shared_ptr<Connection> connection) { fault(*connection); });
  }
  net::Dialled dialled_;
  Duration dialled_after_{-1};
  net::Fetched fetched_;
  Duration fetched_after_{-1};
};
INSTANTIATE_TEST_SUITE_P(Both, DialTest, testing::Values(Level::message, Level::byte), [](const auto& level) {
  return level.param == Level::message ? "Messages" : "Bytes";
});

TEST_P(DialTest, AnUnreachableHostFailsAsRealOnesDo) {
  struct Case {
    Reachability reachability;
    error_code error;
    Duration after;
  };
  const Case cases[] = {{Reachability::refused, asio::error::connection_refused, 20ms},
                        {Reachability::unresolved, NetError::unresolved, 0ms},
                        {Reachability::unroutable, asio::error::timed_out, 5s},
                        {Reachability::tls_failure, NetError::tls, 20ms},
                        {Reachability::tls_expired, NetError::tls, 20ms}};
  listen();
  for (const Case& c : cases) {
    fabric().set_reachability("server:80", c.reachability);
    const Duration before = since_start();
    spawn(try_dial("ws://server/"));
    loop_.run();
    EXPECT_EQ(dialled_.error, c.error);
    EXPECT_EQ(dialled_after_ - before, c.after) << c.error.message();
    spawn(try_fetch("http://server/", ""));
    loop_.run();
    EXPECT_EQ(fetched_.error, c.error);
  }
  fabric().set_reachability("server:80", Reachability::up);
  spawn(try_dial("ws://server/"));
  loop_.run();
  EXPECT_TRUE(dialled_);
}

TEST_P(DialTest, APortWithoutListenerRefusesAndAnUnknownHostDoesNotResolve) {
  listen();
  spawn(try_dial("ws://server:81/"));
  loop_.run();
  EXPECT_EQ(dialled_.error, asio::error::connection_refused);
  spawn(try_dial("ws://nowhere/"));
  loop_.run();
  EXPECT_EQ(dialled_.error, NetError::unresolved);
}

TEST_P(DialTest, TheServiceSeesTheHandshakeAsItIsOnTheWire) {
  listen();
  spawn(try_dial("ws://server/media?x=1"));
  loop_.run();

  ASSERT_TRUE(dialled_) << dialled_.error.message();
  EXPECT_EQ(dialled_.http_status, 101);
  ASSERT_EQ(service_.requests.size(), 1U);
  const auto& request = service_.requests.front();
  EXPECT_TRUE(request.upgrade);
  EXPECT_EQ(request.target, "/media?x=1");
  EXPECT_EQ(request.peer, "client");
  EXPECT_EQ(request.headers.get("host"), "server");
  EXPECT_EQ(request.headers.get("upgrade"), "websocket");
  EXPECT_EQ(request.headers.get("sec-websocket-version"), "13");
  EXPECT_EQ(request.headers.get("sec-websocket-key").size(), 24U);
  EXPECT_EQ(connection().client(), "client");
  EXPECT_EQ(connection().server(), "server:80");
  EXPECT_EQ(connection().target(), "/media?x=1");
}

TEST_P(DialTest, ADialIntoABlackHoleEndsAtTheHandshakesDeadline) {
  listen();
  when_connected([](Connection& connection) { connection.black_hole(); });
  spawn(try_dial("ws://server/"));
  loop_.run();
  EXPECT_EQ(dialled_.error, asio::error::timed_out);
  EXPECT_EQ(dialled_after_, 5s);
}

TEST_P(DialTest, AnExchangeTakesTheLatencyThereAndBackAndAStallOnTop) {
  listen();
  service_.answer = [](const net::HttpRequest& r) { return net::make_response(200, "text/plain", r.body); };
  spawn(try_fetch("http://server/echo", "hello"));
  loop_.run_until([this] { return fetched_after_ >= 0ms; }, 1s);
  EXPECT_EQ(fetched_.response.body, "hello");
  EXPECT_EQ(fetched_after_, 20ms);

  when_connected([this](Connection& connection) { connection.stall_to_server(loop_.now() + 2s); });
  const Duration before = since_start();
  fetched_after_ = Duration(-1);
  spawn(try_fetch("http://server/echo", "again"));
  loop_.run_until([this] { return fetched_after_ >= 0ms; }, 10s);
  EXPECT_EQ(fetched_.response.body, "again");
  EXPECT_EQ(fetched_after_ - before, 2s + 10ms);
}

TEST_P(DialTest, AnExchangeEndsAtItsDeadlineInABlackHoleAndAtOnceByAReset) {
  listen();
  when_connected([](Connection& connection) { connection.black_hole(); });
  spawn(try_fetch("http://server/", "", 3s));
  loop_.run_until([this] { return fetched_after_ >= 0ms; }, 20s);
  EXPECT_EQ(fetched_.error, asio::error::timed_out);
  EXPECT_EQ(fetched_after_, 3s);

  when_connected([](Connection& connection) { connection.reset(); });
  fetched_after_ = Duration(-1);
  const Duration before = since_start();
  spawn(try_fetch("http://server/", ""));
  loop_.run_until([this] { return fetched_after_ >= 0ms; }, 20s);
  EXPECT_EQ(fetched_.error, asio::error::connection_reset);
  EXPECT_EQ(fetched_after_, before);
}

TEST_P(DialTest, AFaultThrownFromAWriteEndsThatConnectionWith1011AndIsReported) {
  service_.talk = [this](net::MessageSocket& socket) -> asio::awaitable<void> {
    connection().throw_from_next_write(false);
    (void)co_await socket.write("never");
  };
  std::optional<net::CloseReason> close;
  const auto reader = [&]() -> asio::awaitable<void> {
    auto dialled = co_await dial();
    client_ = std::move(dialled.socket);
    const auto message = co_await client_->read();
    EXPECT_EQ(message.error(), NetError::closed);
    close = client_->peer_close();
  };
  listen();
  spawn(reader());
  loop_.run();

  EXPECT_EQ(failures_, 1);
  ASSERT_TRUE(close);
  EXPECT_EQ(close->code, 1011);
}

TEST_P(DialTest, LinksAreChosenByBothEndsAndTheLatestRuleWins) {
  listen();
  fabric().set_link("", "", {.latency = 1ms}, {.latency = 1ms});
  fabric().set_link("client", "server:80", {.latency = 100ms}, {.latency = 50ms});
  fabric().set_link("another", "", {.latency = 7ms}, {.latency = 7ms});
  spawn(try_dial("ws://server/"));
  loop_.run_until([this] { return dialled_after_ >= 0ms; }, 1s);
  EXPECT_EQ(dialled_after_, 150ms);
}

TEST_P(DialTest, AnAddressCanBeBoundOnceUntilItIsFree) {
  listen();
  net::Endpoint endpoint;
  endpoint.host = "server";
  endpoint.port = 80;
  EXPECT_EQ(fabric().network("server").listen(endpoint, service_).error(), asio::error::address_in_use);
  listener_->stop_accepting();
  auto second = fabric().network("server").listen(endpoint, service_);
  ASSERT_TRUE(second);
  endpoint.port = 0;
  auto third = fabric().network("server").listen(endpoint, service_);
  EXPECT_GE((*third)->port(), 49152);
}

TEST_P(DialTest, WhatAListenerRefusesIsToldToWhoeverWatchesItsHost) {
  std::vector<net::Refusal> refusals;
  net::ServerWatch watch;
  watch.on_refusal = [&](net::Refusal why) { refusals.push_back(why); };
  fabric().set_watch("server", std::move(watch));
  net::ConnectionLimits limits;
  limits.body_bytes = 10;
  listen(limits);
  spawn(try_fetch("http://server/", "eleven bytes"));
  loop_.run();
  EXPECT_EQ(fetched_.response.status, 413);
  EXPECT_EQ(refusals, std::vector{net::Refusal::body_size});
}

TEST_P(DialTest, BeyondItsLimitOfConnectionsAListenerClosesAtOnce) {
  service_.talk = [this](net::MessageSocket&) -> asio::awaitable<void> {
    (void)co_await clock().sleep_until(start_ + 1h);
  };
  std::vector<net::Refusal> refusals;
  net::ServerWatch watch;
  watch.on_refusal = [&](net::Refusal why) { refusals.push_back(why); };
  fabric().set_watch("server", std::move(watch));
  net::ConnectionLimits limits;
  limits.connections = 1;
  listen(limits);
  spawn(try_dial("ws://server/"));
  loop_.run_for(1s);
  ASSERT_TRUE(dialled_);
  client_ = std::move(dialled_.socket);
  spawn(try_dial("ws://server/"));
  loop_.run_for(1s);
  EXPECT_EQ(dialled_.error, asio::error::connection_reset);
  EXPECT_EQ(refusals, std::vector{net::Refusal::connections});
}

TEST_P(DialTest, BytesAreThereAtTheirOwnLevelAlone) {
  listen();
  net::Opened opened;
  auto dialling = [&]() -> asio::awaitable<void> {
    opened = co_await fabric().byte_network("client").dial(*net::parse_url("http://server/"), 1s);
  };
  spawn(dialling());
  loop_.run_for(1s);
  if (GetParam() == Level::byte) {
    EXPECT_TRUE(opened.stream);
    EXPECT_EQ(connection().client(), "client");
  } else {
    EXPECT_EQ(opened.error, asio::error::operation_not_supported);
  }
}

}  // namespace
}  // namespace runtime::sim
