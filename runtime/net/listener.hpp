#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/system_network.hpp"
#include "runtime/net/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace runtime::net {

/// What a listener shows to those who speak TLS, exchangeable while it listens.
struct TlsDoor {
  std::shared_ptr<TlsContext> context;  // none: it is plain
};

/// Binds and accepts on real sockets. `door`: empty; filled when the endpoint has an identity.
Result<std::unique_ptr<Listener>> make_listener(boost::asio::any_io_executor executor, Clock& clock,
                                                Endpoint endpoint, Service& service,
                                                const SystemNetworkOptions& options,
                                                std::shared_ptr<TlsDoor> door);

}  // namespace runtime::net
