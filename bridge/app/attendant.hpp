#pragma once
#include "bridge/app/certificates.hpp"
#include "bridge/app/config.hpp"
#include "bridge/app/reloader.hpp"
#include "bridge/app/supervisor.hpp"
#include "bridge/app/workers.hpp"
#include "runtime/async/task_group.hpp"

#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace bridge::app {

/// What the process does beside its calls: signals, the certificate's files, and what systemd hears. On the
/// thread of Control; files are read beside it.
class Attendant {
 public:
  struct Seams {
    runtime::Clock& clock;
    metrics::Book& book;
    spdlog::logger& log;
  };
  /// `load`: reads the configuration again (SIGHUP), beside the certificate; on a thread of its own.
  Attendant(Workers& workers, const Config& config, Seams seams, std::function<Reloader::Loaded()> load);

  /// The listeners are open.
  void ready();
  /// All workers have ended: nothing is to wait on the executor any more.
  void stop();
  /// The process is about to end. False: what it reads hangs, and it can only be left by _Exit.
  bool finish(std::chrono::seconds within) {
    const bool reloaded = reloader_.finish(within);
    return reloaded && (!certificate_read_ || certificate_read_->finish(within));
  }

 private:
  void await_signal();
  void signalled(int which);
  void use(const Reloader::Loaded& loaded);
  void keep_certificate(const Config& config);
  boost::asio::awaitable<void> watch_certificate();
  boost::asio::awaitable<void> show_life(runtime::Duration beat);

  Workers& workers_;
  Seams seams_;
  Reloader reloader_;
  Supervisor supervisor_;
  std::optional<CertificateKeeper> certificate_;
  std::optional<BackgroundJob> certificate_read_;
  bool certificate_asked_ = false;  // by an operator, since it was last looked at
  boost::asio::signal_set signals_;
  int ends_asked_ = 0;
  runtime::TaskGroup tasks_;
};

}  // namespace bridge::app
