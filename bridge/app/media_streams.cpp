#include "bridge/app/media_streams.hpp"

#include "bridge/app/logging.hpp"
#include "bridge/app/stream_watch.hpp"
#include "bridge/call/session_request.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace bridge::app {

using runtime::net::HttpResponse;
using runtime::net::make_response;

namespace {
/// How often what a call has carried is published for GET /calls, and whether it is to end looked up.
constexpr runtime::Duration kObserve = 1s;
/// Of those that are on their way from their 101 to us.
constexpr std::size_t kMostAdmitted = 1024;
}  // namespace

/// Also when the coroutine that runs the call is destroyed in the middle of it.
class MediaStreams::Listed {
 public:
  Listed(MediaStreams& owner, std::uint64_t id, call::Call& call) : owner_(owner), id_(id), call_(call) {
    owner_.live_.emplace(id_, &call);
    owner_.state_.commons.stream_began();
    owner_.active_.set(static_cast<double>(owner_.live_.size()));
    beat_ = owner_.state_.env.ticker.subscribe([this](runtime::TimePoint at) {
      if (at < next_look_) return;
      next_look_ = at + kObserve;
      try {  // the thread's beat is everybody's: a bug ends this call alone
        publish();
        if (live_->end_asked()) call_.hang_up("api");
      } catch (...) {
        call_.fail(std::current_exception());
      }
    });
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() {
    beat_ = {};
    if (owner_.live_.erase(id_) == 0) return;  // disowned
    owner_.state_.commons.stream_ended();
    owner_.active_.set(static_cast<double>(owner_.live_.size()));
  }

  void publish() { live_->publish(call_.tally()); }
  const std::shared_ptr<LiveCall>& live() const { return live_; }

 private:
  MediaStreams& owner_;
  const std::uint64_t id_;
  call::Call& call_;
  const std::shared_ptr<LiveCall> live_ = std::make_shared<LiveCall>();
  runtime::TimePoint next_look_{};
  runtime::Ticker::Subscription beat_;
};

MediaStreams::MediaStreams(State& state)
    : state_(state),
      ways_on_(state),
      instruments_(state.sheet),
      active_(state.sheet.gauge("voicebridge_calls_active")),
      call_log_(component_log(state.env.log, "call", state.config.log)) {}

HttpResponse MediaStreams::admit(const runtime::net::HttpRequest& request) {
  // A refused stream was asked for all the same: its call must not be taken for one whose track was refused.
  const auto upgrade = state_.registry.upgrade_seen(state_.env.clock.now());
  const auto refuse = [&](int status, std::string_view reason, std::string_view why) {
    instruments_.count_rejected_stream(reason);
    state_.env.log.warn("stream refused status={} peer={}: {}", status, request.peer, why);
    return make_response(status, "text/plain; charset=utf-8", fmt::format("{}\n", why));
  };
  if (!state_.authentic(request, {}))
    return refuse(403, "signature", "X-Twilio-Signature does not fit this stream");
  if (!state_.takes_streams()) return refuse(503, "draining", "draining: this bridge takes no new calls");
  if (state_.commons.streaming() >= state_.config.limits.calls) {
    return refuse(503, "limit",
                  fmt::format("all {} calls of limits.calls are taken", state_.config.limits.calls));
  }
  // Who was answered before the tokens were spent is not left alone now.
  const auto answered_since = state_.env.clock.now() - state_.config.stream_token.valid_for;
  if (state_.commons.day.spent(state_.env.clock.wall_now()) &&
      !state_.registry.awaiting_stream(answered_since)) {
    instruments_.count_budget("daily");
    return refuse(503, "budget", "the tokens of budgets.daily_tokens are spent until midnight UTC");
  }
  if (admitted_.size() >= kMostAdmitted) admitted_.pop_front();
  admitted_.push_back({request.peer, upgrade});
  HttpResponse accepted;
  accepted.status = 101;
  return accepted;
}

/// Counted when it was asked for: Twilio has its answer before we are here, and its callback may come first.
std::uint64_t MediaStreams::take_admitted(const std::string& peer) {
  const auto found = std::ranges::find(admitted_, peer, &Admitted::peer);
  if (found == admitted_.end()) return state_.registry.upgrade_seen(state_.env.clock.now());
  const auto upgrade = found->upgrade;
  admitted_.erase(found);
  return upgrade;
}

call::Admitted MediaStreams::check_start(std::uint64_t upgrade, const twilio::Start& start,
                                         std::shared_ptr<LiveCall> live) {
  const auto parameter = [&](const char* name) {
    const auto found = start.parameters.find(name);
    return found == start.parameters.end() ? std::string() : found->second;
  };
  const auto& sid = start.call.value();
  const auto reject = [&](std::string why, std::string_view reason = "bad_token") {
    instruments_.count_rejected_stream(reason);
    return call::Admitted(std::move(why));
  };
  if (parameter("CallSid") != sid) return reject("the parameter CallSid names another call than the stream");
  const auto to = parameter("To");
  const auto from = parameter("From");
  const auto token = parameter("LinecheckToken");
  const auto checked = state_.signer.check_stream_token(token, {sid, to, from}, state_.env.clock.wall_now());
  if (const auto* why = std::get_if<std::string>(&checked)) return reject(*why);
  if (start.encoding != "audio/x-mulaw" || start.sample_rate != 8000 || start.channels != 1) {
    return reject(
        fmt::format("start.mediaFormat is {}, {} Hz, {} channels; only audio/x-mulaw, 8000 Hz, 1 channel "
                    "is spoken here",
                    start.encoding.substr(0, 40), start.sample_rate, start.channels),
        "bad_format");
  }
  const auto [direction, served, expires] = std::get<Signer::Opened>(checked);
  const auto& number = direction == Direction::inbound ? to : from;
  const auto* settings = state_.config.answering(number);
  if (settings == nullptr) {  // `numbers` has lost it since the webhook was answered, here or on a replica
    return reject(fmt::format("no agent answers {}", state_.loggable_number(number)), "unknown_number");
  }
  const CallRegistry::Start entry{upgrade,
                                  sid,
                                  direction,
                                  token,
                                  served,
                                  std::move(live),
                                  std::make_shared<const Verbs>(state_.verbs_for(number))};
  switch (state_.registry.stream_started(entry, state_.env.clock.now())) {
    case CallRegistry::Entry::occupied:
      return reject("this call has a stream already", "replayed");
    case CallRegistry::Entry::replayed:
      return reject("the token has opened a stream before", "replayed");
    case CallRegistry::Entry::elsewhere:
      return reject("Twilio opened the stream of this call's document at another replica", "replayed");
    case CallRegistry::Entry::admitted:
      break;
  }
  state_.commons.slots.stream_began(sid);
  return *settings;
}

boost::asio::awaitable<void> MediaStreams::serve(std::string peer,
                                                 std::unique_ptr<runtime::net::MessageSocket> socket) {
  const auto upgrade = take_admitted(peer);
  const auto& env = state_.env;
  runtime::net::Network& network = warm_ ? *warm_ : env.network;
  call::Surroundings surroundings{env.executor,
                                  env.clock,
                                  env.ticker,
                                  network,
                                  env.random,
                                  instruments_,
                                  warm_ ? open_gate_ : state_.commons.dials,
                                  *call_log_,
                                  &ways_on_,
                                  env.recordings};
  std::string prefix;
  Listed* entry = nullptr;
  call::Admission admission = [this, upgrade, &prefix, &entry](const twilio::Start& start) {
    prefix = fmt::format("call={} ", start.call.value());
    return check_start(upgrade, start, entry->live());
  };
  const call::Reception reception{state_.config.call.start_within, state_.config.call.goodbye};
  call::Call call(surroundings, reception, std::move(admission));
  const auto idle = [this, &prefix] {
    state_.sheet.counter("voicebridge_streams_idle_total").add();
    call_log_->warn("{}nothing came through the media stream for {} s: it is cut", prefix,
                    runtime::seconds(state_.config.limits.stream_idle));
  };
  StreamWatch watch(env.executor, env.clock,
                    {state_.config.limits.stream_idle, state_.config.twilio.ping_interval},
                    {idle, [&call](std::exception_ptr error) { call.fail(std::move(error)); }});
  Listed listed(*this, upgrade, call);
  entry = &listed;
  if (latest_) call.end_by(*latest_);
  auto watched = watch.watch(std::move(socket));
  const auto outcome = co_await call.run(std::move(watched));
  co_await watch.stop();
  listed.publish();
  state_.commons.day.spend(outcome.tokens, env.clock.wall_now());
  state_.registry.stream_over(outcome, env.clock.now());
  if (outcome.call) state_.commons.slots.give_back(outcome.call->value());
}

boost::asio::awaitable<void> MediaStreams::warm() {
  const auto& config = state_.config;
  if (config.warm.sessions == 0) co_return;
  warm_.emplace(state_.env.executor, state_.env.clock, state_.env.network, state_.commons.dials, state_.sheet,
                instruments_, *call_log_);
  keep_warm();
  co_await warm_->run();
}

void MediaStreams::keep_warm() {
  if (!warm_) return;
  std::vector<runtime::net::WebSocketRequest> wanted;
  for (const auto& [name, agent] : state_.config.agents) wanted.push_back(call::session_request(agent.model));
  if (wanted.empty()) wanted.push_back(call::session_request(state_.config.call.model));
  warm_->keep(std::move(wanted), {state_.config.warm.sessions, state_.config.warm.max_age,
                                  state_.config.call.model.ping_interval});
}

void MediaStreams::stop_warming() {
  if (warm_) warm_->stop();
}

void MediaStreams::end_all_by(runtime::TimePoint latest) {
  latest_ = latest;
  for (const auto& [id, call] : live_) call->end_by(latest);
}

std::size_t MediaStreams::fail_all(const std::exception_ptr& error) {
  std::size_t ended = 0;
  for (const auto& [id, call] : live_) {
    if (!call->failed()) ++ended;
    call->fail(error);
  }
  return ended;
}

void MediaStreams::disown_all() {
  for (std::size_t n = live_.size(); n > 0; --n) state_.commons.stream_ended();
  live_.clear();
  active_.set(0);
}

std::size_t MediaStreams::hang_up_all(const std::string& ended_by) {
  std::size_t ended = 0;
  for (const auto& [id, call] : live_) {
    if (call->hang_up(ended_by)) ++ended;
  }
  return ended;
}

}  // namespace bridge::app
