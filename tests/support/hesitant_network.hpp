#pragma once
#include "runtime/async/clock.hpp"
#include "runtime/net/network.hpp"

#include <memory>
#include <utility>

namespace support {

/// A network whose services come to an accepted WebSocket some time after the peer has been told of it, as
/// where another thread has the processor.
class HesitantNetwork final : public runtime::net::Network {
 public:
  HesitantNetwork(runtime::net::Network& below, runtime::Clock& clock, runtime::Duration by)
      : below_(below), clock_(clock), by_(by) {}

  boost::asio::awaitable<runtime::net::Dialled> connect(runtime::net::WebSocketRequest request) override {
    return below_.connect(std::move(request));
  }
  boost::asio::awaitable<runtime::net::Fetched> fetch(runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      runtime::Duration deadline) override {
    return below_.fetch(std::move(url), std::move(request), deadline);
  }
  runtime::Result<std::unique_ptr<runtime::net::Listener>> listen(runtime::net::Endpoint endpoint,
                                                                  runtime::net::Service& service) override {
    auto listener = std::make_unique<Listener>(*this, service);
    auto below = below_.listen(std::move(endpoint), *listener);
    if (!below) return below.error();
    listener->below = std::move(*below);
    return std::unique_ptr<runtime::net::Listener>(std::move(listener));
  }

 private:
  class Listener final : public runtime::net::Listener, public runtime::net::Service {
   public:
    Listener(HesitantNetwork& network, runtime::net::Service& above)
        : clock_(network.clock_), by_(network.by_), above_(above) {}

    std::uint16_t port() const override { return below->port(); }
    void stop_accepting() override { below->stop_accepting(); }
    boost::asio::awaitable<void> shut_down() override { return below->shut_down(); }

    boost::asio::awaitable<runtime::net::HttpResponse> respond(
        const runtime::net::HttpRequest& request) override {
      return above_.respond(request);
    }
    boost::asio::awaitable<void> serve(runtime::net::HttpRequest request,
                                       std::unique_ptr<runtime::net::MessageSocket> socket) override {
      co_await clock_.sleep_until(clock_.now() + by_);
      auto serving = above_.serve(std::move(request), std::move(socket));
      co_await std::move(serving);
    }

    std::unique_ptr<runtime::net::Listener> below;

   private:
    runtime::Clock& clock_;
    const runtime::Duration by_;
    runtime::net::Service& above_;
  };

  runtime::net::Network& below_;
  runtime::Clock& clock_;
  const runtime::Duration by_;
};

}  // namespace support
