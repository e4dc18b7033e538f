#include "simulators/twilio/signature.hpp"
#include "tests/support/caller_steps.hpp"
#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// Points that no source settles, each by its setting.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;

World created_without_dates() {
  World world;
  world.settings.rest.null_dates = true;
  return world;
}

class FakeTwilioSettings : public RestTest {
 public:
  FakeTwilioSettings() : RestTest(created_without_dates()) {
    bridge_.webhook = [](const auto&) { return std::string(kConnect); };
    plan_.caller = {{Listen{3s}, ""}, {HangUp{}, ""}};
  }
  const runtime::net::HttpRequest& voice() const { return bridge_.requests.at(0); }
  bool signed_over(const runtime::net::Form& form) const {
    const auto url = "http://bridge.test" + voice().target;
    return sign(kToken, url, form) == voice().headers.get("X-Twilio-Signature");
  }
};

TEST_F(FakeTwilioSettings, SignsEveryParameterOrAllButThoseThatAreSaidToComeLate) {
  call();
  EXPECT_TRUE(signed_over(runtime::net::decode_form(voice().body)));

  bridge_.requests.clear();
  plan_.knobs.unsigned_params = true;
  call();
  auto form = runtime::net::decode_form(voice().body);
  EXPECT_NE(field(form, "CallToken"), "");
  EXPECT_FALSE(signed_over(form));
  std::erase_if(form, [](const auto& one) { return one.first == "CallToken" || one.first == "StirVerstat"; });
  EXPECT_TRUE(signed_over(form));
}

TEST_F(FakeTwilioSettings, AddsAParameterThatNobodyKnowsAndSignsIt) {
  call();
  const auto usual = runtime::net::decode_form(voice().body).size();

  bridge_.requests.clear();
  plan_.knobs.unknown_parameter = true;
  call();

  const auto form = runtime::net::decode_form(voice().body);
  EXPECT_EQ(form.size(), usual + 1);
  EXPECT_TRUE(signed_over(form));
}

TEST_F(FakeTwilioSettings, PlaysWhatIsQueuedBeforeItMovesACallOrMovesItAtOnce) {
  const auto speech = runtime::audio::speech_like(3, runtime::Samples8k(16000)).mulaw;
  bridge_.on_message = [&speech](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "start") stream.media(speech);
  };
  plan_.caller = {{Listen{10s}, ""}};
  const auto heard_when_moved_after_half_a_second = [this] {
    const CallFacts& facts = twilio_.place(plan_);
    loop_.run_for(500ms);
    EXPECT_EQ(
        rest("POST", "Calls/" + facts.sid + ".json", {{"Twiml", "<Response><Hangup/></Response>"}}).status,
        200);
    loop_.run_for(9s);
    EXPECT_TRUE(facts.ended_at);
    return facts.heard.mulaw.size();
  };

  EXPECT_LT(heard_when_moved_after_half_a_second(), 8000U);
  plan_.knobs.drain_before_redirect = true;
  EXPECT_EQ(heard_when_moved_after_half_a_second(), speech.size());

  bridge_.on_message = [&speech](ScriptedBridge::Stream& stream, const nlohmann::json& message) {
    if (message["event"] == "start") stream.media(speech);
    if (message["event"] == "media" && message["media"]["chunk"] == "50") stream.clear();
  };
  EXPECT_LT(heard_when_moved_after_half_a_second(), 9000U) << "a clear lets it go on";
}

TEST_F(FakeTwilioSettings, LeavesAQueuedCallWithoutDates) {
  const auto created =
      rest("POST", "Calls.json",
           {{"To", "+14155551212"}, {"From", "+18668675310"}, {"Url", "http://bridge.test/out"}});
  const auto body = nlohmann::json::parse(created.body);
  EXPECT_TRUE(body["date_created"].is_null());
  EXPECT_TRUE(body["date_updated"].is_null());

  loop_.run_for(1s);

  EXPECT_TRUE(shown(body["sid"])["date_created"].is_string());
}

}  // namespace
}  // namespace tests
