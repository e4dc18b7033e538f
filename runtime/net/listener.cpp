#include "runtime/net/listener.hpp"

#include "runtime/async/task_group.hpp"
#include "runtime/async/use_tuple.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/net/transport.hpp"

#include <sys/socket.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>

namespace runtime::net {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {
// Out of descriptors or memory: accepting again at once would spin.
constexpr Duration kAcceptPause = std::chrono::milliseconds(100);

error_code share_port(tcp::acceptor& acceptor) {
  const int yes = 1;
  const int failed = ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  return failed == 0 ? error_code() : error_code(errno, boost::system::system_category());
}

/// SO_REUSEPORT would let another process of the same user in unseen: a bind without it would not.
error_code find_free(const asio::any_io_executor& executor, const tcp::endpoint& endpoint) {
  error_code ec;
  tcp::acceptor alone(executor);
  alone.open(endpoint.protocol(), ec);
  if (!ec) alone.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) alone.bind(endpoint, ec);
  return ec;
}

class TcpListener final : public Listener {
 public:
  TcpListener(const asio::any_io_executor& executor, Clock& clock, ConnectionLimits limits, Service& service,
              const SystemNetworkOptions& options, std::shared_ptr<TlsDoor> door)
      : clock_(clock),
        limits_(limits),
        service_(service),
        sharing_(options.sharing),
        watch_(options.watch),
        door_(std::move(door)),
        acceptor_(executor),
        accepting_(executor, options.on_failure),
        connections_(executor, options.on_failure) {}

  error_code open(const tcp::endpoint& endpoint) {
    error_code ec;
    if (sharing_ == PortSharing::first) ec = find_free(acceptor_.get_executor(), endpoint);
    if (ec) return ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec && sharing_ != PortSharing::none) ec = share_port(acceptor_);
    // What is accepted inherits the sizes, and with them the window that TCP agrees on.
    if (!ec && limits_.send_buffer_bytes) {
      acceptor_.set_option(asio::socket_base::send_buffer_size(*limits_.send_buffer_bytes), ec);
    }
    if (!ec && limits_.receive_buffer_bytes) {
      acceptor_.set_option(asio::socket_base::receive_buffer_size(*limits_.receive_buffer_bytes), ec);
    }
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) port_ = acceptor_.local_endpoint(ec).port();
    if (!ec) accepting_.spawn(accept());
    return ec;
  }

  std::uint16_t port() const override { return port_; }
  void stop_accepting() override {
    error_code ignored;
    acceptor_.close(ignored);
  }
  asio::awaitable<void> shut_down() override {
    stop_accepting();
    accepting_.cancel();
    connections_.cancel();
    co_await accepting_.join();
    // A connection accepted in the last moment has begun since.
    connections_.cancel();
    co_await connections_.join();
  }

 private:
  asio::awaitable<void> accept() {
    const auto state = co_await asio::this_coro::cancellation_state;
    while (acceptor_.is_open() && state.cancelled() == asio::cancellation_type::none) {
      auto [ec, socket] = co_await acceptor_.async_accept(use_tuple);
      if (!acceptor_.is_open() || state.cancelled() != asio::cancellation_type::none) co_return;
      if (ec == asio::error::connection_aborted) continue;
      if (ec) {
        const bool slept = co_await clock_.sleep_until(clock_.now() + kAcceptPause);
        if (!slept) co_return;
        continue;
      }
      if (connections_.size() < limits_.connections) {
        connections_.spawn(serve(std::move(socket)));
      } else {
        refused(Refusal::connections);
      }
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    const auto state = co_await asio::this_coro::cancellation_state;
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    // An await begun after a cancellation would throw, which is no failure of the Service.
    if (gone || state.cancelled() != asio::cancellation_type::none) co_return;
    const auto tls = door_->context;  // its own hold: the door may be given another meanwhile
    auto receiving = receive(clock_, std::move(socket), limits_, tls.get());
    auto opened = co_await std::move(receiving);
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (!opened.stream) {
      refused(Refusal::handshake);
      co_return;
    }
    auto serving = serve_stream(clock_, std::move(opened.stream), endpoint_text(peer), tls != nullptr,
                                limits_, service_, watch_);
    co_await std::move(serving);
  }

  void refused(Refusal why) const {
    if (watch_.on_refusal) watch_.on_refusal(why);
  }

  Clock& clock_;
  ConnectionLimits limits_;
  Service& service_;
  const PortSharing sharing_;
  const ServerWatch watch_;
  const std::shared_ptr<TlsDoor> door_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  TaskGroup accepting_;
  TaskGroup connections_;
};

/// An address, or a name such as localhost: asked once, at start-up, so waiting for the resolver is allowed.
Result<tcp::endpoint> address_to_bind(const asio::any_io_executor& executor, const Endpoint& endpoint) {
  error_code ec;
  const auto address = asio::ip::make_address(endpoint.host, ec);
  if (!ec) return tcp::endpoint(address, endpoint.port);
  tcp::resolver resolver(executor);
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, ec);
  if (ec || found.empty()) return NetError::unresolved;
  return found.begin()->endpoint();
}
}  // namespace

Result<std::unique_ptr<Listener>> make_listener(asio::any_io_executor executor, Clock& clock,
                                                Endpoint endpoint, Service& service,
                                                const SystemNetworkOptions& options,
                                                std::shared_ptr<TlsDoor> door) {
  if (endpoint.tls) {
    auto made = make_tls_server(*endpoint.tls);
    if (!made) return made.error();
    door->context = std::move(*made);
  }
  const auto address = address_to_bind(executor, endpoint);
  if (!address) return address.error();
  auto listener =
      std::make_unique<TcpListener>(executor, clock, endpoint.limits, service, options, std::move(door));
  if (const auto ec = listener->open(*address)) return ec;
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace runtime::net
