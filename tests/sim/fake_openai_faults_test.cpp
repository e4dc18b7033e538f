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

/// What a client that answers no pings is told, and when.
class FakeOpenAiPongs : public FakeOpenAiOnTheNetwork {
 protected:
  void listen(std::optional<runtime::Duration> pong_within) {
    Options options;
    options.behaviour.open_points.pong_within = pong_within;
    level_ = runtime::sim::Level::byte;
    start(std::move(options));
    spawn(talk(kVoice, {kPhone}));
    run(2min);
  }
};

TEST_F(FakeOpenAiPongs, MayBeMissingByDefault) {
  withholds_pongs_ = true;
  listen(std::nullopt);

  EXPECT_FALSE(fake_->sessions().at(0).ended_at);
}

TEST_F(FakeOpenAiPongs, ThatAreMissingEndTheSessionWhereASettingSaysSo) {
  withholds_pongs_ = true;
  listen(30s);

  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, 1011);
  EXPECT_EQ(closed_with_->text, "keepalive ping timeout");
  const auto lasted = *fake_->sessions().at(0).ended_at - fake_->sessions()[0].handshake.at;
  EXPECT_GE(lasted, 50s) << "the first ping after 20.26 s, and 30 s";
  EXPECT_LT(lasted, 51s);
}

TEST_F(FakeOpenAiPongs, ThatComeEndNothing) {
  listen(100ms);

  EXPECT_FALSE(fake_->sessions().at(0).ended_at);
}

TEST_F(FakeOpenAiOnTheNetwork, MessagesInPiecesAreTheSameMessages) {
  level_ = runtime::sim::Level::byte;
  start(with_fault("fragmented_frames"));

  spawn(talk(kVoice, {kPhone, kCreate}));
  run(5s);

  EXPECT_EQ(audio(), fake_->sessions().at(0).responses.at(0).audio);
  EXPECT_EQ(audio().size(), 24'000U);
}

TEST_F(FakeOpenAiOnTheNetwork, TheFirstDialsAreRefusedAndTheNextIsLetIn) {
  Options options = with_fault("http_503");
  options.behaviour.faults[0].first = 2;
  start(std::move(options));

  for (int i = 0; i < 3; ++i) {
    spawn(talk(kVoice, {kPhone}));
    run(1s);
    EXPECT_EQ(dialled_.http_status, i < 2 ? 503 : 101);
  }
}

TEST_F(FakeOpenAiOnTheNetwork, AConversationGoesOnInASecondSessionThatIsToldIt) {
  Options options = with_fault("session_expired", 1s);
  options.behaviour.faults[0].session = 1;
  options.script.rules[0].reply.pace = Pace{};
  options.script.rules[0].reply.pace->created = {5s, 5s};  // the answer is still due at the end
  start(std::move(options));
  spawn(talk(kVoice, {kPhone, kCreate}));
  run(2s);
  ASSERT_TRUE(closed_with_);
  EXPECT_EQ(closed_with_->code, 1001);

  const std::string item = R"({"type":"conversation.item.create","item":{"type":"message",)";
  spawn(talk(kVoice,
             {kPhone, item + R"("role":"assistant","content":[{"type":"output_text","text":"Hello."}]}})",
              item + R"("role":"user","content":[{"type":"input_text","text":"Hi."}]}})", kCreate}));
  run(15s);

  const SessionFacts& second = fake_->sessions().at(1);
  EXPECT_TRUE(second.errors_sent.empty());
  EXPECT_EQ(second.responses.at(0).as, "hello");
  EXPECT_EQ(second.responses[0].status, "completed");
  EXPECT_FALSE(second.ended_at) << "only the first session was to expire";
}

}  // namespace
}  // namespace simulators::openai
