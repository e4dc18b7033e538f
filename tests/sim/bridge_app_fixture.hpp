#pragma once
#include "bridge/app/solo_bridge.hpp"

#include "bridge/app/logging.hpp"
#include "bridge/app/signature.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/sim/network.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <deque>
#include <sstream>

namespace bridge::app {

using namespace std::chrono_literals;
using runtime::net::Form;

inline constexpr auto kSid = "CA1234567890abcdef1234567890abcdef";
inline constexpr auto kSecondSid = "CA2234567890abcdef1234567890abcdef";

/// Twilio's Calls.json, as far as POST /calls meets it.
class TwilioApi final : public runtime::net::Service {
 public:
  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override {
    target = request.target;
    authorization = request.headers.get("Authorization");
    form = runtime::net::decode_form(request.body);
    co_return runtime::net::make_response(status, "application/json", answer);
  }
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket>) override {
    co_return;
  }
  int status = 201;
  std::string answer = R"({"sid":"CA1234567890abcdef1234567890abcdef","status":"queued"})";
  std::string target, authorization;
  Form form;
};

/// A bridge in the simulated world, and a Twilio made of single requests. OpenAI refuses every dial.
class BridgeApp : public testing::Test {
 protected:
  BridgeApp() {
    config_.public_url = *runtime::net::parse_url("http://bridge:80");
    config_.listen.host = "bridge";
    config_.listen.port = 80;
    config_.admin.host = "bridge";
    config_.twilio.account_sid = "AC1";
    config_.twilio.auth_token = "token";
    config_.twilio.api_base = *runtime::net::parse_url("http://api:80");
    config_.call.model.url = *runtime::net::parse_url("ws://openai:80/v1/realtime?model=m");
    config_.call.model.api_key = "sk-test";
    config_.outbound = {"api-token", {"+1415*"}, "+14150000000", 60s, {}};
    config_.drain = {0s, 10s};
    log_ =
        make_direct_log(config_.log, loop_.clock(), std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
  }

  ~BridgeApp() override {
    if (!bridge_) return;
    bridge_->drain();
    loop_.run_for(30s);
    EXPECT_TRUE(clean_.has_value());
    stop_ticker();
    loop_.run();
  }

  runtime::net::Network& network() { return in_front_ ? *in_front_ : fabric_.network("bridge"); }

  SoloBridge& bridge() {
    if (!bridge_) {
      bridge_.emplace(Environment{loop_.context().get_executor(), loop_.clock(), ticker_, network(), random_,
                                  book_, *log_, recordings_},
                      config_);
      EXPECT_TRUE(bridge_->start());
      boost::asio::co_spawn(loop_.context(), bridge_->run(), [this](std::exception_ptr error, bool clean) {
        EXPECT_FALSE(error);
        clean_ = clean;
      });
    }
    return *bridge_;
  }

  void stop_ticker() {
    boost::asio::co_spawn(loop_.context(), ticker_.stop(), [](std::exception_ptr) {});
  }

  boost::asio::awaitable<void> fetch(std::string url, runtime::net::HttpRequest request,
                                     runtime::net::HttpResponse& into) {
    auto target = *runtime::net::parse_url(url);
    auto fetched = co_await fabric_.network("twilio").fetch(std::move(target), std::move(request), 10s);
    into = std::move(fetched.response);
    if (fetched.error) into.status = -1;
  }

  runtime::net::HttpResponse exchange(const std::string& url, runtime::net::HttpRequest request) {
    bridge();
    runtime::net::HttpResponse response;
    response.status = 0;
    boost::asio::co_spawn(loop_.context(), fetch(url, std::move(request), response),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
    EXPECT_TRUE(loop_.run_until([&] { return response.status != 0; }, 20s));
    return response;
  }

  /// A webhook request; signed if the configuration asks for it.
  runtime::net::HttpResponse webhook(const std::string& url, Form form) {
    runtime::net::HttpRequest request;
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("X-Twilio-Signature", twilio_signature("token", url, form));
    request.body = runtime::net::encode_form(form);
    return exchange(url, std::move(request));
  }
  runtime::net::HttpResponse get(const std::string& url) { return exchange(url, {}); }
  runtime::net::HttpResponse calls(std::string method, std::string body, std::string token = "api-token") {
    return api(std::move(method), "/calls", std::move(body), token);
  }
  runtime::net::HttpResponse api(std::string method, const std::string& path, std::string body = "",
                                 const std::string& token = "api-token") {
    runtime::net::HttpRequest request;
    request.method = std::move(method);
    request.headers.add("Authorization", "Bearer " + token);
    request.body = std::move(body);
    return exchange("http://bridge" + path, std::move(request));
  }

  /// What a TwiML document says.
  struct Document {
    std::string track, url, redirect;
    std::map<std::string, std::string> parameters;
    bool hangs_up = false;
  };
  Document incoming(const std::string& sid = kSid) {
    return read(webhook("http://bridge/webhook/incoming_call",
                        {{"CallSid", sid}, {"To", "+1800"}, {"From", "+1900"}}));
  }
  static Document read(const runtime::net::HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    pugi::xml_document xml;
    EXPECT_TRUE(xml.load_string(response.body.c_str())) << response.body;
    const auto root = xml.child("Response");
    const auto stream = root.child("Connect").child("Stream");
    Document document;
    document.track = stream.attribute("track").value();
    document.url = stream.attribute("url").value();
    document.redirect = root.child_value("Redirect");
    document.hangs_up = !root.child("Hangup").empty();
    for (const auto parameter : stream.children("Parameter")) {
      document.parameters[parameter.attribute("name").value()] = parameter.attribute("value").value();
    }
    return document;
  }

  nlohmann::json media_format_{{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}};

  /// Twilio's end of one stream: opens it, says `start`, and keeps reading until it is closed.
  struct Stream {
    int status = 0;
    std::optional<runtime::net::CloseReason> closed;
    std::unique_ptr<runtime::net::MessageSocket> socket;
  };
  boost::asio::awaitable<void> stream(std::string url, std::string sid,
                                      std::map<std::string, std::string> parameters, Stream& into) {
    runtime::net::WebSocketRequest request;
    request.url = *runtime::net::parse_url(url);
    request.headers.add("X-Twilio-Signature", twilio_signature("token", url, {}));
    auto dialled = co_await fabric_.network("twilio").connect(std::move(request));
    into.status = dialled.http_status;
    if (!dialled) co_return;
    into.socket = std::move(dialled.socket);
    nlohmann::json start{{"event", "start"}, {"sequenceNumber", "1"}, {"streamSid", "MZ1"}};
    start["start"] = {{"accountSid", "AC1"},
                      {"streamSid", "MZ1"},
                      {"callSid", sid},
                      {"tracks", {"inbound"}},
                      {"customParameters", parameters}};
    start["start"]["mediaFormat"] = media_format_;
    const std::string connected = R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
    const std::string text = start.dump();
    (void)co_await into.socket->write(connected);
    (void)co_await into.socket->write(text);
    for (;;) {
      auto message = co_await into.socket->read();
      if (!message) break;
    }
    into.closed = into.socket->peer_close().value_or(runtime::net::CloseReason{1006, ""});
  }
  /// The stream outlives the test's body: its reader ends with the bridge.
  Stream& open(const Document& document, const std::string& sid = kSid) {
    Stream& into = streams_.emplace_back();
    boost::asio::co_spawn(loop_.context(), stream(document.url, sid, document.parameters, into),
                          [](std::exception_ptr error) { EXPECT_FALSE(error); });
    return into;
  }

  /// Answers a call, keeps its document, and gives the address of its stream's callback.
  std::string stream_callback() {
    const auto response = webhook("http://bridge/webhook/incoming_call",
                                  {{"CallSid", kSid}, {"To", "+1800"}, {"From", "+1900"}});
    document_ = read(response);
    pugi::xml_document xml;
    xml.load_string(response.body.c_str());
    return xml.child("Response").child("Connect").child("Stream").attribute("statusCallback").value();
  }

  double count(const std::string& series) {
    std::istringstream lines(book_.expose());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
    }
    return -1;
  }
  double verdict(const std::string& name, const std::string& reason) {
    return count("voicebridge_call_verdicts_total{verdict=\"" + name + "\",reason=\"" + reason + "\"}");
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom random_{1};
  runtime::sim::Fabric fabric_{loop_, random_, {}};
  runtime::Ticker ticker_{loop_.context().get_executor(), loop_.clock(), 20ms};
  metrics::Book book_;
  std::ostringstream text_;
  std::unique_ptr<spdlog::logger> log_;
  call::RecordingSink* recordings_ = nullptr;
  Config config_;
  std::deque<Stream> streams_;
  Document document_;
  std::optional<bool> clean_;
  std::unique_ptr<runtime::net::Network> in_front_;  // of the bridge's; none: it has its own
  std::optional<SoloBridge> bridge_;
};

}  // namespace bridge::app
