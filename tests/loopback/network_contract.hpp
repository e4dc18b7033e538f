#pragma once
#include "runtime/async/event.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/network.hpp"
#include "tests/loopback/network_world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests {
namespace asio = boost::asio;
namespace net = runtime::net;
using namespace std::chrono_literals;

/// A server's two halves as functions. Without them: 200 "ok"; an upgrade is accepted, its socket handed to
/// the test, and its task waits for `over`.
class ScriptedService final : public net::Service {
 public:
  explicit ScriptedService(asio::any_io_executor executor) : arrived(executor), over(std::move(executor)) {}
  std::function<net::HttpResponse(const net::HttpRequest&)> answer;
  std::function<asio::awaitable<void>(net::MessageSocket&)> talk;
  std::vector<net::HttpRequest> requests;
  std::vector<std::unique_ptr<net::MessageSocket>> sockets;
  runtime::Signal arrived;
  runtime::Event over;
  int serving = 0;

  asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override;
  asio::awaitable<void> serve(net::HttpRequest request, std::unique_ptr<net::MessageSocket> socket) override;
};

/// What every Network, and every socket and server of it, promises.
class NetworkContract : public testing::TestWithParam<WorldKind> {
 protected:
  NetworkContract();
  ~NetworkContract() override;

  void listen(net::ConnectionLimits limits = {});
  net::Url url(std::string_view target, bool websocket) const;
  asio::awaitable<net::Dialled> dial(net::ConnectionLimits limits = {});
  asio::awaitable<net::Fetched> fetch(net::HttpRequest request);
  /// Fills client_ and server_ with the two ends of one connection.
  asio::awaitable<bool> connect(net::ConnectionLimits limits = {});
  /// Runs a test's body to its end, which must come in ten seconds.
  void run(asio::awaitable<void> body);
  void spawn(asio::awaitable<void> task, bool& ended);
  runtime::Clock& clock() { return world_->clock(); }
  runtime::TimePoint in(runtime::Duration span) { return clock().now() + span; }

  std::unique_ptr<NetworkWorld> world_;
  ScriptedService service_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<net::MessageSocket> client_;
  net::MessageSocket* server_ = nullptr;
};

/// The next message, or "error: ...".
asio::awaitable<std::string> text_of(net::MessageSocket& socket);

}  // namespace tests
