// Two bridges with one secret behind a balancer: a call's stream runs at one, Twilio's callback comes to the
// other.
#include "tests/sim/bridge_app_fixture.hpp"
#include "tests/support/hesitant_network.hpp"

#include <memory>

namespace bridge::app {
namespace {

using testing::HasSubstr;

/// The fixture's bridge, which answers the webhooks, and a second one at bridge2:80. OpenAI never answers.
class Replicas : public BridgeApp {
 protected:
  Replicas() {
    config_.replica = {"bridge-1", false};
    config_.stream_token.secret = "the-secret-of-both-bridges";
    config_.call.model.limits.connect = 60s;
    config_.call.model.ready_within = 60s;
    fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
    auto config = config_;
    config.listen.host = config.admin.host = "bridge2";
    config.replica.name = "bridge-2";
    second_.emplace(Environment{loop_.context().get_executor(), loop_.clock(), ticker_,
                                fabric_.network("bridge2"), random_, second_book_, *log_},
                    config);
    EXPECT_TRUE(second_->start());
    boost::asio::co_spawn(loop_.context(), second_->run(),
                          [this](std::exception_ptr, bool) { ended_ = true; });
  }
  ~Replicas() override {
    second_->drain();
    EXPECT_TRUE(loop_.run_until([&] { return ended_; }, 60s));
  }

  /// The first bridge answers a call.
  void answer() {
    callback_ = stream_callback();
    at_first_ = at_second_ = document_;
    at_second_.url = "ws://bridge2/ws/twilio-media";
  }
  void twilio_says(const std::string& event) {
    webhook(callback_, {{"CallSid", kSid}, {"StreamEvent", event}, {"StreamSid", "MZ1"}});
  }
  bool stays(const Stream& stream) {
    loop_.run_for(2s);
    return stream.status == 101 && !stream.closed;
  }
  std::string state() { return nlohmann::json::parse(api("GET", path()).body)["state"]; }
  static std::string path() { return std::string("/calls/") + kSid; }

  metrics::Book second_book_;
  std::optional<SoloBridge> second_;
  bool ended_ = false;
  std::string callback_;
  Document at_first_, at_second_;
};

TEST_F(Replicas, TheOneThatTwilioTellsOfAStreamRefusesItsTokenWhenItComesThere) {
  answer();
  const Stream& genuine = open(at_second_);
  EXPECT_TRUE(stays(genuine));
  twilio_says("stream-started");
  const Stream& replayed = open(at_first_);

  EXPECT_FALSE(stays(replayed));
  EXPECT_EQ(replayed.closed->code, 1008);
  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"replayed\"}"), 1);
  EXPECT_TRUE(stays(genuine));
}

/// Replicas share nothing: what stands against a replay there is the signature, the token's CallSid and its
/// end (docs/configuration.md, "Replicas").
TEST_F(Replicas, TheOneThatHasHeardOfNoStreamTakesItsTokenUntilThatHasExpired) {
  answer();
  const Stream& genuine = open(at_second_);
  EXPECT_TRUE(stays(genuine));
  const Stream& replayed = open(at_first_);
  EXPECT_TRUE(stays(replayed));
  auto of_another_call = at_first_;
  of_another_call.parameters["CallSid"] = kSecondSid;
  const Stream& borrowed = open(of_another_call, kSecondSid);
  EXPECT_FALSE(stays(borrowed));
  loop_.run_for(config_.stream_token.valid_for);
  const Stream& expired = open(at_first_);
  EXPECT_FALSE(stays(expired));

  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"bad_token\"}"), 2);
  EXPECT_EQ(expired.closed->code, 1008);
}

TEST_F(Replicas, TheOneThatHasTheStreamKeepsItWhenTwilioTellsOfIt) {
  answer();
  const Stream& genuine = open(at_first_);
  EXPECT_TRUE(loop_.run_until([&] { return genuine.status == 101; }, 1s));  // its `start` is on its way
  twilio_says("stream-started");

  EXPECT_TRUE(stays(genuine));
  EXPECT_EQ(state(), "streaming");
}

TEST_F(Replicas, TheOneThatHasTheStreamKeepsItAlsoWhenTwilioTellsOfItBeforeItIsServed) {
  in_front_ = std::make_unique<support::HesitantNetwork>(fabric_.network("bridge"), loop_.clock(), 100ms);
  answer();
  const Stream& genuine = open(at_first_);
  EXPECT_TRUE(loop_.run_until([&] { return genuine.status == 101; }, 1s));
  twilio_says("stream-started");

  EXPECT_TRUE(stays(genuine));
  EXPECT_EQ(state(), "streaming");
}

TEST_F(Replicas, TheOneThatDoesNotHaveTheStreamSaysSoAndCannotEndItWithoutAnAccount) {
  config_.twilio.account_sid.clear();
  answer();
  const Stream& genuine = open(at_second_);
  twilio_says("stream-started");

  EXPECT_EQ(state(), "elsewhere");
  const auto refused = api("DELETE", path());
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("another replica runs its stream"));
  EXPECT_TRUE(stays(genuine));
  twilio_says("stream-stopped");
  EXPECT_EQ(api("DELETE", path()).status, 202);  // it may come back here
}

TEST_F(Replicas, TheOneThatCannotEndAStreamWhichMayBeElsewhereSaysSo) {
  config_.twilio.account_sid.clear();
  answer();
  const auto asked = api("DELETE", path());
  EXPECT_EQ(asked.status, 202);
  EXPECT_THAT(asked.body, HasSubstr("ask the others as well"));
}

TEST_F(Replicas, TheOneThatHearsNothingMoreOfACallListsItAsSuchAndDoesNotSayThatItIsOver) {
  config_.twilio.account_sid.clear();
  answer();
  loop_.run_for(4min);

  EXPECT_EQ(state(), "unheard");
  EXPECT_EQ(count("voicebridge_calls_unfollowed_total{reason=\"unheard\"}"), 1);
  EXPECT_THAT(text_.str(), HasSubstr(std::string(kSid) + " is let go of"));
  const auto refused = api("DELETE", path());
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("another replica may run its stream"));
}

TEST_F(Replicas, TheOneThatPlacedACallEndsItThroughTwilioWhereverItsStreamIs) {
  TwilioApi api_;
  runtime::net::Endpoint endpoint;
  endpoint.host = "api";
  endpoint.port = 80;
  auto listening = fabric_.network("api").listen(std::move(endpoint), api_);
  ASSERT_TRUE(listening);
  answer();
  twilio_says("stream-started");
  api_.status = 200;

  EXPECT_EQ(api("DELETE", path()).status, 202);
  EXPECT_THAT(api_.target, HasSubstr(kSid));
  EXPECT_EQ(runtime::net::field(api_.form, "Status"), "completed");
  boost::asio::co_spawn(loop_.context(), (*listening)->shut_down(), [](std::exception_ptr) {});
  loop_.run_for(1s);
}

}  // namespace
}  // namespace bridge::app
