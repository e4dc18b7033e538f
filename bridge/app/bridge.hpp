#pragma once
#include "bridge/app/config.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

namespace spdlog {
class logger;
}

namespace bridge::call {
class RecordingSink;
}

namespace bridge::app {

/// What a bridge stands on: the four seams and a place to write. All outlive the Bridge.
struct Environment {
  boost::asio::any_io_executor executor;
  runtime::Clock& clock;
  runtime::Ticker& ticker;
  runtime::net::Network& network;
  runtime::Random& random;
  metrics::Book& metrics;
  spdlog::logger& log;
  call::RecordingSink* recordings = nullptr;  // none: no call is recorded
};

class Commons;

/// What one worker carries: webhooks, media streams, outbound calls. The same object runs under
/// linecheck-bridge's main, one for each worker's thread, and, in virtual time, inside linecheck. What the
/// process does once is Control's.
class Bridge {
 public:
  /// A call that the bridge ended comes back for its way on within this.
  static constexpr runtime::Duration kReturnFollows = std::chrono::seconds(2);

  /// `commons` outlives it. Every Bridge that shares them runs to its end before any is destroyed.
  Bridge(Environment environment, Config config, Commons& commons);
  ~Bridge();

  /// Binds the public listener. The log names the address of an error.
  /// `shared_port`: the one that the first worker got; 0: as configured.
  runtime::Result<void> start(std::uint16_t shared_port = 0);
  std::uint16_t public_port() const;

  /// An exception has come to this worker's event loop: its calls end as by a fault of their own, and all
  /// workers drain. On its own thread. How many calls that ends.
  std::size_t fail(const std::exception_ptr& error);
  /// What is left when nothing runs it any more: nobody is let in, and its calls count no longer.
  void abandon();
  /// To be awaited to its end before destruction. Completes when drained and shut down. Every call has its
  /// verdict by then. True: all calls ended by themselves; false: the grace period cut some short.
  boost::asio::awaitable<bool> run();
  /// In place of run(), where that is not to begin: closes what start() bound.
  boost::asio::awaitable<void> close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge::app
