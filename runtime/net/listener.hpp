#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <exception>
#include <functional>
#include <memory>

namespace runtime::net {

/// Binds and accepts on real sockets. `on_failure` hears of a connection whose Service threw.
Result<std::unique_ptr<Listener>> make_listener(boost::asio::any_io_executor executor, Clock& clock,
                                                Endpoint endpoint, Service& service,
                                                std::function<void(std::exception_ptr)> on_failure);

}  // namespace runtime::net
