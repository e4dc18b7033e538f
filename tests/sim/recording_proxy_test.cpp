#include "scenarios/recording/proxy.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/sim/network.hpp"
#include "scenarios/engine/journal.hpp"
#include "scenarios/recording/recording.hpp"
#include "tests/sim/sim_test.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace scenarios::recording {
namespace asio = boost::asio;
namespace net = runtime::net;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

/// A server as short as a test: keeps what it hears, answers each message with `answer`, and closes with
/// `closes` once it has heard `closes_after` of them.
class Party final : public net::Service {
 public:
  asio::awaitable<net::HttpResponse> respond(const net::HttpRequest& request) override {
    asked.push_back(request);
    net::HttpResponse response;
    response.status = status;
    response.body = request.upgrade ? "" : "<Response/>";
    co_return response;
  }
  asio::awaitable<void> serve(net::HttpRequest, std::unique_ptr<net::MessageSocket> socket) override {
    for (;;) {
      const auto message = co_await socket->read();
      if (!message) break;
      heard.emplace_back(message->payload);
      if (!answer.empty()) (void)co_await socket->write(answer);
      if (heard.size() == closes_after) {
        net::CloseReason reason{closes, "enough"};
        (void)co_await socket->close(std::move(reason));
      }
    }
    closed = socket->peer_close();
  }

  int status = 101;
  std::string answer;
  std::size_t closes_after = 0;
  std::uint16_t closes = 1000;
  std::vector<net::HttpRequest> asked;
  std::vector<std::string> heard;
  std::optional<net::CloseReason> closed;
};

const std::string kStart = R"({"event":"start","start":{"callSid":"CA1"}})";
const std::string kMedia =
    R"({"event":"media","media":{"payload":")" + runtime::base64_encode(std::string(160, '\x10')) + R"("}})";
const std::string kStop = R"({"event":"stop"})";

class RecordingProxy : public runtime::sim::SimTest {
 protected:
  RecordingProxy() {
    journal_.begin(loop_.now());
    listen("bridge", 8080, bridge_);
    listen("openai", 443, openai_);
    listen("proxy", 5000, proxy_.for_twilio());
    listen("proxy", 5001, proxy_.for_bridge());
  }
  ~RecordingProxy() override {
    spawn(end());
    loop_.run();
  }

  void listen(const std::string& host, std::uint16_t port, net::Service& service) {
    net::Endpoint endpoint;
    endpoint.host = host;
    endpoint.port = port;
    listeners_.push_back(std::move(fabric_.network(host).listen(endpoint, service).value()));
  }
  asio::awaitable<void> end() {
    co_await proxy_.end();
    for (auto& listener : listeners_) co_await listener->shut_down();
  }

  struct Client {
    net::Dialled dialled;
    std::vector<std::string> heard;
    std::optional<net::CloseReason> closed;
  };
  /// Says `messages`, closes with `code` (0: not), and listens to the end.
  asio::awaitable<void> talk(std::string url, std::vector<std::string> messages, std::uint16_t code,
                             Client& client) {
    net::WebSocketRequest request;
    request.url = *net::parse_url(url);
    request.headers.add("Authorization", "Bearer sk-the-secret-key");
    auto dialling = fabric_.network("client").connect(std::move(request));
    client.dialled = co_await std::move(dialling);
    if (!client.dialled) co_return;
    auto& socket = *client.dialled.socket;
    for (const auto& message : messages) (void)co_await socket.write(message);
    if (code != 0) spawn(close_later(socket, code));
    for (;;) {
      const auto message = co_await socket.read();
      if (!message) break;
      client.heard.emplace_back(message->payload);
    }
    client.closed = socket.peer_close();
  }

  /// While the other reads: who has closed hears nothing more.
  asio::awaitable<void> close_later(net::MessageSocket& socket, std::uint16_t code) {
    (void)co_await clock().sleep_until(clock().now() + 1s);
    net::CloseReason reason{code, "bye"};
    (void)co_await socket.close(std::move(reason));
  }

  static runtime::sim::FabricOptions options() {
    runtime::sim::FabricOptions options;
    options.default_link.latency = 10ms;
    return options;
  }

  runtime::SeededRandom random_{3};
  runtime::sim::Fabric fabric_{loop_, random_, options()};
  engine::Journal journal_;
  Party bridge_, openai_;
  Proxy proxy_{loop_.context().get_executor(),
               loop_.clock(),
               fabric_.network("proxy"),
               journal_,
               {*net::parse_url("http://bridge:8080"), *net::parse_url("ws://openai:443")}};
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  Client twilio_, second_, to_openai_;  // of each coroutine, which may outlive a test's body
};

TEST_F(RecordingProxy, MessagesAndCloseCodesPassBothWays) {
  bridge_.answer = R"({"event":"mark"})";

  spawn(talk("ws://proxy:5000/ws/media?token=hidden", {kStart, kMedia, kStop}, 4001, twilio_));
  loop_.run_for(5s);

  EXPECT_THAT(bridge_.heard, ElementsAre(kStart, kMedia, kStop));
  EXPECT_EQ(twilio_.heard.size(), 3U);
  ASSERT_TRUE(bridge_.closed);
  EXPECT_EQ(bridge_.closed->code, 4001);
  EXPECT_EQ(bridge_.asked.at(0).target, "/ws/media?token=hidden");
  EXPECT_TRUE(proxy_.call_ended().is_set());
}

TEST_F(RecordingProxy, TheServersCloseCodeReachesWhoDialled) {
  openai_.closes_after = 1;
  openai_.closes = 4008;

  spawn(talk("ws://proxy:5001/v1/realtime?model=m", {R"({"type":"session.update"})"}, 0, to_openai_));
  loop_.run_for(5s);

  ASSERT_TRUE(to_openai_.closed);
  EXPECT_EQ(to_openai_.closed->code, 4008);
  EXPECT_EQ(to_openai_.closed->text, "enough");
}

TEST_F(RecordingProxy, KeysAndQueriesPassAndAreNotWrittenDown) {
  spawn(talk("ws://proxy:5000/ws/media?token=hidden", {kStart, kMedia, kStop}, 1000, twilio_));
  spawn(talk("ws://proxy:5001/v1/realtime?model=m", {R"({"type":"session.update"})"}, 1000, to_openai_));
  loop_.run_for(5s);

  EXPECT_EQ(openai_.asked.at(0).headers.get("Authorization"), "Bearer sk-the-secret-key");
  EXPECT_EQ(openai_.asked.at(0).target, "/v1/realtime?model=m");
  const auto wires = journal_.text();
  EXPECT_THAT(wires, Not(HasSubstr("secret")));
  EXPECT_THAT(wires, Not(HasSubstr("hidden")));
  const auto read = read_recording(wires, 1);
  ASSERT_TRUE(std::holds_alternative<Recording>(read)) << std::get<std::string>(read);
  EXPECT_EQ(std::get<Recording>(read).caller_frames, 1U);
  EXPECT_EQ(std::get<Recording>(read).end, Recording::End::caller);
}

TEST_F(RecordingProxy, ARefusalIsPassedOn) {
  openai_.status = 401;

  spawn(talk("ws://proxy:5001/v1/realtime", {}, 0, to_openai_));
  loop_.run_for(5s);

  EXPECT_FALSE(to_openai_.dialled);
  EXPECT_EQ(to_openai_.dialled.http_status, 401);
  EXPECT_THAT(journal_.text(), HasSubstr(R"("refused":401)"));
}

TEST_F(RecordingProxy, ASecondCallIsRefused) {
  spawn(talk("ws://proxy:5000/ws/media", {kStart}, 0, twilio_));
  loop_.run_for(500ms);
  spawn(talk("ws://proxy:5000/ws/media", {kStart}, 0, second_));
  loop_.run_for(2s);

  EXPECT_EQ(second_.dialled.http_status, 503);
  EXPECT_EQ(bridge_.asked.size(), 1U);
}

TEST_F(RecordingProxy, ItsEndIsToldToBothSides) {
  spawn(talk("ws://proxy:5000/ws/media", {kStart}, 0, twilio_));
  loop_.run_for(3s);
  spawn(proxy_.end());
  loop_.run_for(5s);

  ASSERT_TRUE(twilio_.closed);
  ASSERT_TRUE(bridge_.closed);
  EXPECT_EQ(twilio_.closed->code, 1001);
  EXPECT_EQ(bridge_.closed->code, 1001);
}

TEST_F(RecordingProxy, CallbacksPassToTheBridge) {
  std::optional<net::Fetched> answer;
  const auto ask = [&]() -> asio::awaitable<void> {
    net::HttpRequest request;
    request.method = "POST";
    request.body = "CallStatus=completed&From=%2B14155550177&CallToken=hidden";
    auto fetching =
        fabric_.network("client").fetch(*net::parse_url("http://proxy:5000/status?x=1"), request, 5s);
    answer = co_await std::move(fetching);
  };
  bridge_.status = 200;

  spawn(ask());
  loop_.run_for(5s);

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->response.body, "<Response/>");
  EXPECT_EQ(bridge_.asked.at(0).target, "/status?x=1");
  EXPECT_THAT(journal_.text(), HasSubstr("+14155550177"));
  EXPECT_THAT(journal_.text(), Not(HasSubstr("hidden")));
}

}  // namespace
}  // namespace scenarios::recording
