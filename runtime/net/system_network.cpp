#include "runtime/net/system_network.hpp"

#include "runtime/net/listener.hpp"
#include "runtime/net/resolver.hpp"
#include "runtime/net/stream_protocol.hpp"
#include "runtime/net/transport.hpp"

#include <boost/asio/this_coro.hpp>
#include <vector>

namespace runtime::net {
namespace asio = boost::asio;
namespace {

class BeastNetwork final : public SystemNetwork {
 public:
  BeastNetwork(asio::any_io_executor executor, Clock& clock, SystemNetworkOptions options)
      : executor_(std::move(executor)),
        clock_(clock),
        resolver_(executor_, clock),
        options_(std::move(options)) {}

  asio::awaitable<Dialled> connect(WebSocketRequest request) override {
    const auto state = co_await asio::this_coro::cancellation_state;
    auto opening = open(request.url, request.limits);
    auto opened = co_await std::move(opening);
    Dialled dialled;
    if (!opened.stream || state.cancelled() != asio::cancellation_type::none) {
      dialled.error = opened.stream ? error_code(asio::error::operation_aborted) : opened.error;
      dialled.detail = std::move(opened.detail);
      co_return dialled;
    }
    auto upgrading = upgrade(clock_, std::move(opened.stream), std::move(request));
    co_return co_await std::move(upgrading);
  }

  asio::awaitable<Fetched> fetch(Url url, HttpRequest request, Duration deadline) override {
    const auto state = co_await asio::this_coro::cancellation_state;
    ConnectionLimits limits;
    limits.connect = request.connect_within.value_or(limits.connect);
    limits.body_bytes = request.answer_bytes;
    auto opening = open(url, limits);
    auto opened = co_await std::move(opening);
    Fetched fetched;
    fetched.connected = opened.connected;
    fetched.certificate = opened.certificate;
    if (!opened.stream || state.cancelled() != asio::cancellation_type::none) {
      fetched.error = opened.stream ? error_code(asio::error::operation_aborted) : opened.error;
      fetched.detail = std::move(opened.detail);
      co_return fetched;
    }
    auto asking =
        exchange(clock_, std::move(opened.stream), std::move(url), std::move(request), deadline, limits);
    fetched = co_await std::move(asking);
    fetched.connected = true;
    co_return fetched;
  }

  asio::awaitable<Opened> dial(Url url, Duration within) override {
    ConnectionLimits limits;
    limits.connect = limits.handshake = within;
    auto opening = open(url, limits);
    co_return co_await std::move(opening);
  }

  Result<std::unique_ptr<Listener>> listen(Endpoint endpoint, Service& service) override {
    auto door = std::make_shared<TlsDoor>();
    std::erase_if(doors_, [](const auto& known) { return known.expired(); });
    doors_.push_back(door);
    return make_listener(executor_, clock_, std::move(endpoint), service, options_, std::move(door));
  }

  Result<void> use_identity(const TlsIdentity& identity) override {
    for (const auto& known : doors_) {
      const auto door = known.lock();
      if (!door || !door->context) continue;
      auto made = make_tls_server(identity);
      if (!made) return made.error();
      door->context = std::move(*made);
    }
    return {};
  }

 private:
  asio::awaitable<Opened> open(const Url& url, const ConnectionLimits& limits) {
    TlsContext* tls = nullptr;
    if (url.secure()) {
      // Reading the system's authorities takes tens of milliseconds: once, and only where TLS is spoken.
      if (!tls_) {
        auto made = make_tls_client(options_.extra_trust_pem, options_.verify_peer);
        if (!made) {
          Opened opened;
          opened.error = NetError::tls;
          opened.detail = "the trusted certificates cannot be used: " + made.error().message();
          co_return opened;
        }
        tls_ = std::move(*made);
      }
      tls = tls_.get();
    }
    auto dialling = net::dial(clock_, resolver_, url, limits, tls);
    co_return co_await std::move(dialling);
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  Resolver resolver_;
  SystemNetworkOptions options_;
  std::unique_ptr<TlsContext> tls_;
  std::vector<std::weak_ptr<TlsDoor>> doors_;  // of the listeners
};

}  // namespace

std::unique_ptr<SystemNetwork> make_system_network(asio::any_io_executor executor, Clock& clock,
                                                   SystemNetworkOptions options) {
  if (!options.on_failure)
    options.on_failure = [](std::exception_ptr failure) { std::rethrow_exception(failure); };
  return std::make_unique<BeastNetwork>(std::move(executor), clock, std::move(options));
}

}  // namespace runtime::net
