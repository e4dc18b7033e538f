#pragma once
#include "runtime/net/byte_network.hpp"
#include "runtime/sim/memory_socket.hpp"
#include "runtime/sim/world.hpp"

#include <memory>
#include <string>

namespace runtime::sim {

/// The Network as one program sees it, which runs on `executor`.
class SimNetwork final : public net::Network, public net::ByteNetwork {
 public:
  SimNetwork(std::shared_ptr<World> world, std::string name, boost::asio::any_io_executor executor);

  boost::asio::awaitable<net::Dialled> connect(net::WebSocketRequest request) override;
  boost::asio::awaitable<net::Fetched> fetch(net::Url url, net::HttpRequest request,
                                             Duration deadline) override;
  boost::asio::awaitable<net::Opened> dial(net::Url url, Duration within) override;
  Result<std::unique_ptr<net::Listener>> listen(net::Endpoint endpoint, net::Service& service) override;

 private:
  /// Goes the way of `route` as far as it leads; its error, after the time that it takes to learn of it.
  boost::asio::awaitable<error_code> reach(const World::Route& route, Duration connect);
  boost::asio::awaitable<net::Dialled> connect_messages(World::Route route, net::WebSocketRequest request);
  boost::asio::awaitable<net::Fetched> fetch_messages(World::Route route, net::Url url,
                                                      net::HttpRequest request, Duration deadline);
  boost::asio::awaitable<net::Dialled> connect_bytes(World::Route route, net::WebSocketRequest request);
  boost::asio::awaitable<net::Fetched> fetch_bytes(World::Route route, net::Url url, net::HttpRequest request,
                                                   Duration deadline);
  template <class Duplex>
  std::shared_ptr<Duplex> open(const World::Route& route, const net::Url& url);
  boost::asio::awaitable<Result<void>> ask(MemorySocket& socket);

  std::shared_ptr<World> world_;
  std::string name_;
  boost::asio::any_io_executor executor_;
};

}  // namespace runtime::sim
