#include "scenarios/engine/http_back_ends.hpp"

#include <utility>

namespace scenarios::engine {

HttpBackEnds::HttpBackEnds(const std::vector<HttpServerPlan>& plans, runtime::Clock& clock,
                           runtime::WireLog& wire, const std::function<void(const std::string&)>& began) {
  for (const auto& plan : plans) servers_.emplace_back(plan, clock, wire, began);
}

std::optional<std::string> HttpBackEnds::raise(
    runtime::net::Network& network,
    const std::function<runtime::net::Endpoint(const std::string& name)>& endpoint) {
  for (auto& server : servers_) {
    auto at = endpoint(server.name());
    const std::string host = at.host;
    auto listening = network.listen(std::move(at), server);
    if (!listening) return "the server '" + server.name() + "' cannot listen: " + listening.error().message();
    addresses_.push_back({server.name(), host, std::to_string((*listening)->port())});
    listeners_.push_back(std::move(*listening));
  }
  return std::nullopt;
}

boost::asio::awaitable<void> HttpBackEnds::lower() {
  for (auto& listener : listeners_) co_await listener->shut_down();
}

}  // namespace scenarios::engine
