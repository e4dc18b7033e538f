#pragma once
#include "scenarios/engine/http_server.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios::engine {

/// The servers of a scenario's `http:`, raised together and lowered together.
class HttpBackEnds {
 public:
  HttpBackEnds(const std::vector<HttpServerPlan>& plans, runtime::Clock& clock, runtime::WireLog& wire,
               const std::function<void(const std::string&)>& began);

  /// `endpoint`: where the server of a name listens. Says what could not be raised.
  std::optional<std::string> raise(
      runtime::net::Network& network,
      const std::function<runtime::net::Endpoint(const std::string& name)>& endpoint);
  boost::asio::awaitable<void> lower();

  const std::vector<HttpAddress>& addresses() const { return addresses_; }
  const std::deque<HttpServer>& servers() const { return servers_; }

 private:
  std::deque<HttpServer> servers_;
  std::vector<HttpAddress> addresses_;
  std::vector<std::unique_ptr<runtime::net::Listener>> listeners_;
};

}  // namespace scenarios::engine
