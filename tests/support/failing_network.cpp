#include "tests/support/failing_network.hpp"

#include "runtime/net/no_answer.hpp"
#include "tests/support/failing_socket.hpp"

#include <boost/asio/error.hpp>

#include <new>
#include <stdexcept>

namespace support {
namespace asio = boost::asio;
namespace net = runtime::net;
using runtime::Duration;
using runtime::error_code;

std::optional<Failure> Steps::next(std::string what) {
  taken_.push_back(std::move(what));
  if (taken_.size() != fails_) return std::nullopt;
  if (how_ == Failure::throws_early) throw std::bad_alloc();
  return how_;
}

namespace {

void throw_if(std::optional<Failure> failure, const std::string& what) {
  if (failure == Failure::throws) throw std::runtime_error(what + ": a simulated bug");
}

error_code error_of(Failure how) {
  if (how == Failure::stalls) return asio::error::timed_out;
  if (how == Failure::error) return asio::error::connection_refused;
  return asio::error::eof;
}

}  // namespace

/// What stalls lasts until the seam's own limit. True: it was cancelled before.
asio::awaitable<bool> FailingNetwork::wait_out(Failure how, runtime::TimePoint limit) {
  if (how != Failure::stalls) co_return false;
  const bool reached = co_await clock_.sleep_until(limit);
  co_return !reached;
}

// What begins an operation is a function and no coroutine: so an early failure comes before the first await.
asio::awaitable<net::Dialled> FailingNetwork::connect(net::WebSocketRequest request) {
  const bool counted = steps_.counts();
  const auto failure = counted ? steps_.next("dial " + request.url.host) : std::nullopt;
  return dial(std::move(request), counted, failure);
}

asio::awaitable<net::Dialled> FailingNetwork::dial(net::WebSocketRequest request, bool counted,
                                                   std::optional<Failure> failure) {
  const Steps::Open open(steps_);
  std::string peer = request.url.host;
  throw_if(failure, "dial");
  if (failure) {
    net::Dialled nobody;
    nobody.error = error_of(*failure);
    const auto limit = clock_.now() + request.limits.connect + request.limits.handshake;
    const bool cut_off = co_await wait_out(*failure, limit);
    if (cut_off) nobody.error = asio::error::operation_aborted;
    co_return nobody;
  }
  auto dialled = co_await below_.connect(std::move(request));
  if (!dialled) co_return dialled;
  dialled.socket =
      std::make_unique<FailingSocket>(std::move(dialled.socket), executor_, steps_, std::move(peer), counted);
  co_return dialled;
}

asio::awaitable<net::Fetched> FailingNetwork::fetch(net::Url url, net::HttpRequest request,
                                                    Duration deadline) {
  const bool counted = steps_.counts();
  const auto failure = counted ? steps_.next("ask " + url.host) : std::nullopt;
  return exchange(std::move(url), std::move(request), deadline, counted, failure);
}

/// The two halves of an exchange that the program asks for: what fails first was never asked, what fails
/// second was asked and answered.
asio::awaitable<net::Fetched> FailingNetwork::exchange(net::Url url, net::HttpRequest request,
                                                       Duration deadline, bool counted,
                                                       std::optional<Failure> failure) {
  const Steps::Open open(steps_);
  const std::string peer = url.host;
  const net::ConnectionLimits usual;
  const auto limit =
      clock_.now() + request.connect_within.value_or(usual.connect) + usual.handshake + deadline;
  net::Fetched nothing;
  throw_if(failure, "ask");
  if (!failure) {
    auto fetched = co_await below_.fetch(std::move(url), std::move(request), deadline);
    if (!counted || fetched.error == asio::error::operation_aborted) co_return fetched;
    failure = steps_.next("answer of " + peer);
    throw_if(failure, "answer");
    if (!failure) co_return fetched;
    nothing.connected = true;
  }
  nothing.error = error_of(*failure);
  const bool cut_off = co_await wait_out(*failure, limit);
  if (cut_off) nothing.error = asio::error::operation_aborted;
  co_return nothing;
}

/// The two halves of an exchange that the program is asked for, likewise.
class FailingNetwork::Service final : public net::Service {
 public:
  Service(FailingNetwork& network, net::Service& above, Duration limit)
      : network_(network), above_(above), limit_(limit) {}

  asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override {
    auto& steps = network_.steps_;
    std::string what(net::path_of(request.target));
    const bool counted = steps.counts();
    const auto failure = counted ? steps.next("request " + what) : std::nullopt;
    return answer(request, std::move(what), counted, failure);
  }

  asio::awaitable<net::HttpResponse> answer(const net::HttpRequest& request, std::string what, bool counted,
                                            std::optional<Failure> failure) {
    const Steps::Open open(network_.steps_);
    throw_if(failure, what);
    if (!failure) {
      auto response = co_await above_.respond(request);
      if (!counted) co_return response;
      failure = network_.steps_.next("response " + what);
      throw_if(failure, what);
      if (!failure) co_return response;
    }
    (void)co_await network_.wait_out(*failure, network_.clock_.now() + limit_);
    co_return net::no_answer();
  }

  asio::awaitable<void> serve(net::HttpRequest request, std::unique_ptr<net::MessageSocket> socket) override {
    auto failing = std::make_unique<FailingSocket>(std::move(socket), network_.executor_, network_.steps_,
                                                   request.peer, network_.steps_.counts());
    return above_.serve(std::move(request), std::move(failing));
  }

 private:
  FailingNetwork& network_;
  net::Service& above_;
  const Duration limit_;
};

class FailingNetwork::Listener final : public net::Listener {
 public:
  Listener(FailingNetwork& network, net::Service& above, Duration limit)
      : steps_(network.steps_), service_(network, above, limit) {}
  void take(std::unique_ptr<net::Listener> below) { below_ = std::move(below); }
  Service& service() { return service_; }
  std::uint16_t port() const override { return below_->port(); }
  void stop_accepting() override { below_->stop_accepting(); }
  asio::awaitable<void> shut_down() override {
    if (!steps_.left_open) steps_.left_open = steps_.open();
    return below_->shut_down();
  }

 private:
  Steps& steps_;
  Service service_;
  std::unique_ptr<net::Listener> below_;
};

runtime::Result<std::unique_ptr<net::Listener>> FailingNetwork::listen(net::Endpoint endpoint,
                                                                       net::Service& service) {
  auto listener = std::make_unique<Listener>(*this, service, endpoint.limits.handshake);
  auto below = below_.listen(std::move(endpoint), listener->service());
  if (!below) return below.error();
  listener->take(std::move(*below));
  return std::unique_ptr<net::Listener>(std::move(listener));
}

}  // namespace support
