#include "simulators/twilio/web_client.hpp"

#include "runtime/net/message_socket.hpp"
#include "simulators/twilio/signature.hpp"

#include <boost/asio/error.hpp>
#include <nlohmann/json.hpp>

#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
using runtime::WireLog;
using runtime::net::NetError;
namespace {

constexpr int kMaxRedirects = 10;

int code_of(const runtime::error_code& error) {
  if (error == asio::error::timed_out) return 11205;
  if (error == asio::error::connection_refused) return 11202;
  if (error == NetError::unresolved) return 11210;
  if (error == NetError::tls) return 11220;
  if (error == NetError::protocol) return 11206;
  return 11205;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

runtime::net::HttpRequest WebClient::request_for(const Ask& ask, const runtime::net::Url& url) const {
  runtime::net::HttpRequest request;
  request.method = ask.method;
  request.target = url.target;
  request.headers.add("Accept", "*/*");
  request.headers.add("User-Agent", "TwilioProxy/1.1");
  if (!cookies_.empty()) {
    std::string line;
    for (const auto& [name, value] : cookies_) line += (line.empty() ? "" : "; ") + name + "=" + value;
    request.headers.add("Cookie", std::move(line));
  }
  const bool post = ask.method == "POST";
  if (post) {
    request.body = runtime::net::encode_form(ask.form);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
  }
  const runtime::net::Form none;
  request.headers.add("X-Twilio-Signature",
                      sign(parts_.account.auth_token, signed_url(ask.url), post ? ask.form : none));
  return request;
}

void WebClient::keep_cookies(const runtime::net::Headers& headers) {
  for (const auto& [name, value] : headers.fields) {
    if (name != "Set-Cookie" && name != "set-cookie") continue;
    const auto pair = value.substr(0, value.find(';'));
    const auto equals = pair.find('=');
    if (equals != std::string::npos) cookies_[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
}

void WebClient::note(const HttpExchange& exchange, WireLog::Direction direction) {
  nlohmann::ordered_json text;
  if (direction == WireLog::Direction::to_bridge) {
    text = {{"request", exchange.method}, {"url", exchange.url}};
    for (const auto& [name, value] : exchange.form) text["form"][name] = value;
  } else {
    text = {{"url", exchange.url}, {"status", exchange.status}};
    if (!exchange.error.empty()) text["error"] = exchange.error;
    if (!exchange.body.empty()) text["body"] = exchange.body;
  }
  const auto dumped = text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  parts_.environment.wire_log.record(
      {parts_.environment.clock.now(), "twilio.http", call_sid_, direction, dumped});
}

asio::awaitable<WebClient::Answer> WebClient::send(Ask ask) {
  Answer answer;
  for (int hop = 0;; ++hop) {
    answer.url = ask.url;
    if (ask.method == "GET" && !ask.form.empty()) {
      ask.url += (ask.url.find('?') == std::string::npos ? "?" : "&") + runtime::net::encode_form(ask.form);
      ask.form.clear();
    }
    const auto url = runtime::net::parse_url(ask.url);
    if (!url) {
      answer.code = 11100;
      answer.error = "\"" + ask.url + "\" is no absolute http or https url";
      co_return answer;
    }
    const std::size_t index = exchanges_.size();
    HttpExchange& begun = exchanges_.emplace_back();
    begun.purpose = ask.purpose;
    begun.asked_at = parts_.environment.clock.now();
    begun.method = ask.method;
    begun.url = ask.url;
    begun.form = ask.form;
    parts_.instruments.webhooks.add();
    note(begun, WireLog::Direction::to_bridge);

    auto request = request_for(ask, *url);
    auto fetched = co_await parts_.environment.network.fetch(*url, std::move(request), parts_.deadline);

    HttpExchange& exchange = exchanges_[index];
    exchange.answered_at = parts_.environment.clock.now();
    if (!fetched) {
      exchange.error = fetched.error.message() + (fetched.detail.empty() ? "" : ": " + fetched.detail);
      note(exchange, WireLog::Direction::from_bridge);
      answer.code = code_of(fetched.error);
      answer.error = exchange.error;
      co_return answer;
    }
    exchange.status = answer.status = fetched.response.status;
    exchange.content_type = answer.content_type = fetched.response.headers.get("Content-Type");
    exchange.body = answer.body = std::move(fetched.response.body);
    note(exchange, WireLog::Direction::from_bridge);
    keep_cookies(fetched.response.headers);
    const auto location = fetched.response.headers.get("Location");
    if (!is_redirect(answer.status) || location.empty()) co_return answer;
    const auto next = runtime::net::resolve_url(*url, location);
    if (!next || hop == kMaxRedirects) {
      answer.code = next ? 11215 : 11100;
      answer.error = next ? "more than 10 redirects" : "Location \"" + std::string(location) + "\" is no url";
      co_return answer;
    }
    ask.url = next->text();
    if (answer.status < 307 && ask.method == "POST") ask.method = "GET";
  }
}

}  // namespace simulators::twilio
