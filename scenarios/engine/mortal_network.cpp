#include "scenarios/engine/mortal_network.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace scenarios::engine {
namespace asio = boost::asio;
namespace net = runtime::net;

/// Shared by the listener that the process holds and by the network that outlives it.
struct MortalNetwork::Port {
  net::Listener* listener = nullptr;  // null: the process has destroyed it
};

class MortalNetwork::MortalListener final : public net::Listener {
 public:
  MortalListener(std::unique_ptr<net::Listener> below, std::shared_ptr<Port> port)
      : below_(std::move(below)), port_(std::move(port)) {
    port_->listener = below_.get();
  }
  ~MortalListener() override { port_->listener = nullptr; }
  std::uint16_t port() const override { return below_->port(); }
  void stop_accepting() override { below_->stop_accepting(); }
  asio::awaitable<void> shut_down() override { return below_->shut_down(); }

 private:
  std::unique_ptr<net::Listener> below_;
  std::shared_ptr<Port> port_;
};

asio::awaitable<net::Dialled> MortalNetwork::connect(net::WebSocketRequest request) {
  if (!dead_) co_return co_await below_.connect(std::move(request));
  net::Dialled nobody;
  nobody.error = asio::error::network_down;
  co_return nobody;
}

asio::awaitable<net::Fetched> MortalNetwork::fetch(net::Url url, net::HttpRequest request,
                                                   runtime::Duration deadline) {
  if (!dead_) co_return co_await below_.fetch(std::move(url), std::move(request), deadline);
  net::Fetched nothing;
  nothing.error = asio::error::network_down;
  co_return nothing;
}

runtime::Result<std::unique_ptr<net::Listener>> MortalNetwork::listen(net::Endpoint endpoint,
                                                                      net::Service& service) {
  auto below = below_.listen(std::move(endpoint), service);
  if (!below) return below.error();
  auto port = std::make_shared<Port>();
  ports_.push_back(port);
  return std::unique_ptr<net::Listener>(std::make_unique<MortalListener>(std::move(*below), std::move(port)));
}

void MortalNetwork::add(std::shared_ptr<runtime::sim::Connection> connection) {
  if (!dead_) connections_.push_back(std::move(connection));
}

void MortalNetwork::die() {
  dead_ = true;
  for (const auto& port : ports_) {
    if (port->listener != nullptr) port->listener->stop_accepting();
  }
  for (const auto& connection : std::exchange(connections_, {})) connection->reset();
}

}  // namespace scenarios::engine
