#pragma once
#include "bridge/app/commons.hpp"
#include "bridge/app/config.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>

namespace spdlog {
class logger;
}

namespace bridge::app {

/// What Prometheus and Kubernetes see of the whole process: /metrics, /healthz and /readyz, on a listener of
/// their own. Asks no worker: what it tells, any thread may read.
class Admin final : public runtime::net::Service {
 public:
  struct Seams {
    runtime::Clock& clock;
    runtime::net::Network& network;
    metrics::Book& book;
    spdlog::logger& log;
  };
  /// `config` may be replaced between two requests, by a reload. All that is handed in outlives this.
  Admin(Seams seams, const Config& config, Commons& commons)
      : seams_(seams), config_(config), commons_(commons) {}

  /// Binds the listener. The log names the address of an error.
  runtime::Result<void> start();
  std::uint16_t port() const { return listener_->port(); }
  /// To be awaited before destruction, also after an error of start().
  boost::asio::awaitable<void> shut_down();

  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override;
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket>) override {
    co_return;
  }

 private:
  runtime::net::HttpResponse answer(std::string_view path);
  bool knows_password(const runtime::net::HttpRequest& request) const;

  Seams seams_;
  const Config& config_;
  Commons& commons_;
  std::unique_ptr<runtime::net::Listener> listener_;
};

}  // namespace bridge::app
