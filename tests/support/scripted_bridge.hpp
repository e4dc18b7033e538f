#pragma once
#include "runtime/audio/synth.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/sim/network.hpp"
#include "simulators/twilio/fake_twilio.hpp"

#include <gtest/gtest.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// A bridge as short as a test: answers webhooks with what `webhook` returns, and its streams do what
/// `on_message` says. `out` holds what is to be sent at once.
class ScriptedBridge final : public runtime::net::Service {
 public:
  struct Stream {
    std::string sid;
    std::vector<nlohmann::json> received;
    std::vector<std::string> out;
    bool close = false;
    bool drop = false;  // cuts the connection

    void media(std::string_view mulaw) {
      out.push_back(R"({"event":"media","streamSid":")" + sid + R"(","media":{"payload":")" +
                    runtime::base64_encode(mulaw) + R"("}})");
    }
    void mark(std::string_view name) {
      out.push_back(R"({"event":"mark","streamSid":")" + sid + R"(","mark":{"name":")" + std::string(name) +
                    R"("}})");
    }
    void clear() { out.push_back(R"({"event":"clear","streamSid":")" + sid + R"("})"); }
  };

  std::function<std::string(const runtime::net::HttpRequest&)> webhook;
  /// The same for whole answers; asked first where it is set.
  std::function<runtime::net::HttpResponse(const runtime::net::HttpRequest&)> answer;
  std::function<void(Stream&, const nlohmann::json&)> on_message = [](Stream&, const nlohmann::json&) {};
  int upgrade_status = 101;
  std::vector<runtime::net::HttpRequest> requests;
  std::vector<std::unique_ptr<Stream>> streams;

  boost::asio::awaitable<runtime::net::HttpResponse> respond(
      const runtime::net::HttpRequest& request) override {
    requests.push_back(request);
    if (request.upgrade) {
      co_return runtime::net::make_response(upgrade_status, "text/plain", upgrade_status == 101 ? "" : "no");
    }
    if (answer) co_return answer(request);
    co_return runtime::net::make_response(200, "text/xml", webhook(request));
  }

  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override {
    Stream& stream = *streams.emplace_back(std::make_unique<Stream>());
    while (true) {
      const auto message = co_await socket->read();
      if (!message) co_return;
      auto json = nlohmann::json::parse(message->payload);
      if (json["event"] == "start") stream.sid = json["streamSid"];
      on_message(stream, json);
      stream.received.push_back(std::move(json));
      const auto batch = std::exchange(stream.out, {});
      for (const std::string& text : batch) {
        const auto written = co_await socket->write(text);
        if (!written) co_return;
      }
      if (stream.drop) {
        socket->abort();
        co_return;
      }
      if (stream.close) {
        runtime::net::CloseReason reason;
        (void)co_await socket->close(std::move(reason));
        co_return;
      }
    }
  }
};

struct World {
  runtime::sim::Level level = runtime::sim::Level::message;
  std::uint64_t seed = 7;
  runtime::WireLog* wire_log = nullptr;
  simulators::twilio::Observer* observer = nullptr;
  simulators::twilio::Settings settings = {};
};

/// One fake Twilio and one scripted bridge, in virtual time.
class FakeTwilioTest : public testing::Test {
 public:
  explicit FakeTwilioTest(World world = {})
      : random_(world.seed),
        fabric_(loop_, random_, options(world.level)),
        ticker_(loop_.context().get_executor(), loop_.clock(), std::chrono::milliseconds(20)),
        twilio_({loop_.context().get_executor(), loop_.clock(), ticker_, fabric_.network("twilio"), random_,
                 world.wire_log != nullptr ? *world.wire_log : runtime::silent_wire_log(), book_},
                world.settings, world.observer) {
    runtime::net::Endpoint endpoint;
    endpoint.host = "bridge.test";
    endpoint.port = 80;
    listener_ = std::move(fabric_.network("bridge").listen(endpoint, bridge_).value());
    endpoint.host = "api.test";
    rest_ = std::move(fabric_.network("twilio").listen(endpoint, twilio_.rest()).value());
    plan_.voice_url = "http://bridge.test/voice";
  }
  ~FakeTwilioTest() override {
    boost::asio::co_spawn(loop_.context(), end(), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    loop_.run();
  }

  const simulators::twilio::CallFacts& call() {
    const auto& facts = twilio_.place(plan_);
    EXPECT_TRUE(loop_.run_until([&] { return facts.ended_at && twilio_.active_calls() == 0; },
                                std::chrono::hours(5)));
    return facts;
  }

 protected:
  static runtime::sim::FabricOptions options(runtime::sim::Level level) {
    runtime::sim::FabricOptions made;
    made.level = level;
    return made;
  }
  boost::asio::awaitable<void> end() {
    co_await twilio_.shut_down();
    co_await rest_->shut_down();
    co_await listener_->shut_down();
    co_await ticker_.stop();
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom random_;
  metrics::Book book_;
  runtime::sim::Fabric fabric_;
  runtime::Ticker ticker_;
  simulators::twilio::FakeTwilio twilio_;
  ScriptedBridge bridge_;
  std::unique_ptr<runtime::net::Listener> listener_;
  std::unique_ptr<runtime::net::Listener> rest_;
  simulators::twilio::CallPlan plan_;
};

}  // namespace tests
