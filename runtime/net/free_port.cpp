#include "runtime/net/free_port.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <unistd.h>
#include <atomic>
#include <stdexcept>

namespace runtime::net {
namespace {

constexpr std::uint32_t kFirst = 20'000;
constexpr std::uint32_t kPorts = 12'000;

/// Processes that start one after the other begin apart.
std::atomic<std::uint32_t> next{static_cast<std::uint32_t>(::getpid()) * 101U};

bool is_free(const boost::asio::any_io_executor& executor, std::uint16_t port) {
  using boost::asio::ip::tcp;
  const tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
  boost::system::error_code taken;
  tcp::acceptor probe(executor);
  probe.open(endpoint.protocol(), taken);
  if (!taken) probe.bind(endpoint, taken);
  return !taken;
}

}  // namespace

std::uint16_t free_port(const boost::asio::any_io_executor& executor) {
  for (std::uint32_t tries = 0; tries < kPorts; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirst + next++ % kPorts);
    if (is_free(executor, port)) return port;
  }
  throw std::runtime_error("no port of 127.0.0.1 from 20000 to 31999 is free for a bridge to listen on");
}

}  // namespace runtime::net
