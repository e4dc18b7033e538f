#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/any_stream.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>
#include <memory>

namespace runtime::net {

/// Server side of the upgrade that `request` asks for: answers 101 with the headers of `response` on a stream
/// from which the request was read. Error: what the request lacked (the client was told), or the transport's.
boost::asio::awaitable<Result<std::unique_ptr<MessageSocket>>> accept_upgrade(Clock& clock, AnyStream stream,
                                                                              const HttpRequest& request,
                                                                              const HttpResponse& response,
                                                                              ConnectionLimits limits);
/// Whether `request` asks for a WebSocket (RFC 6455, 4.2.1).
bool asks_for_upgrade(const HttpRequest& request);

/// Header values with what would break out of their line replaced.
std::string one_line(std::string_view value);

}  // namespace runtime::net
