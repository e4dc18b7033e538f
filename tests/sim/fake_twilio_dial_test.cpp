#include "simulators/twilio/ring_tone.hpp"
#include "simulators/twilio/sounds.hpp"
#include "tests/support/caller_steps.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

// `<Dial>`: a scripted third party is rung, answers or not, and speaks with the caller.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::HttpRequest;
using testing::ElementsAre;

class FakeTwilioDial : public FakeTwilioTest {
 public:
  FakeTwilioDial() {
    plan_.caller = {step(Listen{})};
    agent_.name = "agent";
    agent_.number = "+97231112222";
    agent_.answers_after = 3s;
  }
  void serve(std::string dial) {
    bridge_.webhook = [dial = std::move(dial)](const HttpRequest& request) {
      if (request.target == "/voice") return "<Response>" + dial + "</Response>";
      if (request.target == "/whisper") return std::string("<Response><Pause length=\"2\"/></Response>");
      if (request.target == "/declined") return std::string("<Response><Hangup/></Response>");
      return std::string("<Response/>");
    };
  }
  const CallFacts& dialled() {
    plan_.others = {agent_};
    return call();
  }
  runtime::net::Form asked(std::string_view path) const {
    for (const HttpRequest& request : bridge_.requests) {
      if (request.target == path) return runtime::net::decode_form(request.body);
    }
    return {};
  }

 protected:
  ThirdParty agent_;
};

const std::string kDial = R"(<Dial action="/after">+97231112222</Dial>)";

TEST_F(FakeTwilioDial, ConnectsTheCallerWithTheThirdPartyThatAnswers) {
  serve(kDial);
  const auto answer = speech(9, 1s);
  const auto question = speech(8, 1s);
  WaitFor heard;
  heard.what = WaitFor::What::bot_finished;
  agent_.script = {step(Say{answer, "agent"}), step(heard), step(HangUp{})};
  plan_.caller = {step(Wait{5s}), step(Say{question, "caller"}), step(Listen{})};

  const CallFacts& facts = dialled();

  ASSERT_EQ(facts.children.size(), 1U);
  const CallFacts& leg = *facts.children[0];
  EXPECT_EQ(leg.parent_sid, facts.sid);
  EXPECT_EQ(leg.party, "agent");
  EXPECT_EQ(leg.to, "+97231112222");
  EXPECT_NE(facts.heard.mulaw.find(answer.mulaw), std::string::npos);
  EXPECT_NE(leg.heard.mulaw.find(question.mulaw), std::string::npos);
  const auto form = asked("/after");
  EXPECT_EQ(field(form, "DialCallStatus"), "completed");
  EXPECT_EQ(field(form, "DialCallSid"), leg.sid);
  EXPECT_EQ(field(form, "DialBridged"), "true");
  EXPECT_EQ(field(form, "DialCallDuration"), "4");
}

TEST_F(FakeTwilioDial, LetsTheCallerHearItRingUntilThen) {
  serve(kDial);
  agent_.script = {step(Say{speech(9, 1s), "agent"}), step(HangUp{})};

  const CallFacts& facts = dialled();

  EXPECT_TRUE(facts.heard.mulaw.starts_with(ring_tone("us", 3s).mulaw));
  EXPECT_EQ(*facts.children[0]->answered_at - *facts.answered_at, 3s);
}

TEST_F(FakeTwilioDial, TellsBusyFailedAndNoAnswerApart) {
  serve(kDial);
  agent_.outcome = Outcome::busy;
  dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallStatus"), "busy");

  bridge_.requests.clear();
  agent_.outcome = Outcome::failed;
  dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallStatus"), "failed");

  bridge_.requests.clear();
  agent_.outcome = Outcome::no_answer;
  const CallFacts& unanswered = dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallStatus"), "no-answer");
  EXPECT_EQ(field(asked("/after"), "DialBridged"), "false");
  EXPECT_GE(*unanswered.ended_at - *unanswered.answered_at, 30s);
}

TEST_F(FakeTwilioDial, EndsTheLegWhenTheCallerHangsUp) {
  serve(kDial);
  plan_.caller = {step(Wait{6s}), step(HangUp{})};

  const CallFacts& facts = dialled();

  EXPECT_EQ(facts.ended_by, EndedBy::caller);
  EXPECT_EQ(facts.children[0]->status(), "completed");
  EXPECT_EQ(facts.children[0]->ended_at, facts.ended_at);
}

TEST_F(FakeTwilioDial, EndsAtTheTimeLimitAndAtTheCallersStar) {
  serve(R"(<Dial action="/after" timeLimit="4">+97231112222</Dial>)");
  dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallDuration"), "4");

  bridge_.requests.clear();
  serve(R"(<Dial action="/after" hangupOnStar="true">+97231112222</Dial>)");
  Press star;
  star.keys = "*";
  plan_.caller = {step(Wait{5s}), step(star), step(Listen{})};
  dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallDuration"), "3");
}

TEST_F(FakeTwilioDial, TakesTheFirstOfSeveralThatAnswersAndCancelsTheOthers) {
  serve("<Dial><Number>+15550000001</Number><Number>+97231112222</Number></Dial>");
  agent_.script = {step(Wait{1s}), step(HangUp{})};

  const CallFacts& facts = dialled();

  EXPECT_EQ(facts.children.at(0)->status(), "canceled");
  EXPECT_EQ(facts.children.at(1)->status(), "completed");
}

TEST_F(FakeTwilioDial, RingsOneAfterAnotherWhereTold) {
  serve(
      R"(<Dial sequential="true" timeout="5"><Number>+15550000001</Number><Number>+97231112222</Number></Dial>)");
  agent_.script = {step(Wait{1s}), step(HangUp{})};

  const CallFacts& facts = dialled();

  EXPECT_EQ(facts.children.at(0)->status(), "no-answer");
  EXPECT_EQ(*facts.children.at(1)->answered_at - *facts.answered_at, 8s);
}

TEST_F(FakeTwilioDial, TellsTheLegsOwnCallbacksWhoseChildItIs) {
  serve(R"(<Dial callerId="+15005550006"><Number statusCallback="http://bridge.test/leg" )"
        R"(statusCallbackEvent="initiated ringing answered completed">+97231112222</Number></Dial>)");
  agent_.script = {step(Wait{1s}), step(HangUp{})};

  const CallFacts& facts = dialled();
  loop_.run();

  std::vector<std::string> statuses;
  for (const HttpRequest& request : bridge_.requests) {
    if (request.target != "/leg") continue;
    const auto form = runtime::net::decode_form(request.body);
    statuses.emplace_back(field(form, "CallStatus"));
    EXPECT_EQ(field(form, "ParentCallSid"), facts.sid);
    EXPECT_EQ(field(form, "Direction"), "outbound-dial");
    EXPECT_EQ(field(form, "From"), "+15005550006");
    EXPECT_EQ(field(form, "SequenceNumber"), std::to_string(statuses.size() - 1));
  }
  EXPECT_THAT(statuses, ElementsAre("initiated", "ringing", "in-progress", "completed"));
}

TEST_F(FakeTwilioDial, WhispersToTheThirdPartyBeforeItConnects) {
  serve(R"(<Dial action="/after"><Number url="/whisper">+97231112222</Number></Dial>)");
  agent_.script = {step(Wait{1s}), step(HangUp{})};

  const CallFacts& facts = dialled();

  const CallFacts& leg = *facts.children[0];
  EXPECT_GE(*leg.script_began_at - *leg.answered_at, 2s);
  EXPECT_EQ(field(asked("/whisper"), "ParentCallSid"), facts.sid);

  bridge_.requests.clear();
  serve(R"(<Dial action="/after"><Number url="/declined">+97231112222</Number></Dial>)");
  agent_.script = {step(Wait{9s}), step(HangUp{})};
  dialled();
  EXPECT_EQ(field(asked("/after"), "DialCallDuration"), "0");
}

TEST_F(FakeTwilioDial, RingsAsInTheCountryThatIsNamed) {
  serve(R"(<Dial ringTone="uk">+97231112222</Dial>)");
  agent_.script = {step(HangUp{})};

  const CallFacts& facts = dialled();

  EXPECT_TRUE(facts.heard.mulaw.starts_with(ring_tone("uk", 3s).mulaw));
  EXPECT_NE(ring_tone("uk", 3s).mulaw, ring_tone("us", 3s).mulaw);
  EXPECT_EQ(ring_tone("automatic", 7s).mulaw, ring_tone("us", 7s).mulaw);
}

TEST_F(FakeTwilioDial, SendsAPartyItsDigitsBeforeItIsConnected) {
  serve(R"(<Dial action="/after"><Number sendDigits="ww42">+97231112222</Number></Dial>)");
  agent_.script = {step(Say{speech(9, 1s), "agent"}), step(HangUp{})};

  const CallFacts& facts = dialled();

  const CallFacts& leg = *facts.children[0];
  EXPECT_TRUE(leg.heard.mulaw.starts_with(Sounds::keys("ww42").mulaw));
  EXPECT_EQ(*leg.script_began_at - *leg.answered_at, 1400ms);
  EXPECT_EQ(field(asked("/after"), "DialCallDuration"), "1");
}

TEST_F(FakeTwilioDial, AnswersTheCallerOnlyWhenItIsBridgedWhereTold) {
  serve(R"(<Dial answerOnBridge="true">+97231112222</Dial>)");
  const auto answer = speech(9, 1s);
  agent_.script = {step(Say{answer, "agent"}), step(HangUp{})};
  plan_.caller = {step(Say{speech(8, 500ms), "caller"}), step(Listen{})};

  const CallFacts& facts = dialled();

  EXPECT_GE(*facts.answered_at - facts.placed_at, 3s);
  EXPECT_EQ(*facts.script_began_at, *facts.answered_at);
  EXPECT_TRUE(facts.heard.mulaw.starts_with(answer.mulaw))
      << "its phone rings by itself: Twilio plays nothing";
  EXPECT_NE(facts.children[0]->heard.mulaw.find(speech(8, 500ms).mulaw), std::string::npos);
}

TEST_F(FakeTwilioDial, LeavesACallerUnansweredWhoseDialFailsAndWhoHasNothingElseToHear) {
  serve(R"(<Dial answerOnBridge="true" action="/after">+97231112222</Dial>)");
  agent_.outcome = Outcome::busy;
  const CallFacts& busy = dialled();
  EXPECT_FALSE(busy.answered_at);
  EXPECT_EQ(busy.status(), "busy");
  EXPECT_EQ(field(asked("/after"), "DialCallStatus"), "busy");

  serve(R"(<Dial answerOnBridge="true" timeout="5">+15550000001</Dial><Say>Nobody is there.</Say>)");
  const CallFacts& told = dialled();
  EXPECT_GE(*told.answered_at - told.placed_at, 5s);
  EXPECT_EQ(told.status(), "completed");
}

TEST_F(FakeTwilioDial, RecordsEachVoiceOnAChannelOfItsOwnAndTellsWhoAsked) {
  serve(R"(<Dial record="record-from-answer-dual" recordingStatusCallback="http://bridge.test/kept">)"
        R"(+97231112222</Dial>)");
  const auto answer = speech(9, 1s);
  agent_.script = {step(Wait{1s}), step(Say{answer, "agent"}), step(HangUp{})};
  plan_.caller = {step(Wait{3200ms}), step(Say{speech(8, 1s), "caller"}), step(Listen{})};

  const CallFacts& facts = dialled();
  loop_.run();

  const RecordingFacts& kept = facts.recordings.at(0);
  EXPECT_NE(kept.mulaw.find(speech(8, 1s).mulaw), std::string::npos);
  EXPECT_NE(kept.second.find(answer.mulaw), std::string::npos);
  EXPECT_EQ(field(asked("/kept"), "RecordingChannels"), "2");
  EXPECT_EQ(field(asked("/kept"), "RecordingStatus"), "completed");
}

TEST_F(FakeTwilioDial, RecordsBothVoicesTogether) {
  serve(R"(<Dial action="/after" record="record-from-answer">+97231112222</Dial>)");
  agent_.script = {step(Say{speech(9, 2s), "agent"}), step(HangUp{})};

  const CallFacts& facts = dialled();

  ASSERT_EQ(facts.recordings.size(), 1U);
  EXPECT_EQ(facts.recordings[0].mulaw.size(), 16'000U);
  EXPECT_EQ(field(asked("/after"), "RecordingUrl"), facts.recordings[0].url);
}

TEST_F(FakeTwilioDial, NamesItsRecordingFromTheMomentThatTheyAreConnected) {
  serve(R"(<Dial record="record-from-answer" recordingStatusCallback="http://bridge.test/kept" )"
        R"(recordingStatusCallbackEvent="in-progress">+97231112222</Dial>)");
  agent_.script = {step(Wait{2s}), step(HangUp{})};

  const CallFacts& facts = dialled();
  loop_.run();

  const RecordingFacts& kept = facts.recordings.at(0);
  const auto form = asked("/kept");
  EXPECT_EQ(field(form, "RecordingStatus"), "in-progress");
  EXPECT_EQ(field(form, "RecordingSid"), kept.sid);
  EXPECT_EQ(field(form, "RecordingUrl"), kept.url);
  EXPECT_EQ(field(form, "RecordingSource"), "DialVerb");
  EXPECT_EQ(kept.began_at - *facts.answered_at, 3s);
  EXPECT_FALSE(kept.running);
}

}  // namespace
}  // namespace tests
