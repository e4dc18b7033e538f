#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// The REST API's resources: what is asked, what is refused, what is listed.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::Form;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

World keyed() {
  World world;
  world.settings.rest.api_keys = {{"SK00000000000000000000000000000001", "secret"}};
  world.settings.rest.own_numbers = {"+18668675310"};
  world.settings.rest.calls_per_second = 0;
  Step listen;
  listen.action = Listen{};
  world.settings.default_outbound.caller = {listen};
  Application application;
  application.sid = "AP1";
  application.voice_url = "http://bridge.test/app";
  world.settings.rest.applications.push_back(std::move(application));
  return world;
}

class FakeTwilioRest : public RestTest {
 public:
  FakeTwilioRest() : RestTest(keyed()) {
    bridge_.webhook = [](const auto&) { return R"(<Response><Pause length="600"/></Response>)"; };
  }
  static Form good() {
    return {{"To", "+14155551212"}, {"From", "+18668675310"}, {"Url", "http://bridge.test/out"}};
  }
  static Form with(Form extra) {
    Form form = good();
    for (auto& field : extra) {
      std::erase_if(form, [&](const auto& known) { return known.first == field.first; });
      form.push_back(std::move(field));
    }
    return form;
  }
  std::string refusal(Form extra) { return code_of(rest("POST", "Calls.json", with(std::move(extra)))); }
  std::string create(Form extra = {}) {
    const auto response = rest("POST", "Calls.json", with(std::move(extra)));
    EXPECT_EQ(response.status, 201) << response.body;
    return nlohmann::json::parse(response.body)["sid"];
  }
  nlohmann::json list(const std::string& query) {
    return nlohmann::json::parse(rest("GET", query.starts_with('/') ? query : "Calls.json" + query, {}).body);
  }
  std::vector<std::string> sids(const std::string& query) {
    const auto page = list(query);
    std::vector<std::string> found;
    for (const auto& call : page.at("calls")) found.push_back(call["sid"]);
    return found;
  }
};

TEST_F(FakeTwilioRest, RefusesWhoeverDoesNotSignIn) {
  auto anonymous = rest_request("GET", "Calls.json", {});
  anonymous.headers = {};
  const auto none = answer_to(anonymous);
  EXPECT_EQ(code_of(none), "401 20003");
  EXPECT_THAT(none.body, HasSubstr("Authentication Error - No credentials provided"));
  const auto stranger = rest("GET", "Calls.json", {}, "x", "AC9");
  EXPECT_THAT(stranger.body, HasSubstr("Authentication Error - invalid username"));
  EXPECT_THAT(stranger.body, HasSubstr("Your AccountSid or AuthToken was incorrect."));
  EXPECT_THAT(rest("GET", "Calls.json", {}, "wrong").body, HasSubstr("\"Authenticate\""));
  EXPECT_EQ(rest("GET", "Calls.json", {}, "secret", "SK00000000000000000000000000000001").status, 200);
}

TEST_F(FakeTwilioRest, JudgesToThenUrlThenFrom) {
  EXPECT_EQ(code_of(rest("POST", "Calls.json", {})), "400 21201");
  EXPECT_EQ(code_of(rest("POST", "Calls.json", {{"To", "+1500"}})), "400 21211");
  EXPECT_EQ(code_of(rest("POST", "Calls.json", {{"To", "+14155551212"}})), "400 21205");
  EXPECT_EQ(code_of(rest("POST", "Calls.json", {{"To", "+14155551212"}, {"Url", "http://b/"}})), "400 21213");
  const auto refused = rest("POST", "Calls.json", {{"To", "+1500"}});
  EXPECT_EQ(refused.body,
            R"({"code":21211,"message":"The phone number you are attempting to call, +1500, is not valid.",)"
            R"("more_info":"https://www.twilio.com/docs/errors/21211","status":400})");
}

TEST_F(FakeTwilioRest, RefusesEachParameterThatIsWrong) {
  EXPECT_EQ(refusal({{"Url", "ftp://x"}}), "400 21205");
  EXPECT_EQ(refusal({{"Url", ""}, {"Twiml", std::string(4001, 'x')}}), "400 21205");
  EXPECT_EQ(refusal({{"ApplicationSid", "AP9"}}), "400 21218");
  EXPECT_EQ(refusal({{"Method", "PUT"}}), "400 21209");
  EXPECT_EQ(refusal({{"FallbackUrl", "x"}}), "400 21205");
  EXPECT_EQ(refusal({{"StatusCallbackMethod", "HEAD"}}), "400 21209");
  EXPECT_EQ(refusal({{"From", "+1"}}), "400 21212");
  EXPECT_EQ(refusal({{"From", "client:"}}), "400 21212");
  EXPECT_EQ(refusal({{"From", "+18668675311"}}), "400 21210");
  EXPECT_EQ(refusal({{"Timeout", "601"}}), "400 21208");
  EXPECT_EQ(refusal({{"Timeout", "soon"}}), "400 21208");
  EXPECT_EQ(refusal({{"TimeLimit", "0"}}), "400 20001");
  EXPECT_EQ(refusal({{"SendDigits", "12e"}}), "400 21206");
  EXPECT_EQ(refusal({{"SendDigits", std::string(33, '1')}}), "400 21206");
  EXPECT_EQ(refusal({{"MachineDetection", "yes"}}), "400 21234");
  EXPECT_EQ(refusal({{"MachineDetection", "Enable"}, {"MachineDetectionTimeout", "60"}}), "400 21234");
  EXPECT_EQ(refusal({{"MachineDetectionSilenceTimeout", "1999"}}), "400 21234");
  EXPECT_EQ(refusal({{"Record", "maybe"}}), "400 20001");
  EXPECT_EQ(refusal({{"SipAuthUsername", std::string(256, 'u')}}), "400 21221");
}

TEST_F(FakeTwilioRest, RefusesTheNumbersOfTheTestCredentials) {
  EXPECT_EQ(refusal({{"To", "+15005550001"}}), "400 21217");
  EXPECT_EQ(refusal({{"To", "+15005550002"}}), "400 21214");
  EXPECT_EQ(refusal({{"To", "+15005550003"}}), "400 21215");
  EXPECT_EQ(refusal({{"To", "+15005550004"}}), "400 21216");
  EXPECT_EQ(refusal({{"From", "+15005550001"}}), "400 21212");
}

TEST_F(FakeTwilioRest, LooksAtTwimlOnlyWhereNoUrlIsGiven) {
  create({{"Twiml", std::string(4001, 'x')}});
}

TEST_F(FakeTwilioRest, CreatesACallInSpiteOfCallbacksThatCannotCome) {
  const auto sid = create({{"StatusCallback", "http://bridge.test/status"},
                           {"StatusCallbackEvent", "ringing answered"},
                           {"StatusCallBackUrl", "http://bridge.test/typo"}});

  loop_.run_for(5s);

  EXPECT_TRUE(twilio_.find(sid)->has_error(21626));
  EXPECT_TRUE(twilio_.find(sid)->has_error(20001));
  EXPECT_THAT(bridge_.requests, testing::SizeIs(1));
  const auto silent = create({{"StatusCallback", "nowhere"}});
  loop_.run_for(1s);
  EXPECT_TRUE(twilio_.find(silent)->has_error(21609));
}

TEST_F(FakeTwilioRest, ShowsACallAsTwilioDoes) {
  const auto sid = create();
  const auto queued = shown(sid);
  EXPECT_EQ(queued["status"], "queued");
  EXPECT_EQ(queued["to_formatted"], "(415) 555-1212");
  EXPECT_TRUE(queued["start_time"].is_null() && queued["duration"].is_null() && queued["price"].is_null());
  EXPECT_EQ(queued["subresource_uris"]["streams"],
            "/2010-04-01/Accounts/AC00000000000000000000000000000001/Calls/" + sid + "/Streams.json");
  loop_.run_for(62s);
  rest("POST", "Calls/" + sid + ".json", {{"Status", "completed"}});
  loop_.run_for(1s);

  const auto over = shown(sid);

  EXPECT_EQ(over["status"], "completed");
  EXPECT_EQ(over["duration"], "61");
  EXPECT_TRUE(over["price"].is_null());
  loop_.run_for(5s);
  EXPECT_EQ(shown(sid)["price"], "-0.02800");
  EXPECT_EQ(shown(sid)["queue_time"], "0");
}

TEST_F(FakeTwilioRest, ACallIsOverInTheVeryAnswerThatEndsIt) {
  const auto running = create();
  loop_.run_for(3s);

  const auto ended =
      nlohmann::json::parse(rest("POST", "Calls/" + running + ".json", {{"Status", "completed"}}).body);

  EXPECT_EQ(ended["status"], "completed");
  EXPECT_FALSE(ended["end_time"].is_null());
  EXPECT_EQ(shown(running)["status"], "completed");
}

TEST_F(FakeTwilioRest, ACallThatNeverRangHasNeitherBeginningNorDuration) {
  const auto sid = create();

  const auto canceled =
      nlohmann::json::parse(rest("POST", "Calls/" + sid + ".json", {{"Status", "canceled"}}).body);

  EXPECT_EQ(canceled["status"], "canceled");
  EXPECT_TRUE(canceled["start_time"].is_null());
  EXPECT_TRUE(canceled["duration"].is_null());
  EXPECT_FALSE(canceled["end_time"].is_null());
  loop_.run_for(1s);
  EXPECT_EQ(shown(sid)["status"], "canceled");
  EXPECT_TRUE(shown(sid)["start_time"].is_null());
}

TEST_F(FakeTwilioRest, TheDurationIsWhatLiesBetweenTheDates) {
  const auto second_of = [](const nlohmann::json& date) {
    return std::stoi(date.get<std::string>().substr(23, 2));  // Sun, 29 Nov 2026 13:59:45 +0000
  };
  for (const auto lasts : {1250ms, 1750ms, 2100ms, 2900ms, 3500ms}) {
    const auto sid = create();
    loop_.run_for(lasts);
    rest("POST", "Calls/" + sid + ".json", {{"Status", "completed"}});
    loop_.run_for(100ms);
    const auto over = shown(sid);
    const int between = (second_of(over["end_time"]) - second_of(over["start_time"]) + 60) % 60;
    EXPECT_EQ(over["duration"], std::to_string(between)) << over;
  }
}

TEST_F(FakeTwilioRest, RunsTheApplicationAndNotTheUrlOfTheRequest) {
  create({{"ApplicationSid", "AP1"}});

  loop_.run_for(2s);

  EXPECT_EQ(bridge_.requests.at(0).target, "/app");
  const auto form = runtime::net::decode_form(bridge_.requests.at(0).body);
  EXPECT_EQ(runtime::net::field(form, "ApplicationSid"), "AP1");
}

TEST_F(FakeTwilioRest, ListsTheNewestFirstInPagesThatFollowOneAnother) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(create());

  const auto first = list("?PageSize=2&Status=queued");
  create();  // while somebody pages: moves nothing
  const auto second = list(first["next_page_uri"]);
  const auto third = list(second["next_page_uri"]);

  EXPECT_EQ(first["calls"][0]["sid"], made[4]);
  EXPECT_EQ(first["start"], 0);
  EXPECT_EQ(first["end"], 1);
  EXPECT_THAT(first["next_page_uri"], HasSubstr("PageToken=PA" + made[3]));
  EXPECT_TRUE(first["previous_page_uri"].is_null());
  EXPECT_EQ(second["calls"][0]["sid"], made[2]);
  EXPECT_EQ(second["page"], 1);
  EXPECT_EQ(third["calls"].size(), 1U);
  EXPECT_TRUE(third["next_page_uri"].is_null());
  EXPECT_THAT(sids(third["previous_page_uri"]), ElementsAre(made[2], made[1]));
  EXPECT_EQ(list("?PageSize=5000")["page_size"], 1000);
}

TEST_F(FakeTwilioRest, ListsWhatTheFiltersAdmit) {
  const auto one = create({{"To", "+14155550001"}});
  const auto two = create({{"To", "+14155550002"}});
  loop_.run_for(3s);
  rest("POST", "Calls/" + one + ".json", {{"Status", "completed"}});
  loop_.run_for(1s);
  const auto three = create();

  EXPECT_THAT(sids("?To=%2B14155550002"), ElementsAre(two));
  EXPECT_THAT(sids("?From=%2B18668675310"), ElementsAre(three, two, one));
  EXPECT_THAT(sids("?From=%2B14155550002"), IsEmpty());
  EXPECT_THAT(sids("?Status=completed"), ElementsAre(one));
  EXPECT_THAT(sids("?Status=in-progress"), ElementsAre(two));
  EXPECT_THAT(sids("?ParentCallSid=CA1"), IsEmpty());
  EXPECT_EQ(code_of(rest("GET", "Calls.json?Status=over", {})), "400 20001");
}

TEST_F(FakeTwilioRest, ListsByDayAndByMoment) {
  const auto sid = create();
  loop_.run_for(3s);
  rest("POST", "Calls/" + sid + ".json", {{"Status", "completed"}});
  loop_.run_for(1s);
  const auto wall = std::chrono::floor<std::chrono::days>(loop_.clock().wall_now());
  const auto day = [&](int offset) {
    const std::chrono::year_month_day date(wall + std::chrono::days(offset));
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return std::string(text.data());
  };

  EXPECT_THAT(sids("?StartTime=" + day(0)), ElementsAre(sid));
  EXPECT_THAT(sids("?StartTime=" + day(1)), IsEmpty());
  EXPECT_THAT(sids("?StartTime%3E=" + day(0)), ElementsAre(sid));
  EXPECT_THAT(sids("?StartTime%3C=" + day(1)), ElementsAre(sid));
  EXPECT_THAT(sids("?EndTime%3E=" + day(1)), IsEmpty());
  EXPECT_THAT(sids("?EndTime%3C=" + day(0) + "T23%3A59%3A59Z"), ElementsAre(sid));
  EXPECT_EQ(code_of(rest("GET", "Calls.json?StartTime=2026-13-01", {})), "400 20001");
}

TEST_F(FakeTwilioRest, DeletesACallThatIsOverAndNoOther) {
  const auto sid = create();
  loop_.run_for(2s);
  EXPECT_EQ(code_of(rest("DELETE", "Calls/" + sid + ".json", {})), "409 20009");
  rest("POST", "Calls/" + sid + ".json", {{"Status", "completed"}});
  loop_.run_for(1s);

  EXPECT_EQ(rest("DELETE", "Calls/" + sid + ".json", {}).status, 204);

  EXPECT_EQ(code_of(rest("GET", "Calls/" + sid + ".json", {})), "404 20404");
  EXPECT_THAT(sids(""), IsEmpty());
}

TEST_F(FakeTwilioRest, ChangesACallOnlyInTheStatesThatAllowIt) {
  const auto sid = create();
  loop_.run_for(300ms);
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + ".json", {{"Url", "http://bridge.test/b"}})), "400 21220");
  loop_.run_for(2s);
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + ".json", {{"Status", "canceled"}})), "400 21220");
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + ".json",
                         {{"Url", "http://bridge.test/b"}, {"Twiml", "<Response/>"}})),
            "400 20001");
  EXPECT_EQ(rest("POST", "Calls/" + sid + ".json", {{"TimeLimit", "10"}}).status, 200);
  loop_.run_for(10s);
  EXPECT_EQ(twilio_.find(sid)->ended_by, EndedBy::time_limit);
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + ".json", {{"Twiml", "<Response/>"}})), "400 21220");
}

TEST_F(FakeTwilioRest, ListsAndShowsWhatWasRecorded) {
  bridge_.webhook = [](const auto& request) {
    return request.target == "/out" ? R"(<Response><Record action="/done" timeout="1"/></Response>)"
                                    : "<Response><Hangup/></Response>";
  };
  Step speak;
  speak.action = Say{runtime::audio::speech_like(1, runtime::Samples8k(8000)), "speech"};
  CallPlan plan = keyed().settings.default_outbound;
  plan.caller.insert(plan.caller.begin(), speak);
  twilio_.expect_outbound(plan);
  const auto sid = create();
  loop_.run_for(20s);

  const auto listed = nlohmann::json::parse(rest("GET", "Calls/" + sid + "/Recordings.json", {}).body);

  ASSERT_EQ(listed["recordings"].size(), 1U);
  const auto recording = listed["recordings"][0];
  EXPECT_EQ(recording["call_sid"], sid);
  EXPECT_EQ(recording["source"], "RecordVerb");
  const std::string re = recording["sid"];
  EXPECT_EQ(nlohmann::json::parse(rest("GET", "Recordings/" + re + ".json", {}).body), recording);
  EXPECT_EQ(nlohmann::json::parse(rest("GET", "Recordings.json?CallSid=" + sid, {}).body)["recordings"],
            listed["recordings"]);
  EXPECT_EQ(code_of(rest("GET", "Recordings/RE0.json", {})), "404 20404");
}

TEST_F(FakeTwilioRest, KnowsWhichResourcesAndMethodsThereAre) {
  EXPECT_EQ(code_of(rest("GET", "Calls/CA0.json", {})), "404 20404");
  EXPECT_EQ(code_of(rest("PUT", "Calls.json", {})), "405 20004");
  EXPECT_EQ(code_of(rest("PUT", "Calls/" + create() + ".json", {})), "405 20004");
  EXPECT_EQ(code_of(rest("GET", "Messages.json", {})), "404 20404");
  const auto account = "/2010-04-01/Accounts/" + std::string(kAccount) + ".json";
  EXPECT_EQ(nlohmann::json::parse(rest("GET", account, {}).body)["status"], "active");
  EXPECT_EQ(code_of(rest("DELETE", account, {})), "405 20004");
  EXPECT_EQ(code_of(rest("GET", "/2010-04-01/Accounts/AC2/Calls.json", {})), "404 20404");
}

}  // namespace
}  // namespace tests
