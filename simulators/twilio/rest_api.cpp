#include "simulators/twilio/rest_api.hpp"

#include "runtime/core/encoding.hpp"
#include "simulators/twilio/parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace simulators::twilio {
namespace {
using nlohmann::ordered_json;
using runtime::net::field;
using runtime::net::Form;
using runtime::net::HttpResponse;

HttpResponse reply(int status, const ordered_json& body) {
  return runtime::net::make_response(status, "application/json",
                                     body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

HttpResponse failure(int status, int code, std::string message) {
  return reply(status, {{"code", code},
                        {"message", std::move(message)},
                        {"more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code)},
                        {"status", status}});
}

bool is_number(std::string_view text) {
  return text.size() >= 9 && text.size() <= 16 && text.front() == '+' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_address(std::string_view text) {
  return is_number(text) || text.starts_with("client:") || text.starts_with("sip:");
}
bool is_web_url(std::string_view text) {
  const auto url = runtime::net::parse_url(text);
  return url && (url->scheme == "http" || url->scheme == "https");
}

std::optional<Duration> whole_seconds(const Form& form, std::string_view name) {
  const auto text = field(form, name);
  unsigned count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(std::min(count, 86'400U));
}

/// "+14155551212" as "(415) 555-1212"; other countries' numbers stay as they are.
std::string formatted(const std::string& number) {
  if (!number.starts_with("+1") || number.size() != 12) return number;
  return "(" + number.substr(2, 3) + ") " + number.substr(5, 3) + "-" + number.substr(8);
}

std::string method_of(const Form& form, std::string_view name) {
  return field(form, name) == "GET" ? "GET" : "POST";
}

void read_events(const Form& form, CreateCall& call) {
  for (const auto& [name, value] : form) {
    if (name != "StatusCallbackEvent") continue;
    if (value == "initiated" || value == "ringing" || value == "answered" || value == "completed") {
      call.status_events.push_back(value);
    } else {
      call.problems.push_back(
          {{},
           21626,
           true,
           "StatusCallbackEvent=\"" + value +
               "\": repeat the parameter with initiated, ringing, answered or completed"});
    }
  }
  // As the live service does: the call is created, its callbacks never come.
  if (!call.problems.empty()) call.status_callback.clear();
}

}  // namespace

std::string RestApi::resource(const CallFacts& call, Moment moment) const {
  const auto dated = [&](std::optional<TimePoint> at) -> ordered_json {
    if (!at) return nullptr;
    return rfc2822(moment.wall - (moment.now - *at));
  };
  const std::string base = "/2010-04-01/Accounts/" + account_.sid + "/Calls/" + call.sid;
  ordered_json body{{"sid", call.sid}, {"account_sid", account_.sid}, {"parent_call_sid", nullptr}};
  body["status"] = call.status() == "initiated" ? "queued" : call.status();
  body["direction"] = call.direction == Direction::inbound ? "inbound" : "outbound-api";
  body["to"] = call.to;
  body["to_formatted"] = formatted(call.to);
  body["from"] = call.from;
  body["from_formatted"] = formatted(call.from);
  body["phone_number_sid"] = "PN" + call.sid.substr(2);
  body["date_created"] = dated(call.placed_at);
  body["date_updated"] = dated(call.statuses.back().at);
  body["start_time"] = dated(call.answered_at);
  body["end_time"] = dated(call.ended_at);
  body["duration"] = nullptr;
  if (call.ended_at) {
    const auto talked = call.answered_at ? *call.ended_at - *call.answered_at : Duration(0);
    body["duration"] = std::to_string(std::chrono::ceil<std::chrono::seconds>(talked).count());
  }
  for (const char* name :
       {"price", "answered_by", "annotation", "forwarded_from", "group_sid", "caller_name", "trunk_sid"}) {
    body[name] = nullptr;
  }
  body["price_unit"] = "USD";
  body["api_version"] = "2010-04-01";
  body["queue_time"] = "0";
  body["uri"] = base + ".json";
  for (const char* name :
       {"notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions"}) {
    std::string title = name;
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    body["subresource_uris"][name] = base + "/" + title + ".json";
  }
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<HttpResponse> RestApi::deny(const runtime::net::HttpRequest& request) const {
  const std::string_view given = request.headers.get("Authorization");
  if (!given.starts_with("Basic ")) {
    return failure(401, 20003, "Authentication Error - No credentials provided");
  }
  const auto credentials = runtime::base64_decode(given.substr(6));
  if (credentials && runtime::equal_constant_time(*credentials, account_.sid + ":" + account_.auth_token))
    return {};
  ordered_json body{{"code", 20003},
                    {"detail", "Your AccountSid or AuthToken was incorrect."},
                    {"message", "Authentication Error - invalid username"},
                    {"more_info", "https://www.twilio.com/docs/errors/20003"},
                    {"status", 401}};
  return reply(401, body);
}

HttpResponse RestApi::answer(const runtime::net::HttpRequest& request, Moment moment) {
  if (auto denied = deny(request)) return *denied;
  const std::string path(runtime::net::path_of(request.target));
  const std::string calls = "/2010-04-01/Accounts/" + account_.sid + "/Calls";
  const auto not_found = [&] {
    return failure(404, 20404, "The requested resource " + path + " was not found");
  };
  if (path == calls + ".json") {
    if (request.method == "POST") return create(runtime::net::decode_form(request.body), moment);
    return failure(405, 20004, "Method not allowed");
  }
  if (!path.starts_with(calls + "/") || !path.ends_with(".json")) return not_found();
  const auto sid =
      path.substr(calls.size() + 1, path.size() - calls.size() - 1 - std::string_view(".json").size());
  const CallFacts* call = calls_.find_call(sid);
  if (call == nullptr) return not_found();
  if (request.method == "GET")
    return runtime::net::make_response(200, "application/json", resource(*call, moment));
  if (request.method == "POST") return update(*call, runtime::net::decode_form(request.body), moment);
  return failure(405, 20004, "Method not allowed");
}

HttpResponse RestApi::create(const Form& form, Moment moment) {
  CreateCall call;
  call.to = field(form, "To");
  call.from = field(form, "From");
  call.url = field(form, "Url");
  call.document = call.url.empty() ? field(form, "Twiml") : std::string_view();
  if (call.to.empty()) return failure(400, 21201, "No 'To' number is specified");
  if (!is_address(call.to)) {
    return failure(400, 21211, "The phone number you are attempting to call, " + call.to + ", is not valid.");
  }
  if (call.url.empty() && call.document.empty()) return failure(400, 21205, "Url parameter is required.");
  if (!call.url.empty() && !is_web_url(call.url))
    return failure(400, 21205, "Url is not a valid URL: " + call.url);
  if (call.document.size() > 4000) return failure(400, 21205, "Twiml has more than 4000 characters");
  if (call.from.empty()) return failure(400, 21213, "No 'From' number is specified");
  if (!is_address(call.from))
    return failure(400, 21212, "The 'From' number " + call.from + " is not a valid phone number.");
  call.method = method_of(form, "Method");
  call.status_callback = field(form, "StatusCallback");
  if (!call.status_callback.empty() && !is_web_url(call.status_callback)) {
    call.problems.push_back(
        {{},
         21609,
         true,
         "StatusCallback=\"" + call.status_callback + "\" is no url; callbacks will not come"});
  }
  call.status_callback_method = method_of(form, "StatusCallbackMethod");
  call.ring_timeout = whole_seconds(form, "Timeout");
  call.time_limit = whole_seconds(form, "TimeLimit");
  read_events(form, call);
  const CallFacts& created = calls_.create(std::move(call));
  return runtime::net::make_response(201, "application/json", resource(created, moment));
}

HttpResponse RestApi::update(const CallFacts& call, const Form& form, Moment moment) {
  const std::string status(field(form, "Status"));
  const std::string url(field(form, "Url"));
  const std::string document(field(form, "Twiml"));
  if (!status.empty() && status != "completed" && status != "canceled") {
    return failure(400, 20001, "Status must be completed or canceled, not " + status);
  }
  if (!url.empty() && !is_web_url(url)) return failure(400, 21205, "Url is not a valid URL: " + url);
  const bool redirects = !url.empty() || !document.empty();
  if (call.ended_at && (redirects || !status.empty())) {
    return failure(400, 21220, "Call is not in-progress. Cannot redirect.");
  }
  if (status == "canceled" && call.answered_at)
    return failure(400, 21220, "Call is in-progress. Cannot cancel.");
  if (redirects && !call.answered_at) return failure(400, 21220, "Call is not in-progress. Cannot redirect.");
  if (redirects) calls_.redirect_call(call.sid, url, method_of(form, "Method"), document);
  if (!status.empty()) calls_.end_call(call.sid, status);
  return runtime::net::make_response(200, "application/json", resource(call, moment));
}

}  // namespace simulators::twilio
