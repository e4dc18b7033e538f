// What a Network promises of dialling, HTTP and servers.
#include "tests/loopback/network_contract.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <stdexcept>
#include <utility>

namespace tests {
namespace {
using namespace asio::experimental::awaitable_operators;
using net::HttpRequest;
using net::HttpResponse;
using net::NetError;

TEST_P(NetworkContract, CarriesARequestAndItsAnswerWithHeadersAndBodies) {
  listen();
  service_.answer = [](const HttpRequest& request) {
    auto response = net::make_response(201, "text/xml", "<Response>" + request.body + "</Response>");
    response.headers.add("X-Seen", std::string(request.headers.get("x-twice")));
    return response;
  };
  auto body = [&]() -> asio::awaitable<void> {
    HttpRequest request;
    request.method = "POST";
    request.target = "/webhook?a=1";
    request.headers.add("X-Twice", "first");
    request.headers.add("X-Twice", "second");
    request.body = "Hello";
    auto fetching = fetch(std::move(request));
    const auto fetched = co_await std::move(fetching);
    EXPECT_TRUE(fetched) << fetched.error.message() << " " << fetched.detail;
    EXPECT_EQ(fetched.response.status, 201);
    EXPECT_EQ(fetched.response.body, "<Response>Hello</Response>");
    EXPECT_EQ(fetched.response.headers.get("content-type"), "text/xml");
    EXPECT_EQ(fetched.response.headers.get("X-Seen"), "first");
  };

  run(body());

  ASSERT_EQ(service_.requests.size(), 1U);
  const auto& seen = service_.requests.front();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/webhook?a=1");
  EXPECT_EQ(seen.headers.get("Host"), url("/", false).authority());
  EXPECT_EQ(seen.secure, world_->identity().has_value());
  EXPECT_FALSE(seen.upgrade);
  EXPECT_NE(seen.peer, "");
}

TEST_P(NetworkContract, AnswersManyRequestsOneAfterAnother) {
  listen();
  service_.answer = [](const HttpRequest& request) {
    return net::make_response(200, "text/plain", request.target);
  };
  auto body = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 50; ++i) {
      HttpRequest request;
      request.target = "/" + std::to_string(i);
      auto fetching = fetch(request);
      const auto fetched = co_await std::move(fetching);
      EXPECT_EQ(fetched.response.body, request.target) << fetched.error.message();
    }
  };

  run(body());
}

TEST_P(NetworkContract, AnswersABodyAboveTheLimitWith413) {
  net::ConnectionLimits limits;
  limits.body_bytes = 1000;
  listen(limits);
  auto body = [&]() -> asio::awaitable<void> {
    HttpRequest request;
    request.method = "POST";
    request.body = std::string(1001, 'x');
    auto fetching = fetch(std::move(request));
    const auto fetched = co_await std::move(fetching);
    EXPECT_EQ(fetched.response.status, 413) << fetched.error.message();
  };

  run(body());

  EXPECT_TRUE(service_.requests.empty());
}

TEST_P(NetworkContract, ARefusedUpgradeCarriesStatusAndWords) {
  listen();
  const std::string words = "draining" + std::string(2 * net::kRefusalBytes, '.');
  service_.answer = [&words](const HttpRequest& request) {
    auto response = net::make_response(request.upgrade ? 503 : 200, "text/plain", words);
    response.headers.set("Retry-After", "17");
    return response;
  };
  auto body = [&]() -> asio::awaitable<void> {
    auto dialling = dial();
    const auto dialled = co_await std::move(dialling);
    EXPECT_FALSE(dialled);
    EXPECT_EQ(dialled.error, NetError::refused);
    EXPECT_EQ(dialled.http_status, 503);
    EXPECT_TRUE(dialled.detail.starts_with("draining")) << dialled.detail;
    EXPECT_EQ(dialled.body, words.substr(0, net::kRefusalBytes));
    EXPECT_EQ(dialled.retry_after, "17");
  };

  run(body());

  EXPECT_EQ(service_.serving, 0);
}

TEST_P(NetworkContract, AnUpgradeShowsItsHeadersAndSelectsASubprotocol) {
  listen();
  service_.answer = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 101;
    response.headers.add("Sec-WebSocket-Protocol", "realtime");
    return response;
  };
  auto body = [&]() -> asio::awaitable<void> {
    net::WebSocketRequest request;
    request.url = url("/v1/realtime?model=m", true);
    request.headers.add("Authorization", "Bearer key");
    request.subprotocols = {"other", "realtime"};
    auto dialling = world_->client().connect(std::move(request));
    const auto dialled = co_await std::move(dialling);
    EXPECT_TRUE(dialled) << dialled.error.message() << " " << dialled.detail;
    EXPECT_EQ(dialled.http_status, 101);
    EXPECT_EQ(dialled.subprotocol, "realtime");
  };

  run(body());

  ASSERT_EQ(service_.requests.size(), 1U);
  const auto& seen = service_.requests.front();
  EXPECT_TRUE(seen.upgrade);
  EXPECT_EQ(seen.target, "/v1/realtime?model=m");
  EXPECT_EQ(seen.headers.get("Authorization"), "Bearer key");
  EXPECT_EQ(seen.headers.get("Sec-WebSocket-Protocol"), "other, realtime");
}

TEST_P(NetworkContract, APortWithoutAListenerRefuses) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    co_await listener_->shut_down();
    auto dialling = dial();
    const auto dialled = co_await std::move(dialling);
    EXPECT_FALSE(dialled);
    EXPECT_EQ(dialled.error, asio::error::connection_refused) << dialled.error.message();
    HttpRequest request;
    auto fetching = fetch(std::move(request));
    const auto fetched = co_await std::move(fetching);
    EXPECT_EQ(fetched.error, asio::error::connection_refused) << fetched.error.message();
  };

  run(body());
}

TEST_P(NetworkContract, StoppingToAcceptLeavesRunningConnectionsAlone) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    listener_->stop_accepting();
    auto dialling = dial();
    const auto dialled = co_await std::move(dialling);
    EXPECT_EQ(dialled.error, asio::error::connection_refused) << dialled.error.message();
    EXPECT_TRUE(co_await client_->write("still here"));
    const auto message = co_await server_->read();
    EXPECT_TRUE(message && message->payload == "still here");
  };

  run(body());
}

TEST_P(NetworkContract, ShuttingDownEndsEveryConnectionAndWaitsForTheirTasks) {
  listen();
  service_.talk = [](net::MessageSocket& socket) -> asio::awaitable<void> { (void)co_await socket.read(); };
  auto body = [&]() -> asio::awaitable<void> {
    std::vector<std::unique_ptr<net::MessageSocket>> clients;
    for (int i = 0; i < 5; ++i) {
      auto dialling = dial();
      auto dialled = co_await std::move(dialling);
      EXPECT_TRUE(dialled) << dialled.error.message();
      if (dialled) clients.push_back(std::move(dialled.socket));
    }
    while (service_.serving < 5) co_await clock().sleep_until(in(1ms));
    co_await listener_->shut_down();
    EXPECT_EQ(service_.serving, 0);
    for (auto& client : clients) EXPECT_FALSE(co_await client->read());
  };

  run(body());

  EXPECT_TRUE(world_->failures.empty()) << "being cancelled is no failure";
}

TEST_P(NetworkContract, ServesTwentyConnectionsAtOnce) {
  listen();
  service_.talk = [](net::MessageSocket& socket) -> asio::awaitable<void> {
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) co_return;
      const std::string echo(message->payload);
      const auto written = co_await socket.write(echo);
      if (!written) co_return;
    }
  };
  int finished = 0;
  auto one = [&](int number) -> asio::awaitable<void> {
    auto dialling = dial();
    auto dialled = co_await std::move(dialling);
    EXPECT_TRUE(dialled) << dialled.error.message();
    for (int i = 0; dialled && i < 20; ++i) {
      const auto text = std::to_string(number) + "/" + std::to_string(i);
      EXPECT_TRUE(co_await dialled.socket->write(text));
      const auto message = co_await dialled.socket->read();
      EXPECT_TRUE(message && message->payload == text);
    }
    ++finished;
  };
  std::array<bool, 20> ended{};

  for (int i = 0; i < 20; ++i) spawn(one(i), ended.at(static_cast<std::size_t>(i)));

  EXPECT_TRUE(world_->run_until([&] { return finished == 20; }, 10s));
}

TEST_P(NetworkContract, ClosesConnectionsAboveTheLimitAtOnce) {
  net::ConnectionLimits limits;
  limits.connections = 1;
  listen(limits);
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    auto dialling = dial();
    const auto dialled = co_await std::move(dialling);
    EXPECT_FALSE(dialled);
    EXPECT_TRUE(co_await client_->write("one is enough"));
    const auto message = co_await server_->read();
    EXPECT_TRUE(message);
  };

  run(body());
}

TEST_P(NetworkContract, AServiceThatThrowsEndsItsOwnConnectionOnly) {
  listen();
  auto body = [&]() -> asio::awaitable<void> {
    const bool connected = co_await connect();
    if (!connected) co_return;
    service_.talk = [](net::MessageSocket& socket) -> asio::awaitable<void> {
      (void)co_await socket.read();
      throw std::runtime_error("a bug in a call");
    };
    auto dialling = dial();
    auto dialled = co_await std::move(dialling);
    EXPECT_TRUE(dialled) << dialled.error.message();
    if (!dialled) co_return;
    EXPECT_TRUE(co_await dialled.socket->write("go"));
    const auto ended = co_await dialled.socket->read();
    EXPECT_EQ(ended.error(), NetError::closed) << ended.error().message();
    const auto heard = dialled.socket->peer_close();
    EXPECT_TRUE(heard && heard->code == 1011);
    EXPECT_TRUE(co_await client_->write("unharmed"));
    EXPECT_TRUE(co_await server_->read());
    while (world_->failures.empty()) co_await clock().sleep_until(in(1ms));
  };

  run(body());

  EXPECT_EQ(world_->failures.size(), 1U);
}

TEST_P(NetworkContract, AnAnswerThatThrowsIs500AndHeardOf) {
  listen();
  service_.answer = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("a bug in a page"); };
  auto body = [&]() -> asio::awaitable<void> {
    HttpRequest request;
    auto fetching = fetch(std::move(request));
    const auto fetched = co_await std::move(fetching);
    EXPECT_EQ(fetched.response.status, 500) << fetched.error.message();
    while (world_->failures.empty()) co_await clock().sleep_until(in(1ms));
  };

  run(body());

  EXPECT_EQ(world_->failures.size(), 1U);
}
}  // namespace
}  // namespace tests
