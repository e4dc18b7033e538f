#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>

namespace runtime::net {

struct SystemNetworkOptions {
  std::string extra_trust_pem;  // certificate authorities trusted besides the system's
  bool verify_peer = true;      // false only where a test's operator asks for it
  /// Hears of a connection task that ended by exception (a bug in a Service); the connection is closed.
  std::function<void(std::exception_ptr)> on_failure;
};

/// TCP and TLS through Beast. Must not outlive `clock`; listeners and sockets must not outlive it.
std::unique_ptr<Network> make_system_network(boost::asio::any_io_executor executor, Clock& clock,
                                             SystemNetworkOptions options);

}  // namespace runtime::net
