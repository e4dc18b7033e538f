#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/core/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace runtime::net {

/// Addresses of `host` in the resolver's order; an address in text needs no resolver. Ends at `deadline`,
/// though getaddrinfo itself cannot be interrupted.
boost::asio::awaitable<Result<std::vector<boost::asio::ip::tcp::endpoint>>> resolve(Clock& clock,
                                                                                    std::string host,
                                                                                    std::uint16_t port,
                                                                                    TimePoint deadline);

}  // namespace runtime::net
