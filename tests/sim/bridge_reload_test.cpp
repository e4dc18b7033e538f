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
    config_.call.model.ready_within = 60s;
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
  next.call.model.ready_within = 1s;
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
