#pragma once
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <cstddef>

namespace runtime::sim {

/// HTTP at message level: what a real client and server add to a request and a response, and the bytes that
/// they would take on the wire.
net::HttpRequest upgrade_head(net::WebSocketRequest request, Random& random);
net::HttpRequest request_head(const net::Url& url, net::HttpRequest request);
/// Adds Content-Length.
net::HttpResponse response_head(net::HttpResponse response);

std::size_t header_bytes(const net::Headers& headers);
std::size_t wire_bytes(const net::HttpRequest& request);
std::size_t wire_bytes(const net::HttpResponse& response);

}  // namespace runtime::sim
