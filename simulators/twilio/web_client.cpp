#include "simulators/twilio/web_client.hpp"

#include "runtime/async/first_of.hpp"
#include "runtime/core/deflate.hpp"
#include "runtime/net/message_socket.hpp"
#include "simulators/twilio/signature.hpp"
#include "simulators/twilio/user_info.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/error.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace simulators::twilio {
namespace asio = boost::asio;
using runtime::Clock;
using runtime::WireLog;
using runtime::net::NetError;
namespace {

constexpr int kMaxRedirects = 10;
constexpr std::size_t kLongestAnswer = 16U << 20U;  // a file to be played; TwiML is judged at 64 kB

int certificate_code(runtime::net::CertificateFault fault) {
  switch (fault) {
    case runtime::net::CertificateFault::wrong_host:
      return 11235;
    case runtime::net::CertificateFault::expired:
      return 11236;
    case runtime::net::CertificateFault::untrusted:
      return 11237;
    case runtime::net::CertificateFault::none:
      break;
  }
  return 11220;
}

/// `late`: the time for all of it was over. `total_set`: the url had set that time.
int code_of(const runtime::net::Fetched& fetched, bool late, bool total_set) {
  const auto& error = fetched.error;
  if (late && total_set) return 11203;
  if (error == asio::error::timed_out) return fetched.connected ? 11200 : 11201;
  if (error == asio::error::connection_refused) return 11202;
  if (error == NetError::unresolved) return 11210;
  if (error == NetError::tls) return certificate_code(fetched.certificate);
  if (error == NetError::protocol) return 11206;
  if (error == NetError::too_big) return 11750;
  return 11205;
}

std::string idempotency_token(runtime::Random& random) {
  return random.hex(8) + "-" + random.hex(4) + "-" + random.hex(4) + "-" + random.hex(4) + "-" +
         random.hex(12);
}

bool worth_another_try(const runtime::net::Fetched& fetched, const RetryPolicy& policy) {
  if (fetched) {
    const int hundreds = fetched.response.status / 100;
    return (hundreds == 4 && policy.client_errors) || (hundreds == 5 && policy.server_errors);
  }
  if (fetched.error == NetError::unresolved) return false;
  return fetched.connected ? policy.read && fetched.error == asio::error::timed_out : policy.connection;
}

struct Unpacked {
  std::string body;
  int code = 0;  // of the error dictionary
  std::string error;
};

/// An empty body is none that could be packed: servers leave the header on redirects.
Unpacked unpack(const runtime::net::Headers& headers, std::string body) {
  const bool packed = boost::algorithm::iequals(headers.get("Content-Encoding"), "gzip");
  if (!packed || body.empty()) return {std::move(body), 0, {}};
  auto whole = runtime::unpacked(body, kLongestAnswer, runtime::Wrapping::gzip);
  if (!whole) return {{}, 11200, "the answer's Content-Encoding is gzip, and its body is none"};
  if (whole->size() > kLongestAnswer) return {{}, 11750, "the answer has more than 16 MiB, unpacked"};
  return {std::move(*whole), 0, {}};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

WebClient::WebClient(Parts parts, std::string call_sid, std::vector<HttpExchange>& exchanges)
    : parts_(parts),
      to_bridge_(parts.line, parts.line.instant() ? 0 : parts.environment.random.next()),
      from_bridge_(parts.line, parts.line.instant() ? 0 : parts.environment.random.next()),
      call_sid_(std::move(call_sid)),
      exchanges_(exchanges) {}

/// There and back.
asio::awaitable<runtime::net::Fetched> WebClient::over_the_line(runtime::net::Url url,
                                                                runtime::net::HttpRequest request,
                                                                Duration read) {
  auto& clock = parts_.environment.clock;
  if (!parts_.line.instant()) (void)co_await clock.sleep_until(to_bridge_.send(clock.now()));
  auto fetched = co_await parts_.environment.network.fetch(std::move(url), std::move(request), read);
  if (!parts_.line.instant()) (void)co_await clock.sleep_until(from_bridge_.send(clock.now()));
  co_return fetched;
}

runtime::net::HttpRequest WebClient::request_for(const Ask& ask, const std::string& token) const {
  runtime::net::HttpRequest request;
  request.method = ask.method;
  request.answer_bytes = kLongestAnswer;
  request.headers.add("Accept", "*/*");
  request.headers.add("User-Agent", "TwilioProxy/1.1");
  if (parts_.knobs.accept_gzip) request.headers.add("Accept-Encoding", "gzip");
  if (parts_.knobs.idempotency_token) request.headers.add("I-Twilio-Idempotency-Token", token);
  if (!cookies_.empty()) {
    std::string line;
    for (const auto& [name, value] : cookies_) line += (line.empty() ? "" : "; ") + name + "=" + value;
    request.headers.add("Cookie", std::move(line));
  }
  const auto bare = ask.url.substr(0, ask.url.find('#'));
  if (auto authorization = basic_authorization(bare); !authorization.empty())
    request.headers.add("Authorization", std::move(authorization));
  if (const auto kept = kept_.find(bare); ask.method == "GET" && kept != kept_.end()) {
    if (!kept->second.etag.empty()) request.headers.add("If-None-Match", kept->second.etag);
    if (!kept->second.last_modified.empty())
      request.headers.add("If-Modified-Since", kept->second.last_modified);
  }
  const bool post = ask.method == "POST";
  if (post) {
    request.body = runtime::net::encode_form(ask.form);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
  }
  runtime::net::Form signed_form;
  if (post) signed_form = ask.form;
  if (parts_.knobs.unsigned_params) {
    std::erase_if(signed_form, [](const auto& field) {
      return field.first == "CallToken" || field.first == "StirVerstat";
    });
  }
  const auto covered = signed_url(parts_.knobs.sign_fragment ? ask.url : bare);
  add_signature(request.headers, parts_.knobs.signature, parts_.account.auth_token, covered, signed_form);
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

void WebClient::keep_answer(const Ask& ask, const runtime::net::Headers& headers, Answer& answer) {
  if (ask.method != "GET") return;
  const auto bare = ask.url.substr(0, ask.url.find('#'));
  if (const auto kept = kept_.find(bare); answer.status == 304 && kept != kept_.end()) {
    answer.status = 200;
    answer.content_type = kept->second.content_type;
    answer.body = kept->second.body;
    return;
  }
  const auto etag = headers.get("ETag");
  const auto modified = headers.get("Last-Modified");
  if (answer.status != 200 || (etag.empty() && modified.empty())) return;
  kept_[bare] = {std::string(etag), std::string(modified), answer.content_type, answer.body};
}

std::size_t WebClient::begin_exchange(const Ask& ask, const runtime::net::HttpRequest& request) {
  HttpExchange& begun = exchanges_.emplace_back();
  begun.purpose = ask.purpose;
  begun.asked_at = parts_.environment.clock.now();
  begun.method = ask.method;
  begun.url = ask.url;
  begun.form = ask.form;
  begun.headers = request.headers.fields;
  parts_.instruments.webhooks.add();
  note(begun, WireLog::Direction::to_bridge);
  return exchanges_.size() - 1;
}

WebClient::Answer WebClient::note_answer(std::size_t number, runtime::net::HttpResponse response) {
  HttpExchange& exchange = exchanges_[number];
  Answer answer;
  answer.exchange = number;
  exchange.answered_at = parts_.environment.clock.now();
  exchange.answer_headers = response.headers.fields;
  exchange.status = answer.status = response.status;
  exchange.content_type = answer.content_type = response.headers.get("Content-Type");
  answer.chunked = response.headers.get("Transfer-Encoding") == "chunked";
  Unpacked unpacked{std::move(response.body), 0, {}};
  if (parts_.knobs.accept_gzip) unpacked = unpack(response.headers, std::move(unpacked.body));
  answer.code = unpacked.code;
  answer.error = exchange.error = unpacked.error;
  answer.body = std::move(unpacked.body);
  // Files are kept where they are played, and not a second time in every report.
  if (!answer.content_type.starts_with("audio/")) exchange.body = answer.body;
  note(exchange, WireLog::Direction::from_bridge);
  return answer;
}

/// Tries again where the policy says so; all of it until `deadline`. `exchange`: of the attempt that is made;
/// one that was answered keeps its own.
asio::awaitable<runtime::net::Fetched> WebClient::fetch(const Ask& ask, std::size_t& exchange,
                                                        runtime::net::Url url,
                                                        runtime::net::HttpRequest request,
                                                        ConnectionOverrides limits, TimePoint deadline) {
  Clock& clock = parts_.environment.clock;
  for (unsigned attempt = 0;; ++attempt) {
    auto copy = request;
    copy.connect_within = std::min(limits.connect, deadline - clock.now());
    auto asking = over_the_line(url, std::move(copy), limits.read);
    auto first = co_await runtime::first_of(std::move(asking), clock.sleep_until(deadline));
    runtime::net::Fetched fetched;
    if (first.index() == 1) {
      fetched.error = asio::error::timed_out;
      fetched.connected = true;
      fetched.detail = "no answer in time";
      co_return fetched;
    }
    fetched = std::get<0>(std::move(first));
    const bool again = worth_another_try(fetched, limits.retry);
    if (!again || attempt == limits.retries || clock.now() >= deadline) co_return fetched;
    if (!fetched) continue;
    (void)note_answer(exchange, std::move(fetched.response));
    exchange = begin_exchange(ask, request);
  }
}

/// What the knobs make of the parameters.
void WebClient::settle(runtime::net::Form& form) const {
  if (parts_.knobs.unknown_parameter)
    form.emplace_back("X" + parts_.environment.random.hex(8), parts_.environment.random.hex(8));
  if (parts_.knobs.call_token == Knobs::CallToken::absent)
    std::erase_if(form, [](const auto& field) { return field.first == "CallToken"; });
  if (parts_.knobs.call_token != Knobs::CallToken::url_encoded) return;
  for (auto& [name, value] : form) {
    if (name == "CallToken") value = runtime::net::encode_form({{"", value}}).substr(1);
  }
}

asio::awaitable<WebClient::Answer> WebClient::send(Ask ask) {
  settle(ask.form);
  Clock& clock = parts_.environment.clock;
  ConnectionOverrides limits = read_overrides(ask.url, parts_.knobs.webhook_timeout);
  const TimePoint deadline = clock.now() + limits.total;
  const std::string token = idempotency_token(parts_.environment.random);
  Answer answer;
  for (int hop = 0;; ++hop) {
    answer.url = limits.url;
    if (ask.method == "GET" && !ask.form.empty()) {
      const auto fragment = ask.url.substr(limits.url.size());
      ask.url = limits.url + (limits.url.find('?') == std::string::npos ? "?" : "&") +
                runtime::net::encode_form(ask.form) + fragment;
      ask.form.clear();
    }
    const auto url = runtime::net::parse_url(without_user_info(ask.url.substr(0, ask.url.find('#'))));
    if (!url || (url->scheme != "http" && url->scheme != "https")) {
      answer.code = 11100;
      answer.error = "\"" + ask.url + "\" is no absolute http or https url";
      co_return answer;
    }
    auto request = request_for(ask, token);
    answer.exchange = begin_exchange(ask, request);
    auto fetching = fetch(ask, answer.exchange, *url, std::move(request), limits, deadline);
    auto fetched = co_await std::move(fetching);

    if (!fetched) {
      HttpExchange& exchange = exchanges_[answer.exchange];
      exchange.answered_at = clock.now();
      exchange.error = fetched.error.message() + (fetched.detail.empty() ? "" : ": " + fetched.detail);
      note(exchange, WireLog::Direction::from_bridge);
      answer.code = code_of(fetched, clock.now() >= deadline, limits.total_set);
      answer.error = exchange.error;
      co_return answer;
    }
    const auto headers = fetched.response.headers;
    answer = note_answer(answer.exchange, std::move(fetched.response));
    answer.url = limits.url;
    if (answer.code != 0) co_return answer;
    keep_cookies(headers);
    keep_answer(ask, headers, answer);
    const auto location = headers.get("Location");
    if (!is_redirect(answer.status) || location.empty()) co_return answer;
    const auto next = resolve_web_url(ask.url, location);
    if (!next || hop == kMaxRedirects) {
      answer.code = next ? 11215 : 11100;
      answer.error = next ? "more than 10 redirects" : "Location \"" + std::string(location) + "\" is no url";
      co_return answer;
    }
    ask.url = limits.url = *next;
    if (answer.status < 307 && ask.method == "POST") ask.method = "GET";
  }
}

}  // namespace simulators::twilio
