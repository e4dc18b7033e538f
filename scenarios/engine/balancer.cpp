#include "scenarios/engine/balancer.hpp"

#include <boost/asio/error.hpp>

#include <string_view>
#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
namespace net = runtime::net;
using namespace std::chrono_literals;

namespace {
constexpr runtime::Duration kProbeEvery = 1s;
constexpr runtime::Duration kProbeWithin = 500ms;
constexpr int kNobodyReady = 503;
constexpr auto kNobody = "no replica is ready\n";
}  // namespace

bool Balancer::for_the_bridge(const net::Url& url) const {
  return plan_.several() && public_ && url.host == public_->host && url.port == public_->port;
}

/// The next that is ready, beginning behind the last; the scenario's own choice goes first.
std::optional<std::size_t> Balancer::choose(const net::Url& url) {
  const auto path = net::path_of(url.target);
  const bool voice = path == "/webhook/incoming_call" || path == "/webhook/outbound_call";
  const auto& routes = plan_.routes;
  const auto wanted = path.starts_with("/ws/") ? routes.stream : voice ? routes.webhook : routes.callback;
  if (wanted && ready_[*wanted]) return wanted;
  const std::size_t most = plan_.most();
  for (std::size_t step = 1; step <= most; ++step) {
    const std::size_t number = (last_ + step - 1) % most + 1;
    if (!ready_[number]) continue;
    if (!wanted) last_ = number;
    return number;
  }
  return std::nullopt;
}

net::Url Balancer::aimed(net::Url url, std::size_t number) const {
  const auto& base = fleet_.replicas().at(number).address.public_base;
  url.host = base.host;
  url.port = base.port;
  return url;
}

asio::awaitable<net::Dialled> Balancer::connect(net::WebSocketRequest request) {
  if (!for_the_bridge(request.url)) co_return co_await below_.connect(std::move(request));
  for (auto number = choose(request.url); number; number = choose(request.url)) {
    auto attempt = request;
    attempt.url = aimed(request.url, *number);
    net::Dialled dialled = co_await below_.connect(std::move(attempt));
    if (dialled.error != asio::error::connection_refused) co_return dialled;
    ready_[*number] = false;
  }
  net::Dialled nobody;
  nobody.error = net::NetError::refused;
  nobody.http_status = kNobodyReady;
  nobody.detail = kNobody;
  co_return nobody;
}

asio::awaitable<net::Fetched> Balancer::fetch(net::Url url, net::HttpRequest request,
                                              runtime::Duration deadline) {
  if (!for_the_bridge(url)) co_return co_await below_.fetch(std::move(url), std::move(request), deadline);
  for (auto number = choose(url); number; number = choose(url)) {
    auto attempt = request;
    auto there = aimed(url, *number);
    net::Fetched fetched = co_await below_.fetch(std::move(there), std::move(attempt), deadline);
    if (fetched.error != asio::error::connection_refused) co_return fetched;
    ready_[*number] = false;
  }
  net::Fetched nobody;
  nobody.connected = true;
  nobody.response = net::make_response(kNobodyReady, "text/plain", kNobody);
  co_return nobody;
}

runtime::Result<std::unique_ptr<net::Listener>> Balancer::listen(net::Endpoint endpoint,
                                                                 net::Service& service) {
  return below_.listen(std::move(endpoint), service);
}

asio::awaitable<void> Balancer::probe() {
  for (;;) {
    for (const auto& [number, replica] : fleet_.replicas()) {
      if (!replica.running() && !ready_[number]) continue;
      auto url = replica.address.admin_base;
      url.target = "/readyz";
      net::HttpRequest request;
      if (!replica.admin_authorization.empty())
        request.headers.add("Authorization", replica.admin_authorization);
      const auto asked = co_await probes_.fetch(std::move(url), std::move(request), kProbeWithin);
      if (asked.error == asio::error::operation_aborted) co_return;
      ready_[number] = asked && asked.response.status == 200;
    }
    const bool slept = co_await clock_.sleep_until(clock_.now() + kProbeEvery);
    if (!slept) co_return;
  }
}

}  // namespace scenarios::engine
