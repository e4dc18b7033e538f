// Calls that the bridge places: what limits and budgets mean to them, and what the log says of numbers.
#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class Outbound : public BridgeApp {
 protected:
  Outbound() { listener_ = std::move(*fabric_.network("api").listen({"api", 80, std::nullopt, {}}, api_)); }
  ~Outbound() override {
    boost::asio::co_spawn(loop_.context(), listener_->shut_down(), [](std::exception_ptr) {});
    loop_.run_for(1s);
  }
  int place(const std::string& sid) {
    api_.answer = R"({"sid":")" + sid + R"(","status":"queued"})";
    return calls("POST", R"({"to":"+14155551212"})").status;
  }
  /// Somebody picks up.
  Document answered(const std::string& sid, const std::string& query = "?counted=1") {
    return read(webhook("http://bridge/webhook/outbound_call" + query,
                        {{"CallSid", sid}, {"From", "+14150000000"}, {"Direction", "outbound-api"}}));
  }
  double refused(const std::string& reason) {
    return count("voicebridge_calls_refused_total{reason=\"" + reason + "\"}");
  }
  double not_placed(const std::string& reason) {
    return count("voicebridge_placements_refused_total{reason=\"" + reason + "\"}");
  }
  void begin_with_a_budget() {
    config_.limits.daily_tokens = 100;
    bridge();
  }
  void spend() { bridge().commons().day.spend(100, loop_.clock().wall_now()); }

  TwilioApi api_;
  std::unique_ptr<runtime::net::Listener> listener_;
};

TEST_F(Outbound, CallsHaveNoSourceWhoseShareTheyCouldUseUp) {
  config_.limits.calls_per_source = 2;
  for (const char* sid : {"CA1", "CA2", "CA3", "CA4"}) {
    EXPECT_EQ(place(sid), 201);
    EXPECT_FALSE(answered(sid).url.empty()) << sid;
  }
  EXPECT_FALSE(answered("CA5", "").url.empty());  // placed by somebody else, with our webhook
  EXPECT_EQ(refused("source"), 0);
}

TEST_F(Outbound, CallsThatFindNoPlaceAreNotPlaced) {
  config_.limits.calls = 2;
  EXPECT_EQ(place("CA1"), 201);
  api_.status = 400;
  EXPECT_EQ(place("CA2"), 422);
  api_.status = 201;
  EXPECT_EQ(place("CA3"), 201);  // Twilio's refusal gave the place back
  EXPECT_EQ(place("CA4"), 503);
  EXPECT_EQ(refused("limit"), 0) << "its client asks again; no caller is turned away";
  EXPECT_EQ(not_placed("limit"), 1);
  EXPECT_FALSE(answered("CA1").url.empty());
}

TEST_F(Outbound, NobodyIsCalledWhileTheBridgeDrainsThoughCallersAreStillTaken) {
  config_.drain = {10s, 10s};
  bridge().drain();

  EXPECT_EQ(place("CA1"), 503);
  EXPECT_EQ(api_.target, "") << "Twilio was not asked";
  EXPECT_THAT(text_.str(), HasSubstr("POST /calls refused: draining"));
  EXPECT_EQ(not_placed("draining"), 1);
  EXPECT_FALSE(incoming().url.empty());
}

TEST_F(Outbound, ACallThatRingsKeepsADrainingBridgeUntilItIsAnswered) {
  config_.drain = {1s, 60s};
  EXPECT_EQ(place("CA1"), 201);
  bridge().drain();
  loop_.run_for(20s);
  EXPECT_FALSE(clean_.has_value());

  EXPECT_FALSE(answered("CA1").url.empty());
  EXPECT_EQ(refused("draining"), 0);
  loop_.run_for(10s);  // no stream comes
  EXPECT_TRUE(clean_.has_value());
}

TEST_F(Outbound, ACallThatTwilioListensToKeepsADrainingBridgeForAsLongAsThatTakes) {
  config_.drain = {1s, 60s};
  config_.outbound.machine_detection.mode = Config::Outbound::MachineDetection::Mode::enable;
  EXPECT_EQ(place("CA1"), 201);
  webhook("http://bridge/webhook/call_status?counted=1",
          {{"CallSid", "CA1"}, {"CallStatus", "in-progress"}, {"Direction", "outbound-api"}});
  bridge().drain();
  loop_.run_for(34s);
  EXPECT_FALSE(clean_.has_value());

  loop_.run_for(2s);
  EXPECT_TRUE(clean_.has_value()) << "nothing of Twilio's takes longer";
}

TEST_F(Outbound, ACallThatRingsKeepsNoReplicaThatAnotherAnswersFor) {
  config_.drain = {1s, 60s};
  config_.replica.alone = false;
  EXPECT_EQ(place("CA1"), 201);
  bridge().drain();
  loop_.run_for(2s);
  EXPECT_TRUE(clean_.has_value());
}

TEST_F(Outbound, ACallThatNobodyAnswersKeepsADrainingBridgeNoLongerThanTheGrace) {
  config_.drain = {1s, 10s};
  EXPECT_EQ(place("CA1"), 201);
  bridge().drain();
  loop_.run_for(10s);
  EXPECT_FALSE(clean_.has_value());

  loop_.run_for(3s);
  EXPECT_TRUE(clean_.has_value());
  EXPECT_THAT(text_.str(), HasSubstr("calls of ours still ring"));
}

TEST_F(Outbound, ACallThatEndsWithoutAnAnswerLetsADrainingBridgeGo) {
  config_.drain = {1s, 60s};
  EXPECT_EQ(place("CA1"), 201);
  bridge().drain();
  loop_.run_for(5s);
  webhook("http://bridge/webhook/call_status?counted=1",
          {{"CallSid", "CA1"}, {"CallStatus", "busy"}, {"Direction", "outbound-api"}});

  loop_.run_for(1s);
  EXPECT_TRUE(clean_.has_value());
}

TEST_F(Outbound, WhoAnswersBehindTheGraceIsSparedTheAnnouncementAndNotJudged) {
  config_.drain = {1s, 2s};
  config_.call.goodbye = 30s;
  EXPECT_EQ(place("CA1"), 201);
  const Stream& stream = open(incoming());
  loop_.run_for(100ms);
  EXPECT_EQ(stream.status, 101);
  bridge().drain();
  bridge().cut();

  EXPECT_TRUE(answered("CA1").hangs_up);
  webhook("http://bridge/webhook/call_status?counted=1",
          {{"CallSid", "CA1"}, {"CallStatus", "completed"}, {"Direction", "outbound-api"}});
  EXPECT_EQ(refused("draining"), 1);
  EXPECT_EQ(count("voicebridge_call_verdicts_total{verdict=\"stream_never_started\",reason=\"none\"}"), 0);
}

TEST_F(Outbound, ACallThatAnotherReplicaPlacedIsLetInWhateverTheLimits) {
  config_.limits.calls = 1;
  EXPECT_EQ(place("CA1"), 201);

  EXPECT_FALSE(answered("CA2").url.empty());
  EXPECT_TRUE(answered("CA3", "").hangs_up);
}

TEST_F(Outbound, NobodyIsCalledOrAnsweredOnceTheDaysTokensAreSpent) {
  begin_with_a_budget();
  EXPECT_EQ(place("CA1"), 201);
  const auto in_time = incoming(kSid);
  spend();
  const auto placed = calls("POST", R"({"to":"+14155551212"})");
  const auto turned_away = webhook("http://bridge/webhook/incoming_call", {{"CallSid", kSecondSid}});

  EXPECT_EQ(placed.status, 503);
  EXPECT_THAT(placed.body, HasSubstr("budgets.daily_tokens"));
  EXPECT_THAT(turned_away.body, HasSubstr("<Reject"));
  EXPECT_EQ(refused("budget"), 1);
  EXPECT_EQ(count("voicebridge_token_budget_spent_total{budget=\"daily\"}"), 1);
  // Who was let in before is not hung up on now.
  EXPECT_FALSE(answered("CA1").url.empty());
  const Stream& stream = open(in_time);
  loop_.run_for(100ms);
  EXPECT_EQ(stream.status, 101);
}

TEST_F(Outbound, AnAnswerThatNamesNoCallIsToldAsOneThatMayHavePlacedIt) {
  const auto message = [&](int status, const std::string& answer) {
    api_.status = status;
    api_.answer = answer;
    return calls("POST", R"({"to":"+14155551212"})").body;
  };
  constexpr auto kCaveat = "it may have placed the call all the same";
  EXPECT_THAT(message(500, "{}"), HasSubstr(kCaveat));
  EXPECT_THAT(message(201, "{}"), HasSubstr(kCaveat));
  EXPECT_THAT(message(400, R"({"code":21215})"), Not(HasSubstr(kCaveat)));
}

TEST_F(Outbound, TwiliosWordsAreLoggedWithMaskedNumbers) {
  api_.status = 400;
  api_.answer = R"({"code":21215,"message":"not allowed to call +15005550003.","status":400})";
  EXPECT_EQ(calls("POST", R"({"to":"+14155551212"})").status, 422);

  EXPECT_THAT(text_.str(), HasSubstr("code=21215 not allowed to call +1500*****03."));
  EXPECT_THAT(text_.str(), Not(HasSubstr("15005550003")));
}

}  // namespace
}  // namespace bridge::app
