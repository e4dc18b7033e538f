#include "scenarios/engine/conductor.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/async/words_of.hpp"
#include "scenarios/engine/judgement.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <utility>
#include <variant>

namespace scenarios::engine {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using runtime::TimePoint;
using simulators::openai::ResponseFacts;
using simulators::openai::SessionFacts;
using simulators::twilio::CallFacts;
using simulators::twilio::Direction;
using simulators::twilio::StepFacts;
using simulators::twilio::StreamFacts;

namespace {

promql::Names kept_over_time(const Scenario& scenario) {
  const auto watched = watched_metrics(scenario.expectations);
  promql::Names names(watched.begin(), watched.end());
  names.insert(scenario.watched.begin(), scenario.watched.end());
  return names;
}

constexpr auto kOpenAiKey = "sk-the-key-of-a-line-check";
constexpr auto kStreamAnchor = "stream_started#";
constexpr auto kFrameAnchor = "first_bot_frame#";
constexpr runtime::Duration kLastLooks = 20ms;
constexpr runtime::Duration kCountedWithin = 5s;  // after a call's end: so long a bridge may count of it
constexpr runtime::Duration kSeldom = 1s;         // to have seen a process before it ends by itself
constexpr runtime::Duration kEndGrace = 10s;      // after the limit, for calls to end
constexpr runtime::Duration kQuietWithin = 5s;    // after the last call, for the bridge to have judged it
/// `key`: of `fakes:` in linecheck.yaml.
std::string cannot_listen(std::string_view fake, std::string_view key, const runtime::net::Endpoint& endpoint,
                          const std::string& why) {
  if (endpoint.port == 0) return fmt::format("the fake {} cannot listen: {}", fake, why);
  return fmt::format(
      "the fake {} cannot listen on port {}: {}; `fakes: {{{}: PORT}}` of linecheck.yaml says "
      "where it is to be, and so must the bridge",
      fake, endpoint.port, why, key);
}

}  // namespace

Conductor::Conductor(const Scenario& scenario, Stage& stage)
    : scenario_(scenario),
      stage_(stage),
      timeline_(kept_over_time(scenario)),
      intruders_(book_.add_sheet({"intruder_"})),
      http_(scenario.http, stage.clock, journal_, [this](const std::string& name) { happened(name); }),
      fleet_(stage.executor, stage.clock, scenario.bridge, stage.make_bridge,
             [this](std::string_view text) { look_for_secrets(text); }),
      balancer_(stage.twilio, stage.harness, stage.clock, scenario.bridge, fleet_),
      interrupted_(stage.executor),
      call_left_(stage.executor),
      instant_over_(stage.executor),
      visitors_(stage.executor, stage.clock, stage.visitors, journal_,
                [this](std::exception_ptr error) { failed_inside(error); }),
      faults_(stage.executor, [this](std::exception_ptr error) { failed_inside(error); }) {
  using simulators::openai::FakeOpenAi;
  simulators::openai::Options options;
  if (!stage.any_openai_key || scenario.openai_key_wrong) options.valid_key = kOpenAiKey;
  options.behaviour = scenario.openai;
  options.script = scenario.model;
  if (scenario.model_per_session) options.sharing = simulators::openai::Options::Sharing::per_session;
  openai_ = std::make_unique<FakeOpenAi>(stage.executor, stage.clock, stage.openai_random, journal_, book_,
                                         options);
  openai_->observe(this);
  simulators::twilio::Environment environment{stage.executor,      stage.clock, stage.ticker, balancer_,
                                              stage.twilio_random, journal_,    book_};
  simulators::twilio::Settings account;
  account.rest.calls_per_second = 0;  // a scenario says itself when its calls begin
  account.rest.latency = scenario.api_latency;
  twilio_ = std::make_unique<simulators::twilio::FakeTwilio>(environment, std::move(account), this);
}

Conductor::~Conductor() = default;

void Conductor::failed_inside(const std::exception_ptr& error) {
  problems_.push_back("inside the harness: " + runtime::words_of(error));
}

asio::awaitable<void> Conductor::run() {
  start_ = now();
  journal_.begin(start_);
  prepare_fabric();
  const bool raised = co_await raise();
  if (raised) co_await perform();
  finish_ = now();
  co_await lower();
  ended_ = true;
}

/// False: something could not be started, and problems_ says what.
asio::awaitable<bool> Conductor::raise() {
  auto rest = stage_.twilio.listen(stage_.rest_endpoint, twilio_->rest());
  auto openai = stage_.openai.listen(stage_.openai_endpoint, *openai_);
  if (!rest || !openai) {
    problems_.push_back(
        rest ? cannot_listen("OpenAI", "openai", stage_.openai_endpoint, openai.error().message())
             : cannot_listen("Twilio", "twilio", stage_.rest_endpoint, rest.error().message()));
    if (rest) rest_listener_ = std::move(*rest);
    if (openai) openai_listener_ = std::move(*openai);
    co_return false;
  }
  rest_listener_ = std::move(*rest);
  openai_listener_ = std::move(*openai);
  addresses_ = stage_.addresses(rest_listener_->port(), openai_listener_->port());
  const simulators::twilio::Account account;
  addresses_.account_sid = account.sid;
  addresses_.auth_token = account.auth_token;
  addresses_.openai_key = kOpenAiKey;
  if (auto unraised = http_.raise(stage_.harness, stage_.http_endpoint)) {
    problems_.push_back(*unraised);
    co_return false;
  }
  addresses_.http = http_.addresses();
  balancer_.set_public(*runtime::net::parse_url(addresses_.public_url));
  for (std::size_t number = 1; number <= scenario_.bridge.replicas; ++number) {
    std::string as_it_is = "{}";
    const auto failure = co_await start_replica(number, std::move(as_it_is));
    if (failure) problems_.push_back(*failure);
  }
  co_return problems_.empty();
}

asio::awaitable<void> Conductor::perform() {
  start_ = now();
  journal_.begin(start_);
  first_scrape_ = co_await scrape();
  for (const auto& fault : scenario_.faults) faults_.spawn(strike(fault));
  for (const auto& event : scenario_.bridge.events) faults_.spawn(befall(event));
  for (const auto& visitor : scenario_.visitors) faults_.spawn(receive(visitor));
  if (timeline_.wanted() || !scenario_.bridge.events.empty()) faults_.spawn(look());
  if (stage_.at_end_of_instant && about_every_moment(scenario_.expectations))
    faults_.spawn(look_at_every_instant());
  if (scenario_.bridge.several()) faults_.spawn(balancer_.probe());
  if (stage_.keep_scrapes || names_alerts(scenario_.expectations)) faults_.spawn(keep_scrapes());
  co_await place_calls();
  co_await await_end();
  co_await await_visitors();
  co_await await_release();
  co_await await_quiet();
  last_scrape_ = co_await scrape();
  if (timeline_.wanted()) timeline_.add(now(), last_scrape_);
  for (const auto& [number, replica] : fleet_.replicas())
    replica_facts_[number] = {replica.running(), fleet_.exit_code(number)};
  note_unused();
}

asio::awaitable<void> Conductor::place_calls() {
  std::vector<const PlannedCall*> calls;
  for (const auto& call : scenario_.calls) calls.push_back(&call);
  std::stable_sort(calls.begin(), calls.end(), [](const auto* a, const auto* b) { return a->at < b->at; });
  for (const auto* call : calls) {
    const auto begins = std::min(start_ + call->at, limit());
    if (const bool went_on = co_await stage_.clock.sleep_until(begins); !went_on) co_return;
    timed_out_ = now() >= limit();  // what is asked before a call may have taken long
    if (interrupted() || timed_out_) co_return;
    co_await place(*call);
  }
}

asio::awaitable<void> Conductor::place(const PlannedCall& call) {
  auto plan = call.plan;
  if (plan.direction == Direction::inbound) {
    const bool elsewhere = plan.voice_url.find("://") != std::string::npos;
    if (plan.voice_url.empty()) plan.voice_url = addresses_.voice_path;
    if (!elsewhere) plan.voice_url.insert(0, addresses_.public_url);
    // Relative ones are the bridge's, wherever the voice URL leads.
    for (std::string* url : {&plan.fallback_url, &plan.debugger_url}) {
      if (url->starts_with('/')) url->insert(0, addresses_.public_url);
    }
    if (!addresses_.status_path.empty())
      plan.status_callback = addresses_.public_url + addresses_.status_path;
    (void)twilio_->place(std::move(plan));
    co_return;
  }
  const std::string to = plan.to;
  twilio_->expect_outbound(std::move(plan));
  runtime::net::HttpRequest request;
  request.method = "POST";
  request.headers.add("Authorization", "Bearer " + addresses_.api_token);
  request.headers.add("Content-Type", "application/json");
  request.body = nlohmann::json{{"to", to}}.dump();
  auto url = runtime::net::parse_url(addresses_.public_url + "/calls");
  auto answer = co_await balancer_.fetch(std::move(*url), std::move(request), 15s);
  const int status = answer ? answer.response.status : 0;
  const auto& refused = scenario_.placing_refused;
  if (refused ? status == *refused : status / 100 == 2) co_return;
  problems_.push_back("POST /calls of the bridge was answered with " +
                      (answer ? std::to_string(status) + ": " + answer.response.body.substr(0, 300)
                              : answer.error.message() + " " + answer.detail) +
                      (refused ? ", and 'refused_with: " + std::to_string(*refused) + "' was expected" : ""));
}

asio::awaitable<void> Conductor::await_end() {
  auto cut = runtime::first_of(stage_.clock.sleep_until(limit()), interrupted_.wait());
  const auto first = co_await runtime::first_of(twilio_->all_ended(), std::move(cut));
  if (first.index() == 0) co_return;
  timed_out_ = timed_out_ || std::get<1>(first).index() == 0;
  twilio_->hang_up_all();
  (void)co_await runtime::first_of(twilio_->all_ended(), stage_.clock.sleep_until(limit() + kEndGrace));
}

void Conductor::interrupt() {
  interrupted_.set();
}

/// The bridge has its own view of a call's end: wait until it has judged them all.
asio::awaitable<void> Conductor::await_quiet() {
  if (of_another_bridge()) co_return;
  const TimePoint latest = now() + kQuietWithin;
  while (now() < latest) {
    const bool judged = co_await all_judged();
    if (judged) co_return;
    const bool slept = co_await stage_.clock.sleep_until(now() + 50ms);
    if (!slept) co_return;
  }
}

asio::awaitable<bool> Conductor::all_judged() {
  std::size_t open = 0;
  for (const auto& [number, replica] : fleet_.replicas()) {
    if (!replica.running()) continue;
    const auto asked = co_await ask_verdicts(replica);
    open += asked.value_or(0);
  }
  co_return open == 0;
}

/// In each scrape: what a gauge or a process that has ended said is not in the last one.
void Conductor::look_for_secrets(std::string_view scrape) {
  if (!secrets_) secrets_.emplace(secrets_given(scenario_, addresses_));
  scrapes_hold_secret_ = scrapes_hold_secret_ || secrets_->in(new_series_.of(scrape));
}

asio::awaitable<std::string> Conductor::scrape() {
  std::string text = co_await fleet_.scrape();
  text += book_.expose();
  co_return text;
}

asio::awaitable<void> Conductor::look_once() {
  std::string text = co_await fleet_.scrape(&timeline_.names());
  text += book_.expose();
  timeline_.add(now(), text);
}

/// What holds for less than the interval between two looks is not missed, in virtual time.
asio::awaitable<void> Conductor::look_at_every_instant() {
  stage_.at_end_of_instant([this] { instant_over_.notify(); });
  for (;;) {
    if (const bool went_on = co_await instant_over_.wait(); !went_on) break;
    co_await look_once();
  }
  stage_.at_end_of_instant({});
}

asio::awaitable<void> Conductor::look() {
  for (;;) {
    co_await look_once();
    const auto draining = draining_;
    for (const auto number : draining) {
      const auto& replica = fleet_.replicas().at(number);
      if (replica.running()) {
        (void)co_await ask_verdicts(replica);
      } else {
        draining_.erase(number);
      }
    }
    // What a draining process counts last is gone in a moment. It does not end before its calls: in virtual
    // time, where a look costs more than the time between two, only their ends are looked at closely.
    const bool real = stage_.fabric == nullptr;
    const bool closely = !draining.empty() && (real || now() < call_left_at_ + kCountedWithin);
    const auto often = std::max(stage_.scrape_interval, scenario_.watched_every);
    const auto usual = timeline_.wanted() ? often : kSeldom;
    const auto pause = closely ? std::min(stage_.scrape_interval, kLastLooks) : usual;
    const auto first = co_await runtime::first_of(stage_.clock.sleep_until(now() + pause), call_left_.wait());
    if (const bool went_on = std::visit(std::identity(), first); !went_on) co_return;
  }
}

asio::awaitable<void> Conductor::keep_scrapes() {
  for (TimePoint next = start_;; next += kScrapeInterval) {
    if (const bool went_on = co_await stage_.clock.sleep_until(next); !went_on) co_return;
    const auto text = co_await fleet_.scrape();
    scrapes_.add(text);
  }
}

asio::awaitable<void> Conductor::lower() {
  faults_.cancel();
  co_await faults_.join();
  co_await visitors_.end();
  co_await fleet_.stop();
  co_await twilio_->shut_down();
  if (rest_listener_) co_await rest_listener_->shut_down();
  if (openai_listener_) co_await openai_listener_->shut_down();
  co_await http_.lower();
}

// What happens
// -------------------------------------------------------------------------------------------------

void Conductor::happened(const std::string& name) {
  if (name.empty()) return;
  moments_.emplace(name, now());
  auto& anchor = anchors_[name];
  if (!anchor) anchor = std::make_unique<runtime::Event>(stage_.executor);
  anchor->set();
}

void Conductor::stream_started(const CallFacts&, const StreamFacts&) {
  happened(kStreamAnchor + std::to_string(++streams_started_));
}

void Conductor::stream_ended(const CallFacts&, const StreamFacts&) {
  look_closely();
}

void Conductor::call_ended(const CallFacts&) {
  look_closely();
}

void Conductor::step_began(const CallFacts&, const StepFacts& step) {
  happened(step.as);
}

void Conductor::bot_began(const CallFacts& call) {
  const auto calls = twilio_->calls();
  const auto number = std::find(calls.begin(), calls.end(), &call) - calls.begin() + 1;
  happened(kFrameAnchor + std::to_string(number));
}

void Conductor::reply_due(const SessionFacts&, const ResponseFacts& response) {
  happened(response.as);
}

}  // namespace scenarios::engine
