#pragma once
#include "bridge/app/bridge.hpp"
#include "bridge/app/commons.hpp"
#include "bridge/app/config.hpp"
#include "bridge/app/control.hpp"
#include "bridge/app/event_loop.hpp"
#include "runtime/async/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace bridge::app {

/// The bridge on real threads and sockets. Each worker has one io_context, one network, one ticker and one
/// Bridge, on a thread of its own; a call lives on the thread that accepted it. The process' own affairs have
/// another loop, Control and what is posted to executor(), on the caller's thread: no call waits for them,
/// and they for none.
class Workers {
 public:
  struct Seams {
    runtime::Clock& clock;
    metrics::Book& book;
    /// The logger of thread `n`, which alone writes to it. 0: the caller's; from 1: the workers'.
    std::function<spdlog::logger&(std::size_t n)> log;
    call::RecordingSink* recordings = nullptr;  // outlives the workers; none: no call is recorded
  };
  Workers(const Config& config, Seams seams);
  ~Workers();

  /// Binds every listener. The log names the address of an error; nothing is left to run then.
  runtime::Result<void> start();
  std::uint16_t public_port() const;
  /// For the thread that runs executor().
  Control& control() { return control_; }
  boost::asio::any_io_executor executor() { return loop_.executor(); }
  /// Of worker `n`, from 0.
  boost::asio::any_io_executor executor_of(std::size_t n);

  /// New TLS connections of every worker are shown this identity. Error: it cannot be used by any.
  runtime::Result<void> use_identity(const runtime::net::TlsIdentity& identity);
  /// `then` runs once every worker's thread has come by, on the thread of the last one.
  void when_all_respond(std::function<void()> then);

  /// Runs until all workers have drained; until then /metrics and signals are attended to. `at_end` is called
  /// on executor() when they have: there what else waits must stop waiting. False: calls were cut short. An
  /// exception that comes to a worker's loop ends that worker's calls, and one that comes to any loop drains
  /// all; it is rethrown at the end, when the process can only be left by _Exit.
  bool run(const std::function<void()>& at_end);

 private:
  class Worker;
  boost::asio::awaitable<void> attend(const std::function<void()>& at_end);

  spdlog::logger& log_;  // of the caller's thread
  Commons commons_;
  EventLoop loop_;
  Control control_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t running_ = 0;  // workers
  runtime::Event all_ended_;
};

}  // namespace bridge::app
