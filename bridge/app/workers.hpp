#pragma once
#include "bridge/app/bridge.hpp"
#include "bridge/app/commons.hpp"
#include "bridge/app/config.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace bridge::app {

/// The bridge on real threads and sockets: one io_context, one network, one ticker and one Bridge for each
/// worker. A call lives on the thread that accepted it. The first worker is the caller's thread.
class Workers {
 public:
  struct Seams {
    runtime::Clock& clock;
    metrics::Book& book;
    /// The logger of worker `n`, from 0: its thread alone writes to it.
    std::function<spdlog::logger&(std::size_t n)> log;
    call::RecordingSink* recordings = nullptr;  // outlives the workers; none: no call is recorded
  };
  Workers(const Config& config, Seams seams);
  ~Workers();

  /// Binds every listener. The log names the address of an error; nothing is left to run then.
  runtime::Result<void> start();
  Bridge& first();
  /// Of the first worker, for what belongs to the whole process: signals, timers, what is asked of all.
  boost::asio::any_io_executor executor();

  /// A configuration read anew, for every worker; or why it could not be used.
  void reload(const Config& config);
  void reload(const ConfigErrors& errors);
  /// New TLS connections of every worker are shown this identity. Error: it cannot be used by any.
  runtime::Result<void> use_identity(const runtime::net::TlsIdentity& identity);
  /// `then` runs once every worker's thread has come by, on the thread of the last one.
  void when_all_respond(std::function<void()> then);

  /// Runs until all workers have drained. `at_end` is called on the first worker's thread when it has: there
  /// what else waits on its executor must stop waiting. False: calls were cut short. An exception that comes
  /// to a worker's loop ends that worker's calls and drains all; it is rethrown at the end, when the process
  /// can only be left by _Exit.
  bool run(const std::function<void()>& at_end);

 private:
  class Worker;

  runtime::Clock& clock_;
  Commons commons_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace bridge::app
