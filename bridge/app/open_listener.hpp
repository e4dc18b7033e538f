#pragma once
#include "runtime/net/network.hpp"

#include <memory>
#include <string_view>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// Binds `endpoint`, which the configuration has under `key`. The log names the address of an error.
runtime::Result<std::unique_ptr<runtime::net::Listener>> open_listener(runtime::net::Network& network,
                                                                       std::string_view key,
                                                                       runtime::net::Endpoint endpoint,
                                                                       runtime::net::Service& service,
                                                                       spdlog::logger& log);

}  // namespace bridge::app
