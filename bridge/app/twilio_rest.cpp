#include "bridge/app/twilio_rest.hpp"

#include "bridge/json/text.hpp"
#include "runtime/core/encoding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace bridge::app {
namespace {

using runtime::net::Fetched;
using runtime::net::Form;

constexpr int kAttempts = 3;
constexpr std::size_t kWords = 300;  // bytes kept of what Twilio said
constexpr std::size_t kBody = 4096;  // bytes kept of an answer that is an error
/// A caller may be waiting in silence: who cannot be reached soon is asked once more, or given up.
constexpr runtime::Duration kConnect = 2s;
constexpr runtime::Duration kFirstPause = 200ms;  // doubled for each further attempt, and as much again drawn

/// Twilio turns one away before it does anything when too many requests run at once.
constexpr int kTooManyRequests = 429;

RestAnswer read(const Fetched& fetched) {
  const auto& response = fetched.response;
  if (!fetched) {
    RestError error;
    error.network = fetched.error;
    error.maybe_taken = fetched.connected;
    error.message = json::excerpt(fetched.detail.empty() ? fetched.error.message() : fetched.detail, kWords);
    return error;
  }
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto text = [&](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (response.status / 100 == 2 && !text("sid").empty()) return RestCall{text("sid"), text("status")};
  RestError error;
  error.http_status = response.status;
  error.maybe_taken = response.status / 100 == 2 || response.status / 100 == 5;
  if (json.is_object() && json.contains("code") && json["code"].is_number_integer()) {
    error.code = json["code"].get<int>();
  }
  error.message = json::excerpt(text("message"), kWords);
  error.body = response.body.substr(0, kBody);
  return error;
}

}  // namespace

std::string RestError::text() const {
  if (network) return fmt::format("no answer: {}", message);
  if (code != 0) return fmt::format("HTTP {} code={} {}", http_status, code, message);
  return fmt::format("HTTP {} without a call in it", http_status);
}

TwilioRest::TwilioRest(runtime::net::Network& network, runtime::Clock& clock, runtime::Random& random,
                       const Config::Twilio& account, metrics::Sheet& sheet)
    : network_(network), clock_(clock), random_(random), account_(account), sheet_(sheet) {}

boost::asio::awaitable<RestAnswer> TwilioRest::create(Form form) {
  return ask(Operation::create, "/Calls.json", std::move(form));
}

boost::asio::awaitable<RestAnswer> TwilioRest::update(std::string call_sid, std::string twiml) {
  Form form{{"Twiml", std::move(twiml)}};
  return ask(Operation::update, "/Calls/" + call_sid + ".json", std::move(form));
}

boost::asio::awaitable<RestAnswer> TwilioRest::complete(std::string call_sid) {
  Form form{{"Status", "completed"}};
  return ask(Operation::complete, "/Calls/" + call_sid + ".json", std::move(form));
}

runtime::net::HttpRequest TwilioRest::request(std::string_view body) const {
  runtime::net::HttpRequest post;
  post.method = "POST";
  post.connect_within = std::min(kConnect, account_.api_timeout);
  post.headers.add("Content-Type", "application/x-www-form-urlencoded");
  post.headers.add("Accept", "application/json");
  const auto credentials = account_.account_sid + ":" + account_.auth_token;
  post.headers.add("Authorization", "Basic " + runtime::base64_encode(credentials));
  post.body = body;
  return post;
}

void TwilioRest::count(Operation operation, std::string_view outcome) {
  static constexpr std::string_view kNames[]{"create", "update", "complete"};
  const auto name = kNames[static_cast<std::size_t>(operation)];
  sheet_.counter("voicebridge_twilio_rest_requests_total", {name, outcome}).add();
}

boost::asio::awaitable<RestAnswer> TwilioRest::ask(Operation operation, std::string resource, Form form) {
  auto url = account_.api_base;
  if (url.target.ends_with('/')) url.target.pop_back();
  url.target += "/2010-04-01/Accounts/" + account_.account_sid + resource;
  const auto body = runtime::net::encode_form(form);
  runtime::Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    auto post = request(body);
    auto to = url;
    auto fetched = co_await network_.fetch(std::move(to), std::move(post), account_.api_timeout);
    const bool cancelled = fetched.error == boost::asio::error::operation_aborted;
    auto answer = read(fetched);
    const auto* error = std::get_if<RestError>(&answer);
    count(operation, error == nullptr        ? "ok"
                     : error->already_over() ? "over"
                     : error->network        ? "unreachable"
                                             : "refused");
    const bool not_taken = !fetched.error ? fetched.response.status == kTooManyRequests : !fetched.connected;
    const bool harmless =
        operation == Operation::complete && (fetched.error || fetched.response.status >= 500);
    if (error == nullptr || cancelled || attempt == kAttempts || !(not_taken || harmless)) co_return answer;
    const auto most = static_cast<std::uint64_t>(std::chrono::nanoseconds(pause).count());
    const auto drawn = std::chrono::nanoseconds(static_cast<std::int64_t>(random_.below(most)));
    const bool slept = co_await clock_.sleep_until(clock_.now() + pause + drawn);
    if (!slept) co_return answer;
    pause *= 2;
  }
}

}  // namespace bridge::app
