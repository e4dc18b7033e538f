// Which sessions a fault of the first ones, or of a time, strikes on a server that lives on.
#include "tests/sim/fake_openai_test.hpp"

namespace simulators::openai {
namespace {

class FakeOpenAiCounting : public FakeOpenAiOnTheNetwork {
 protected:
  static Behaviour with(std::string_view name) {
    Behaviour behaviour;
    behaviour.faults.emplace_back().what = find_fault(name);
    return behaviour;
  }
  /// The status of one more handshake.
  int dial_once() {
    spawn(talk(kVoice, {}));
    run(1s);
    if (socket_) spawn(hang_up({1000, ""}));
    run(1s);
    return fake_->sessions().back().handshake.http_status;
  }
};

TEST_F(FakeOpenAiCounting, TheFirstSessionsAreThoseSinceTheBehaviourWasSet) {
  start();
  EXPECT_EQ(dial_once(), 101);
  Behaviour overloaded = with("http_503");
  overloaded.faults[0].first = 1;

  for (int reset = 0; reset < 2; ++reset) {
    fake_->set_behaviour(overloaded);
    fake_->forget_ended();
    EXPECT_EQ(dial_once(), 503);
    EXPECT_EQ(dial_once(), 101);
  }
  EXPECT_EQ(fake_->sessions().back().number, 4U) << "the server's own count goes on";
}

TEST_F(FakeOpenAiCounting, ATimeBeginsWhenTheBehaviourWasSet) {
  start();
  run(1min);
  Behaviour limited = with("http_429");
  limited.faults[0].from = 0s;
  limited.faults[0].to = 2s;

  fake_->set_behaviour(limited);

  EXPECT_EQ(dial_once(), 429);
  EXPECT_EQ(dial_once(), 101);
}

TEST_F(FakeOpenAiCounting, EndedSessionsAreForgottenWhoseAudioIsTooMuch) {
  Options options;
  options.script = greeting(1s);
  options.sharing = Options::Sharing::per_session;
  options.audio_kept_bytes = 20'000;  // two answers of a second, with the lists of their pieces
  start(std::move(options));
  for (int i = 0; i < 4; ++i) {
    spawn(talk(kVoice, {kPhone, kCreate}));
    run(5s);
    spawn(hang_up({1000, ""}));
    run(1s);
  }

  EXPECT_EQ(fake_->forgotten(), 1U) << "before the fourth, and the fourth has just ended";
  EXPECT_EQ(fake_->sessions().front().number, 1U);
}

TEST(FakeOpenAiAudio, IsForgottenOfEndedSessionsAlsoBehindOneThatRuns) {
  std::deque<SessionFacts> sessions(4);
  for (auto& session : sessions) session.caller_audio = std::string(1000, 'x');
  for (const std::size_t ended : {1, 2, 3}) sessions[ended].ended_at = runtime::TimePoint();

  EXPECT_EQ(forget_audio(sessions, 1500), 2000U);

  const auto left = [&](std::size_t which) { return audio_bytes(sessions[which]); };
  EXPECT_EQ((std::vector{left(0), left(1), left(2), left(3)}), (std::vector<std::size_t>{1000, 0, 0, 1000}));
}

TEST_F(FakeOpenAiCounting, FaultsThatStruckNobodyAreKnown) {
  Options options;
  options.behaviour = with("http_503");
  options.behaviour.faults[0].first = 1;
  options.behaviour.faults.emplace_back().what = find_fault("mute");
  options.behaviour.faults[1].session = 3;
  start(std::move(options));
  EXPECT_EQ(fake_->idle_faults(), (std::vector<std::size_t>{0, 1}));

  EXPECT_EQ(dial_once(), 503);
  EXPECT_EQ(dial_once(), 101);
  EXPECT_EQ(fake_->idle_faults(), std::vector<std::size_t>{1});
  EXPECT_EQ(dial_once(), 101);
  EXPECT_TRUE(fake_->idle_faults().empty());

  fake_->forget_ended();
  EXPECT_TRUE(fake_->idle_faults().empty()) << "the sessions that they struck are forgotten";
}

TEST_F(FakeOpenAiCounting, WhatEarlierFaultsStruckIsNotAscribedToThoseThatWereSetLater) {
  Options options;
  options.behaviour = with("http_503");
  start(std::move(options));
  EXPECT_EQ(dial_once(), 503);

  fake_->set_behaviour(with("mute"));

  EXPECT_EQ(fake_->idle_faults(), std::vector<std::size_t>{0});
  fake_->forget_ended();
  EXPECT_EQ(fake_->idle_faults(), std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace simulators::openai
