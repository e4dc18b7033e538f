#pragma once
#include "simulators/openai/fake_openai.hpp"

#include "runtime/audio/synth.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/net/frame_control.hpp"
#include "runtime/sim/network.hpp"
#include "simulators/openai/json.hpp"
#include "tests/sim/sim_test.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace simulators::openai {
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace net = runtime::net;
using testing::ElementsAre;

class FakeOpenAiOnTheNetwork : public runtime::sim::SimTest {
 protected:
  struct Heard {
    runtime::Duration at;
    std::string type;
    Json event;
  };

  void start(Options options = {}) {
    runtime::sim::FabricOptions fabric;
    fabric.default_link.latency = 10ms;
    fabric.level = level_;
    fabric_.emplace(loop_, random_, fabric);
    fake_ = std::make_unique<FakeOpenAi>(loop_.context().get_executor(), clock(), random_,
                                         runtime::silent_wire_log(), book_, std::move(options));
    net::Endpoint endpoint;
    endpoint.host = "openai";
    endpoint.port = 443;
    auto listener = fabric_->network("openai").listen(std::move(endpoint), *fake_);
    ASSERT_TRUE(listener) << listener.error().message();
    listener_ = std::move(*listener);
  }
  /// The server ends first: the client's read then ends by itself, and its socket may go.
  void TearDown() override {
    spawn(end_all());
    loop_.run();
    socket_.reset();
  }
  asio::awaitable<void> end_all() { co_await listener_->shut_down(); }

  asio::awaitable<void> dial(std::string target, net::Headers headers = bearer("sk-test"),
                             std::vector<std::string> protocols = {}) {
    net::WebSocketRequest request;
    request.url = *net::parse_url("ws://openai:443" + target);
    request.headers = std::move(headers);
    request.subprotocols = std::move(protocols);
    auto dialling = fabric_->network("bridge").connect(std::move(request));
    dialled_ = co_await std::move(dialling);
    socket_ = std::move(dialled_.socket);
  }
  static net::Headers bearer(const std::string& key) {
    net::Headers headers;
    headers.add("Authorization", "Bearer " + key);
    return headers;
  }
  /// Says `messages`, then listens until the connection ends.
  asio::awaitable<void> talk(std::string target, std::vector<std::string> messages,
                             net::Headers headers = bearer("sk-test")) {
    co_await dial(std::move(target), std::move(headers));
    if (!socket_) co_return;
    if (withholds_pongs_) net::frames_of(*socket_)->withhold_pongs();
    for (const std::string& message : messages) {
      const auto sent = co_await socket_->write(message);
      EXPECT_TRUE(sent);
    }
    while (true) {
      const auto message = co_await socket_->read();
      if (!message) break;
      Heard heard{since_start(), "", Json::parse(message->payload, nullptr, false)};
      heard.type = heard.event.is_discarded() ? "not json" : heard.event["type"].get<std::string>();
      heard_.push_back(std::move(heard));
    }
    closed_with_ = socket_->peer_close();
  }
  asio::awaitable<void> hang_up(net::CloseReason reason) {
    static_cast<void>(co_await socket_->close(std::move(reason)));
  }

  std::string audio() const {
    std::string mulaw;
    for (const Heard& heard : heard_) {
      if (heard.type != "response.output_audio.delta") continue;
      mulaw += *runtime::base64_decode(heard.event["delta"].get<std::string>());
    }
    return mulaw;
  }
  bool has(std::string_view type) const {
    return std::any_of(heard_.begin(), heard_.end(), [&](const Heard& heard) { return heard.type == type; });
  }
  /// Runs long enough for everything in a test, then drops the line, so that no session runs to its expiry.
  void run(runtime::Duration span = 20s) { loop_.run_for(span); }

  runtime::sim::Level level_ = runtime::sim::Level::message;
  bool withholds_pongs_ = false;  // the client; at byte level
  runtime::SeededRandom random_{7};
  metrics::Book book_;
  std::optional<runtime::sim::Fabric> fabric_;
  std::unique_ptr<FakeOpenAi> fake_;
  std::unique_ptr<net::Listener> listener_;
  net::Dialled dialled_;
  std::unique_ptr<net::MessageSocket> socket_;
  std::vector<Heard> heard_;
  std::optional<net::CloseReason> closed_with_;
};

inline const std::string kVoice = "/v1/realtime?model=gpt-realtime";
inline const std::string kPhone =
    R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":)"
    R"({"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}})";
inline const std::string kCreate = R"({"type":"response.create"})";

inline Script greeting(runtime::Duration length) {
  Script script;
  Rule& rule = script.rules.emplace_back();
  rule.when.kind = When::Kind::greeting;
  rule.as = "hello";
  Speech speech;
  speech.mulaw = runtime::audio::speech_like(1, std::chrono::duration_cast<runtime::Samples8k>(length)).mulaw;
  speech.transcript = "Hello.";
  rule.reply.outputs.emplace_back(std::move(speech));
  return script;
}

}  // namespace simulators::openai
