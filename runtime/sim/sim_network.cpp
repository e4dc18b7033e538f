#include "runtime/sim/sim_network.hpp"

#include "runtime/async/with_deadline.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/sim/byte_duplex.hpp"
#include "runtime/sim/faulty_socket.hpp"
#include "runtime/sim/http_head.hpp"
#include "runtime/sim/listener.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
constexpr std::size_t kDetailBytes = 300;

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

/// What the answer to an upgrade means; the socket is missing.
net::Dialled judge(const net::HttpResponse& response, const std::vector<std::string>& offered) {
  net::Dialled dialled;
  dialled.http_status = response.status;
  if (response.status != 101) {
    dialled.error = net::NetError::refused;
    dialled.detail = response.body.empty() ? net::reason_phrase(response.status) : response.body;
    if (dialled.detail.size() > kDetailBytes) dialled.detail.resize(kDetailBytes);
    dialled.retry_after = response.headers.get("Retry-After");
    dialled.body = response.body.substr(0, net::kRefusalBytes);
    return dialled;
  }
  dialled.subprotocol = response.headers.get("Sec-WebSocket-Protocol");
  // RFC 6455, 4.1: a subprotocol that was not offered fails the connection.
  if (!dialled.subprotocol.empty() && std::ranges::find(offered, dialled.subprotocol) == offered.end()) {
    dialled.error = net::NetError::protocol;
    dialled.detail = "the server selected a subprotocol that was not offered: " + dialled.subprotocol;
  }
  return dialled;
}
}  // namespace

SimNetwork::SimNetwork(std::shared_ptr<World> world, std::string name, asio::any_io_executor executor)
    : world_(std::move(world)), name_(std::move(name)), executor_(std::move(executor)) {}

asio::awaitable<error_code> SimNetwork::reach(const World::Route& route, Duration connect) {
  if (!route.error) co_return error_code();
  if (route.answer_after == Duration::zero()) co_return route.error;
  Clock& clock = world_->loop().clock();
  const bool heard = route.answer_after <= connect;
  const bool reached = co_await clock.sleep_until(clock.now() + std::min(route.answer_after, connect));
  if (!reached) co_return error_code(asio::error::operation_aborted);
  if (heard) co_return route.error;
  co_return error_code(asio::error::timed_out);
}

/// Announced before anything travels on it, so that a fault can meet the first byte.
template <class Duplex>
std::shared_ptr<Duplex> SimNetwork::open(const World::Route& route, const net::Url& url) {
  ConnectionNames names{name_, route.server, url.target};
  const ConnectionLinks links{route.to_server, route.to_client, world_->random().next()};
  auto duplex = std::make_shared<Duplex>(world_->loop(), std::move(names), links);
  world_->announce(duplex);
  route.listener->accept(duplex, url.secure());
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
  const bool bytes = world_->level() == Level::byte;
  auto dialling = bytes ? connect_bytes(std::move(route), std::move(request))
                        : connect_messages(std::move(route), std::move(request));
  co_return co_await std::move(dialling);
}

asio::awaitable<net::Dialled> SimNetwork::connect_messages(World::Route route,
                                                           net::WebSocketRequest request) {
  Clock& clock = world_->loop().clock();
  const net::ConnectionLimits limits = request.limits;
  auto duplex = open<MessageDuplex>(route, request.url);
  auto socket = std::make_unique<MemorySocket>(duplex, Side::client, limits.message_bytes);
  const auto offered = request.subprotocols;
  duplex->request = upgrade_head(std::move(request), world_->random());
  auto asking = ask(*socket);
  const auto answered = co_await with_deadline(clock, clock.now() + limits.handshake, std::move(asking));
  if (!answered) co_return no_socket(answered.error(), "no answer to the upgrade");
  net::Dialled dialled = judge(*duplex->response, offered);
  if (!dialled.error) dialled.socket = std::move(socket);
  co_return dialled;
}

asio::awaitable<net::Fetched> SimNetwork::fetch(net::Url url, net::HttpRequest request, Duration deadline) {
  World::Route route = world_->route(name_, url);
  const net::ConnectionLimits limits;
  const error_code error = co_await reach(route, request.connect_within.value_or(limits.connect));
  if (error) {
    net::Fetched fetched = no_response(error, std::move(route.detail));
    fetched.certificate = route.certificate;
    fetched.connected = error == net::NetError::tls || error == net::NetError::protocol;
    co_return fetched;
  }
  const bool bytes = world_->level() == Level::byte;
  auto fetching = bytes ? fetch_bytes(std::move(route), std::move(url), std::move(request), deadline)
                        : fetch_messages(std::move(route), std::move(url), std::move(request), deadline);
  net::Fetched fetched = co_await std::move(fetching);
  fetched.connected = true;
  co_return fetched;
}

asio::awaitable<net::Fetched> SimNetwork::fetch_messages(World::Route route, net::Url url,
                                                         net::HttpRequest request, Duration deadline) {
  Clock& clock = world_->loop().clock();
  const std::size_t answer_bytes = request.answer_bytes;
  auto duplex = open<MessageDuplex>(route, url);
  MemorySocket socket(duplex, Side::client, net::ConnectionLimits().message_bytes);
  duplex->request = request_head(url, std::move(request));
  auto asking = ask(socket);
  const auto answered = co_await with_deadline(clock, clock.now() + deadline, std::move(asking));
  if (!answered) co_return no_response(answered.error(), "no answer from " + duplex->server());
  net::Fetched fetched;
  fetched.response = std::move(*duplex->response);
  if (fetched.response.body.size() > answer_bytes) {
    co_return no_response(net::NetError::too_big, "body above the limit");
  }
  co_return fetched;
}

asio::awaitable<net::Dialled> SimNetwork::connect_bytes(World::Route route, net::WebSocketRequest request) {
  auto duplex = open<ByteDuplex>(route, request.url);
  auto stream = std::make_unique<SimByteStream>(duplex, Side::client, executor_);
  auto upgrading = net::upgrade(world_->loop().clock(), std::move(stream), std::move(request));
  net::Dialled dialled = co_await std::move(upgrading);
  if (dialled) {
    dialled.socket = std::make_unique<FaultySocket>(std::move(dialled.socket), duplex, Side::client);
  }
  co_return dialled;
}

asio::awaitable<net::Fetched> SimNetwork::fetch_bytes(World::Route route, net::Url url,
                                                      net::HttpRequest request, Duration deadline) {
  net::ConnectionLimits limits;
  limits.body_bytes = request.answer_bytes;
  auto duplex = open<ByteDuplex>(route, url);
  auto stream = std::make_unique<SimByteStream>(duplex, Side::client, executor_);
  auto exchanging = net::exchange(world_->loop().clock(), std::move(stream), std::move(url),
                                  std::move(request), deadline, limits);
  co_return co_await std::move(exchanging);
}

asio::awaitable<net::Opened> SimNetwork::dial(net::Url url, Duration within) {
  World::Route route = world_->route(name_, url);
  net::Opened opened;
  opened.error = co_await reach(route, within);
  opened.detail = std::move(route.detail);
  opened.certificate = route.certificate;
  if (!opened.error && world_->level() != Level::byte) {
    opened.error = asio::error::operation_not_supported;
    opened.detail = "no byte is simulated at message level";
  }
  if (opened.error) co_return opened;
  opened.connected = true;
  opened.stream = std::make_unique<SimByteStream>(open<ByteDuplex>(route, url), Side::client, executor_);
  co_return opened;
}

Result<std::unique_ptr<net::Listener>> SimNetwork::listen(net::Endpoint endpoint, net::Service& service) {
  auto listener = std::make_unique<SimListener>(world_, std::move(endpoint), service, executor_);
  if (const error_code error = listener->bind()) return error;
  return std::unique_ptr<net::Listener>(std::move(listener));
}

}  // namespace runtime::sim
