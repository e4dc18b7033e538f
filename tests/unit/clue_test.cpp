#include "scenarios/engine/clue.hpp"
#include "runtime/audio/synth.hpp"
#include "scenarios/engine/twilio_side.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>

// What the fakes saw, where a verdict's words would send a developer elsewhere.
namespace scenarios::engine {
namespace {
using namespace std::chrono_literals;
using runtime::TimePoint;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace twilio = simulators::twilio;
namespace openai = simulators::openai;

const TimePoint kStart{100s};
constexpr auto kOpenAi = "ws://127.0.0.1:4020/v1/realtime";

std::string voice(std::uint64_t seed) {
  return runtime::audio::speech_like(seed, runtime::Samples8k(16000)).mulaw;
}

/// A call whose one answer was made, and is blocked as far as the truth knows.
class Clues : public testing::Test {
 protected:
  Clues() {
    call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
    stream().started_at = kStart;
    auto& response = session_.responses.emplace_back();
    response.audio = voice(1);
    response.audible = true;
  }
  twilio::StreamFacts& stream() { return *call_.streams.front(); }
  Clue clue(const std::string& verdict, const std::string& reason = "") {
    return clue_for({&call_, {&session_}, verdict, reason}, kOpenAi, 1);
  }
  std::string blocked() { return clue("pipeline_blockage", "transport_blocked").says; }

  twilio::CallFacts call_;
  openai::SessionFacts session_;
};

TEST_F(Clues, AreNoneWhereTheBridgeDidKeepIt) {
  EXPECT_EQ(blocked(), "");
  stream().received.append(kStart, voice(1).substr(0, 8000));
  EXPECT_EQ(blocked(), "");
}

TEST_F(Clues, TellWhatTwilioRefused) {
  stream().rejected_messages = stream().messages_received = 9;
  call_.errors.push_back({kStart + 1s, 31951, true, "no streamSid"});
  EXPECT_THAT(blocked(), HasSubstr("Twilio refused all 9 messages of the bridge (31951: no streamSid)"));
}

TEST_F(Clues, TellThatAnotherSoundArrived) {
  stream().received.append(kStart, voice(2));
  EXPECT_THAT(blocked(),
              HasSubstr("2.00 s of sound arrived at Twilio, and not the model's answer as it was"));
  call_.measured.heard_speech = 2s;
  call_.measured.static_sound = 1s;
  EXPECT_THAT(blocked(), HasSubstr("the payload is not mu-law"));
}

TEST_F(Clues, TellThatTheModelHeardItself) {
  EXPECT_EQ(clue("too_short").says, "");
  session_.caller_audio = voice(3).substr(0, 160) + voice(1).substr(40, 160);  // his frame, and the bot's
  session_.appends.push_back({kStart, 0, 160});
  session_.appends.push_back({kStart, 160, 160});
  EXPECT_EQ(clue("too_short").says, "") << "Twilio did not send it";
  stream().track = "both_tracks";
  EXPECT_THAT(clue("too_short").says, HasSubstr("The model received what the bot says"));
  EXPECT_THAT(clue("too_short").next.front(), HasSubstr("track inbound alone"));
}

TEST_F(Clues, NameTheAddressThatNobodyAsked) {
  const auto found = clue_for({&call_, {}, "openai_unreachable", "network"}, kOpenAi, 0);
  EXPECT_THAT(found.says, HasSubstr(kOpenAi));
  EXPECT_THAT(found.next.front(), HasSubstr("openai_tls: true"));
  EXPECT_EQ(clue("openai_unreachable", "network").says, "") << "it was asked";
}

TEST_F(Clues, SayThatNothingConfirmedWhatWasHeard) {
  stream().received.append(kStart, voice(1));
  EXPECT_THAT(clue("normal").says, HasSubstr("sends no marks"));
  stream().marks.emplace_back();
  EXPECT_EQ(clue("normal").says, "");
}

TEST_F(Clues, OfAStreamThatNeverStartedNameItsCause) {
  call_.streams.clear();
  EXPECT_THAT(clue("stream_never_started").says, HasSubstr("voice webhook"));
}

TEST_F(Clues, TellWhoClosedAStreamThatHadStarted) {
  stream().bridge_close_code = 1008;
  stream().ended_at = kStart + 100ms;
  const auto never = clue("stream_never_started");
  EXPECT_EQ(never.says, "The stream started, and the bridge closed it with 1008 after 0.10 s.");
  EXPECT_THAT(never.next.front(), HasSubstr("refuses a client"));
  const auto refused = clue_for({&call_, {}, "openai_unreachable", "network"}, kOpenAi, 0);
  EXPECT_THAT(refused.says, HasSubstr("the bridge closed it with 1008 after 0.10 s: no request"));
  stream().bridge_close_code = 1000;
  EXPECT_THAT(clue_for({&call_, {}, "openai_unreachable", "network"}, kOpenAi, 0).says,
              HasSubstr("realtime: the stream started, and the bridge closed it with 1000 after 0.10 s."));
}

TEST_F(Clues, AreBesideTwiliosErrorsWithTheirTimes) {
  call_.errors.push_back({kStart + 2700ms, 31951, true, "no streamSid"});
  call_.errors.push_back({kStart + 3s, 31921, false, "closed"});
  EXPECT_THAT(twilio_errors(call_, kStart),
              ElementsAre("at 2.70 s, warning 31951: no streamSid", "at 3.00 s, error 31921: closed"));
  for (int i = 0; i < 5; ++i) call_.errors.push_back({kStart, 31951, true, ""});
  EXPECT_EQ(twilio_errors(call_, kStart).back(), "and 2 more");
}

TEST_F(Clues, OfABridgeThatWorksNameWhatItLacks) {
  EXPECT_THAT(weak_points(call_), IsEmpty());
  stream().received.append(kStart, voice(1));
  EXPECT_THAT(weak_points(call_), ElementsAre(HasSubstr("no marks")));
  stream().marks.emplace_back();
  call_.measured.interruptions = 1;
  call_.measured.stale = 900ms;
  EXPECT_THAT(weak_points(call_), ElementsAre(HasSubstr("no clear: 0.90 s")));
  stream().clears.emplace_back();
  EXPECT_THAT(weak_points(call_), IsEmpty());
}

}  // namespace
}  // namespace scenarios::engine
