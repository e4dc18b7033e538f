#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/byte_network.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/stream_protocol.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace runtime::net {

/// Listeners of one program may have one address, and the system deals new connections out among them
/// (SO_REUSEPORT). The first makes sure that no other program has it.
enum class PortSharing : std::uint8_t { none, first, further };

struct SystemNetworkOptions {
  std::string extra_trust_pem;  // certificate authorities trusted besides the system's
  bool verify_peer = true;      // false only where a test's operator asks for it
  /// Hears of a connection task that ended by exception (a bug in a Service); the connection is closed.
  std::function<void(std::exception_ptr)> on_failure;
  PortSharing sharing = PortSharing::none;  // of its listeners
  ServerWatch watch;                        // likewise
};

class SystemNetwork : public Network, public ByteNetwork {
 public:
  /// New connections to this network's listeners that speak TLS are shown this identity; those that run go
  /// on. Error: it cannot be used, and the old one stays.
  virtual Result<void> use_identity(const TlsIdentity& identity) = 0;
};

/// TCP and TLS through Beast. Must not outlive `clock`; listeners and sockets must not outlive it.
std::unique_ptr<SystemNetwork> make_system_network(boost::asio::any_io_executor executor, Clock& clock,
                                                   SystemNetworkOptions options);

}  // namespace runtime::net
