#pragma once
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <cstddef>

namespace runtime::sim {

/// HTTP at message level: what a real client and server add to a request and a response.
net::HttpRequest upgrade_head(net::WebSocketRequest request, Random& random);
net::HttpRequest request_head(const net::Url& url, net::HttpRequest request);
/// Adds Content-Length.
net::HttpResponse response_head(net::HttpResponse response);

/// What they take on the wire.
std::size_t header_bytes(const net::Headers& headers);

}  // namespace runtime::sim
