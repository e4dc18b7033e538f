#include "tests/loopback/network_contract.hpp"

#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace tests {

asio::awaitable<net::HttpResponse> ScriptedService::respond(const net::HttpRequest& request) {
  requests.push_back(request);
  if (answer) co_return answer(request);
  net::HttpResponse response;
  if (request.upgrade) {
    response.status = 101;
  } else {
    response = net::make_response(200, "text/plain", "ok");
  }
  co_return response;
}

asio::awaitable<void> ScriptedService::serve(net::HttpRequest, std::unique_ptr<net::MessageSocket> socket) {
  struct Counted {
    int& count;
    explicit Counted(int& c) : count(++c) {}
    ~Counted() { --count; }
  };
  const Counted counted(serving);
  if (talk) {
    auto talking = talk(*socket);
    co_await std::move(talking);
    co_return;
  }
  sockets.push_back(std::move(socket));
  arrived.notify();
  co_await over.wait();
}

NetworkContract::NetworkContract() : world_(GetParam().make()), service_(world_->executor()) {}

NetworkContract::~NetworkContract() {
  client_.reset();
  service_.sockets.clear();
  if (!listener_) return;
  bool ended = false;
  spawn(listener_->shut_down(), ended);
  EXPECT_TRUE(world_->run_until([&] { return ended; }, 10s)) << "the listener does not end";
}

void NetworkContract::listen(net::ConnectionLimits limits) {
  net::Endpoint endpoint;
  endpoint.host = world_->host();
  endpoint.tls = world_->identity();
  endpoint.limits = limits;
  auto listener = world_->server().listen(std::move(endpoint), service_);
  ASSERT_TRUE(listener) << listener.error().message();
  listener_ = std::move(*listener);
}

net::Url NetworkContract::url(std::string_view target, bool websocket) const {
  net::Url url;
  url.scheme = world_->identity() ? (websocket ? "wss" : "https") : (websocket ? "ws" : "http");
  url.host = world_->host();
  url.port = listener_->port();
  url.target = target;
  return url;
}

asio::awaitable<net::Dialled> NetworkContract::dial(net::ConnectionLimits limits) {
  net::WebSocketRequest request;
  request.url = url("/media?call=1", true);
  request.limits = limits;
  auto dialling = world_->client().connect(std::move(request));
  co_return co_await std::move(dialling);
}

asio::awaitable<net::Fetched> NetworkContract::fetch(net::HttpRequest request) {
  const auto target = request.target;
  auto fetching = world_->client().fetch(url(target, false), std::move(request), 5s);
  co_return co_await std::move(fetching);
}

asio::awaitable<bool> NetworkContract::connect(net::ConnectionLimits limits) {
  auto dialling = dial(limits);
  auto dialled = co_await std::move(dialling);
  EXPECT_TRUE(dialled) << dialled.error.message() << " " << dialled.detail;
  if (!dialled) co_return false;
  client_ = std::move(dialled.socket);
  while (service_.sockets.empty()) co_await service_.arrived.wait();
  server_ = service_.sockets.back().get();
  co_return true;
}

void NetworkContract::spawn(asio::awaitable<void> task, bool& ended) {
  auto finished = [&ended](std::exception_ptr error) {
    ended = true;
    if (!error) return;
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      ADD_FAILURE() << "coroutine ended by exception: " << e.what();
    }
  };
  asio::co_spawn(world_->executor(), std::move(task), finished);
}

void NetworkContract::run(asio::awaitable<void> body) {
  bool ended = false;
  spawn(std::move(body), ended);
  // A body that hangs refers to the test's locals: going on would only hide which test it was.
  if (!world_->run_until([&] { return ended; }, 10s)) {
    ADD_FAILURE() << "the test's body does not end";
    std::abort();
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetworkContract,
                         testing::Values(WorldKind{"Plain", make_plain_world},
                                         WorldKind{"Tls", make_tls_world},
                                         WorldKind{"SimulatedMessages", make_message_world},
                                         WorldKind{"SimulatedBytes", make_byte_world}),
                         [](const auto& kind) { return kind.param.name; });
asio::awaitable<std::string> text_of(net::MessageSocket& socket) {
  auto message = co_await socket.read();
  co_return message ? std::string(message->payload) : "error: " + message.error().message();
}

}  // namespace tests
