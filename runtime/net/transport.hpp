#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/byte_network.hpp"
#include "runtime/net/tls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

namespace runtime::net {

class Resolver;

/// Resolves, connects, and makes the TLS handshake when `tls` is given.
boost::asio::awaitable<Opened> dial(Clock& clock, Resolver& resolver, const Url& url,
                                    const ConnectionLimits& limits, TlsContext* tls);

/// The same for a connection that a listener accepted.
boost::asio::awaitable<Opened> receive(Clock& clock, boost::asio::ip::tcp::socket socket,
                                       const ConnectionLimits& limits, TlsContext* tls);

/// Buffer sizes, to be set before connect or listen: the window of TCP is agreed on there.
void set_buffers(boost::asio::ip::tcp::socket& socket, const ConnectionLimits& limits);

/// "127.0.0.1:8080", "[::1]:8080".
std::string endpoint_text(const boost::asio::ip::tcp::endpoint& endpoint);

/// Cuts with a reset instead of the orderly end.
void reset_connection(boost::asio::ip::tcp::socket& socket);
/// Bytes in the socket's send queue that the peer's host has not acknowledged.
std::size_t unacked_bytes(boost::asio::ip::tcp::socket& socket);

}  // namespace runtime::net
