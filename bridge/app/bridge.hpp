#pragma once
#include "bridge/app/config.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
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

/// The whole bridge of one thread: webhooks, media streams, outbound calls, admin listener. The same object
/// runs under linecheck-bridge's main, one for each worker, and, in virtual time, inside linecheck.
class Bridge {
 public:
  Bridge(Environment environment, Config config);
  /// One of several workers, whose public listeners share the configured port. Prometheus and the supervisor
  /// know one process, so the first one alone has the admin listener. Every worker runs to its end before any
  /// is destroyed.
  enum class Place { alone, first, further };
  Bridge(Environment environment, Config config, Commons& shared, Place place);
  ~Bridge();

  /// Binds the listeners. The log names the address of an error; what was bound is then closed by run().
  /// `shared_port`: the public one that the first worker got; 0: as configured.
  runtime::Result<void> start(std::uint16_t shared_port = 0);
  std::uint16_t public_port() const;
  std::uint16_t admin_port() const;

  /// A configuration read anew. Calls that run keep theirs, new ones get this one; what was settled at the
  /// start (listeners, the log) is kept, and the log says so. Each worker is given it on its own thread.
  void reload(Config config);
  /// It could not be used: the running one stays, and the log says why.
  void reload(const ConfigErrors& errors);

  /// Not ready any more; running calls go on for at most the configured grace, then end politely. Idempotent.
  /// Of every worker that shares the commons.
  void drain();
  /// An exception has come to this worker's event loop: its calls end as by a fault of their own, and all
  /// workers drain. On its own thread. How many calls that ends.
  std::size_t fail(const std::exception_ptr& error);
  /// What is left when nothing runs it any more: nobody is let in, and its calls count no longer.
  void abandon();
  /// Ends the grace period now (a second signal), likewise. After drain().
  void cut();
  /// How long drain() takes at most, as it is configured now.
  runtime::Duration longest_drain() const;
  /// To be awaited to its end before destruction. Completes when drained and shut down. Every call has its
  /// verdict by then. True: all calls ended by themselves; false: the grace period cut some short.
  boost::asio::awaitable<bool> run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bridge::app
