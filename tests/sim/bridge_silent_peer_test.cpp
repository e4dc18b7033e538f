#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

/// An OpenAI that takes the connection and never says a word. One that reads still answers pings.
class Silent final : public runtime::net::Service {
 public:
  Silent(runtime::Clock& clock, bool reads) : clock_(clock), reads_(reads) {}
  boost::asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest&) override {
    runtime::net::HttpResponse response;
    response.status = 101;
    co_return response;
  }
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override {
    ++sessions;
    if (!reads_) {
      const bool slept = co_await clock_.sleep_until(clock_.now() + 10min);
      if (!slept) co_return;
    }
    for (;;) {
      auto message = co_await socket->read();
      if (!message) break;
    }
  }

  int sessions = 0;

 private:
  runtime::Clock& clock_;
  const bool reads_;
};

class SilentPeer : public BridgeApp, public testing::WithParamInterface<bool> {
 protected:
  SilentPeer() {
    config_.call.model.ready_within = 120s;
    config_.call.model.retry.pace.budget = 60s;
    runtime::net::Endpoint endpoint;
    endpoint.host = "openai";
    endpoint.port = 80;
    auto listening = fabric_.network("openai").listen(std::move(endpoint), openai_);
    EXPECT_TRUE(listening);
    if (listening) listener_ = std::move(*listening);
  }
  ~SilentPeer() override {
    boost::asio::co_spawn(loop_.context(), listener_->shut_down(), [](std::exception_ptr) {});
    loop_.run_for(1s);
  }

  Silent openai_{loop_.clock(), GetParam()};
  std::unique_ptr<runtime::net::Listener> listener_;
};

TEST_P(SilentPeer, IsDialledAgainUnlessItAnswersPings) {
  open(incoming());
  loop_.run_for(15s);
  EXPECT_EQ(openai_.sessions, 1);
  loop_.run_for(5s);

  EXPECT_EQ(openai_.sessions, GetParam() ? 1 : 2);
}

TEST_P(SilentPeer, IsWaitedForWithoutPings) {
  config_.call.model.ping_interval = 0s;
  open(incoming());
  loop_.run_for(70s);

  EXPECT_EQ(openai_.sessions, 1);
}

INSTANTIATE_TEST_SUITE_P(Reads, SilentPeer, testing::Bool());

}  // namespace
}  // namespace bridge::app
