#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A bridge whose first call never gets a session, so that it stays.
class BridgeReload : public BridgeApp {
 protected:
  BridgeReload() {
    config_.call.model.limits.connect = 60s;
    fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
  }
  double successful() { return count("voicebridge_config_last_reload_successful"); }
  double restart_needed(const std::string& key) {
    return count("voicebridge_config_restart_needed{key=\"" + key + "\"}");
  }
  double read_at() { return count("voicebridge_config_last_reload_success_timestamp_seconds"); }
};

TEST_F(BridgeReload, NewCallsGetTheNewConfigurationAndRunningOnesKeepTheirs) {
  open(incoming());
  loop_.run_for(1s);
  const double before = read_at();
  auto next = config_;
  next.call.agent = "after-reload";
  next.call.model.limits.connect = 1s;
  next.call.model.retry.pace.budget = 1s;
  next.limits.calls = 7;
  bridge().reload(next);
  const Stream& second = open(incoming(kSecondSid), kSecondSid);
  loop_.run_for(5s);

  EXPECT_THAT(text_.str(), HasSubstr("configuration reloaded: the 1 running calls keep theirs"));
  EXPECT_THAT(text_.str(), HasSubstr("started agent=after-reload"));
  EXPECT_FALSE(streams_.front().closed) << "the first call waits for its session as it was told to";
  EXPECT_TRUE(second.closed) << "the second waits no longer than the new configuration says";
  EXPECT_EQ(count("voicebridge_calls_limit"), 7);
  EXPECT_EQ(successful(), 1);
  EXPECT_NEAR(read_at() - before, 1, 0.1);
}

TEST_F(BridgeReload, ARunningCallGoesOnAfterItsStreamAsItWasConfiguredWhenTheStreamBegan) {
  config_.twiml.after_stream = "<Dial>+14155550001</Dial>";
  config_.call.model.tools.transfer.emplace();
  config_.call.model.tools.transfer->if_not_answered = "<Say>Old</Say>";
  const auto running = incoming();
  open(running);
  loop_.run_for(1s);
  auto next = config_;
  next.twiml.after_stream = "<Dial>+14155550002</Dial>";
  next.call.model.tools.transfer->if_not_answered = "<Say>New</Say>";
  bridge().reload(next);
  const auto after_stream = [&](const Document& document, const char* sid) {
    return webhook(document.redirect, {{"CallSid", sid}}).body;
  };
  const auto not_answered = [&](const char* sid) {
    return webhook("http://bridge/webhook/transfer_ended",
                   {{"CallSid", sid}, {"To", "+1800"}, {"DialCallStatus", "no-answer"}})
        .body;
  };
  EXPECT_THAT(after_stream(running, kSid), HasSubstr("+14155550001"));
  EXPECT_THAT(not_answered(kSid), HasSubstr("Old"));

  const auto second = incoming(kSecondSid);
  open(second, kSecondSid);
  loop_.run_for(1s);
  EXPECT_THAT(after_stream(second, kSecondSid), HasSubstr("+14155550002"));
  EXPECT_THAT(not_answered(kSecondSid), HasSubstr("New"));
}

TEST_F(BridgeReload, WhatCannotChangeWhileRunningIsKeptAndSaid) {
  bridge();
  auto next = config_;
  next.listen.port = 81;
  next.stream_token.secret = "another-secret-0123456789";
  bridge().reload(next);

  EXPECT_THAT(text_.str(), HasSubstr("but for `listen.port`: it is kept until a restart"));
  EXPECT_THAT(text_.str(), HasSubstr("but for `stream_token.secret`"));
  EXPECT_THAT(text_.str(), Not(HasSubstr("another-secret")));
  EXPECT_EQ(restart_needed("listen.port"), 1);
  EXPECT_EQ(restart_needed("stream_token.secret"), 1);
  bridge().reload(config_);
  EXPECT_EQ(restart_needed("listen.port"), 0) << "the file says again what runs";
  open(incoming());
  loop_.run_for(100ms);
  EXPECT_THAT(text_.str(), HasSubstr("started agent="));
}

TEST_F(BridgeReload, ABrokenOneKeepsTheOldAndSaysWhy) {
  bridge();
  ConfigErrors errors;
  errors.problems = {
      "bridge.yaml:4:3: unknown key `agent.voce`\n      voce: cedar\n      ^",
      "bridge.yaml:9:9: `drain.grace` is `5`\n    drain: {grace: 5}\n            ^\n    expected a "
      "duration"};
  bridge().reload(errors);

  EXPECT_EQ(successful(), 0);
  EXPECT_THAT(text_.str(), HasSubstr("bridge.yaml:4:3: unknown key `agent.voce`\n"));
  EXPECT_THAT(text_.str(), HasSubstr("bridge.yaml:9:9: `drain.grace` is `5`; expected a duration\n"));
  EXPECT_THAT(text_.str(), HasSubstr("configuration not reloaded, 2 errors: the running one is kept"));
  open(incoming());
  loop_.run_for(100ms);
  EXPECT_THAT(text_.str(), HasSubstr("started agent=default"));
  bridge().reload(config_);
  EXPECT_EQ(successful(), 1);
}

}  // namespace
}  // namespace bridge::app
