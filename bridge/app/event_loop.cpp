#include "bridge/app/event_loop.hpp"

#include "runtime/async/words_of.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace bridge::app {
namespace {

/// Exceptions after which a loop is given up: it does nothing else any more.
constexpr int kMostFailures = 100;

/// `refused` outlives the network.
runtime::net::SystemNetworkOptions network_options(const Config& config, runtime::net::PortSharing sharing,
                                                   spdlog::logger& log, RefusedConnections& refused) {
  runtime::net::SystemNetworkOptions options;
  options.extra_trust_pem = config.openai_trust_pem;
  options.on_failure = [&log](std::exception_ptr failure) {
    log.error("a connection's task ended by exception: {}", runtime::words_of(failure));
  };
  options.sharing = sharing;
  options.watch.request = config.limits.request;
  options.watch.on_refusal = [&refused](runtime::net::Refusal why) { refused.add(why); };
  return options;
}

}  // namespace

EventLoop::EventLoop(const Config& config, Seams seams, Kind kind)
    : refused_(seams.clock, seams.book.add_sheet({"voicebridge_connections_refused_total"}), seams.log,
               {kind.listener, config.limits.connections}),
      network_(runtime::net::make_system_network(ioc_.get_executor(), seams.clock,
                                                 network_options(config, kind.sharing, seams.log, refused_))),
      ticker_(ioc_.get_executor(), seams.clock, kind.beat),
      failures_(seams.book.add_sheet({"voicebridge_worker_failures_total"})
                    .counter("voicebridge_worker_failures_total")) {}

bool EventLoop::run(boost::asio::awaitable<void> life, OnFailure failed) {
  failed_ = std::move(failed);
  boost::asio::co_spawn(ioc_, live(std::move(life)), [this](std::exception_ptr error) {
    lived_ = !error;
    if (!error) return;
    fail(error);
    ioc_.stop();  // nobody is left to end what runs on it
  });
  for (int left = kMostFailures; left > 0; --left) {
    try {
      ioc_.run();
      break;
    } catch (...) {
      fail(std::current_exception());
    }
  }
  return lived_;
}

bool EventLoop::last_words(std::chrono::seconds within) {
  ioc_.restart();
  try {
    ioc_.run_for(within);
  } catch (...) {
    fail(std::current_exception());
  }
  return lived_;
}

boost::asio::awaitable<void> EventLoop::live(boost::asio::awaitable<void> life) {
  auto beat = ticker_.subscribe([this](runtime::TimePoint) { refused_.look(); });
  co_await std::move(life);
  beat = {};
  refused_.finish();
  co_await ticker_.stop();
}

void EventLoop::fail(const std::exception_ptr& error) {
  failures_.add();
  if (!failure_) failure_ = error;
  failed_(error);
}

}  // namespace bridge::app
