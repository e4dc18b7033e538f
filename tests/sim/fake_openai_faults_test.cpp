// Named faults that only a connection can show.
#include "tests/sim/fake_openai_test.hpp"

namespace simulators::openai {
namespace {

Options with_fault(std::string_view name, std::optional<runtime::Duration> at = {}) {
  Options options;
  options.script = greeting(3s);
  Fault fault;
  fault.what = find_fault(name);
  fault.at = at;
  options.behaviour.faults.push_back(fault);
  return options;
}

TEST_F(FakeOpenAiOnTheNetwork, ASlowHandshakeIsAnsweredLate) {
  start(with_fault("slow_handshake"));

  spawn(talk(kVoice, {}));
  run();

  ASSERT_FALSE(heard_.empty());
  EXPECT_GE(heard_.front().at, 3s);
  EXPECT_LT(heard_.front().at, 3200ms);
}

TEST_F(FakeOpenAiOnTheNetwork, AFaultOfTheHandshakeRefuses) {
  start(with_fault("model_not_found"));

  spawn(talk(kVoice, {}));
  run();

  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].event["error"]["code"], "model_not_found");
  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, 4004);
}

TEST_F(FakeOpenAiOnTheNetwork, AHalfOpenConnectionStaysAndSaysNothing) {
  start(with_fault("half_open", 600ms));

  spawn(talk(kVoice, {kPhone, kCreate}));
  run(20s);

  ASSERT_FALSE(heard_.empty());
  EXPECT_LT(heard_.back().at, 700ms);
  EXPECT_FALSE(closed_with_) << "nobody was told";
}

TEST_F(FakeOpenAiOnTheNetwork, AServerThatStopsReadingGoesOnSpeaking) {
  start(with_fault("stop_reading", 1ms));

  spawn(talk(kVoice, {kPhone, kCreate, kCreate}));
  run(20s);

  EXPECT_TRUE(has("session.created"));
  EXPECT_LT(fake_->sessions().at(0).client_events.size(), 3U);
}

}  // namespace
}  // namespace simulators::openai
