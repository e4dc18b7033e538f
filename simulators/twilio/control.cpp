#include "simulators/twilio/control.hpp"

#include "runtime/audio/wav.hpp"
#include "simulators/control/requests.hpp"
#include "simulators/twilio/control_facts.hpp"
#include "simulators/twilio/rest_form.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
using control::Json;
using control::show;

namespace {

constexpr std::size_t kMostPlans = 1000;
constexpr Duration kLook = 20ms;              // how often a waiting request looks again
constexpr Duration kResetWithin = 10s;        // for calls to end and their callbacks to be answered
constexpr std::int64_t kLongestStall = 3600;  // seconds
const std::initializer_list<std::string_view> kCallParameters = {"voice_url", "voice_method",
                                                                 "status_callback", "from", "to"};
const std::initializer_list<std::string_view> kStatuses = {
    "queued", "initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled"};

control::HttpResponse no_such_call(const std::string& sid) {
  return control::refuse(
      404, {"there is no call " + sid + ", or it has been forgotten", "path", "one of GET /calls"});
}

/// As the language's fault `stall` has it: `peer` is Twilio.
std::optional<Towards> towards_of(const std::string& word) {
  if (word.empty() || word == "both") return Towards::both;
  if (word == "bridge") return Towards::bridge;
  return word == "peer" ? std::optional(Towards::twilio) : std::nullopt;
}

/// What is wrong with where the plan's call is to go.
std::optional<control::HttpResponse> refuse_address(const CallPlan& plan) {
  if (!is_web_url(plan.voice_url)) {
    return control::refuse(
        400, {plan.voice_url.empty() ? "nobody to call: no voice URL is known"
                                     : "the voice URL cannot be used: " + plan.voice_url,
              "query voice_url", "voice_url=http://HOST:PORT/PATH, or --voice-url at the start"});
  }
  if (plan.voice_method == "GET" || plan.voice_method == "POST") return std::nullopt;
  return control::refuse(400, {"no such method: " + plan.voice_method, "query voice_method", "GET or POST"});
}

std::optional<control::HttpResponse> refuse_numbers(const control::Arguments& arguments) {
  for (const std::string_view name : {"from", "to"}) {
    const auto given = arguments.asked(name);
    const bool hidden = name == "from" && (given == "anonymous" || given == "unknown");
    if (given.empty() || hidden || is_address(given)) continue;
    return control::refuse(
        400, {"nobody has the number '" + std::string(given) + "'", "query " + std::string(name),
              "+14155550100 (in an URL: %2B14155550100), client:NAME or sip:USER@HOST" +
                  std::string(name == "from" ? ", anonymous, unknown" : "")});
  }
  return std::nullopt;
}

/// What a fault without a length or a direction has all the same; empty: nothing.
std::string needless(const control::Body& body, std::string_view what) {
  if (what != "hang_up" && what != "drop" && what != "stop_reading" && what != "resume_reading") return {};
  for (const std::string_view word : {"seconds", "towards", "message", "keys"}) {
    if (body.has(word)) return std::string(word);
  }
  return {};
}

/// Ended, and its streams with it.
bool over(const CallFacts& call) {
  constexpr std::string_view kRunning[] = {"queued", "initiated", "ringing", "in-progress"};
  return call.ended_at &&
         std::find(std::begin(kRunning), std::end(kRunning), call.status()) == std::end(kRunning);
}

bool are_keys(std::string_view keys) {
  return !keys.empty() && keys.find_first_not_of("0123456789*#ABCD") == std::string_view::npos;
}

control::HttpResponse wav(const std::string& mulaw) {
  return runtime::net::make_response(200, "audio/wav",
                                     runtime::audio::wav_bytes(runtime::audio::mulaw_decode(mulaw), 8000));
}

/// What the bridge was sent on all of a call's streams, in one timeline.
std::string sent_audio(const CallFacts& call) {
  TimedAudio all;
  for (const auto& stream : call.streams) {
    for (const auto& piece : stream->sent.pieces) all.append(piece.at, stream->sent.bytes_of(piece));
  }
  return on_the_clock(all, call.answered_at.value_or(call.placed_at));
}

}  // namespace

Control::Control(Parts parts) : parts_(std::move(parts)) {
  add_call_routes();
  add_server_routes();
  control::add_journal(api_, parts_.journal, parts_.clock,
                       {"twilio.call", "twilio.http", "twilio.media", "twilio.rest"});
}

void Control::on_call(std::string_view method, std::string_view pattern, CallHandler handler) {
  api_.on(method, pattern, [this, handler = std::move(handler)](const Arguments& arguments) {
    const CallFacts* call = parts_.fake.find(arguments.captured.front());
    return call == nullptr ? no_such_call(arguments.captured.front()) : handler(*call, arguments);
  });
}

void Control::add_call_routes() {
  api_.on("GET", "/calls", [this](const Arguments& a) { return list_calls(a); });
  api_.on("POST", "/calls", [this](const Arguments& a) { return start_call(a); });
  api_.on_waiting("GET", "/calls/{sid}", [this](const Arguments& a) { return one_call(a); });
  on_call("GET", "/calls/{sid}/heard.wav", [this](const CallFacts& call, const Arguments&) {
    return wav(heard_audio(call, parts_.clock.now()));
  });
  on_call("GET", "/calls/{sid}/sent.wav",
          [](const CallFacts& call, const Arguments&) { return wav(sent_audio(call)); });
  on_call("POST", "/calls/{sid}/faults",
          [this](const CallFacts& call, const Arguments& a) { return strike(call, a); });
}

void Control::add_server_routes() {
  api_.on("POST", "/outbound", [this](const Arguments& a) { return expect_outbound(a); });
  api_.on("GET", "/outbound", [this](const Arguments&) {
    return show({{"waiting", parts_.fake.unused_plans()}});
  });
  api_.on("DELETE", "/outbound", [this](const Arguments&) {
    parts_.fake.forget_plans();
    return show({{"waiting", 0}});
  });
  api_.on("PUT", "/defaults", [this](const Arguments& a) { return set_defaults(a); });
  api_.on_waiting("POST", "/reset", [this](const Arguments& a) { return reset(a); });
  control::add_health(api_, parts_.book);
  control::add_document(api_, control_openapi());
}

std::variant<CallPlan, control::HttpResponse> Control::plan_of(const Arguments& arguments) const {
  if (auto refusal = refuse_numbers(arguments)) return std::move(*refusal);
  CallPlan plan = parts_.defaults;
  if (!arguments.request.body.empty()) {
    auto read = parts_.read_plan(arguments.request.body, parts_.defaults);
    if (auto* error = std::get_if<std::string>(&read)) {
      return control::refuse(
          400, {"the script cannot be used", *error,
                "a scenario or a part of one, in YAML or JSON: {\"caller\": [{\"say\": ...}]}"});
    }
    plan = std::get<CallPlan>(std::move(read));
  }
  const auto take = [&](std::string_view name, std::string& into) {
    if (const auto given = arguments.asked(name); !given.empty()) into = given;
  };
  take("from", plan.from);
  take("to", plan.to);
  take("voice_url", plan.voice_url);
  take("voice_method", plan.voice_method);
  take("status_callback", plan.status_callback);
  return plan;
}

control::HttpResponse Control::start_call(const Arguments& arguments) {
  if (auto refusal = control::refuse_unknown(arguments, kCallParameters)) return std::move(*refusal);
  auto read = plan_of(arguments);
  if (auto* refusal = std::get_if<HttpResponse>(&read)) return std::move(*refusal);
  auto& plan = std::get<CallPlan>(read);
  if (!arguments.request.body.empty() && plan.direction == Direction::outbound) {
    return control::refuse(
        400, {"the script's call is outbound: the bridge places it", "call: {direction: outbound}",
              "POST /outbound with this script says how the bridge's next call goes"});
  }
  if (auto refusal = refuse_address(plan)) return std::move(*refusal);
  return show(summary_json(parts_.fake.place(std::move(plan))), 201);
}

control::HttpResponse Control::list_calls(const Arguments& arguments) const {
  if (auto refusal = control::refuse_unknown(arguments, {"status"})) return std::move(*refusal);
  const auto status = arguments.asked("status");
  if (!status.empty() && std::ranges::find(kStatuses, status) == kStatuses.end()) {
    return control::refuse(400, {"no call has the status '" + std::string(status) + "'", "query status",
                                 "one of: " + control::listed(kStatuses)});
  }
  Json calls = Json::array();
  for (const CallFacts* call : parts_.fake.calls()) {
    if (status.empty() || call->status() == status) calls.push_back(summary_json(*call));
  }
  return show(
      {{"calls", calls}, {"active", parts_.fake.active_calls()}, {"forgotten", parts_.fake.forgotten()}});
}

control::HttpResponse Control::expect_outbound(const Arguments& arguments) {
  if (auto refusal = control::refuse_unknown(arguments, {"to"})) return std::move(*refusal);
  if (parts_.fake.unused_plans() >= kMostPlans) {
    return control::refuse(
        429, {std::to_string(kMostPlans) + " plans wait already", "outbound", "DELETE /outbound"});
  }
  auto read = plan_of(arguments);
  if (auto* refusal = std::get_if<HttpResponse>(&read)) return std::move(*refusal);
  auto& plan = std::get<CallPlan>(read);
  plan.direction = Direction::outbound;
  plan.to = arguments.asked("to");  // empty: for any number
  parts_.fake.expect_outbound(std::move(plan));
  return show({{"waiting", parts_.fake.unused_plans()}}, 201);
}

control::HttpResponse Control::set_defaults(const Arguments& arguments) {
  if (auto refusal = control::refuse_unknown(arguments, kCallParameters)) return std::move(*refusal);
  auto read = plan_of(arguments);
  if (auto* refusal = std::get_if<HttpResponse>(&read)) return std::move(*refusal);
  auto& plan = std::get<CallPlan>(read);
  if (!plan.voice_url.empty()) {
    if (auto refusal = refuse_address(plan)) return std::move(*refusal);
  }
  parts_.defaults = std::move(plan);
  parts_.fake.set_default_outbound(parts_.defaults);
  return show({{"voice_url", parts_.defaults.voice_url},
               {"from", parts_.defaults.from},
               {"to", parts_.defaults.to},
               {"steps", parts_.defaults.caller.size()}});
}

control::HttpResponse Control::strike(const CallFacts& call, const Arguments& arguments) {
  const control::Body body(arguments.request.body);
  const std::string what = body.text("do");
  const auto seconds = body.whole("seconds", 1, kLongestStall);
  const auto towards = towards_of(body.text("towards"));
  FakeTwilio& fake = parts_.fake;
  if (call.ended_at) {
    return control::refuse(409, {"the call is over", "path", "a call whose status is in-progress"});
  }
  if (const auto extra = needless(body, what); !extra.empty()) {
    return control::refuse(400, {"'" + extra + "' says nothing of '" + what + "'", "body",
                                 R"({"do": "stall", "seconds": 3, "towards": "both"}, )"
                                 R"({"do": ")" +
                                     what + R"("} without it)"});
  }
  if (what == "hang_up") {
    fake.hang_up(call.sid);
  } else if (what == "drop") {
    fake.drop_connection(call.sid);
  } else if (what == "stop_reading") {
    fake.stop_reading(call.sid);
  } else if (what == "resume_reading") {
    fake.resume_reading(call.sid);
  } else if (what == "stall" && seconds && towards) {
    fake.stall(call.sid, *towards, parts_.clock.now() + std::chrono::seconds(*seconds));
  } else if (what == "inject" && !body.text("message").empty()) {
    fake.inject(call.sid, body.text("message"));
  } else if (what == "press" && are_keys(body.text("keys"))) {
    fake.press(call.sid, body.text("keys"));
  } else {
    return control::refuse(400, {"this fault is not known, or it lacks something", "body",
                                 R"({"do": one of hang_up, drop, stop_reading, resume_reading}, )"
                                 R"({"do": "stall", "seconds": 3, "towards": one of both, bridge, peer}, )"
                                 R"({"do": "press", "keys": "12#"} or {"do": "inject", "message": "..."})"});
  }
  return show(summary_json(call));
}

asio::awaitable<bool> Control::ended_by(std::string sid, TimePoint deadline) const {
  for (;;) {
    const CallFacts* call = parts_.fake.find(sid);
    if (call == nullptr || over(*call)) co_return true;
    if (parts_.clock.now() >= deadline) co_return false;
    if (const bool went_on = co_await parts_.clock.sleep_until(parts_.clock.now() + kLook); !went_on)
      co_return false;
  }
}

asio::awaitable<control::HttpResponse> Control::one_call(const Arguments& arguments) const {
  const std::string sid = arguments.captured.front();
  if (auto refusal = control::refuse_unknown(arguments, {"wait"})) co_return std::move(*refusal);
  const auto wait = control::seconds_to_wait(arguments);
  if (!wait) co_return control::refuse_wait(arguments);
  const auto deadline = parts_.clock.now() + *wait;
  (void)co_await ended_by(sid, deadline);
  const CallFacts* call = parts_.fake.find(sid);
  if (call == nullptr) co_return no_such_call(sid);
  co_return show(call_json(*call));
}

asio::awaitable<control::HttpResponse> Control::reset(const Arguments&) {
  parts_.fake.hang_up_all();
  parts_.fake.forget_plans();
  const auto deadline = parts_.clock.now() + kResetWithin;
  while (!parts_.fake.calls().empty() && parts_.clock.now() < deadline) {
    parts_.fake.forget_ended();
    if (parts_.fake.calls().empty()) break;
    if (const bool went_on = co_await parts_.clock.sleep_until(parts_.clock.now() + kLook); !went_on) break;
  }
  parts_.journal.clear();
  co_return show({{"calls", parts_.fake.calls().size()}, {"forgotten", parts_.fake.forgotten()}});
}

}  // namespace simulators::twilio
