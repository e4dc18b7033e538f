#include "runtime/net/transport.hpp"

#include "runtime/async/use_tuple.hpp"
#include "runtime/async/with_deadline.hpp"
#include "runtime/net/resolver.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/this_coro.hpp>

namespace runtime::net {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

/// Tells Asio that a handler runs where its socket does: it is then called at once, not handed to an executor
/// first.
struct OnTheSpot {
  tcp::socket* socket;
  IoHandler done;
  using executor_type = asio::any_io_executor;
  executor_type get_executor() const noexcept { return socket->get_executor(); }
  using cancellation_slot_type = asio::cancellation_slot;
  cancellation_slot_type get_cancellation_slot() const noexcept {
    return asio::get_associated_cancellation_slot(done);
  }
  void operator()(error_code ec, std::size_t bytes) { std::move(done)(ec, bytes); }
};

class TcpBytes final : public ByteStream {
 public:
  explicit TcpBytes(tcp::socket socket) : socket_(std::move(socket)) {}
  asio::any_io_executor executor() override { return socket_.get_executor(); }
  void read_some(asio::mutable_buffer into, IoHandler done) override {
    socket_.async_read_some(into, OnTheSpot{&socket_, std::move(done)});
  }
  void write_some(Buffers from, IoHandler done) override {
    socket_.async_write_some(from, OnTheSpot{&socket_, std::move(done)});
  }
  std::size_t write_now(asio::const_buffer from) override {
    error_code failed;  // write_some() will meet it again
    if (!socket_.non_blocking()) socket_.non_blocking(true, failed);
    return failed ? 0 : socket_.write_some(from, failed);
  }
  void shut_down(DoneHandler done) override {
    error_code ignored;  // a peer that went first has closed it already
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    asio::post(socket_.get_executor(), [done = std::move(done)]() mutable { std::move(done)(error_code()); });
  }
  void abort() override { reset_connection(socket_); }
  std::size_t unacked_bytes() const override { return net::unacked_bytes(socket_); }

 private:
  mutable tcp::socket socket_;  // asking for the send queue takes a non-const handle
};

asio::awaitable<Result<void>> connect_one(tcp::socket& socket, tcp::endpoint endpoint) {
  auto [ec] = co_await socket.async_connect(endpoint, use_tuple);
  if (ec) co_return ec;
  co_return Result<void>();
}

Opened not_opened(error_code ec, std::string detail) {
  Opened opened;
  opened.error = ec;
  opened.detail = std::move(detail);
  return opened;
}

/// A peer that resets before the options are set is found out by the first read.
void set_no_delay(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
}

/// Tries the addresses in turn; each gets its share of what is left, so that a dead one cannot use up all.
asio::awaitable<Result<void>> connect_any(Clock& clock, tcp::socket& socket,
                                          const std::vector<tcp::endpoint>& endpoints,
                                          const ConnectionLimits& limits, TimePoint deadline) {
  const auto state = co_await asio::this_coro::cancellation_state;
  error_code last = NetError::unresolved;
  auto left = static_cast<std::int64_t>(endpoints.size());
  for (const auto& endpoint : endpoints) {
    error_code ec;
    socket.close(ec);
    socket.open(endpoint.protocol(), ec);
    last = ec;
    const auto share = clock.now() + (deadline - clock.now()) / left--;
    if (ec) continue;
    set_buffers(socket, limits);
    auto connecting = connect_one(socket, endpoint);
    const auto connected = co_await with_deadline(clock, share, std::move(connecting));
    if (connected) co_return Result<void>();
    last = connected.error();
    if (state.cancelled() != asio::cancellation_type::none) break;
  }
  co_return last;
}
}  // namespace

void set_buffers(tcp::socket& socket, const ConnectionLimits& limits) {
  error_code ignored;  // the system may cap them; what it grants is what there is
  if (limits.send_buffer_bytes) {
    socket.set_option(asio::socket_base::send_buffer_size(*limits.send_buffer_bytes), ignored);
  }
  if (limits.receive_buffer_bytes) {
    socket.set_option(asio::socket_base::receive_buffer_size(*limits.receive_buffer_bytes), ignored);
  }
}

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const auto host = endpoint.address().is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(endpoint.port());
}

void reset_connection(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::size_t unacked_bytes(tcp::socket& socket) {
  int queued = 0;
  if (!socket.is_open() || ::ioctl(socket.native_handle(), SIOCOUTQ, &queued) != 0 || queued < 0) return 0;
  return static_cast<std::size_t>(queued);
}

asio::awaitable<Opened> dial(Clock& clock, Resolver& resolver, const Url& url, const ConnectionLimits& limits,
                             TlsContext* tls) {
  const auto executor = co_await asio::this_coro::executor;
  const auto state = co_await asio::this_coro::cancellation_state;
  const auto deadline = clock.now() + limits.connect;
  auto resolving = resolver.resolve(url.host, url.port, deadline);
  auto resolved = co_await std::move(resolving);
  if (state.cancelled() != asio::cancellation_type::none) {
    co_return not_opened(asio::error::operation_aborted, "cancelled");
  }
  if (resolved.error) co_return not_opened(resolved.error, std::move(resolved.detail));
  tcp::socket socket(executor);
  auto connecting = connect_any(clock, socket, resolved.endpoints, limits, deadline);
  const auto connected = co_await std::move(connecting);
  if (!connected)
    co_return not_opened(connected.error(), "TCP to " + url.authority() + ": " + connected.error().message());
  if (state.cancelled() != asio::cancellation_type::none) {
    co_return not_opened(asio::error::operation_aborted, "cancelled");
  }
  set_no_delay(socket);
  Opened opened;
  if (tls == nullptr) {
    opened.stream = std::make_unique<TcpBytes>(std::move(socket));
    co_return opened;
  }
  auto shaking = tls->handshake(clock, std::move(socket), url.host, clock.now() + limits.handshake);
  co_return co_await std::move(shaking);
}

asio::awaitable<Opened> receive(Clock& clock, tcp::socket socket, const ConnectionLimits& limits,
                                TlsContext* tls) {
  set_no_delay(socket);
  Opened opened;
  if (tls == nullptr) {
    opened.stream = std::make_unique<TcpBytes>(std::move(socket));
    co_return opened;
  }
  auto shaking = tls->handshake(clock, std::move(socket), "", clock.now() + limits.handshake);
  co_return co_await std::move(shaking);
}

}  // namespace runtime::net
