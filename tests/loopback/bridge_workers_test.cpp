// Several workers in one process, on real threads and sockets: what they must know together.
#include "bridge/app/workers.hpp"

#include "bridge/app/attendant.hpp"
#include "bridge/app/logging.hpp"
#include "runtime/async/system_clock.hpp"
#include "runtime/net/free_port.hpp"
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

#include <csignal>
#include <deque>
#include <future>
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
  explicit BridgeWorkers(Config::Drain drain = {0s, 0s}, std::size_t workers = 3) {
    config_.workers = workers;
    config_.listen.host = "127.0.0.1";
    config_.listen.port = 0;
    config_.admin.port = 0;
    config_.allow_host_header = true;
    config_.call.model.url = *net::parse_url(
        "ws://127.0.0.1:" + std::to_string(silent_openai_.local_endpoint().port()) + "/v1/realtime");
    config_.call.model.limits.handshake = 60s;
    config_.call.model.ready_within = 60s;
    config_.call.goodbye = 500ms;
    config_.drain = drain;
    log_ = make_direct_log(config_.log, clock_, std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    workers_ = std::make_unique<Workers>(config_, seams());
    if (!workers_->start()) throw std::runtime_error("the workers cannot listen");
    authority_ = "127.0.0.1:" + std::to_string(workers_->public_port());
    admin_port_ = workers_->control().admin_port();
    attendant_.emplace(*workers_, config_, Attendant::Seams{clock_, book_, *log_},
                       [] { return ConfigErrors(); });
    thread_ = std::thread([this] {
      try {
        clean_ = workers_->run([this] { attendant_->stop(); });
      } catch (const std::exception& e) {
        failure_ = e.what();
      } catch (...) {
        failure_ = "no standard exception";
      }
    });
  }
  ~BridgeWorkers() override { drain(); }

  Workers::Seams seams() {
    return {clock_, book_, [this](std::size_t) -> spdlog::logger& { return *log_; }};
  }

  void drain() {
    if (!thread_.joinable()) return;
    asio::post(workers_->executor(), [this] { workers_->control().drain(); });
    join();
  }
  void join() {
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
    if (fetched.response.body.find("<Pause length=\"7\"/>") != std::string::npos) ++with_pause_;
    pugi::xml_document xml;
    xml.load_string(fetched.response.body.c_str());
    std::map<std::string, std::string> parameters;
    for (const auto p : xml.child("Response").child("Connect").child("Stream").children("Parameter")) {
      parameters[p.attribute("name").value()] = p.attribute("value").value();
    }
    co_await open(sid, parameters);
    co_await open(sid, parameters);
  }

  /// What the admin listener answers; status 0: nothing.
  net::HttpResponse ask_admin(const std::string& path) {
    std::optional<net::HttpResponse> answer;
    const auto ask = [&]() -> asio::awaitable<void> {
      auto url = *net::parse_url("http://127.0.0.1:" + std::to_string(admin_port_) + path);
      net::HttpRequest request;
      auto fetched = co_await network_->fetch(std::move(url), std::move(request), 5s);
      answer = std::move(fetched.response);
      if (fetched.error) answer->status = 0;
    };
    asio::co_spawn(context_, ask(), [&answer](std::exception_ptr error) {
      EXPECT_FALSE(error);
      if (error) answer.emplace().status = 0;
    });
    context_.restart();
    while (!answer) context_.run_one();
    return *answer;
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

  void give_up_first() {
    for (int n = 0; n < 100; ++n) {  // after so many its loop is left
      asio::post(workers_->executor_of(0), [] { throw 1; });
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
  std::unique_ptr<Workers> workers_;
  std::optional<Attendant> attendant_;
  std::string authority_;
  std::uint16_t admin_port_ = 0;
  std::deque<std::unique_ptr<net::MessageSocket>> sockets_;
  std::thread thread_;
  std::string failure_;
  bool clean_ = true;
  int with_pause_ = 0;  // documents that the webhooks brought
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
  asio::post(workers_->executor_of(0), [] { throw std::runtime_error("a bug"); });
  join();

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
  asio::post(workers_->executor(), [this] { workers_->control().cut(); });
  give_up_first();
  join();

  EXPECT_EQ(failure_, "no standard exception");
  EXPECT_EQ(book_.value("voicebridge_worker_failures_total"), 100);
  EXPECT_EQ(book_.value("voicebridge_calls_active"), 0);
  EXPECT_THAT(text_.str(), HasSubstr("a worker failed by exception: no standard exception"));
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=24"));
}

TEST_F(BridgeWorkers, AScrapeWaitsForNoWorker) {
  std::promise<void> done;
  const auto busy = done.get_future().share();
  for (std::size_t n = 0; n < config_.workers; ++n) {
    asio::post(workers_->executor_of(n), [busy] { busy.wait(); });
  }

  EXPECT_THAT(ask_admin("/metrics").body, HasSubstr("voicebridge_calls_active 0"));
  EXPECT_EQ(ask_admin("/readyz").status, 200);
  done.set_value();
}

TEST_F(BridgeWorkers, AReloadReachesEveryWorker) {
  auto next = config_;
  next.twiml.prelude = "<Pause length=\"7\"/>";
  std::promise<void> taken;
  asio::post(workers_->executor(), [&] {
    workers_->control().reload(next);
    workers_->when_all_respond([&] { taken.set_value(); });
  });
  taken.get_future().wait();
  all_calls();

  EXPECT_EQ(with_pause_, kCalls);
}

TEST_F(BridgeWorkers, WhatFailsBesideTheCallsDrainsThem) {
  all_calls();
  asio::post(workers_->executor(), [] { throw std::runtime_error("a bug"); });
  join();

  EXPECT_EQ(failure_, "a bug");
  EXPECT_EQ(book_.value("voicebridge_worker_failures_total"), 1);
  EXPECT_EQ(book_.value("voicebridge_call_verdicts_total", {"bridge_fault", "none"}), 0);
  EXPECT_THAT(text_.str(), HasSubstr("the process' own affairs failed by exception: a bug"));
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=24"));
}

class LoneWorker : public BridgeWorkers {
 protected:
  LoneWorker() : BridgeWorkers({0s, 60s}, 1) {}
  ~LoneWorker() override {
    if (thread_.joinable()) asio::post(workers_->executor(), [this] { workers_->control().cut(); });
  }
};

TEST_F(LoneWorker, StaysForTheScrapeThatTellsThatItWasGivenUp) {
  const auto begun = clock_.now();
  give_up_first();
  for (const auto said = begun + 4s; clock_.now() < said;) settle();  // its last words take 2 s

  EXPECT_THAT(ask_admin("/metrics").body, HasSubstr("\nvoicebridge_worker_failures_total 100\n"));
  join();
  EXPECT_LT(clock_.now(), begun + 20s);
  EXPECT_EQ(failure_, "no standard exception");
  static const Workers* const left = workers_.release();  // as by _Exit: what was given up has not ended
  EXPECT_NE(left, nullptr);
}

/// Calls may go on for a minute after the first signal.
class PatientWorkers : public BridgeWorkers {
 protected:
  PatientWorkers() : BridgeWorkers({0s, 60s}) {}
  ~PatientWorkers() override {
    if (thread_.joinable()) asio::post(workers_->executor(), [this] { workers_->control().cut(); });
  }
};

TEST_F(PatientWorkers, SignalsAndScrapesAreAttendedToWhenOneWasGivenUp) {
  all_calls();
  const auto begun = clock_.now();
  give_up_first();
  while (book_.value("voicebridge_worker_failures_total") < 100 && clock_.now() < begun + 30s) settle();
  for (const auto said = clock_.now() + 3s; clock_.now() < said;) settle();  // its last words take 2 s

  EXPECT_THAT(ask_admin("/metrics").body, HasSubstr("\nvoicebridge_worker_failures_total 100\n"));
  EXPECT_EQ(ask_admin("/readyz").status, 503);
  EXPECT_GT(book_.value("voicebridge_calls_active"), 0) << "those of the others";
  std::raise(SIGTERM);  // it drains already
  std::raise(SIGTERM);
  join();

  EXPECT_LT(clock_.now(), begun + 50s) << "the grace was cut";
  EXPECT_EQ(failure_, "no standard exception");
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=24"));
  static const Workers* const left = workers_.release();  // as by _Exit: what was given up has not ended
  EXPECT_NE(left, nullptr);
}

TEST_F(BridgeWorkers, TheAdminListenerIsOpenUntilAllHaveDrainedAndClosedThen) {
  EXPECT_EQ(ask_admin("/healthz").status, 200);
  drain();

  EXPECT_EQ(ask_admin("/healthz").status, 0);
}

TEST_F(BridgeWorkers, AConfigurationWhoseAdminPortIsTakenOpensNothing) {
  auto config = config_;
  config.listen.port = net::free_port(context_.get_executor());
  config.admin.port = admin_port_;

  Workers second(config, seams());
  EXPECT_FALSE(second.start());
  EXPECT_THAT(text_.str(),
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(admin_port_) + " (admin)"));
  EXPECT_NO_THROW(asio::ip::tcp::acceptor(context_, {asio::ip::address_v4::loopback(), config.listen.port}));
}

TEST_F(BridgeWorkers, ThePortThatTheyShareIsNobodyElses) {
  auto config = config_;
  config.listen.port = workers_->public_port();
  config.admin.port = net::free_port(context_.get_executor());

  Workers second(config, seams());
  EXPECT_FALSE(second.start());
  EXPECT_THAT(text_.str(), HasSubstr("cannot listen on " + authority_ + " (listen)"));
  EXPECT_NO_THROW(asio::ip::tcp::acceptor(context_, {asio::ip::address_v4::loopback(), config.admin.port}));
}

}  // namespace
}  // namespace bridge::app
