#include "bridge/app/bridge.hpp"

#include "bridge/app/calls_api.hpp"
#include "bridge/app/certificates.hpp"
#include "bridge/app/media_streams.hpp"
#include "bridge/app/reload.hpp"
#include "bridge/app/state.hpp"
#include "bridge/app/twiml.hpp"
#include "bridge/app/webhooks.hpp"
#include "metrics/catalogue.hpp"
#include "runtime/async/event.hpp"
#include "runtime/async/task_group.hpp"
#include "runtime/core/encoding.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace bridge::app {
namespace {

using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;
using Socket = std::unique_ptr<runtime::net::MessageSocket>;

constexpr std::string_view kCalls = "/calls/";
/// A call that the bridge ended comes back for its way on within this.
constexpr runtime::Duration kReturnFollows = 2s;
/// Of a failure that nobody has scraped: two of the usual intervals. Nobody scrapes a process that does not.
constexpr runtime::Duration kToldWithin = 30s;
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
    if (path.starts_with(kWebhook)) co_return webhooks_.respond(request, path.substr(kWebhook.size()));
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

/// What Prometheus and Kubernetes see.
class AdminService final : public runtime::net::Service {
 public:
  explicit AdminService(State& state) : state_(state) {}

  boost::asio::awaitable<HttpResponse> respond(const HttpRequest& request) override {
    const auto path = runtime::net::path_of(request.target);
    if (request.upgrade || (request.method != "GET" && request.method != "HEAD")) {
      co_return make_response(405, kText, "expected GET\n");
    }
    const bool guarded = path == "/metrics" || state_.config.admin.protect_all;
    if (guarded && !knows_password(request)) {
      auto refusal =
          make_response(401, kText, "expected admin.user and admin.password (basic authentication)\n");
      refusal.headers.add("WWW-Authenticate", R"(Basic realm="linecheck-bridge", charset="UTF-8")");
      co_return refusal;
    }
    if (path == "/metrics") {
      state_.settle_calls();
      state_.commons.scraped();
      co_return make_response(200, "text/plain; version=0.0.4; charset=utf-8", state_.env.metrics.expose());
    }
    if (path == "/healthz") co_return make_response(200, kText, "ok\n");
    if (path == "/readyz") {
      co_return state_.commons.draining_since() ? make_response(503, kText, "draining\n")
                                                : make_response(200, kText, "ok\n");
    }
    co_return make_response(404, kText, "there are /metrics, /healthz and /readyz here\n");
  }

  boost::asio::awaitable<void> serve(HttpRequest, Socket) override { co_return; }

 private:
  bool knows_password(const HttpRequest& request) const {
    const auto& admin = state_.config.admin;
    if (admin.user.empty()) return true;
    const auto expected = "Basic " + runtime::base64_encode(admin.user + ":" + admin.password);
    return runtime::equal_constant_time(request.headers.get("Authorization"), expected);
  }

  State& state_;
};

/// So that rate() sees what the first response of a model uses.
void count_tokens_from_zero(const Config& config, metrics::Sheet& sheet) {
  constexpr std::string_view kName = "voicebridge_openai_tokens_total";
  const auto begin = [&](const call::Settings& agent) {
    for (const auto& kind : metrics::find_family(kName)->labels.front().values)
      sheet.counter(kName, {kind, agent.model.name}).add(0);
  };
  if (config.agents.empty()) begin(config.call);
  for (const auto& [name, agent] : config.agents) begin(agent);
}

}  // namespace

class Bridge::Impl {
 public:
  Impl(Environment environment, Config config, std::unique_ptr<Commons> own, Commons* shared, Place place)
      : own_(std::move(own)),
        state_(environment, std::move(config), own_ ? *own_ : *shared),
        public_(state_),
        admin_(state_),
        place_(place),
        drain_(environment.executor),
        warming_(environment.executor, [](std::exception_ptr error) { std::rethrow_exception(error); }) {
    state_.commons.join(environment.executor, [this] { look(); });
  }

  runtime::Result<void> start(std::uint16_t shared_port);
  void reload(Config config);
  void reload(const ConfigErrors& errors);
  void drain();
  std::size_t fail(const std::exception_ptr& error);
  void abandon();
  void cut() { state_.commons.cut(); }
  runtime::Duration longest_drain() const {
    const auto& drain = state_.config.drain;
    return drain.accept_for + drain.grace + state_.config.call.goodbye + kReturnFollows;
  }
  boost::asio::awaitable<bool> run();

  std::unique_ptr<runtime::net::Listener> public_listener, admin_listener;

 private:
  runtime::Result<void> listen(std::string_view what, runtime::net::Endpoint endpoint,
                               runtime::net::Service& service, std::unique_ptr<runtime::net::Listener>& into);
  /// Something that the workers share has changed.
  void look() {
    if (state_.commons.draining_since()) drain_.set();
  }
  bool quiet() const;
  bool has_failure_to_tell() const;
  void say_what_is_configured();
  boost::asio::awaitable<void> close_listeners();
  runtime::TimePoint now() const { return state_.env.clock.now(); }

  std::unique_ptr<Commons> own_;  // a single worker's
  State state_;
  PublicService public_;
  AdminService admin_;
  const Place place_;
  runtime::Event drain_;
  std::vector<std::string> kept_;  // keys that wait for a restart, as of the last reload
  std::size_t failed_ = 0;         // calls that fail() ended
  runtime::TaskGroup warming_;
};

runtime::Result<void> Bridge::Impl::listen(std::string_view what, runtime::net::Endpoint endpoint,
                                           runtime::net::Service& service,
                                           std::unique_ptr<runtime::net::Listener>& into) {
  const auto address = fmt::format("{}:{}", endpoint.host, endpoint.port);
  auto bound = state_.env.network.listen(std::move(endpoint), service);
  if (!bound) {
    state_.env.log.error("cannot listen on {} ({}): {}", address, what, bound.error().message());
    return bound.error();
  }
  into = std::move(*bound);
  return {};
}

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
  if (auto bound = listen("listen", std::move(endpoint), public_, public_listener); !bound) return bound;
  if (place_ == Place::further) return {};

  runtime::net::Endpoint admin;
  admin.host = config.admin.host;
  admin.port = config.admin.port;
  admin.limits.connections = config.limits.connections;
  if (auto bound = listen("admin", std::move(admin), admin_, admin_listener); !bound) return bound;

  say_what_is_configured();
  return {};
}

void Bridge::Impl::say_what_is_configured() {
  if (place_ == Place::further) return;  // the process says it once
  const auto& config = state_.config;
  for (const auto& warning : config.warnings) state_.env.log.warn("{}", warning);
  if (config.listen.tls) {
    const auto why = out_of_its_time(*config.listen.tls, state_.env.clock.wall_now());
    if (!why.empty()) state_.env.log.error("{}", why);
  }
  state_.env.log.info("{}", track_marker(config.twiml.track));
  const auto wall = state_.env.clock.wall_now().time_since_epoch();
  state_.sheet.gauge("voicebridge_config_last_reload_success_timestamp_seconds")
      .set(runtime::seconds(std::chrono::duration_cast<runtime::Duration>(wall)));
  state_.sheet.gauge("voicebridge_config_last_reload_successful").set(1);
  count_tokens_from_zero(config, state_.sheet);
  state_.commons.reconfigure(config);
}

void Bridge::Impl::reload(Config config) {
  constexpr std::string_view kWaits = "voicebridge_config_restart_needed";
  auto next = reloaded(state_.config, std::move(config));
  state_.config = std::move(next.config);
  public_.streams().keep_warm();
  if (place_ == Place::further) return;
  state_.env.log.info("configuration reloaded: the {} running calls keep theirs", state_.commons.streaming());
  for (const auto& key : kept_) state_.sheet.gauge(kWaits, {key}).set(0);
  kept_ = next.kept;
  for (const auto& key : kept_) {
    state_.env.log.warn("configuration reloaded, but for `{}`: it is kept until a restart", key);
    state_.sheet.gauge(kWaits, {key}).set(1);
  }
  say_what_is_configured();
}

void Bridge::Impl::reload(const ConfigErrors& errors) {
  for (const auto& problem : errors.problems) {
    state_.env.log.error("{}", in_one_line(problem));
  }
  state_.env.log.error("configuration not reloaded, {} errors: the running one is kept",
                       errors.problems.size());
  state_.sheet.gauge("voicebridge_config_last_reload_successful").set(0);
}

void Bridge::Impl::drain() {
  if (!state_.commons.begin_draining(now())) return;
  state_.env.log.info("draining calls={} accept_for={}s grace={}s", state_.commons.streaming(),
                      runtime::seconds(state_.config.drain.accept_for),
                      runtime::seconds(state_.config.drain.grace));
  state_.commons.tell_all();
}

std::size_t Bridge::Impl::fail(const std::exception_ptr& error) {
  const auto ended = public_.streams().fail_all(error);
  failed_ += ended;
  state_.commons.worker_failed(now());
  drain();
  return ended;
}

void Bridge::Impl::abandon() {
  if (public_listener) public_listener->stop_accepting();
  if (admin_listener) admin_listener->stop_accepting();
  public_.streams().disown_all();
}

bool Bridge::Impl::quiet() const {
  return state_.commons.streaming() == 0 && !state_.takes_streams() && !state_.awaits_answer() &&
         !state_.awaits_transfer() && !state_.registry.awaiting_return(now() - kReturnFollows);
}

bool Bridge::Impl::has_failure_to_tell() const {
  const auto since = state_.commons.failure_untold_since();
  return since && now() < *since + kToldWithin;
}

boost::asio::awaitable<void> Bridge::Impl::close_listeners() {
  if (public_listener) co_await public_listener->shut_down();
  if (admin_listener) co_await admin_listener->shut_down();
}

boost::asio::awaitable<bool> Bridge::Impl::run() {
  if (!public_listener || (place_ != Place::further && !admin_listener)) {
    co_await close_listeners();
    co_return false;
  }
  warming_.spawn(public_.streams().warm());
  const bool woken = co_await drain_.wait();
  if (!woken) co_return false;
  auto& streams = public_.streams();
  streams.stop_warming();
  auto& clock = state_.env.clock;
  const auto end =
      *state_.commons.draining_since() + state_.config.drain.accept_for + state_.config.drain.grace;
  streams.end_all_by(end);
  while ((!quiet() || has_failure_to_tell()) && !state_.commons.is_cut() && now() < end) {
    const bool slept = co_await clock.sleep_until(std::min(now() + kLook, end));
    if (!slept) co_return false;
  }
  if (place_ != Place::further && state_.awaits_answer()) {
    state_.env.log.warn("the grace period ends, and calls of ours still ring: who answers reaches nobody");
  }
  if (place_ != Place::further && state_.awaits_transfer()) {
    state_.env.log.warn(
        "the grace period ends, and transfers still ring: nobody says what comes next if no one answers");
  }
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
  co_await close_listeners();
  co_await warming_.join();
  const std::size_t cut_short = left + failed_;
  if (const auto all = state_.commons.drained(cut_short)) state_.env.log.info("drained cut_short={}", *all);
  co_return cut_short == 0;
}

Bridge::Bridge(Environment environment, Config config) {
  auto own = std::make_unique<Commons>(environment.metrics, config, environment.random);
  impl_ = std::make_unique<Impl>(environment, std::move(config), std::move(own), nullptr, Place::alone);
}
Bridge::Bridge(Environment environment, Config config, Commons& shared, Place place)
    : impl_(std::make_unique<Impl>(environment, std::move(config), nullptr, &shared, place)) {}
Bridge::~Bridge() = default;

runtime::Result<void> Bridge::start(std::uint16_t shared_port) {
  return impl_->start(shared_port);
}
std::uint16_t Bridge::public_port() const {
  return impl_->public_listener->port();
}
std::uint16_t Bridge::admin_port() const {
  return impl_->admin_listener->port();
}
void Bridge::reload(Config config) {
  impl_->reload(std::move(config));
}
void Bridge::reload(const ConfigErrors& errors) {
  impl_->reload(errors);
}
void Bridge::drain() {
  impl_->drain();
}
std::size_t Bridge::fail(const std::exception_ptr& error) {
  return impl_->fail(error);
}
void Bridge::abandon() {
  impl_->abandon();
}
void Bridge::cut() {
  impl_->cut();
}
runtime::Duration Bridge::longest_drain() const {
  return impl_->longest_drain();
}
boost::asio::awaitable<bool> Bridge::run() {
  return impl_->run();
}

}  // namespace bridge::app
