#include "bridge/app/open_listener.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace bridge::app {

runtime::Result<std::unique_ptr<runtime::net::Listener>> open_listener(runtime::net::Network& network,
                                                                       std::string_view key,
                                                                       runtime::net::Endpoint endpoint,
                                                                       runtime::net::Service& service,
                                                                       spdlog::logger& log) {
  const auto address = fmt::format("{}:{}", endpoint.host, endpoint.port);
  auto bound = network.listen(std::move(endpoint), service);
  if (!bound) log.error("cannot listen on {} ({}): {}", address, key, bound.error().message());
  return bound;
}

}  // namespace bridge::app
