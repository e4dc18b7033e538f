#include "runtime/sim/sim_network.hpp"

#include "runtime/async/with_deadline.hpp"
#include "runtime/sim/http_head.hpp"
#include "runtime/sim/listener.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
constexpr std::size_t kDetailBytes = 256;

net::Dialled no_socket(error_code error, std::string detail) {
  net::Dialled dialled;
  dialled.error = error;
  dialled.detail = std::move(detail);
  return dialled;
}

net::Fetched no_response(error_code error, std::string detail) {
  net::Fetched fetched;
  fetched.error = error;
  fetched.detail = std::move(detail);
  return fetched;
}
}  // namespace

SimNetwork::SimNetwork(std::shared_ptr<World> world, std::string name)
    : world_(std::move(world)), name_(std::move(name)) {}

asio::awaitable<error_code> SimNetwork::reach(const World::Route& route, Duration connect) {
  if (!route.error) co_return error_code();
  if (route.answer_after == Duration::zero()) co_return route.error;
  Clock& clock = world_->loop().clock();
  const bool heard = route.answer_after <= connect;
  if (!co_await clock.sleep_until(clock.now() + std::min(route.answer_after, connect))) {
    co_return error_code(asio::error::operation_aborted);
  }
  if (heard) co_return route.error;
  co_return error_code(asio::error::timed_out);
}

std::shared_ptr<MessageDuplex> SimNetwork::open(const World::Route& route, const net::Url& url) {
  ConnectionNames names{name_, route.server, url.target};
  const MessageDuplex::Links links{route.to_server, route.to_client, world_->random().next()};
  auto duplex = std::make_shared<MessageDuplex>(world_->loop(), std::move(names), links);
  world_->announce(duplex);
  return duplex;
}

asio::awaitable<Result<void>> SimNetwork::ask(MemorySocket& socket) {
  const auto sent = co_await socket.send_head();
  if (!sent) co_return sent;
  co_return co_await socket.receive_head();
}

asio::awaitable<net::Dialled> SimNetwork::connect(net::WebSocketRequest request) {
  World::Route route = world_->route(name_, request.url);
  const error_code error = co_await reach(route, request.limits.connect);
  if (error) co_return no_socket(error, std::move(route.detail));
  auto dialling = connect_messages(std::move(route), std::move(request));
  co_return co_await std::move(dialling);
}

asio::awaitable<net::Dialled> SimNetwork::connect_messages(World::Route route,
                                                           net::WebSocketRequest request) {
  Clock& clock = world_->loop().clock();
  const net::ConnectionLimits limits = request.limits;
  auto duplex = open(route, request.url);
  route.listener->accept(duplex, request.url.secure());
  auto socket = std::make_unique<MemorySocket>(duplex, Side::client, limits.message_bytes);
  duplex->request = upgrade_head(std::move(request), world_->random());
  auto asking = ask(*socket);
  const auto answered = co_await with_deadline(clock, clock.now() + limits.handshake, std::move(asking));
  if (!answered) co_return no_socket(answered.error(), "no answer to the upgrade");
  const net::HttpResponse& response = *duplex->response;
  net::Dialled dialled;
  dialled.http_status = response.status;
  if (response.status == 101) {
    dialled.subprotocol = response.headers.get("Sec-WebSocket-Protocol");
    dialled.socket = std::move(socket);
  } else {
    dialled.error = net::NetError::refused;
    dialled.detail = response.body.substr(0, kDetailBytes);
  }
  co_return dialled;
}

asio::awaitable<net::Fetched> SimNetwork::fetch(net::Url url, net::HttpRequest request, Duration deadline) {
  World::Route route = world_->route(name_, url);
  const net::ConnectionLimits limits;
  const error_code error = co_await reach(route, limits.connect);
  if (error) co_return no_response(error, std::move(route.detail));
  auto fetching = fetch_messages(std::move(route), std::move(url), std::move(request), deadline);
  co_return co_await std::move(fetching);
}

asio::awaitable<net::Fetched> SimNetwork::fetch_messages(World::Route route, net::Url url,
                                                         net::HttpRequest request, Duration deadline) {
  Clock& clock = world_->loop().clock();
  const net::ConnectionLimits limits;
  auto duplex = open(route, url);
  route.listener->accept(duplex, url.secure());
  MemorySocket socket(duplex, Side::client, limits.message_bytes);
  duplex->request = request_head(url, std::move(request));
  auto asking = ask(socket);
  const auto answered = co_await with_deadline(clock, clock.now() + deadline, std::move(asking));
  if (!answered) co_return no_response(answered.error(), "no answer from " + duplex->server());
  net::Fetched fetched;
  fetched.response = std::move(*duplex->response);
  if (fetched.response.body.size() > limits.body_bytes) {
    co_return no_response(net::NetError::too_big, "body above the limit");
  }
  co_return fetched;
}

Result<std::unique_ptr<net::Listener>> SimNetwork::listen(net::Endpoint endpoint, net::Service& service) {
  auto listener = std::make_unique<SimListener>(world_, std::move(endpoint), service);
  if (const error_code error = listener->bind()) return error;
  return std::unique_ptr<net::Listener>(std::move(listener));
}

}  // namespace runtime::sim
