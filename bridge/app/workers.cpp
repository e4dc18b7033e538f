#include "bridge/app/workers.hpp"

#include "runtime/async/words_of.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/tls.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

namespace bridge::app {
namespace asio = boost::asio;
using runtime::net::PortSharing;

namespace {

/// Of the calls of a worker that is given up: for their sockets' goodbye.
constexpr std::chrono::seconds kLastWords{2};
/// Between two frames to a caller.
constexpr runtime::Duration kWorkerBeat = std::chrono::milliseconds(20);
/// Only the log's lines of refused connections wait for it.
constexpr runtime::Duration kControlBeat = std::chrono::seconds(1);

PortSharing sharing_of(std::size_t n, std::size_t workers) {
  if (workers == 1) return PortSharing::none;
  return n == 0 ? PortSharing::first : PortSharing::further;
}

runtime::SystemRandom& os_random() {
  static runtime::SystemRandom random;  // without state
  return random;
}

}  // namespace

class Workers::Worker {
 public:
  Worker(const Config& config, Commons& commons, const Seams& seams, std::size_t n)
      : commons_(commons),
        log_(seams.log(n + 1)),
        loop_(config, {seams.clock, seams.book, log_},
              {RefusedConnections::Listener::of_worker, sharing_of(n, config.workers), kWorkerBeat}),
        bridge(Environment{loop_.executor(), seams.clock, loop_.ticker(), loop_.network(), random_,
                           seams.book, log_, seams.recordings},
               config, commons) {}

  /// On a thread of its own; `ended` is called there.
  void begin(std::function<void()> ended) {
    thread_ = std::thread([this, ended = std::move(ended)] {
      if (!loop_.run(live(), [this](const auto& error) { failed(error); })) give_up();
      gone = true;
      ended();
    });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  /// On the calling thread, in place of the above: what was bound is closed.
  void close() {
    loop_.run(bridge.close(), [this](const auto& error) { failed(error); });
  }
  void use_identity(const runtime::net::TlsIdentity& identity) {
    if (const auto used = loop_.network().use_identity(identity); !used) {
      log_.error("the certificate cannot be used: {}", used.error().message());
    }
  }
  asio::any_io_executor executor() { return loop_.executor(); }
  const std::exception_ptr& failure() const { return loop_.failure(); }

  bool all_done = false;
  std::atomic<bool> gone{false};  // its thread looks at nothing any more

 private:
  asio::awaitable<void> live() { all_done = co_await bridge.run(); }
  /// A supervisor starts a whole process again: this one takes no more calls.
  void failed(const std::exception_ptr& error) {
    log_.critical("a worker failed by exception: {}; its calls are ended, and the process drains",
                  runtime::words_of(error));
    lost_ += bridge.fail(error);
  }
  /// What drains the worker has failed itself.
  void give_up() {
    gone = true;
    if (loop_.last_words(kLastWords)) return;  // it has drained by itself
    bridge.abandon();
    if (const auto all = commons_.drained(lost_)) log_.info("drained cut_short={}", *all);
  }

  Commons& commons_;
  spdlog::logger& log_;
  runtime::SystemRandom random_;
  EventLoop loop_;
  std::size_t lost_ = 0;  // calls that a failure has ended

 public:
  Bridge bridge;

 private:
  std::thread thread_;
};

Workers::Workers(const Config& config, Seams seams)
    : log_(seams.log(0)),
      commons_(seams.book, config, os_random()),
      loop_(config, {seams.clock, seams.book, log_},
            {RefusedConnections::Listener::of_admin, PortSharing::none, kControlBeat}),
      control_({seams.clock, loop_.network(), seams.book, log_}, config, commons_),
      all_ended_(loop_.executor()) {
  for (std::size_t n = 0; n < config.workers; ++n) {
    workers_.push_back(std::make_unique<Worker>(config, commons_, seams, n));
  }
}
Workers::~Workers() = default;

runtime::Result<void> Workers::start() {
  auto started = control_.start();
  for (const auto& worker : workers_) {
    if (!started) break;
    // Port 0 is the system's to choose, once.
    const auto port = worker == workers_.front() ? std::uint16_t{0} : public_port();
    started = worker->bridge.start(port);
  }
  if (!started) {
    for (const auto& worker : workers_) worker->close();
    loop_.run(control_.close(), [this](const auto& error) {
      log_.critical("the admin listener did not close: {}", runtime::words_of(error));
    });
    return started;
  }
  control_.say_what_is_configured();
  return {};
}

std::uint16_t Workers::public_port() const {
  return workers_.front()->bridge.public_port();
}

asio::any_io_executor Workers::executor_of(std::size_t n) {
  return workers_.at(n)->executor();
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
    if (!worker->gone) asked.push_back(worker.get());
  }
  auto left = std::make_shared<std::atomic<std::size_t>>(asked.size());
  for (auto* worker : asked) {
    asio::post(worker->executor(), [left, then] {
      if (--*left == 0) then();
    });
  }
}

asio::awaitable<void> Workers::attend(const std::function<void()>& at_end) {
  co_await all_ended_.wait();
  co_await control_.tell_failures();
  at_end();
  co_await control_.close();
}

bool Workers::run(const std::function<void()>& at_end) {
  running_ = workers_.size();
  const auto ended = [this] {
    asio::post(executor(), [this] {
      if (--running_ == 0) all_ended_.set();
    });
  };
  for (const auto& worker : workers_) worker->begin(ended);
  const bool attended = loop_.run(attend(at_end), [this](const std::exception_ptr& error) {
    log_.critical("the process' own affairs failed by exception: {}; it drains", runtime::words_of(error));
    control_.fail();
  });
  if (!attended) control_.cut();  // nobody hears a second signal any more, or gives a sign of life
  bool clean = true;
  std::exception_ptr failure = loop_.failure();
  for (const auto& worker : workers_) {
    worker->join();
    clean = clean && worker->all_done;
    if (!failure) failure = worker->failure();
  }
  if (failure) std::rethrow_exception(failure);
  return clean;
}

}  // namespace bridge::app
