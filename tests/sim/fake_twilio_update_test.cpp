#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// What the REST API makes of changes to a running call, and to the legs of its <Dial>.
namespace tests {
namespace {
using namespace simulators::twilio;
using testing::HasSubstr;
using testing::SizeIs;

class FakeTwilioUpdate : public RestTest {
 public:
  FakeTwilioUpdate() {
    Step listen;
    listen.action = Listen{};
    plan_.caller = {listen};
    serve("<Say>a</Say><Pause length=\"60\"/>");
  }
  void serve(std::string verbs) {
    bridge_.webhook = [verbs = std::move(verbs)](const auto&) {
      return "<Response>" + verbs + "</Response>";
    };
  }
  const CallFacts& running() {
    const CallFacts& facts = twilio_.place(plan_);
    loop_.run_for(2s);
    return facts;
  }
  runtime::net::HttpResponse update(const std::string& sid, const runtime::net::Form& form) {
    return rest("POST", "Calls/" + sid + ".json", form);
  }
};

TEST_F(FakeTwilioUpdate, RecordsAParameterThatIsMisspelt) {
  const CallFacts& facts = running();

  EXPECT_EQ(update(facts.sid, {{"Sttus", "completed"}, {"Sttus", "again"}}).status, 200);

  EXPECT_FALSE(facts.ended_at.has_value());
  ASSERT_THAT(facts.errors, SizeIs(1));
  EXPECT_EQ(facts.errors[0].code, 20001);
  EXPECT_TRUE(facts.errors[0].warning);
  EXPECT_THAT(facts.errors[0].text, HasSubstr("no parameter Sttus"));
}

TEST_F(FakeTwilioUpdate, JudgesUrlsAndTwimlAsACreationDoes) {
  const CallFacts& facts = running();

  EXPECT_EQ(code_of(update(facts.sid, {{"FallbackUrl", "nowhere"}})), "400 21205");
  EXPECT_EQ(code_of(update(facts.sid, {{"Twiml", std::string(4001, 'x')}})), "400 21205");
  EXPECT_EQ(update(facts.sid, {{"StatusCallback", "nowhere"}}).status, 200);
  EXPECT_TRUE(facts.has_error(21609));
}

TEST_F(FakeTwilioUpdate, ThatCarriesOtherTwimlAndTheEndLeavesARecordingWithoutItsAction) {
  serve(R"(<Record action="/recorded"/>)");
  for (const char* document : {"<Response/>", "<Response><Pause/></Response>"}) {
    const CallFacts& facts = running();
    bridge_.requests.clear();

    EXPECT_EQ(update(facts.sid, {{"Twiml", document}, {"Status", "completed"}}).status, 200);
    loop_.run_for(1s);

    EXPECT_EQ(facts.status(), "completed");
    EXPECT_THAT(facts.recordings, SizeIs(1));
    EXPECT_THAT(bridge_.requests, SizeIs(0)) << document;
  }
}

TEST_F(FakeTwilioUpdate, SilencesCallbacksWhoseAddressCannotBeUsed) {
  const CallFacts& facts = running();

  const std::string wrong = std::string(199, 'x') + "\u00e9";
  EXPECT_EQ(update(facts.sid, {{"StatusCallback", wrong}}).status, 200);

  ASSERT_THAT(facts.errors, SizeIs(1));
  EXPECT_EQ(facts.errors[0].code, 21609);
  EXPECT_TRUE(facts.errors[0].warning) << "as of a creation";
  EXPECT_THAT(facts.errors[0].text, HasSubstr("x\" is no http"));
}

TEST_F(FakeTwilioUpdate, CountsTheCharactersOfTwiml) {
  const CallFacts& facts = running();
  std::string words;
  while (words.size() < 7000) words += "\u00e9";

  EXPECT_EQ(update(facts.sid, {{"Twiml", "<Response><Say>" + words + "</Say></Response>"}}).status, 200);
  EXPECT_EQ(code_of(update(facts.sid, {{"Twiml", words + words}})), "400 21205");
}

TEST_F(FakeTwilioUpdate, StartsAStreamRelativeToTheDocumentThatRuns) {
  plan_.voice_url = "http://bridge.test/deep/voice";
  const CallFacts& facts = running();

  EXPECT_EQ(rest("POST", "Calls/" + facts.sid + "/Streams.json", {{"Url", "../tap"}}).status, 200);

  EXPECT_EQ(facts.streams.at(0)->url, "ws://bridge.test/tap");
}

TEST_F(FakeTwilioUpdate, EndsALegOfADialAndRefusesWhatItWouldNotCarryOut) {
  serve("<Dial>+15550001111</Dial><Pause length=\"60\"/>");
  ThirdParty agent;
  agent.answers_after = 100ms;
  Step listen;
  listen.action = Listen{};
  agent.script = {listen};
  plan_.others = {agent};
  const CallFacts& facts = running();
  const CallFacts& leg = *facts.children.at(0);
  ASSERT_EQ(leg.status(), "in-progress");

  const auto moved = update(leg.sid, {{"Twiml", "<Response><Hangup/></Response>"}});
  EXPECT_EQ(code_of(moved), "400 21220");
  EXPECT_THAT(moved.body, HasSubstr("the <Dial> of " + facts.sid));
  EXPECT_EQ(code_of(update(leg.sid, {{"StatusCallback", "http://bridge.test/s"}})), "400 21220");
  EXPECT_EQ(code_of(rest("POST", "Calls/" + leg.sid + "/Streams.json", {{"Url", "ws://bridge.test/tap"}})),
            "400 21220");
  EXPECT_EQ(code_of(update(leg.sid, {{"Status", "completed"}, {"TimeLimit", "9"}})), "400 21220");
  EXPECT_FALSE(leg.ended_at.has_value());

  EXPECT_EQ(update(leg.sid, {{"Status", "completed"}}).status, 200);
  loop_.run_for(1s);
  EXPECT_EQ(leg.status(), "completed");
  EXPECT_EQ(facts.status(), "in-progress");
}

}  // namespace
}  // namespace tests
