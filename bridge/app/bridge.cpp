#include "bridge/app/bridge.hpp"

#include "bridge/app/calls_api.hpp"
#include "bridge/app/media_streams.hpp"
#include "bridge/app/open_listener.hpp"
#include "bridge/app/state.hpp"
#include "bridge/app/webhooks.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace bridge::app {
namespace {

using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;
using Socket = std::unique_ptr<runtime::net::MessageSocket>;

constexpr std::string_view kCalls = "/calls/";
/// How often a draining bridge looks whether it is done.
constexpr runtime::Duration kLook = 50ms;

/// What Twilio and operators' programs see.
class PublicService final : public runtime::net::Service {
 public:
  explicit PublicService(State& state) : state_(state), webhooks_(state), api_(state), streams_(state) {}

  boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) override {
    const auto path = runtime::net::path_of(request.target);
    if (path == "/ws/twilio-media") {
      if (request.upgrade) co_return streams_.admit(request);
      co_return make_response(426, kText, "expected a WebSocket: Twilio's media stream goes here\n");
    }
    if (request.upgrade) co_return make_response(404, kText, "media streams go to /ws/twilio-media\n");
    if (path == "/calls" || path.starts_with("/calls/")) {
      auto response = co_await api_.respond(request, path.substr(std::min(path.size(), kCalls.size())));
      count_answer(state_, "calls", response.status);
      co_return response;
    }
    constexpr std::string_view kWebhook = "/webhook/";
    if (path.starts_with(kWebhook))
      co_return co_await webhooks_.respond(request, path.substr(kWebhook.size()));
    co_return make_response(404, kText, "there are /webhook/..., /ws/twilio-media and /calls here\n");
  }

  boost::asio::awaitable<void> serve(HttpRequest request, Socket socket) override {
    auto serving = streams_.serve(std::move(request.peer), std::move(socket));
    co_await std::move(serving);
  }

  MediaStreams& streams() { return streams_; }
  const MediaStreams& streams() const { return streams_; }

 private:
  State& state_;
  Webhooks webhooks_;
  CallsApi api_;
  MediaStreams streams_;
};

}  // namespace

class Bridge::Impl {
 public:
  Impl(Environment environment, Config config, Commons& commons)
      : state_(environment, std::move(config), commons),
        public_(state_),
        drain_(environment.executor),
        warming_(environment.executor, [](std::exception_ptr error) { std::rethrow_exception(error); }) {
    state_.commons.join(environment.executor, [this] { look(); });
  }

  runtime::Result<void> start(std::uint16_t shared_port);
  std::size_t fail(const std::exception_ptr& error);
  void abandon();
  boost::asio::awaitable<bool> run();
  boost::asio::awaitable<void> close() {
    if (listener) co_await listener->shut_down();
  }

  std::unique_ptr<runtime::net::Listener> listener;

 private:
  /// Something that the workers share has changed.
  void look() {
    if (state_.commons.draining_since()) drain_.set();
    if (auto next = state_.commons.published(); next != taken_) take(std::move(next));
  }
  void take(std::shared_ptr<const Config> next);
  bool quiet() const;
  void say_what_still_rings();
  runtime::TimePoint now() const { return state_.env.clock.now(); }

  State state_;
  PublicService public_;
  runtime::Event drain_;
  std::shared_ptr<const Config> taken_;  // what the last reload brought
  std::size_t failed_ = 0;               // calls that fail() ended
  runtime::TaskGroup warming_;
};

runtime::Result<void> Bridge::Impl::start(std::uint16_t shared_port) {
  const auto& config = state_.config;
  runtime::net::Endpoint endpoint;
  endpoint.host = config.listen.host;
  endpoint.port = shared_port != 0 ? shared_port : config.listen.port;
  endpoint.tls = config.listen.tls;
  endpoint.limits.connections = config.limits.connections;
  endpoint.limits.message_bytes = config.limits.message_size;
  endpoint.limits.body_bytes = config.limits.body_size;
  endpoint.limits.header_bytes = config.limits.header_size;
  endpoint.limits.handshake = config.limits.handshake;
  endpoint.limits.idle = config.limits.idle;
  if (config.twilio.send_buffer)
    endpoint.limits.send_buffer_bytes = static_cast<int>(*config.twilio.send_buffer);
  auto bound = open_listener(state_.env.network, "listen", std::move(endpoint), public_, state_.env.log);
  if (!bound) return bound.error();
  listener = std::move(*bound);
  return {};
}

void Bridge::Impl::take(std::shared_ptr<const Config> next) {
  taken_ = std::move(next);
  state_.config = *taken_;
  public_.streams().keep_warm();
}

std::size_t Bridge::Impl::fail(const std::exception_ptr& error) {
  const auto ended = public_.streams().fail_all(error);
  failed_ += ended;
  state_.commons.worker_failed(now());
  state_.commons.drain(state_.config.drain, now(), state_.env.log);
  return ended;
}

void Bridge::Impl::abandon() {
  if (listener) listener->stop_accepting();
  public_.streams().disown_all();
}

bool Bridge::Impl::quiet() const {
  return state_.commons.streaming() == 0 && !state_.takes_streams() && !state_.awaits_answer() &&
         !state_.awaits_transfer() && !state_.registry.awaiting_return(now() - kReturnFollows);
}

void Bridge::Impl::say_what_still_rings() {
  if (state_.awaits_answer()) {
    state_.env.log.warn("the grace period ends, and calls of ours still ring: who answers reaches nobody");
  }
  if (state_.awaits_transfer()) {
    state_.env.log.warn(
        "the grace period ends, and transfers still ring: nobody says what comes next if no one answers");
  }
}

boost::asio::awaitable<bool> Bridge::Impl::run() {
  if (!listener) co_return false;
  warming_.spawn(public_.streams().warm());
  const bool woken = co_await drain_.wait();
  if (!woken) co_return false;
  auto& streams = public_.streams();
  streams.stop_warming();
  auto& clock = state_.env.clock;
  const auto end =
      *state_.commons.draining_since() + state_.config.drain.accept_for + state_.config.drain.grace;
  streams.end_all_by(end);
  while (!quiet() && !state_.commons.is_cut() && now() < end) {
    const bool slept = co_await clock.sleep_until(std::min(now() + kLook, end));
    if (!slept) co_return false;
  }
  if (state_.commons.first_at_the_end()) say_what_still_rings();
  const std::size_t left = streams.hang_up_all("drain");
  if (left > 0) state_.env.log.warn("the grace period ends {} calls", left);
  // Closed streams come back for their way on, to any worker; a caller must not meet a closed door there.
  const auto returns = state_.commons.is_cut() ? runtime::Duration(0) : kReturnFollows;
  const auto latest = now() + state_.config.call.goodbye + returns;
  while (now() < latest && (state_.commons.streaming() > 0 ||
                            (returns > 0s && state_.registry.awaiting_return(now() - returns)))) {
    const bool slept = co_await clock.sleep_until(now() + kLook);
    if (!slept) co_return false;
  }
  co_await close();
  co_await warming_.join();
  const std::size_t cut_short = left + failed_;
  if (const auto all = state_.commons.drained(cut_short)) state_.env.log.info("drained cut_short={}", *all);
  co_return cut_short == 0;
}

Bridge::Bridge(Environment environment, Config config, Commons& commons)
    : impl_(std::make_unique<Impl>(environment, std::move(config), commons)) {}
Bridge::~Bridge() = default;

runtime::Result<void> Bridge::start(std::uint16_t shared_port) {
  return impl_->start(shared_port);
}
std::uint16_t Bridge::public_port() const {
  return impl_->listener->port();
}
std::size_t Bridge::fail(const std::exception_ptr& error) {
  return impl_->fail(error);
}
void Bridge::abandon() {
  impl_->abandon();
}
boost::asio::awaitable<bool> Bridge::run() {
  return impl_->run();
}
boost::asio::awaitable<void> Bridge::close() {
  return impl_->close();
}

}  // namespace bridge::app
