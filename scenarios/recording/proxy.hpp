#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/async/event.hpp"
#include "runtime/core/wire_log.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace scenarios::recording {

/// Of a message that is passed on, in bytes; whoever listens for the proxy takes as much.
inline constexpr std::size_t kLongestMessage = 64U << 20U;

struct ProxyPlan {
  runtime::net::Url bridge;    // what comes from Twilio is passed on to its host, at the path that it names
  runtime::net::Url upstream;  // and what comes from the bridge to this one
  runtime::Duration farewell = std::chrono::seconds(2);  // for sockets to end by themselves
  std::size_t sessions = 8;                              // with the upstream at once
};

/// Stands between Twilio and a bridge, and between the bridge and OpenAI, for one call: messages, refusals
/// and close codes pass unchanged both ways, and what is said is reported as the fakes report it. Headers and
/// queries pass too, and are never reported. A second call is refused with 503.
class Proxy {
 public:
  /// All outlive it.
  Proxy(boost::asio::any_io_executor executor, runtime::Clock& clock, runtime::net::Network& network,
        runtime::WireLog& log, ProxyPlan plan);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  runtime::net::Service& for_twilio();
  runtime::net::Service& for_bridge();

  /// Set when the call's stream has begun, and has ended.
  runtime::Event& call_began();
  runtime::Event& call_ended();
  /// Ends what runs: first it may do so by itself, then every side is told 1001. Then the listeners may be
  /// shut down.
  boost::asio::awaitable<void> end();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scenarios::recording
