#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// Which streams a call has: where their urls lead, what they are called, and what ends them.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string tap(const std::string& more = "") {
  return R"(<Start><Stream url="ws://bridge.test/media" )" + more + "/></Start>";
}
const std::string kConnect = R"(<Connect><Stream url="ws://bridge.test/media"/></Connect>)";

class FakeTwilioStreams : public RestTest {
 public:
  FakeTwilioStreams() {
    Step listen;
    listen.action = Listen{};
    plan_.caller = {listen};
  }
  /// The webhook answers with `verbs`, whatever it is asked.
  void serve(std::string verbs) {
    bridge_.webhook = [verbs = std::move(verbs)](const auto&) {
      return "<Response>" + verbs + "</Response>";
    };
  }
  const CallFacts& running(Duration lasts = 2s) {
    const CallFacts& facts = twilio_.place(plan_);
    loop_.run_for(lasts);
    return facts;
  }
  int update(const CallFacts& facts, const runtime::net::Form& form) {
    return rest("POST", "Calls/" + facts.sid + ".json", form).status;
  }
  void until_over() {
    EXPECT_TRUE(loop_.run_until([&] { return twilio_.active_calls() == 0; }, 1h));
  }
};

TEST_F(FakeTwilioStreams, LeadWhereTheDocumentIsAndNotWhereAFileCameFrom) {
  plan_.knobs.unplayable = Knobs::Unplayable::skip;
  plan_.voice_url = "http://bridge.test/deep/voice#rc=0";
  serve(R"(<Play>http://files.test/a.wav</Play><Connect><Stream url="../media"/></Connect>)");

  const CallFacts& facts = running();

  ASSERT_THAT(facts.streams, SizeIs(1));
  EXPECT_EQ(facts.streams[0]->url, "ws://bridge.test/media");
  EXPECT_TRUE(facts.streams[0]->started_at.has_value());
}

TEST_F(FakeTwilioStreams, LeadNowhereWhenRelativeInTwimlThatCameWithARequest) {
  serve("<Say>a</Say><Pause length=\"9\"/>");
  const CallFacts& facts = running();

  EXPECT_EQ(update(facts, {{"Twiml", R"(<Response><Connect><Stream url="/media"/></Connect></Response>)"}}),
            200);
  until_over();

  EXPECT_FALSE(facts.streams.at(0)->dialled_at.has_value());
  ASSERT_TRUE(facts.has_error(31923));
  EXPECT_THAT(facts.errors.back().text, HasSubstr("url=\"/media\" is relative"));
}

TEST_F(FakeTwilioStreams, OfOneWayOutliveTheDocumentThatStartedThem) {
  serve(tap("name=\"tap\"") + kConnect);
  const CallFacts& facts = running();

  EXPECT_EQ(update(facts, {{"Twiml", R"(<Response><Pause length="3"/></Response>)"}}), 200);
  until_over();

  const StreamFacts& one_way = *facts.streams.at(0);
  const StreamFacts& both_ways = *facts.streams.at(1);
  EXPECT_EQ(both_ways.end, StreamEnd::stopped);
  EXPECT_EQ(one_way.end, StreamEnd::call_ended);
  EXPECT_GE(*one_way.ended_at - *both_ways.ended_at, 3s);
  EXPECT_THAT(facts.verbs, ElementsAre("Start", "Connect", "Pause"));
}

TEST_F(FakeTwilioStreams, AreCalledByTheirSidWhenTheyHaveNoName) {
  bridge_.webhook = [this](const auto& request) {
    if (request.target == "/voice")
      return "<Response>" + tap() + tap("name=\"b\"") + "<Pause/><Redirect>/stop</Redirect></Response>";
    return R"(<Response><Stop><Stream name=")" + bridge_.streams.at(0)->sid +
           R"("/></Stop><Pause length="5"/></Response>)";
  };

  const CallFacts& facts = call();

  EXPECT_EQ(facts.streams.at(0)->end, StreamEnd::stopped);
  EXPECT_EQ(facts.streams.at(1)->end, StreamEnd::call_ended);
  EXPECT_THAT(facts.notices, IsEmpty());
}

TEST_F(FakeTwilioStreams, ThatDoNotRunAreNotStoppedSilently) {
  serve(tap("name=\"a\"") + R"(<Stop><Stream name="b"/></Stop><Pause/>)");

  const CallFacts& facts = call();

  EXPECT_THAT(facts.notices, ElementsAre("<Stop>: the call has no running stream named b"));
  EXPECT_EQ(facts.streams.at(0)->end, StreamEnd::call_ended);
}

TEST_F(FakeTwilioStreams, TellTheirOwnErrorAndNotTheCalls) {
  fabric_.set_reachability("far.test", runtime::sim::Reachability::unroutable);
  serve(
      R"(<Bogus/><Connect><Stream url="ws://far.test/media" statusCallback="http://bridge.test/told"/></Connect>)");
  plan_.script_begins_at_latest = 1s;
  plan_.caller = {{HangUp{}, ""}};

  const CallFacts& facts = call();
  loop_.run_for(1s);

  EXPECT_TRUE(facts.has_error(12200));
  const auto& told = bridge_.requests.back();
  ASSERT_EQ(told.target, "/told");
  const auto form = runtime::net::decode_form(told.body);
  EXPECT_EQ(field(form, "StreamEvent"), "stream-error");
  EXPECT_EQ(field(form, "StreamErrorCode"), "")
      << "it was hung up before it was answered: no error of its own";
}

TEST_F(FakeTwilioStreams, HaveEachParameterOnce) {
  serve(R"(<Connect><Stream url="ws://bridge.test/media"><Parameter name="a" value="1"/>)"
        R"(<Parameter name="b" value="2"/><Parameter name="a" value="3"/></Stream></Connect>)");

  const CallFacts& facts = running();

  EXPECT_THAT(facts.streams.at(0)->parameters, ElementsAre(testing::Pair("b", "2"), testing::Pair("a", "3")));
  EXPECT_THAT(facts.notices, ElementsAre(HasSubstr("two <Parameter>s are named a")));
}

TEST_F(FakeTwilioStreams, CutALongParameterBetweenTwoCharacters) {
  const auto long_one = [](std::size_t characters) {
    std::string value;
    for (std::size_t i = 0; i < characters; ++i) value += "\u00e9";
    return value;
  };
  serve(R"(<Connect><Stream url="ws://bridge.test/media"><Parameter name="n" value=")" + long_one(600) +
        R"("/><Parameter name="fits" value=")" + long_one(495) + R"("/></Stream></Connect>)");

  const CallFacts& facts = running();

  const auto& parameters = facts.streams.at(0)->parameters;
  EXPECT_EQ(parameters.at(0).second, long_one(498));
  EXPECT_EQ(parameters.at(1).second, long_one(495));
  EXPECT_THAT(facts.notices, ElementsAre(HasSubstr("<Parameter> n has 601 characters")));
}

TEST_F(FakeTwilioStreams, AreWaitedForInACircleWithoutEndAndTheUserIsTold) {
  serve("<Redirect>/voice</Redirect>");

  const CallFacts& facts = call();

  EXPECT_EQ(bridge_.requests.size(), 1001U);
  EXPECT_THAT(facts.notices, Contains(HasSubstr("goes round in circles")));
}

}  // namespace
}  // namespace tests
