#pragma once
#include "runtime/core/random.hpp"
#include "runtime/sim/network.hpp"
#include "tests/sim/sim_test.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace runtime::sim {

/// A service whose two halves a test gives as functions. Without them: 200 "ok", every upgrade accepted.
class LambdaService final : public net::Service {
 public:
  std::function<net::HttpResponse(const net::HttpRequest&)> answer;
  std::function<boost::asio::awaitable<void>(net::MessageSocket&)> talk;
  std::vector<net::HttpRequest> requests;

  boost::asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override {
    requests.push_back(request);
    if (answer) co_return answer(request);
    if (request.upgrade) co_return net::HttpResponse{101, {}, {}};
    co_return net::make_response(200, "text/plain", "ok");
  }
  boost::asio::awaitable<void> serve(net::HttpRequest, std::unique_ptr<net::MessageSocket> socket) override {
    if (talk) co_await talk(*socket);
  }
};

/// Two programs, "client" and "server", of which the second listens on server:80.
class FabricTest : public SimTest {
 protected:
  explicit FabricTest(Level level = Level::message) : options_{level, {}} {}

  Fabric& fabric() {
    if (!fabric_) {
      fabric_.emplace(loop_, random_, options_);
      fabric_->on_connection([this](std::shared_ptr<Connection> c) { connections_.push_back(std::move(c)); });
      fabric_->on_failure([this](std::exception_ptr) { ++failures_; });
    }
    return *fabric_;
  }
  void listen(net::ConnectionLimits limits = {}) {
    net::Endpoint endpoint;
    endpoint.host = "server";
    endpoint.port = 80;
    endpoint.limits = limits;
    auto listener = fabric().network("server").listen(std::move(endpoint), service_);
    ASSERT_TRUE(listener) << listener.error().message();
    listener_ = std::move(*listener);
  }
  boost::asio::awaitable<net::Dialled> dial(std::string url = "ws://server/media") {
    net::WebSocketRequest request;
    request.url = *net::parse_url(url);
    auto dialling = fabric().network("client").connect(std::move(request));
    co_return co_await std::move(dialling);
  }
  Connection& connection() { return *connections_.back(); }
  /// Ends what the listener still serves, as every program does before it goes.
  void TearDown() override {
    client_.reset();
    if (!listener_) return;
    spawn(end_listener());
    loop_.run();
  }
  boost::asio::awaitable<void> end_listener() { co_await listener_->shut_down(); }

  SeededRandom random_{1};
  FabricOptions options_;
  LambdaService service_;
  std::optional<Fabric> fabric_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<net::MessageSocket> client_;
  std::vector<std::shared_ptr<Connection>> connections_;
  int failures_ = 0;
};

}  // namespace runtime::sim
