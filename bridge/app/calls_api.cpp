#include "bridge/app/calls_api.hpp"

#include "bridge/app/call_view.hpp"
#include "runtime/core/encoding.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace bridge::app {
namespace {

using nlohmann::ordered_json;
using runtime::net::Form;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;

constexpr std::size_t kEndedShown = 50;  // unless `ended` says otherwise
constexpr std::size_t kMostEndedShown = CallRegistry::Options().capacity;
/// Calls that are written down at a time: this thread has calls of its own to serve.
constexpr std::size_t kAtOnce = 200;

/// Twilio's words come back in errors, and may hold anything.
std::string print(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

HttpResponse answer(int status, const ordered_json& body) {
  return runtime::net::make_response(status, "application/json", print(body) + "\n");
}

HttpResponse error(int status, std::string_view code, std::string_view message) {
  ordered_json body;
  body["error"] = code;
  body["message"] = message;
  return answer(status, body);
}

void add_machine_detection(Form& form, const Config::Outbound::MachineDetection& detection,
                           const std::string& callback) {
  using Mode = Config::Outbound::MachineDetection::Mode;
  if (detection.mode == Mode::none) return;
  form.emplace_back("MachineDetection", detection.mode == Mode::enable ? "Enable" : "DetectMessageEnd");
  if (!detection.asynchronous) return;
  form.emplace_back("AsyncAmd", "true");
  form.emplace_back("AsyncAmdStatusCallback", callback);
  form.emplace_back("AsyncAmdStatusCallbackMethod", "POST");
}

/// Of a request that may have been done though its answer does not say so.
std::string_view caveat(const RestError& error) {
  return error.maybe_taken ? "; it may have placed the call all the same" : "";
}

std::string why_refused(const RestError& error) {
  if (error.http_status == 401)
    return "Twilio does not know these credentials: check twilio.account_sid and auth_token";
  if (error.maybe_taken)
    return fmt::format("Twilio answered with no call, and `twilio` says what{}", caveat(error));
  return "Twilio refused the call; `twilio` says why";
}

/// The number to call, or what is wrong with the request's body.
std::variant<std::string, HttpResponse> number_in(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return error(400, "malformed_body", R"(expected a JSON object: {"to": "+14155551212"})");
  }
  for (const auto& [key, value] : json.items()) {
    if (key != "to")
      return error(400, "unknown_field", fmt::format("unknown field `{}`; there is only `to`", key));
  }
  const auto to = json.find("to");
  if (to == json.end() || !to->is_string()) {
    return error(400, "missing_to", R"(expected the number to call as text: {"to": "+14155551212"})");
  }
  auto number = to->get<std::string>();
  const bool e164 = number.size() >= 8 && number.size() <= 16 && number.starts_with('+') &&
                    number.find_first_not_of("0123456789", 1) == std::string::npos;
  if (!e164) return error(400, "bad_number", "expected a number in E.164 form: + and 7 to 15 digits");
  return number;
}

/// How many calls that are over to list; nullopt: `ended` is no such number.
std::optional<std::size_t> ended_wanted(std::string_view target) {
  const auto query = runtime::net::decode_form(runtime::net::query_of(target));
  const auto text = runtime::net::field(query, "ended");
  if (text.empty()) return kEndedShown;
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number <= kMostEndedShown ? std::optional(number) : std::nullopt;
}

}  // namespace

boost::asio::awaitable<HttpResponse> CallsApi::respond(const HttpRequest& request,
                                                       std::string_view call_sid) {
  const auto& outbound = state_.config.outbound;
  if (outbound.api_token.empty()) {
    co_return error(403, "api_disabled", "set outbound.api_token (LINECHECK_API_TOKEN) to use /calls");
  }
  const auto expected = "Bearer " + outbound.api_token;
  if (!runtime::equal_constant_time(request.headers.get("Authorization"), expected)) {
    auto refusal = error(401, "unauthorized", "expected `Authorization: Bearer` with outbound.api_token");
    refusal.headers.add("WWW-Authenticate", "Bearer");
    co_return refusal;
  }
  state_.settle_calls();
  const bool one = !call_sid.empty();
  if (one && request.method == "GET") co_return show(call_sid);
  if (one && request.method == "DELETE") co_return co_await finish(std::string(call_sid));
  if (!one && request.method == "GET") co_return co_await list(request.target);
  if (!one && request.method == "POST") co_return co_await create(request);
  const std::string_view allow = one ? "GET, DELETE" : "GET, POST";
  auto refusal = error(405, "method_not_allowed",
                       one ? "expected GET to look at this call, or DELETE to end it"
                           : "expected POST to start a call, or GET to list calls");
  refusal.headers.add("Allow", std::string(allow));
  co_return refusal;
}

boost::asio::awaitable<HttpResponse> CallsApi::list(std::string target) const {
  const auto ended = ended_wanted(target);
  if (!ended) {
    co_return error(400, "bad_ended",
                    fmt::format("expected how many calls that are over to list, at most {}: /calls?ended=50",
                                kMostEndedShown));
  }
  const auto now = state_.env.clock.now();
  auto body = fmt::format(R"({{"replica":{},"calls":[)", print(state_.config.replica.name));
  std::string_view separator;
  std::set<std::string> open;  // listed so: one that ends meanwhile is not listed again
  const auto write = [&](const CallSummary& call) {
    body.append(separator).append(print(call_summary(call, now)));
    separator = ",";
  };
  const auto executor = state_.env.executor;
  for (auto before = CallRegistry::kNewest;;) {
    const auto page = state_.registry.open(before, kAtOnce);
    for (const auto& call : page.calls) {
      if (open.insert(call.call_sid).second) write(call);
    }
    if (page.calls.size() < kAtOnce) break;
    before = page.before;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  std::size_t left = *ended;
  for (auto before = CallRegistry::kNewest; left > 0;) {
    const auto most = std::min(left, kAtOnce);
    const auto page = state_.registry.ended(before, most);
    for (const auto& call : page.calls) {
      if (!open.contains(call.call_sid)) write(call);
    }
    if (page.calls.size() < most) break;
    before = page.before;
    left -= most;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
  co_return runtime::net::make_response(200, "application/json", body + "]}\n");
}

HttpResponse CallsApi::not_here(std::string_view call_sid) const {
  const auto& name = state_.config.replica.name;
  ordered_json body;
  body["error"] = "unknown_call";
  body["replica"] = name;
  body["message"] = fmt::format(
      "replica {} does not know {}: it never saw it, or has forgotten it. If there are several replicas, ask "
      "the other replicas at their own addresses, not through the balancer; the one whose log has call={} "
      "\"started\" runs its stream",
      name, call_sid.substr(0, 64), call_sid.substr(0, 64));
  return answer(404, body);
}

HttpResponse CallsApi::runs_elsewhere(std::string_view call_sid, const CallRecord& call) const {
  const auto& name = state_.config.replica.name;
  ordered_json body;
  body["error"] = "elsewhere";
  body["replica"] = name;
  body["message"] = fmt::format(
      "replica {} cannot end {}: another replica {} its stream, and there are no credentials here to tell "
      "Twilio (twilio.account_sid, twilio.auth_token). Ask the one whose log has call={} \"started\"",
      name, call_sid, call.unheard ? "may run" : "runs", call_sid);
  return answer(409, body);
}

HttpResponse CallsApi::details(int status, std::string_view call_sid, const CallRecord& call,
                               std::string_view message) const {
  ordered_json body;
  body["replica"] = state_.config.replica.name;
  body.update(call_details(call_sid, call, state_.env.clock.now()));
  if (!message.empty()) body["message"] = message;
  return answer(status, body);
}

HttpResponse CallsApi::show(std::string_view call_sid) const {
  const auto call = state_.registry.find(call_sid);
  return call ? details(200, call_sid, *call) : not_here(call_sid);
}

boost::asio::awaitable<HttpResponse> CallsApi::finish(std::string call_sid) {
  const auto call = state_.registry.find(call_sid);
  if (!call) co_return not_here(call_sid);
  const bool told = state_.rest.usable();
  if (call->may_run_elsewhere() && !told) co_return runs_elsewhere(call_sid, *call);
  if (call->ended()) co_return details(200, call_sid, *call);
  state_.registry.ask_to_end(call_sid, state_.env.clock.now());
  state_.env.log.info("call={} is asked to end, through the API", call_sid);
  // A stream's owner ends its call at the next look, by REST as well where it can; of any other, Twilio is
  // told.
  if (!call->streaming && told) {
    auto ending = state_.rest.complete(call_sid);
    const auto answered = co_await std::move(ending);
    const auto* refused = std::get_if<RestError>(&answered);
    if (refused != nullptr && !refused->already_over()) {
      state_.env.log.error("call={} could not be ended: {}", call_sid, state_.loggable(refused->text()));
      co_return error(502, "twilio_refused", "Twilio did not end the call: " + refused->text());
    }
  }
  const bool by_chance = !call->streaming && !told && !state_.config.replica.alone;
  co_return details(202, call_sid, state_.registry.find(call_sid).value_or(*call),
                    by_chance
                        ? "its stream is not here, and there are no credentials to tell Twilio: it ends "
                          "when it comes to this replica; ask the others as well"
                        : "");
}

bool CallsApi::allowed(std::string_view number) const {
  return call::number_allowed(state_.config.outbound.allow, number);
}

boost::asio::awaitable<HttpResponse> CallsApi::create(const HttpRequest& request) {
  const auto refuse = [this](std::string_view reason, HttpResponse response) {
    state_.sheet.counter("voicebridge_placements_refused_total", {reason}).add();
    return response;
  };
  // Not even for drain.accept_for: whoever asks can ask another one, and the call would be cut by the grace.
  if (state_.commons.draining_since()) {
    state_.env.log.warn("POST /calls refused: draining");
    co_return refuse("draining", error(503, "draining", "this bridge is shutting down: ask another one"));
  }
  auto parsed = number_in(request.body);
  if (auto* refusal = std::get_if<HttpResponse>(&parsed)) co_return std::move(*refusal);
  const auto to = std::get<std::string>(parsed);
  if (!allowed(to)) {
    co_return refuse("number", error(403, "number_not_allowed",
                                     "this number is not in outbound.allow of the configuration"));
  }
  // It may be asked again, or another one: no caller is turned away, and none is counted as that.
  if (state_.commons.day.spent(state_.env.clock.wall_now())) {
    state_.env.log.warn("POST /calls refused: budgets.daily_tokens={} are spent",
                        state_.config.limits.daily_tokens);
    co_return refuse(
        "budget", error(503, "budget",
                        "the tokens of budgets.daily_tokens are spent until midnight UTC: nobody is called"));
  }
  const auto reservation = state_.commons.slots.reserve(state_.env.clock.now());
  if (!reservation) {
    state_.env.log.warn("POST /calls refused: limits.calls={} are taken", state_.config.limits.calls);
    co_return refuse("limit",
                     error(503, "limit", "all calls of limits.calls are taken: ask another one, or later"));
  }
  const auto placement = state_.env.random.hex(16);
  state_.registry.placing(placement, state_.env.clock.now());
  auto creating = state_.rest.create(form_for(to, placement));
  const auto answered = co_await std::move(creating);
  if (const auto* call = std::get_if<RestCall>(&answered)) {
    state_.registry.outbound_created(call->sid, placement, state_.env.clock.now());
  } else if (!std::get<RestError>(answered).maybe_taken) {
    state_.registry.not_placed(placement);
  }
  co_return created(answered, to, *reservation);
}

Form CallsApi::form_for(const std::string& to, std::string_view placement) const {
  const auto& config = state_.config;
  auto own = *config.public_url;  // the configuration's checks: no allowed number without it
  const auto counted = fmt::format("?{}={}&{}={}", kCounted.first, kCounted.second, kPlacement, placement);
  own.target = "/webhook/outbound_call" + counted;
  Form form{{"To", to}, {"From", config.outbound.from}, {"Url", own.text()}, {"Method", "POST"}};
  own.target = "/webhook/call_status" + counted;
  form.emplace_back("StatusCallback", own.text());
  form.emplace_back("StatusCallbackMethod", "POST");
  // Repeated, not joined: one joined value is error 21626 and no callback at all.
  for (const char* event : {"initiated", "ringing", "answered", "completed"}) {
    form.emplace_back("StatusCallbackEvent", event);
  }
  const auto ring = std::chrono::duration_cast<std::chrono::seconds>(config.outbound.ring_timeout);
  form.emplace_back("Timeout", std::to_string(ring.count()));
  own.target = "/webhook/machine_detection" + counted;
  add_machine_detection(form, config.outbound.machine_detection, own.text());
  return form;
}

HttpResponse CallsApi::created(const RestAnswer& answered, const std::string& to,
                               const std::string& reservation) {
  auto& log = state_.env.log;
  if (const auto* call = std::get_if<RestCall>(&answered)) {
    state_.commons.slots.redeem(reservation, call->sid, state_.env.clock.now());
    log.info("call={} created direction=outbound to={}", call->sid, state_.loggable_number(to));
    ordered_json body;
    body["call_sid"] = call->sid;
    body["to"] = to;
    body["status"] = call->status;
    return answer(201, body);
  }
  state_.commons.slots.give_back(reservation);
  const auto& refused = std::get<RestError>(answered);
  log.error("outbound to={} twilio: {}", state_.loggable_number(to), state_.loggable(refused.text()));
  if (refused.network) {
    return error(502, "twilio_unreachable",
                 fmt::format("Twilio's API at {} did not answer: {}{}",
                             state_.config.twilio.api_base.authority(), refused.message, caveat(refused)));
  }
  const auto json = ordered_json::parse(refused.body, nullptr, false);
  const int status = refused.http_status;
  ordered_json body;
  body["error"] = "twilio_refused";
  body["message"] = why_refused(refused);
  body["twilio"] = json.is_discarded() ? ordered_json() : json;
  return answer(status == 400 ? 422 : status == 429 ? 429 : 502, body);
}

}  // namespace bridge::app
