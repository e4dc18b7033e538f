#include "bridge/app/workers.hpp"

#include "bridge/app/refused_connections.hpp"
#include "runtime/async/words_of.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/system_network.hpp"
#include "runtime/net/tls.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bridge::app {
namespace asio = boost::asio;
namespace {

/// Exceptions after which a worker is given up: its loop does nothing else any more.
constexpr int kMostFailures = 100;
/// Of the calls of a worker that is given up: for their sockets' goodbye.
constexpr std::chrono::seconds kLastWords{2};

/// `refused` outlives the network.
runtime::net::SystemNetworkOptions network_options(const Config& config, Bridge::Place place,
                                                   spdlog::logger& log, RefusedConnections& refused) {
  using runtime::net::PortSharing;
  runtime::net::SystemNetworkOptions options;
  options.extra_trust_pem = config.openai_trust_pem;
  options.on_failure = [&log](std::exception_ptr failure) {
    log.error("a connection's task ended by exception: {}", runtime::words_of(failure));
  };
  options.sharing = place == Bridge::Place::alone   ? PortSharing::none
                    : place == Bridge::Place::first ? PortSharing::first
                                                    : PortSharing::further;
  options.watch.request = config.limits.request;
  options.watch.on_refusal = [&refused](runtime::net::Refusal why) { refused.add(why); };
  return options;
}

}  // namespace

class Workers::Worker {
 public:
  Worker(Config config, Commons& commons, const Seams& seams, std::size_t n, Bridge::Place place)
      : clock_(seams.clock),
        commons_(commons),
        log_(seams.log(n)),
        refused_(seams.clock, seams.book.add_sheet({"voicebridge_connections_refused_total"}), log_,
                 config.limits.connections),
        network_(runtime::net::make_system_network(ioc_.get_executor(), seams.clock,
                                                   network_options(config, place, log_, refused_))),
        ticker_(ioc_.get_executor(), seams.clock, std::chrono::milliseconds(20)),
        failures_(seams.book.add_sheet({"voicebridge_worker_failures_total"})
                      .counter("voicebridge_worker_failures_total")),
        bridge(Environment{ioc_.get_executor(), seams.clock, ticker_, *network_, random_, seams.book, log_,
                           seams.recordings},
               std::move(config), commons, place) {}

  /// On the calling thread, to the end.
  void run(const std::function<void()>& at_end) {
    asio::co_spawn(ioc_, live(), [&](std::exception_ptr error, bool clean) {
      all_done = clean;
      drained_ = !error;
      at_end();
      if (!error) return;
      failed(error);
      ioc_.stop();  // nobody is left to end what runs on it
    });
    // A loop that has thrown can go on, and does, to end its calls and to be drained like the others: callers
    // are sent on their way, and the first worker's hears signals.
    for (int left = kMostFailures; left > 0; --left) {
      try {
        ioc_.run();
        break;
      } catch (...) {
        failed(std::current_exception());
      }
    }
    if (!drained_) give_up();
  }
  void run_beside() {
    thread_ = std::thread([this] { run([] {}); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void use_identity(const runtime::net::TlsIdentity& identity) {
    if (const auto used = network_->use_identity(identity); !used) {
      log_.error("the certificate cannot be used: {}", used.error().message());
    }
  }
  asio::any_io_executor executor() { return ioc_.get_executor(); }

  std::exception_ptr failure;
  bool all_done = false;
  std::atomic<bool> given_up{false};  // its thread looks at nothing any more

 private:
  /// A supervisor starts a whole process again: this one takes no more calls.
  void failed(const std::exception_ptr& error) {
    log_.critical("a worker failed by exception: {}; its calls are ended, and the process drains",
                  runtime::words_of(error));
    failures_.add();
    if (!failure) failure = error;
    lost_ += bridge.fail(error);
  }
  /// What drains the worker has failed itself.
  void give_up() {
    given_up = true;
    ioc_.restart();
    try {
      ioc_.run_for(kLastWords);
    } catch (...) {
      log_.critical("a worker that was given up failed by exception: {}",
                    runtime::words_of(std::current_exception()));
    }
    if (drained_) return;  // in these last seconds, by itself
    bridge.abandon();
    if (const auto all = commons_.drained(lost_)) log_.info("drained cut_short={}", *all);
  }
  asio::awaitable<bool> live() {
    auto beat = ticker_.subscribe([this](runtime::TimePoint) { refused_.look(); });
    const bool clean = co_await bridge.run();
    beat = {};
    refused_.finish();
    co_await ticker_.stop();
    co_return clean;
  }

  // One thread runs it; others only post, which stays locked.
  asio::io_context ioc_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  runtime::Clock& clock_;
  Commons& commons_;
  spdlog::logger& log_;
  RefusedConnections refused_;
  runtime::SystemRandom random_;
  std::unique_ptr<runtime::net::SystemNetwork> network_;
  runtime::Ticker ticker_;
  metrics::Counter failures_;
  bool drained_ = false;
  std::size_t lost_ = 0;  // calls that a failure has ended

 public:
  Bridge bridge;

 private:
  std::thread thread_;
};

namespace {
runtime::SystemRandom& os_random() {
  static runtime::SystemRandom random;  // without state
  return random;
}
}  // namespace

Workers::Workers(const Config& config, Seams seams)
    : clock_(seams.clock), commons_(seams.book, config, os_random()) {
  for (std::size_t n = 0; n < config.workers; ++n) {
    const auto place = config.workers == 1 ? Bridge::Place::alone
                       : n == 0            ? Bridge::Place::first
                                           : Bridge::Place::further;
    workers_.push_back(std::make_unique<Worker>(config, commons_, seams, n, place));
  }
}
Workers::~Workers() = default;

runtime::Result<void> Workers::start() {
  for (const auto& worker : workers_) {
    // Port 0 is the system's to choose, once.
    const auto port = worker == workers_.front() ? std::uint16_t{0} : first().public_port();
    if (auto started = worker->bridge.start(port); !started) {
      commons_.cut();
      commons_.begin_draining(clock_.now());
      commons_.tell_all();
      for (const auto& opened : workers_) opened->run([] {});  // closes what was bound
      return started.error();
    }
  }
  return {};
}

Bridge& Workers::first() {
  return workers_.front()->bridge;
}

asio::any_io_executor Workers::executor() {
  return workers_.front()->executor();
}

void Workers::reload(const Config& config) {
  for (const auto& worker : workers_) {
    asio::dispatch(worker->executor(), [&worker = *worker, config] { worker.bridge.reload(config); });
  }
}

void Workers::reload(const ConfigErrors& errors) {
  first().reload(errors);
}

runtime::Result<void> Workers::use_identity(const runtime::net::TlsIdentity& identity) {
  if (auto usable = runtime::net::make_tls_server(identity); !usable) return usable.error();
  for (const auto& worker : workers_) {
    asio::dispatch(worker->executor(), [&worker = *worker, identity] { worker.use_identity(identity); });
  }
  return {};
}

void Workers::when_all_respond(std::function<void()> then) {
  std::vector<Worker*> asked;
  for (const auto& worker : workers_) {
    if (!worker->given_up) asked.push_back(worker.get());
  }
  auto left = std::make_shared<std::atomic<std::size_t>>(asked.size());
  for (auto* worker : asked) {
    asio::post(worker->executor(), [left, then] {
      if (--*left == 0) then();
    });
  }
}

bool Workers::run(const std::function<void()>& at_end) {
  for (const auto& worker : workers_) {
    if (worker != workers_.front()) worker->run_beside();
  }
  workers_.front()->run(at_end);
  bool clean = true;
  for (const auto& worker : workers_) {
    worker->join();
    clean = clean && worker->all_done;
  }
  for (const auto& worker : workers_) {
    if (worker->failure) std::rethrow_exception(worker->failure);
  }
  return clean;
}

}  // namespace bridge::app
