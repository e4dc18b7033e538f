#pragma once
#include "bridge/app/config.hpp"
#include "bridge/app/refused_connections.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/async/ticker.hpp"
#include "runtime/net/system_network.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace bridge::app {

/// The event loop of one thread, on real sockets: what stands on it, and what becomes of an exception that
/// comes to it.
class EventLoop {
 public:
  struct Seams {
    runtime::Clock& clock;
    metrics::Book& book;
    spdlog::logger& log;  // its thread alone writes to it
  };
  struct Kind {
    RefusedConnections::Listener listener;  // that it has
    runtime::net::PortSharing sharing;
    runtime::Duration beat;  // of its ticker
  };
  /// What is handed in outlives it.
  EventLoop(const Config& config, Seams seams, Kind kind);

  boost::asio::any_io_executor executor() { return ioc_.get_executor(); }
  runtime::net::SystemNetwork& network() { return *network_; }
  runtime::Ticker& ticker() { return ticker_; }

  using OnFailure = std::function<void(const std::exception_ptr&)>;
  /// Runs `life`, and whatever else is posted, on the calling thread, until nothing is left to do. An
  /// exception that comes to the loop is counted and kept, `failed` hears of it, and the loop goes on, to end
  /// what it carries. False: `life` has not ended, after one exception too many or by its own.
  bool run(boost::asio::awaitable<void> life, OnFailure failed);
  /// After that: for what `life` may still have to say. True: now it has ended.
  bool last_words(std::chrono::seconds within);
  /// The first exception, or none.
  const std::exception_ptr& failure() const { return failure_; }

 private:
  boost::asio::awaitable<void> live(boost::asio::awaitable<void> life);
  void fail(const std::exception_ptr& error);

  // One thread runs it; others only post, which stays locked.
  boost::asio::io_context ioc_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  RefusedConnections refused_;
  std::unique_ptr<runtime::net::SystemNetwork> network_;
  runtime::Ticker ticker_;
  metrics::Counter failures_;
  OnFailure failed_;
  std::exception_ptr failure_;
  bool lived_ = false;
};

}  // namespace bridge::app
