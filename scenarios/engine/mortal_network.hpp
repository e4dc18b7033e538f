#pragma once
#include "runtime/net/network.hpp"
#include "runtime/sim/network.hpp"

#include <memory>
#include <vector>

namespace scenarios::engine {

/// The simulated network as one process sees it that may be killed: then its connections are reset, its ports
/// are free, and nothing that still runs in it reaches anybody.
class MortalNetwork final : public runtime::net::Network {
 public:
  explicit MortalNetwork(runtime::net::Network& below) : below_(below) {}

  boost::asio::awaitable<runtime::net::Dialled> connect(runtime::net::WebSocketRequest request) override;
  boost::asio::awaitable<runtime::net::Fetched> fetch(runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      runtime::Duration deadline) override;
  runtime::Result<std::unique_ptr<runtime::net::Listener>> listen(runtime::net::Endpoint endpoint,
                                                                  runtime::net::Service& service) override;

  /// A connection of this process was made, by it or to it.
  void add(std::shared_ptr<runtime::sim::Connection> connection);
  void die();

 private:
  struct Port;
  class MortalListener;
  runtime::net::Network& below_;
  std::vector<std::shared_ptr<Port>> ports_;
  std::vector<std::shared_ptr<runtime::sim::Connection>> connections_;
  bool dead_ = false;
};

}  // namespace scenarios::engine
