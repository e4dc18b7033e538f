// A call that is over goes on its way: who is asked, in which order, and how long that may take.
#include "bridge/call/call_control.hpp"
#include "bridge/call/dial_gate.hpp"
#include "bridge/call/tool_runner.hpp"
#include "runtime/sim/network.hpp"
#include "tests/support/call_events.hpp"

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>

#include <optional>

namespace bridge::call {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::_;
using testing::Field;
using testing::StrictMock;

class MockControl : public CallControl {
 public:
  MOCK_METHOD(asio::awaitable<Answer>, leave, (std::string, WayOn), (override));
  MOCK_METHOD(void, note, (const std::string&, WayOn), (override));
};

constexpr auto kCall = "CA0123456789abcdef0123456789abcdef";

class LeaveStream : public testing::Test {
 protected:
  LeaveStream() { call_.twilio(support::kStartText); }
  ~LeaveStream() override { loop_.run(); }

  /// Whether Twilio ends the stream, once that is known.
  void leave(bool fault) {
    asio::co_spawn(loop_.context(), leave_stream(around_, call_.machine, fault, loop_.now() + 3s),
                   [this](std::exception_ptr error, bool by_twilio) {
                     EXPECT_FALSE(error);
                     by_twilio_ = by_twilio;
                   });
  }
  /// What Twilio says after so long.
  auto answers(CallControl::Leaves how, runtime::Duration after) {
    return [this, how, after](std::string, WayOn) -> asio::awaitable<CallControl::Answer> {
      (void)co_await loop_.clock().sleep_until(loop_.now() + after);
      CallControl::Answer answer;
      answer.leaves = how;
      co_return answer;
    };
  }

  runtime::sim::Loop loop_;
  runtime::SeededRandom random_{1};
  runtime::sim::Fabric fabric_{loop_, random_, {}};
  runtime::Ticker ticker_{loop_.context().get_executor(), loop_.clock(), 20ms};
  support::CallDriver call_;
  spdlog::logger log_{"", std::make_shared<spdlog::sinks::null_sink_st>()};
  DialGate dials_{0};
  StrictMock<MockControl> control_;
  Surroundings around_{loop_.context().get_executor(),
                       loop_.clock(),
                       ticker_,
                       fabric_.network("bridge"),
                       random_,
                       call_.instruments,
                       dials_,
                       log_,
                       &control_};
  std::optional<bool> by_twilio_;
};

TEST_F(LeaveStream, AsksOnceAndLeavesTheEndToTwilio) {
  EXPECT_CALL(control_, leave(kCall, Field(&WayOn::kind, WayOn::Kind::after_stream)))
      .WillOnce(answers(CallControl::Leaves::by_twilio, 1s));
  leave(false);
  loop_.run();

  EXPECT_EQ(by_twilio_, true);
}

TEST_F(LeaveStream, ClosesWhereTwilioCannotBeAsked) {
  EXPECT_CALL(control_, leave(kCall, _)).WillOnce(answers(CallControl::Leaves::by_closing, 0s));
  leave(false);
  loop_.run();

  EXPECT_EQ(by_twilio_, false);
}

TEST_F(LeaveStream, WaitsNoLongerThanItMay) {
  EXPECT_CALL(control_, leave(kCall, _)).WillOnce(answers(CallControl::Leaves::by_twilio, 1min));
  leave(false);
  loop_.run_for(2999ms);
  EXPECT_FALSE(by_twilio_);
  loop_.run_for(1ms);

  EXPECT_EQ(by_twilio_, false);
}

TEST_F(LeaveStream, AfterAFaultTheWayIsNotedForWhenItIsClosedAndNobodyIsAsked) {
  EXPECT_CALL(control_, note(kCall, _));
  leave(true);
  loop_.run();

  EXPECT_EQ(by_twilio_, false);
}

TEST_F(LeaveStream, ACallThatTwilioHasStoppedNeedsNothing) {
  call_.twilio(R"({"event":"stop","sequenceNumber":"3","streamSid":")" + support::kStream +
               R"(","stop":{"accountSid":"AC0123456789abcdef0123456789abcdef","callSid":")" + kCall +
               R"("}})");
  leave(false);
  loop_.run();

  EXPECT_EQ(by_twilio_, false);
}

}  // namespace
}  // namespace bridge::call
