#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/core/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace runtime::net {

/// What the system found of a host, in its order and without ports, or why nothing.
struct HostAddresses {
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  std::string error;         // empty: none
  bool may_be_there = true;  // false: the name servers know of no such host
};

/// Asks the system's resolver (getaddrinfo): /etc/hosts, name servers. Blocks, and nothing can interrupt it.
HostAddresses look_up(const std::string& host);

/// Where a host is to be had, or why it is not known.
struct Resolved {
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  error_code error;
  std::string detail;
};

/// Finds hosts' addresses without one host's lookup holding up another's: each has a thread of its own, and
/// all who ask for that host meanwhile wait for the same. The last addresses that were found are kept, and
/// taken when a lookup fails or is slow (RFC 8767 has the idea and the numbers); a host that is said not to
/// exist loses them. One thread uses it; it outlives all who ask, and its end waits for no lookup.
class Resolver {
 public:
  struct Options {
    std::function<HostAddresses(const std::string& host)> look_up = net::look_up;
    std::size_t lookups = 16;                     // at once, each with its thread
    std::size_t kept_hosts = 64;                  // beyond, the oldest is forgotten
    Duration kept_for = std::chrono::hours(24);   // after they were found
    Duration patience = std::chrono::seconds(1);  // with a lookup, where addresses are kept
  };
  Resolver(boost::asio::any_io_executor executor, Clock& clock) : Resolver(executor, clock, Options()) {}
  Resolver(boost::asio::any_io_executor executor, Clock& clock, Options options);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;
  ~Resolver();

  /// Addresses of `host` in the system's order; an address in text needs no lookup. Ends at `deadline`.
  /// Error: NetError::unresolved, or that it was cancelled.
  boost::asio::awaitable<Resolved> resolve(std::string host, std::uint16_t port, TimePoint deadline);

 private:
  class Loop;
  std::shared_ptr<Loop> loop_;  // what the lookups' threads are sent to may come when this is gone
};

}  // namespace runtime::net
