#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/byte_stream.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

namespace runtime::net {

struct Opened;

/// Keys, trust and protocol versions (1.2 and above) of one side.
class TlsContext {
 public:
  virtual ~TlsContext() = default;

  /// `host`: what the server's certificate must be for; for a server empty.
  virtual boost::asio::awaitable<Opened> handshake(Clock& clock, boost::asio::ip::tcp::socket socket,
                                                   std::string host, TimePoint deadline) = 0;
};

/// Trusts the system's authorities and those of `extra_trust_pem`. Error: the text is no certificate.
Result<std::unique_ptr<TlsContext>> make_tls_client(const std::string& extra_trust_pem, bool verify_peer);
/// Error: certificate or key cannot be read, or do not belong together; NetError::locked: there is a
/// passphrase.
Result<std::unique_ptr<TlsContext>> make_tls_server(const TlsIdentity& identity);
/// When the first certificate of a chain begins to be valid, and when it ends. Error: there is none.
Result<WallTime> certificate_begin(const std::string& chain_pem);
Result<WallTime> certificate_expiry(const std::string& chain_pem);

}  // namespace runtime::net
