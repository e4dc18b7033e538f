#include "runtime/sim/world.hpp"

#include "runtime/sim/listener.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <ranges>

namespace runtime::sim {
namespace asio = boost::asio;
namespace {
constexpr std::uint16_t kFirstFreePort = 49152;  // RFC 6335: the dynamic ports
constexpr std::string_view kAnyHost = "0.0.0.0";

bool matches(std::string_view pattern, std::string_view name) {
  return pattern.empty() || pattern == name;
}
net::CertificateFault fault_of(Reachability reachability) {
  if (reachability == Reachability::tls_wrong_host) return net::CertificateFault::wrong_host;
  if (reachability == Reachability::tls_expired) return net::CertificateFault::expired;
  return net::CertificateFault::untrusted;
}
}  // namespace

World::World(Loop& loop, Random& random, FabricOptions options)
    : loop_(loop), random_(random), options_(options) {}

World::Route World::route(const std::string& client, const net::Url& url) {
  Route route;
  route.server = url.host + ":" + std::to_string(url.port);
  route.to_server = options_.default_link;
  route.to_client = options_.default_link;
  for (const Rule& rule : rules_ | std::views::reverse) {
    if (!matches(rule.client, client) || !matches(rule.server, route.server)) continue;
    route.to_server = rule.to_server;
    route.to_client = rule.to_client;
    break;
  }
  const Duration round_trip = route.to_server.latency + route.to_client.latency;
  route.listener = find(url.host, url.port);
  const auto fail = [&](error_code error, std::string detail, Duration after) {
    route.error = error;
    route.detail = std::move(detail);
    route.answer_after = after;
  };
  const Reachability reachable = reachability(url.host, route.server);
  switch (reachable) {
    case Reachability::up:
      break;
    case Reachability::refused:
      fail(asio::error::connection_refused, route.server + " refuses", round_trip);
      return route;
    case Reachability::unresolved:
      fail(net::NetError::unresolved, "no such host: " + url.host, Duration::zero());
      return route;
    case Reachability::unroutable:
      fail(asio::error::timed_out, route.server + " does not answer", Duration::max());
      return route;
    case Reachability::tls_failure:
      fail(net::NetError::tls, "TLS handshake with " + route.server + " failed", round_trip);
      return route;
    case Reachability::tls_wrong_host:
    case Reachability::tls_expired:
    case Reachability::tls_untrusted:
      route.certificate = fault_of(reachable);
      fail(net::NetError::tls, "the certificate of " + route.server + " is not good", round_trip);
      return route;
  }
  if (route.listener == nullptr && !resolves(url.host)) {
    fail(net::NetError::unresolved, "no such host: " + url.host, Duration::zero());
  } else if (route.listener == nullptr) {
    fail(asio::error::connection_refused, "nobody listens on " + route.server, round_trip);
  } else if (route.listener->endpoint().tls && !url.secure()) {
    fail(net::NetError::protocol, route.server + " speaks TLS and was dialled without", round_trip);
  }
  return route;
}

SimListener* World::find(const std::string& host, std::uint16_t port) const {
  auto found = listeners_.find({host, port});
  if (found == listeners_.end() && resolves(host)) found = listeners_.find({std::string(kAnyHost), port});
  return found == listeners_.end() ? nullptr : found->second;
}

bool World::resolves(const std::string& host) const {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  return !not_an_address || host == "localhost" || hosts_.contains(host);
}

Reachability World::reachability(const std::string& host, const std::string& server) const {
  auto found = reachability_.find(server);
  if (found == reachability_.end()) found = reachability_.find(host);
  return found == reachability_.end() ? Reachability::up : found->second;
}

error_code World::bind(std::string host, std::uint16_t& port, SimListener& listener) {
  if (port == 0) {
    for (port = kFirstFreePort; listeners_.contains({host, port});) ++port;
  }
  hosts_.insert(host);
  const bool bound = listeners_.emplace(std::pair(std::move(host), port), &listener).second;
  return bound ? error_code() : error_code(asio::error::address_in_use);
}

void World::unbind(const std::string& host, std::uint16_t port) {
  listeners_.erase({host, port});
}

void World::set_link(std::string_view client, std::string_view server, LinkOptions to_server,
                     LinkOptions to_client) {
  rules_.push_back({std::string(client), std::string(server), to_server, to_client});
}

void World::set_reachability(std::string_view server, Reachability reachability) {
  hosts_.insert(std::string(server.substr(0, server.rfind(':'))));
  reachability_.insert_or_assign(std::string(server), reachability);
}

void World::set_watch(std::string_view host, net::ServerWatch watch) {
  watches_.insert_or_assign(std::string(host), std::move(watch));
}

net::ServerWatch World::watch(const std::string& host) const {
  const auto found = watches_.find(host);
  return found == watches_.end() ? net::ServerWatch() : found->second;
}

void World::announce(std::shared_ptr<Connection> connection) {
  if (on_connection) on_connection(std::move(connection));
}

void World::report(std::exception_ptr error) {
  if (!on_failure) std::terminate();
  on_failure(error);
}

}  // namespace runtime::sim
