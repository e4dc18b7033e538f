#include "simulators/twilio/fake_twilio.hpp"

#include "simulators/twilio/live_call.hpp"
#include "simulators/twilio/recording_media.hpp"
#include "simulators/twilio/rest_api.hpp"

#include "runtime/async/task_group.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <set>
#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
namespace {

/// Labels of caller_* metrics beyond the calls kept: for those that run.
constexpr std::size_t kMostLabels = 100;
runtime::net::HttpResponse too_many_requests() {
  return rest_refusal({20429, "Too Many Requests", 429});
}

/// A request that is being answered.
class InWork {
 public:
  explicit InWork(unsigned& count) : count_(count) { ++count_; }
  InWork(const InWork&) = delete;
  InWork& operator=(const InWork&) = delete;
  ~InWork() { --count_; }

 private:
  unsigned& count_;
};

Observer& nobody() {
  static Observer silent;
  return silent;
}

}  // namespace

class FakeTwilio::Impl final : public runtime::net::Service, private CallBook {
 public:
  Impl(Environment environment, Settings settings, Observer* observer)
      : environment_(environment),
        settings_(std::move(settings)),
        observer_(observer != nullptr ? *observer : nobody()),
        instruments_(environment_.metrics),
        calls_forgotten_(instruments_.sheet().counter("fake_twilio_calls_forgotten_total")),
        api_(settings_.account, settings_.rest, *this),
        dialling_(environment_.executor, environment_.clock, settings_.rest.calls_per_second),
        callbacks_(environment_.executor, [this](std::exception_ptr error) { failed(std::move(error)); }),
        tasks_(environment_.executor, [this](std::exception_ptr error) { failed(std::move(error)); }) {}

  const CallFacts& place(CallPlan plan) {
    plan.direction = Direction::inbound;
    return begin(std::move(plan), {});
  }

  LiveCall* find(std::string_view sid) const {
    const auto found = std::find_if(calls_.begin(), calls_.end(),
                                    [sid](const auto& call) { return call->facts().sid == sid; });
    return found == calls_.end() ? nullptr : found->get();
  }

  std::size_t active_calls() const {
    const auto active = std::count_if(calls_.begin(), calls_.end(), [](const auto& c) { return !c->over(); });
    return static_cast<std::size_t>(active);
  }

  const RecordingFacts* find_recording(std::string_view sid) const {
    for (const auto& call : calls_) {
      for (const RecordingFacts& recording : call->facts().recordings) {
        if (recording.sid == sid) return &recording;
      }
    }
    return nullptr;
  }

  asio::awaitable<void> all_ended() {
    co_await tasks_.join();
    co_await callbacks_.join();
    rethrow();
  }

  asio::awaitable<void> shut_down() {
    for (const auto& call : calls_) call->hang_up(EndedBy::twilio);
    co_await tasks_.join();
    callbacks_.cancel();
    co_await callbacks_.join();
  }

  asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest& request) override {
    using OnTheWire = runtime::WireLog::Direction;
    const auto record = [this](OnTheWire direction, const std::string& text) {
      environment_.wire_log.record({environment_.clock.now(), "twilio.rest", "", direction, text});
    };
    record(OnTheWire::from_bridge,
           request.method + " " + request.target + (request.body.empty() ? "" : "\n" + request.body));
    const RestSettings& rest = settings_.rest;
    const auto recorded = [this](std::string_view sid) { return find_recording(sid); };
    if (auto media = recording_media(settings_.account, request, recorded)) co_return std::move(*media);
    runtime::net::HttpResponse response;
    if (rest.concurrent_requests != 0 && requests_ >= rest.concurrent_requests) {
      response = too_many_requests();
    } else {
      const InWork one(requests_);
      if (rest.latency > Duration(0)) {
        const TimePoint until = environment_.clock.now() + rest.latency;
        (void)co_await environment_.clock.sleep_until(until);
      }
      response = api_.answer(request, {environment_.clock.now(), environment_.clock.wall_now()});
    }
    record(OnTheWire::to_bridge, response.body);
    co_return response;
  }

  asio::awaitable<void> serve(runtime::net::HttpRequest,
                              std::unique_ptr<runtime::net::MessageSocket>) override {
    co_return;  // respond() accepts no upgrade
  }

  const CallFacts& begin(CallPlan plan, LiveCall::Origin origin) {
    origin.sid = "CA" + environment_.random.hex(32);
    origin.ordinal = std::to_string(ordinal());
    const LiveCall::Parts parts{environment_, settings_.account, instruments_, observer_,
                                callbacks_,   dialling_,         sounds_};
    calls_.push_back(std::make_unique<LiveCall>(parts, std::move(origin), std::move(plan)));
    tasks_.spawn(lead(*calls_.back()));
    const CallFacts& facts = calls_.back()->facts();
    if (settings_.calls_kept) forget(*settings_.calls_kept);
    return facts;
  }

  /// Forgets the oldest ended calls until only `kept` are left.
  void forget(std::size_t kept) {
    auto surplus = finished_.size() - std::min(finished_.size(), kept);
    std::erase_if(calls_, [&](const auto& call) {
      if (surplus == 0 || call->callbacks_waiting() != 0 || finished_.erase(call.get()) == 0) return false;
      --surplus;
      ++forgotten_;
      calls_forgotten_.add();
      deleted_.erase(call->facts().sid);
      return true;
    });
  }

  void set_default_outbound(CallPlan plan) { settings_.default_outbound = std::move(plan); }

  std::deque<std::unique_ptr<LiveCall>> calls_;
  std::size_t forgotten_ = 0;
  std::deque<CallPlan> expected_;

 private:
  const CallFacts& create(CreateCall request) override {
    const auto fits = [&request](const CallPlan& plan) { return plan.to.empty() || plan.to == request.to; };
    auto found = std::find_if(expected_.begin(), expected_.end(), fits);
    if (found == expected_.end()) found = expected_.begin();
    CallPlan plan = settings_.default_outbound;
    if (found != expected_.end()) {
      plan = std::move(*found);
      expected_.erase(found);
    }
    plan.direction = Direction::outbound;
    plan.from = std::move(request.from);
    plan.to = std::move(request.to);
    plan.voice_url = std::move(request.url);
    plan.voice_method = std::move(request.method);
    plan.fallback_url = std::move(request.fallback_url);
    plan.fallback_method = std::move(request.fallback_method);
    plan.status_callback = std::move(request.status_callback);
    plan.status_callback_method = std::move(request.status_callback_method);
    if (request.status_events.empty()) request.status_events.emplace_back("completed");
    plan.status_events = std::move(request.status_events);
    if (request.time_limit) plan.time_limit = request.time_limit;
    LiveCall::Origin origin;
    origin.ring_timeout = request.ring_timeout;
    origin.document = std::move(request.document);
    origin.problems = std::move(request.problems);
    const std::size_t most = settings_.rest.concurrent_calls;
    if (most != 0 && active_calls() >= most) {
      plan.outcome = Outcome::failed;
      plan.knobs.outbound_answers_after = Duration(0);
      origin.problems.push_back({{}, 10004, false, "more than " + std::to_string(most) + " calls at once"});
    }
    origin.send_digits = std::move(request.send_digits);
    origin.detection = std::move(request.detection);
    origin.record = std::move(request.record);
    origin.application_sid = std::move(request.application_sid);
    return begin(std::move(plan), std::move(origin));
  }
  const CallFacts* find_call(std::string_view sid) const override {
    const auto known = listed_calls();
    const auto found = std::ranges::find(known, sid, [](const CallFacts* call) { return call->sid; });
    return found == known.end() ? nullptr : *found;
  }
  std::vector<const CallFacts*> listed_calls() const override {
    std::vector<const CallFacts*> all;
    const auto list = [&](const CallFacts& call) {
      if (!deleted_.contains(call.sid)) all.push_back(&call);
    };
    for (const auto& call : calls_) {
      list(call->facts());
      for (const auto& leg : call->facts().children) list(*leg);
    }
    return all;
  }
  void end_call(std::string_view sid, std::string_view status) override {
    for (const auto& call : calls_) call->hang_up_leg(sid);
    if (LiveCall* call = find(sid))
      call->hang_up(EndedBy::rest, status == "completed" ? "completed" : "canceled");
  }
  void redirect_call(std::string_view sid, std::string url, std::string method,
                     std::string document) override {
    if (LiveCall* call = find(sid)) call->redirect(std::move(url), std::move(method), std::move(document));
  }
  void change_call(std::string_view sid, CallChanges changes) override {
    if (LiveCall* call = find(sid)) call->change(std::move(changes));
  }
  void delete_call(std::string_view sid) override { deleted_.emplace(sid); }
  StreamStart start_stream(std::string_view sid, CreateStream request) override {
    LiveCall* call = find(sid);
    return call == nullptr ? StreamStart{nullptr, 20404, "no such call"}
                           : call->start_stream(std::move(request));
  }
  void stop_stream(std::string_view sid, std::string_view stream_sid) override {
    if (LiveCall* call = find(sid)) call->stop_stream(stream_sid);
  }

  /// A bug of the fake, or of its observer: shown to whoever waits for the calls.
  void failed(std::exception_ptr error) {
    if (settings_.on_failure) settings_.on_failure(error);
    if (!failure_) failure_ = std::move(error);
  }
  void rethrow() {
    if (auto failure = std::exchange(failure_, nullptr)) std::rethrow_exception(failure);
  }

  asio::awaitable<void> lead(LiveCall& call) {
    std::exception_ptr bug;
    try {
      co_await call.run();
    } catch (...) {
      bug = std::current_exception();
    }
    finished_.insert(&call);
    if (bug) std::rethrow_exception(bug);
  }

  std::size_t ordinal() const {
    const std::size_t number = forgotten_ + calls_.size();
    return 1 + (settings_.calls_kept ? number % (*settings_.calls_kept + kMostLabels) : number);
  }

  Environment environment_;
  Settings settings_;
  Observer& observer_;
  Instruments instruments_;
  metrics::Counter calls_forgotten_;
  Sounds sounds_;
  RestApi api_;
  std::set<const LiveCall*> finished_;  // looked up, never walked
  DialQueue dialling_;
  unsigned requests_ = 0;                       // of the REST API, in work
  std::set<std::string, std::less<>> deleted_;  // through the REST API: their sids
  std::exception_ptr failure_;
  runtime::TaskGroup callbacks_;
  runtime::TaskGroup tasks_;
};

FakeTwilio::FakeTwilio(Environment environment, Settings settings, Observer* observer)
    : impl_(std::make_unique<Impl>(environment, std::move(settings), observer)) {}
FakeTwilio::~FakeTwilio() = default;

runtime::net::Service& FakeTwilio::rest() {
  return *impl_;
}
const CallFacts& FakeTwilio::place(CallPlan plan) {
  return impl_->place(std::move(plan));
}
void FakeTwilio::expect_outbound(CallPlan plan) {
  impl_->expected_.push_back(std::move(plan));
}

std::vector<const CallFacts*> FakeTwilio::calls() const {
  std::vector<const CallFacts*> all;
  for (const auto& call : impl_->calls_) all.push_back(&call->facts());
  return all;
}
const CallFacts* FakeTwilio::find(std::string_view sid) const {
  const LiveCall* call = impl_->find(sid);
  return call == nullptr ? nullptr : &call->facts();
}
std::size_t FakeTwilio::active_calls() const {
  return impl_->active_calls();
}
std::size_t FakeTwilio::unused_plans() const {
  return impl_->expected_.size();
}

void FakeTwilio::forget_plans() {
  impl_->expected_.clear();
}
void FakeTwilio::set_default_outbound(CallPlan plan) {
  impl_->set_default_outbound(std::move(plan));
}
void FakeTwilio::forget_ended() {
  impl_->forget(0);
}
std::size_t FakeTwilio::forgotten() const {
  return impl_->forgotten_;
}

void FakeTwilio::hang_up(std::string_view call_sid) {
  if (LiveCall* call = impl_->find(call_sid)) call->hang_up(EndedBy::caller, "no-answer");
}
void FakeTwilio::hang_up_all() {
  for (const auto& call : impl_->calls_) call->hang_up(EndedBy::caller, "no-answer");
}
void FakeTwilio::stop_reading(std::string_view call_sid) {
  if (LiveCall* call = impl_->find(call_sid)) call->stop_reading();
}
void FakeTwilio::resume_reading(std::string_view call_sid) {
  if (LiveCall* call = impl_->find(call_sid)) call->resume_reading();
}

void FakeTwilio::stall(std::string_view call_sid, Towards towards, std::optional<TimePoint> until) {
  if (LiveCall* call = impl_->find(call_sid)) call->stall(towards, until);
}
void FakeTwilio::inject(std::string_view call_sid, std::string_view text) {
  if (LiveCall* call = impl_->find(call_sid)) call->inject(text);
}
void FakeTwilio::drop_connection(std::string_view call_sid) {
  if (LiveCall* call = impl_->find(call_sid)) call->drop_connection();
}

void FakeTwilio::press(std::string_view call_sid, std::string_view keys) {
  if (LiveCall* call = impl_->find(call_sid)) call->press(keys);
}

asio::awaitable<void> FakeTwilio::all_ended() {
  return impl_->all_ended();
}
asio::awaitable<void> FakeTwilio::shut_down() {
  return impl_->shut_down();
}

}  // namespace simulators::twilio
