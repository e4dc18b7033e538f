#include "bridge/app/calls_api.hpp"

#include "runtime/core/encoding.hpp"

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <variant>

namespace bridge::app {
namespace {

using nlohmann::ordered_json;
using runtime::net::Form;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;

constexpr std::size_t kEndedShown = 50;

HttpResponse answer(int status, const ordered_json& body) {
  // Twilio's words come back in errors, and may hold anything.
  return runtime::net::make_response(
      status, "application/json", body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

HttpResponse error(int status, std::string_view code, std::string_view message) {
  ordered_json body;
  body["error"] = code;
  body["message"] = message;
  return answer(status, body);
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

}  // namespace

boost::asio::awaitable<HttpResponse> CallsApi::respond(const HttpRequest& request) {
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
  if (request.method == "GET") co_return list();
  if (request.method == "POST") co_return co_await create(request);
  auto refusal = error(405, "method_not_allowed", "expected POST to start a call, or GET to list calls");
  refusal.headers.add("Allow", "GET, POST");
  co_return refusal;
}

HttpResponse CallsApi::list() const {
  auto calls = ordered_json::array();
  const auto now = state_.env.clock.now();
  for (const auto& line : state_.registry.list(kEndedShown)) {
    ordered_json call;
    call["call_sid"] = line.call_sid;
    call["direction"] = to_string(line.direction);
    call["state"] = line.state;
    call["age_seconds"] = runtime::seconds(now - line.since);
    call["verdict"] = line.verdict.empty() ? ordered_json() : ordered_json(line.verdict);
    call["reason"] = line.verdict.empty() ? ordered_json() : ordered_json(line.reason);
    calls.push_back(std::move(call));
  }
  ordered_json body;
  body["calls"] = std::move(calls);
  return answer(200, body);
}

bool CallsApi::allowed(std::string_view number) const {
  return call::number_allowed(state_.config.outbound.allow, number);
}

boost::asio::awaitable<HttpResponse> CallsApi::create(const HttpRequest& request) {
  if (!state_.takes_calls())
    co_return error(503, "draining", "this bridge is shutting down: ask another one");
  if (state_.commons.slots.full(state_.env.clock.now()))
    co_return error(503, "limit", "all calls of limits.calls are taken: ask another one, or later");
  auto parsed = number_in(request.body);
  if (auto* refusal = std::get_if<HttpResponse>(&parsed)) co_return std::move(*refusal);
  const auto to = std::get<std::string>(parsed);
  const auto& config = state_.config;
  if (!allowed(to)) {
    co_return error(403, "number_not_allowed", "this number is not in outbound.allow of the configuration");
  }

  auto own = *config.public_url;  // the configuration's checks: no allowed number without it
  own.target = "/webhook/outbound_call";
  Form form{{"To", to}, {"From", config.outbound.from}, {"Url", own.text()}, {"Method", "POST"}};
  own.target = "/webhook/call_status";
  form.emplace_back("StatusCallback", own.text());
  form.emplace_back("StatusCallbackMethod", "POST");
  // Repeated, not joined: one joined value is error 21626 and no callback at all.
  for (const char* event : {"initiated", "ringing", "answered", "completed"}) {
    form.emplace_back("StatusCallbackEvent", event);
  }
  const auto ring = std::chrono::duration_cast<std::chrono::seconds>(config.outbound.ring_timeout);
  form.emplace_back("Timeout", std::to_string(ring.count()));
  auto creating = state_.rest.create(std::move(form));
  const auto created_call = co_await std::move(creating);
  co_return created(created_call, to);
}

HttpResponse CallsApi::created(const RestAnswer& answered, const std::string& to) {
  auto& log = state_.env.log;
  if (const auto* call = std::get_if<RestCall>(&answered)) {
    state_.registry.outbound_created(call->sid, state_.env.clock.now());
    state_.commons.slots.take(call->sid, "", state_.env.clock.now());
    log.info("call={} created direction=outbound to={}", call->sid, state_.loggable(to));
    ordered_json body;
    body["call_sid"] = call->sid;
    body["to"] = to;
    body["status"] = call->status;
    return answer(201, body);
  }
  const auto& refused = std::get<RestError>(answered);
  log.error("outbound to={} twilio: {}", state_.loggable(to), refused.text());
  if (refused.network) {
    return error(502, "twilio_unreachable",
                 fmt::format("Twilio's API at {} did not answer: {}",
                             state_.config.twilio.api_base.authority(), refused.message));
  }
  const auto json = ordered_json::parse(refused.body, nullptr, false);
  const int status = refused.http_status;
  ordered_json body;
  body["error"] = "twilio_refused";
  body["message"] = status == 401
                        ? "Twilio does not know these credentials: check twilio.account_sid and auth_token"
                        : "Twilio refused the call; `twilio` says why";
  body["twilio"] = json.is_discarded() ? ordered_json() : json;
  return answer(status == 400 ? 422 : status == 429 ? 429 : 502, body);
}

}  // namespace bridge::app
