#include "tests/sim/bridge_app_fixture.hpp"

#include <string>

namespace bridge::app {
namespace {

/// What becomes of OpenAI's connection while the bridge, whose call is over, closes it.
enum class End {
  answers_the_close,
  resets_at_the_close,
  resets_a_moment_before,
  never_reads,
  closes_as_well
};

class Realtime final : public runtime::net::Service {
 public:
  explicit Realtime(runtime::Clock& clock) : clock_(clock) {}
  boost::asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest&) override {
    runtime::net::HttpResponse response;
    response.status = 101;
    co_return response;
  }
  boost::asio::awaitable<void> serve(runtime::net::HttpRequest,
                                     std::unique_ptr<runtime::net::MessageSocket> socket) override {
    socket_ = std::move(socket);
    ++sessions;
    if (end == End::never_reads) {
      const bool slept = co_await clock_.sleep_until(clock_.now() + 10s);
      if (!slept) co_return;
      const std::string still_there = "{}";
      const auto written = co_await socket_->write(still_there);
      if (written) ++left_open;
      socket_.reset();
      co_return;
    }
    for (;;) {
      auto message = co_await socket_->read();
      if (!message) break;
    }
    if (end == End::resets_at_the_close) socket_->abort();
    if (end != End::closes_as_well) socket_.reset();  // else its close may be on its way yet
  }
  void call_is_over() {
    if (end == End::resets_a_moment_before && socket_) socket_->abort();
  }
  boost::asio::awaitable<void> close() {
    if (end != End::closes_as_well || !socket_) co_return;
    runtime::net::CloseReason reason{1001, "going away"};
    (void)co_await socket_->close(std::move(reason));
  }

  End end = End::answers_the_close;
  int sessions = 0;
  int left_open = 0;  // by a bridge whose goodbye was not answered

 private:
  runtime::Clock& clock_;
  std::unique_ptr<runtime::net::MessageSocket> socket_;
};

class LastWords : public BridgeApp, public testing::WithParamInterface<End> {
 protected:
  LastWords() {
    openai_.end = GetParam();
    config_.call.model.ready_within = 60s;
    runtime::net::Endpoint endpoint;
    endpoint.host = "openai";
    endpoint.port = 80;
    auto listening = fabric_.network("openai").listen(std::move(endpoint), openai_);
    EXPECT_TRUE(listening);
    if (listening) listener_ = std::move(*listening);
  }
  ~LastWords() override {
    boost::asio::co_spawn(loop_.context(), listener_->shut_down(), [](std::exception_ptr) {});
    loop_.run_for(1s);
  }

  void hang_up(Stream& stream) {
    openai_.call_is_over();
    boost::asio::co_spawn(loop_.context(), openai_.close(), [](std::exception_ptr) {});
    runtime::net::CloseReason reason;
    boost::asio::co_spawn(loop_.context(), stream.socket->close(std::move(reason)),
                          [](std::exception_ptr, const runtime::Result<void>&) {});
  }

  Realtime openai_{loop_.clock()};
  std::unique_ptr<runtime::net::Listener> listener_;
};

/// A call whose connection to OpenAI died while its close was waited for once took the process with it.
TEST_P(LastWords, ACallThatIsOverEndsOnceHoweverItsSessionEnds) {
  Stream& stream = open(incoming());
  ASSERT_TRUE(loop_.run_until([&] { return openai_.sessions == 1; }, 5s));
  loop_.run_for(500ms);

  hang_up(stream);
  loop_.run_for(20s);

  EXPECT_EQ(openai_.left_open, 0);
  EXPECT_EQ(count("voicebridge_calls_active"), 0);
  EXPECT_EQ(count("voicebridge_calls_ended_total{call_direction=\"inbound\",outcome=\"completed\"}") +
                count("voicebridge_calls_ended_total{call_direction=\"inbound\",outcome=\"failed\"}"),
            1);
  const auto next = incoming(kSecondSid);
  Stream& second = open(next, kSecondSid);
  EXPECT_TRUE(loop_.run_until([&] { return openai_.sessions == 2; }, 5s));  // and the process serves on
  hang_up(second);
  loop_.run_for(20s);
}

std::string name_of(const testing::TestParamInfo<End>& each) {
  switch (each.param) {
    case End::answers_the_close:
      return "AnswersTheClose";
    case End::resets_at_the_close:
      return "ResetsAtTheClose";
    case End::resets_a_moment_before:
      return "ResetsAMomentBefore";
    case End::never_reads:
      return "NeverReads";
    case End::closes_as_well:
      return "ClosesAsWell";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Each, LastWords,
                         testing::Values(End::answers_the_close, End::resets_at_the_close,
                                         End::resets_a_moment_before, End::never_reads, End::closes_as_well),
                         name_of);

}  // namespace
}  // namespace bridge::app
