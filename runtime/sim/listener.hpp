#pragma once
#include "runtime/async/task_group.hpp"
#include "runtime/net/network.hpp"
#include "runtime/sim/byte_duplex.hpp"
#include "runtime/sim/message_duplex.hpp"
#include "runtime/sim/world.hpp"

#include <memory>
#include <optional>

namespace runtime::sim {

/// Listens in the simulated world, at either level. Each connection is served by a task of its own, on
/// `executor`.
class SimListener final : public net::Listener {
 public:
  SimListener(std::shared_ptr<World> world, net::Endpoint endpoint, net::Service& service,
              boost::asio::any_io_executor executor);
  ~SimListener() override;

  error_code bind();
  const net::Endpoint& endpoint() const { return endpoint_; }
  std::uint16_t port() const override { return endpoint_.port; }
  void stop_accepting() override;
  boost::asio::awaitable<void> shut_down() override;

  /// A dial has arrived. `secure`: it came with TLS.
  void accept(std::shared_ptr<MessageDuplex> duplex, bool secure);
  void accept(std::shared_ptr<ByteDuplex> duplex, bool secure);

 private:
  /// In the turn of whoever listens: a process that is held takes nobody in, and turns nobody away.
  template <class Duplex>
  void in_turn(std::shared_ptr<Duplex> duplex, bool secure);
  void take(std::shared_ptr<MessageDuplex> duplex, bool secure);
  void take(std::shared_ptr<ByteDuplex> duplex, bool secure);
  boost::asio::awaitable<void> serve_guarded(std::shared_ptr<MessageDuplex> duplex, bool secure);
  boost::asio::awaitable<net::HttpResponse> respond(MessageDuplex& duplex, const net::HttpRequest& request);
  boost::asio::awaitable<void> serve(std::shared_ptr<MessageDuplex> duplex, bool secure);
  boost::asio::awaitable<void> serve_bytes(std::shared_ptr<ByteDuplex> duplex, bool secure);
  bool full() const { return tasks_.size() >= endpoint_.limits.connections; }
  /// Which limit a request breaks; nullopt: none.
  std::optional<net::Refusal> over_limit(const net::HttpRequest& request) const;
  void refused(net::Refusal why) const;

  std::shared_ptr<World> world_;
  net::Endpoint endpoint_;
  net::Service& service_;
  boost::asio::any_io_executor executor_;
  bool bound_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // as long as this is
  TaskGroup tasks_;
};

}  // namespace runtime::sim
