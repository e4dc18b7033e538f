#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/byte_stream.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace runtime::net {

/// Why a server ended a connection before its request could be answered, or the answer had been taken.
enum class Refusal : std::uint8_t {
  connections,   // as many as allowed were open
  handshake,     // TLS failed, or took too long
  idle,          // no request came
  slow_request,  // its end did not come in time
  header_size,
  body_size,
  malformed,      // no HTTP, or no WebSocket handshake
  unread_answer,  // the peer took no more of it in the time that it has
};

/// What a server may ask beyond the limits of a connection.
struct ServerWatch {
  Duration request = std::chrono::seconds(10);  // from the first byte of a request to its last
  std::function<void(Refusal)> on_refusal;      // hears of each, on the server's thread; for counting
};

/// HTTP and WebSocket over any ByteStream: the one implementation under real sockets and under the simulated
/// ones at byte level. Failures come by value.

/// Client side of the upgrade, over a connected stream.
boost::asio::awaitable<Dialled> upgrade(Clock& clock, std::unique_ptr<ByteStream> stream,
                                        WebSocketRequest request);

/// One request, one response, over a connected stream.
boost::asio::awaitable<Fetched> exchange(Clock& clock, std::unique_ptr<ByteStream> stream, Url url,
                                         HttpRequest request, Duration deadline, ConnectionLimits limits);

/// Server side of one connection: requests one after another (keep-alive), until an upgrade takes it over,
/// the peer goes, or a limit is reached. Broken HTTP is answered with 400, a body above the limit with 413.
boost::asio::awaitable<void> serve_stream(Clock& clock, std::unique_ptr<ByteStream> stream, std::string peer,
                                          bool secure, ConnectionLimits limits, Service& service,
                                          ServerWatch watch = {});

}  // namespace runtime::net
