#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

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

TEST_F(FakeTwilioUpdate, EndsOneLegOfSeveralAloneAndTheDialWithTheLast) {
  serve("<Dial><Number>+15550001111</Number><Number>+15550002222</Number></Dial><Pause length=\"60\"/>");
  const CallFacts& facts = running();
  const CallFacts& first = *facts.children.at(0);
  const CallFacts& second = *facts.children.at(1);

  EXPECT_EQ(update(first.sid, {{"Status", "completed"}}).status, 200);
  loop_.run_for(1s);
  EXPECT_EQ(first.status(), "canceled");
  EXPECT_EQ(second.status(), "ringing");
  EXPECT_EQ(facts.verbs.back(), "Dial");

  EXPECT_EQ(update(second.sid, {{"Status", "completed"}}).status, 200);
  loop_.run_for(1s);
  EXPECT_EQ(second.status(), "canceled");
  EXPECT_EQ(facts.verbs.back(), "Pause");
}

TEST_F(FakeTwilioUpdate, SkipsALegThatIsEndedBeforeItsTurnToRing) {
  serve(
      R"(<Dial sequential="true" timeout="5"><Number>+15550001111</Number><Number>+15550002222</Number></Dial>)"
      R"(<Pause length="60"/>)");
  const CallFacts& facts = running();
  const CallFacts& second = *facts.children.at(1);
  EXPECT_EQ(shown(second.sid)["status"], "queued");

  EXPECT_EQ(update(second.sid, {{"Status", "completed"}}).status, 200);
  loop_.run_for(10s);

  EXPECT_EQ(facts.children.at(0)->status(), "no-answer");
  EXPECT_THAT(second.statuses, SizeIs(1));
  EXPECT_EQ(facts.verbs.back(), "Pause");
}

TEST_F(FakeTwilioUpdate, EndsARecordingThatHasBegunToo) {
  serve(R"(<Record action="/recorded" playBeep="false"/>)");
  const CallFacts& facts = running();
  ASSERT_THAT(facts.recordings, SizeIs(1));
  EXPECT_TRUE(facts.recordings[0].running);

  update(facts.sid, {{"Twiml", R"(<Response><Pause length="60"/></Response>)"}});
  loop_.run_for(1s);

  EXPECT_FALSE(facts.recordings[0].running);
}

/// Carries out `told` as soon as the answer to the webhook at `path` is in, some steps of the loop later.
class AtTheAnswer final : public runtime::WireLog {
 public:
  void record(const Entry& entry) override {
    if (told && entry.direction == Direction::from_bridge && entry.text.find(mark) != std::string_view::npos)
      std::exchange(told, nullptr)();
  }
  std::string mark;
  std::function<void()> told;
};

/// Outlives the fake that reports to it.
struct Tapped {
  AtTheAnswer wire_;
};

class FakeTwilioUpdateInBetween : protected Tapped, public RestTest {
 public:
  FakeTwilioUpdateInBetween() : RestTest(World{.wire_log = &wire_}) {}

 protected:
  boost::asio::awaitable<void> update_after(unsigned steps, std::string sid, std::string twiml) {
    for (unsigned step = 0; step < steps; ++step)
      co_await boost::asio::post(loop_.context(), boost::asio::use_awaitable);
    const auto request = rest_request("POST", "Calls/" + sid + ".json", {{"Twiml", std::move(twiml)}});
    (void)co_await twilio_.rest().respond(request);
  }
};

TEST_F(FakeTwilioUpdateInBetween, WinsOverAnAnswerThatIsInAndNotYetHandled) {
  Step listen;
  listen.action = Listen{};
  plan_.caller = {listen};
  wire_.mark = "overtaken";
  bridge_.webhook = [](const auto& request) {
    return request.target == "/voice" ? R"(<Response><Play digits="5"/><Redirect>/next</Redirect></Response>)"
                                      : R"(<Response><Pause length="1"/><Say>overtaken</Say></Response>)";
  };
  const std::string update = R"(<Response><Play digits="1"/><Hangup/></Response>)";
  unsigned overtaken = 0;
  for (unsigned steps = 0; steps < 12; ++steps) {
    const CallFacts& facts = twilio_.place(plan_);
    wire_.told = [&] {
      boost::asio::co_spawn(loop_.context(), update_after(steps, facts.sid, update),
                            [](std::exception_ptr error) { EXPECT_FALSE(error); });
    };

    EXPECT_TRUE(loop_.run_until([&] { return twilio_.active_calls() == 0; }, 10s));

    EXPECT_EQ(facts.status(), "completed");
    EXPECT_EQ(facts.verbs.back(), "Hangup") << steps;
    EXPECT_EQ(facts.documents.back().second, update);
    if (facts.documents.size() == 2) ++overtaken;
  }
  EXPECT_GT(overtaken, 0U) << "no update came between an answer and its handling";
}

}  // namespace
}  // namespace tests
