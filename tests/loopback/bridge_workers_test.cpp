// Several workers in one process, on real threads and sockets: what they must know together.
#include "bridge/app/workers.hpp"

#include "bridge/app/logging.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/net/system_network.hpp"

#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <deque>
#include <map>
#include <sstream>
#include <thread>

namespace bridge::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace asio = boost::asio;
namespace net = runtime::net;

constexpr int kCalls = 24;

class BridgeWorkers : public testing::Test {
 protected:
  BridgeWorkers() {
    config_.workers = 3;
    config_.listen.host = "127.0.0.1";
    config_.listen.port = 0;
    config_.admin.port = 0;
    config_.allow_host_header = true;
    config_.call.model.url = *net::parse_url(
        "ws://127.0.0.1:" + std::to_string(silent_openai_.local_endpoint().port()) + "/v1/realtime");
    config_.call.model.limits.handshake = 60s;
    config_.call.model.ready_within = 60s;
    config_.call.goodbye = 500ms;
    config_.drain = {0s, 0s};
    log_ = make_direct_log(config_.log, clock_, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    workers_.emplace(config_,
                     Workers::Seams{clock_, book_, [this](std::size_t) -> spdlog::logger& { return *log_; }});
    if (!workers_->start()) throw std::runtime_error("the workers cannot listen");
    authority_ = "127.0.0.1:" + std::to_string(workers_->first().public_port());
    thread_ = std::thread([this] {
      try {
        clean_ = workers_->run([] {});
      } catch (const std::exception& e) {
        failure_ = e.what();
      } catch (...) {
        failure_ = "no standard exception";
      }
    });
  }
  ~BridgeWorkers() override { drain(); }

  void drain() {
    if (!thread_.joinable()) return;
    asio::post(workers_->executor(), [this] { workers_->first().drain(); });
    thread_.join();
    settle();
  }

  /// Until nothing happens any more on our side.
  void settle() {
    do {
      context_.restart();
    } while (context_.run_one_for(200ms) != 0);
  }

  /// Twilio's end of one call: the webhook, then the stream that the TwiML asks for, then the same stream
  /// again.
  asio::awaitable<void> call(std::string sid) {
    auto url = *net::parse_url("http://" + authority_ + "/webhook/incoming_call");
    net::HttpRequest request;
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = net::encode_form({{"CallSid", sid}, {"To", "+1800"}, {"From", "+1900"}});
    auto fetched = co_await network_->fetch(std::move(url), std::move(request), 10s);
    EXPECT_EQ(fetched.response.status, 200) << fetched.detail;
    pugi::xml_document xml;
    xml.load_string(fetched.response.body.c_str());
    std::map<std::string, std::string> parameters;
    for (const auto p : xml.child("Response").child("Connect").child("Stream").children("Parameter")) {
      parameters[p.attribute("name").value()] = p.attribute("value").value();
    }
    co_await open(sid, parameters);
    co_await open(sid, parameters);
  }

  asio::awaitable<void> open(std::string sid, std::map<std::string, std::string> parameters) {
    net::WebSocketRequest request;
    request.url = *net::parse_url("ws://" + authority_ + "/ws/twilio-media");
    auto dialled = co_await network_->connect(std::move(request));
    EXPECT_TRUE(dialled) << dialled.detail;
    if (!dialled) co_return;
    nlohmann::json start{{"event", "start"}, {"sequenceNumber", "1"}, {"streamSid", "MZ1"}};
    start["start"] = {{"accountSid", "AC1"},
                      {"streamSid", "MZ1"},
                      {"callSid", sid},
                      {"tracks", {"inbound"}},
                      {"customParameters", parameters}};
    start["start"]["mediaFormat"] = {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}};
    const std::string connected = R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
    const std::string text = start.dump();
    auto& socket = *sockets_.emplace_back(std::move(dialled.socket));
    (void)co_await socket.write(connected);
    (void)co_await socket.write(text);
    asio::co_spawn(context_, read(socket), [](std::exception_ptr) {});
  }
  asio::awaitable<void> read(net::MessageSocket& socket) {
    for (;;) {
      auto message = co_await socket.read();
      if (!message) co_return;
    }
  }

  void all_calls() {
    for (int n = 0; n < kCalls; ++n) {
      asio::co_spawn(context_, call("CA" + std::to_string(n)),
                     [](std::exception_ptr error) { EXPECT_FALSE(error); });
    }
    settle();
  }

  asio::io_context context_{1};
  asio::ip::tcp::acceptor silent_openai_{context_, {asio::ip::address_v4::loopback(), 0}};
  runtime::SystemClock clock_;
  std::unique_ptr<net::Network> network_ = net::make_system_network(context_.get_executor(), clock_, {});
  metrics::Book book_;
  std::ostringstream text_;
  std::unique_ptr<spdlog::logger> log_;
  Config config_;
  std::optional<Workers> workers_;
  std::string authority_;
  std::deque<std::unique_ptr<net::MessageSocket>> sockets_;
  std::thread thread_;
  std::string failure_;
  bool clean_ = true;
};

TEST_F(BridgeWorkers, ACallWhoseWebhookAndStreamMeetDifferentWorkersIsOneCall) {
  all_calls();

  EXPECT_EQ(book_.value("voicebridge_calls_started_total", {"inbound"}), kCalls);
  EXPECT_EQ(book_.value("voicebridge_calls_active"), kCalls);
  EXPECT_EQ(book_.value("voicebridge_streams_rejected_total", {"replayed"}), kCalls);  // the second ones
  EXPECT_EQ(book_.value("voicebridge_calls_limit"), 500);
}

TEST_F(BridgeWorkers, ADrainEndsTheCallsOfEveryWorkerAndEachHasItsVerdict) {
  all_calls();
  drain();

  EXPECT_FALSE(clean_);
  EXPECT_EQ(book_.value("voicebridge_calls_active"), 0);
  EXPECT_EQ(book_.value("voicebridge_draining"), 1);
  EXPECT_EQ(book_.value("voicebridge_call_verdicts_total", {"stream_never_started", "none"}), 0);
  EXPECT_EQ(book_.value("voicebridge_calls_ended_total", {"inbound", "failed"}), kCalls);
}

TEST_F(BridgeWorkers, OneThatFailsEndsItsCallsAsItsOwnFaultAndDrainsTheOthers) {
  all_calls();
  asio::post(workers_->executor(), [] { throw std::runtime_error("a bug"); });
  thread_.join();
  settle();

  const auto faults = book_.value("voicebridge_call_verdicts_total", {"bridge_fault", "none"});
  EXPECT_EQ(failure_, "a bug");
  EXPECT_GT(faults, 0) << "of 24 calls, one worker of three has some";
  EXPECT_LT(faults, kCalls);
  EXPECT_EQ(book_.value("voicebridge_worker_failures_total"), 1);
  EXPECT_EQ(book_.value("voicebridge_calls_active"), 0);
  EXPECT_EQ(book_.value("voicebridge_calls_ended_total", {"inbound", "failed"}), kCalls);
  EXPECT_THAT(text_.str(), HasSubstr("a worker failed by exception: a bug; its calls are ended"));
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=24"));
}

TEST_F(BridgeWorkers, OneThatIsGivenUpCountsItsCallsOnceAndItself) {
  all_calls();
  asio::post(workers_->executor(), [this] { workers_->first().cut(); });
  for (int n = 0; n < 100; ++n) {  // after so many its loop is left
    asio::post(workers_->executor(), [] { throw 1; });
  }
  thread_.join();
  settle();

  EXPECT_EQ(failure_, "no standard exception");
  EXPECT_EQ(book_.value("voicebridge_worker_failures_total"), 100);
  EXPECT_EQ(book_.value("voicebridge_calls_active"), 0);
  EXPECT_THAT(text_.str(), HasSubstr("a worker failed by exception: no standard exception"));
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=24"));
}

TEST_F(BridgeWorkers, ThePortThatTheyShareIsNobodyElses) {
  config_.listen.port = workers_->first().public_port();

  Workers second(config_, {clock_, book_, [this](std::size_t) -> spdlog::logger& { return *log_; }});
  EXPECT_FALSE(second.start());
  EXPECT_THAT(text_.str(), HasSubstr("cannot listen on 127.0.0.1:"));
}

}  // namespace
}  // namespace bridge::app
