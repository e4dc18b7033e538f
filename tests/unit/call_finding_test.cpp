#include "scenarios/cli/call_finding.hpp"
#include "runtime/audio/synth.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>

// What `linecheck call` says that a call proves.
namespace scenarios::cli {
namespace {
using namespace std::chrono_literals;
using runtime::TimePoint;
using testing::HasSubstr;
namespace twilio = simulators::twilio;

const TimePoint kPlaced{100s};

/// An answered call with a stream of a second, in which nothing was heard.
class Finds : public testing::Test {
 protected:
  Finds() {
    call_.placed_at = kPlaced;
    call_.answered_at = kPlaced;
    call_.statuses.push_back({kPlaced, "completed"});
    call_.documents.emplace_back(kPlaced, "<Response/>");
    call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
    stream().started_at = stream().dialled_at = kPlaced;
    stream().ended_at = kPlaced + 1s;
    stream().end = twilio::StreamEnd::call_ended;
  }
  twilio::StreamFacts& stream() { return *call_.streams.front(); }
  void hear_a_second() {
    const std::string voice = runtime::audio::speech_like(1, runtime::Samples8k(8000)).mulaw;
    stream().received.append(kPlaced, voice);
    call_.heard.append(kPlaced, voice);
    call_.measured.utterances.push_back({kPlaced + 100ms, kPlaced + 900ms});
    call_.measured.heard_speech = 800ms;
  }

  twilio::CallFacts call_;
};

TEST_F(Finds, TheBotWhereItWasHeard) {
  hear_a_second();
  EXPECT_EQ(finding(call_).verdict, "normal");
  EXPECT_TRUE(proved_sound(call_));
}

TEST_F(Finds, NoAnswerInAGreetingThatGoesOnAfterTheCallersWords) {
  hear_a_second();
  twilio::StepFacts words;
  words.what = "say 300 ms";
  words.began_at = kPlaced + 200ms;
  words.ended_at = kPlaced + 500ms;
  call_.steps.push_back(words);

  EXPECT_FALSE(proved_sound(call_));
  EXPECT_THAT(finding(call_).text, HasSubstr("The bot was still speaking when the caller ended"));
  EXPECT_THAT(finding(call_).text, HasSubstr("`wait_for: bot_finished`"));
  EXPECT_EQ(answer_latency(call_), std::nullopt);

  call_.measured.utterances.front().end = kPlaced + 400ms;
  EXPECT_THAT(finding(call_).text, HasSubstr("no more after it had spoken itself"));
  call_.measured.utterances.push_back({kPlaced + 600ms, kPlaced + 900ms});
  EXPECT_TRUE(proved_sound(call_));
  EXPECT_EQ(answer_latency(call_), 100ms);
}

TEST_F(Finds, StaticInsteadOfTheBot) {
  hear_a_second();
  call_.measured.static_sound = 200ms;
  EXPECT_EQ(finding(call_).verdict, "static");
  EXPECT_THAT(finding(call_).text, HasSubstr("not mu-law. Set audio/pcmu"));
  EXPECT_FALSE(proved_sound(call_));
  call_.measured.heard_speech = 1100ms;  // less than a fifth of it
  EXPECT_EQ(finding(call_).verdict, "normal");
}

TEST_F(Finds, ThatTwilioRefusedWhatTheBridgeSent) {
  stream().messages_received = stream().rejected_messages = 26;
  call_.errors.push_back({kPlaced, 31951, true, "streamSid is another's"});
  EXPECT_EQ(finding(call_).text,
            "Twilio refused all 26 messages of the bridge (31951: streamSid is another's): look at what the "
            "bridge sends.");
}

TEST_F(Finds, ThatTheBridgeClosedTheStream) {
  stream().end = twilio::StreamEnd::bridge_closed;
  stream().bridge_close_code = std::uint16_t{1005};
  EXPECT_EQ(finding(call_).text,
            "The bridge closed the stream after 1.00 s (code 1005): its log says why; no session at OpenAI?");
}

class WithoutAStream : public Finds {
 protected:
  WithoutAStream() { call_.streams.clear(); }
  void webhook(int status) {
    twilio::HttpExchange exchange;
    exchange.status = status;
    call_.http.push_back(exchange);
  }
};

TEST_F(WithoutAStream, ABusyLineIsNoFaultOfTheTwiml) {
  call_.answered_at.reset();
  call_.statuses.back().status = "busy";
  EXPECT_EQ(finding(call_).verdict, "turned_away");
  EXPECT_THAT(finding(call_).text, HasSubstr("The bridge rejected the call: it was busy"));
}

TEST_F(WithoutAStream, SaysWhetherTheWebhookFailed) {
  webhook(404);
  EXPECT_EQ(finding(call_).verdict, "stream_never_started");
  EXPECT_THAT(finding(call_).text, HasSubstr("The voice webhook answered 404"));
}

TEST_F(WithoutAStream, SaysWhetherTheTwimlHasOne) {
  call_.verbs = {"Say", "Pause"};
  EXPECT_THAT(finding(call_).text, HasSubstr("The TwiML opened no stream: it ran Say, Pause."));
}

TEST_F(WithoutAStream, SaysWhatBecameOfTheDial) {
  call_.streams.push_back(std::make_unique<twilio::StreamFacts>());
  stream().url = "ws://127.0.0.1:1/media";
  stream().dialled_at = kPlaced;
  stream().handshake_error = "connection refused";
  EXPECT_THAT(
      finding(call_).text,
      HasSubstr("Twilio dialled ws://127.0.0.1:1/media, and no stream came to be: connection refused."));
}

}  // namespace
}  // namespace scenarios::cli
