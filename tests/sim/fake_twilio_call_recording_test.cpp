#include "runtime/audio/wav.hpp"
#include "simulators/twilio/call_recorder.hpp"
#include "simulators/twilio/sounds.hpp"
#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// `SendDigits` and `Record=true` of a create: what the called party hears, and what is kept of the call.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::Form;

class FakeTwilioCreate : public RestTest {
 public:
  FakeTwilioCreate() {
    bridge_.webhook = [](const auto&) {
      // Behind the words, which last until 1.5 s: where both sound, a recording has their sum.
      return R"(<Response><Pause length="2"/><Play digits="7"/><Pause length="5"/></Response>)";
    };
  }
  /// Calls somebody who says `words` 500 ms after the call's script begins, and listens until `hangs_up`.
  std::string create(Form extra, std::string words = {}, Duration hangs_up = 4s) {
    CallPlan plan;
    plan.script_begins_at_latest = 0ms;
    plan.caller = {{Wait{500ms}, ""}};
    if (!words.empty()) plan.caller.push_back({Say{{std::move(words)}, "words"}, ""});
    plan.caller.push_back({WaitUntil{hangs_up}, ""});
    twilio_.expect_outbound(plan);
    Form form{{"To", "+14155551212"}, {"From", "+18668675310"}, {"Url", "http://bridge.test/out"}};
    for (auto& given : extra) form.push_back(std::move(given));
    const auto response = rest("POST", "Calls.json", form);
    EXPECT_EQ(response.status, 201) << response.body;
    return nlohmann::json::parse(response.body)["sid"];
  }
  std::vector<Form> posted(std::string_view path) const {
    std::vector<Form> all;
    for (const auto& request : bridge_.requests) {
      if (request.target == path) all.push_back(runtime::net::decode_form(request.body));
    }
    return all;
  }
  /// Survives decoding to the byte: of mu-law's two zeros only one does.
  static std::string plain(std::string_view mulaw) {
    return runtime::audio::mulaw_encode(runtime::audio::mulaw_decode(mulaw));
  }
  static std::string words() { return plain(runtime::audio::speech_like(4, runtime::Samples8k(8000)).mulaw); }
};

TEST_F(FakeTwilioCreate, SendsTheDigitsAsTonesThatTheCalledPartyHears) {
  const auto sid = create({{"SendDigits", "1w2#"}, {"MachineDetection", "Enable"}});

  loop_.run_for(10s);

  const auto& facts = *twilio_.find(sid);
  EXPECT_TRUE(facts.heard.mulaw.starts_with(Sounds::keys("1w2#").mulaw));
  EXPECT_EQ(facts.heard.pieces.at(0).at, *facts.answered_at);
  EXPECT_EQ(facts.http.at(0).asked_at - *facts.answered_at, 1100ms);
  EXPECT_EQ(facts.answered_by, "");
}

TEST_F(FakeTwilioCreate, RecordsTheWholeCallAndServesIt) {
  const auto sid = create({{"Record", "true"}, {"Trim", "do-not-trim"}}, words());
  loop_.run_for(3s);
  auto listed = nlohmann::json::parse(rest("GET", "Calls/" + sid + "/Recordings.json", {}).body);
  ASSERT_EQ(listed["recordings"].size(), 1U);
  EXPECT_EQ(listed["recordings"][0]["status"], "in-progress");
  EXPECT_TRUE(listed["recordings"][0]["duration"].is_null());

  loop_.run_for(7s);

  listed = nlohmann::json::parse(rest("GET", "Calls/" + sid + "/Recordings.json", {}).body);
  const auto& resource = listed["recordings"][0];
  EXPECT_EQ(resource["status"], "completed");
  EXPECT_EQ(resource["source"], "OutboundAPI");
  EXPECT_EQ(resource["channels"], 1);
  EXPECT_EQ(resource["duration"], "4");
  const RecordingFacts& kept = twilio_.find(sid)->recordings.at(0);
  EXPECT_EQ(runtime::mulaw_length(kept.mulaw.size()),
            *twilio_.find(sid)->ended_at - *twilio_.find(sid)->answered_at);
  const auto said_at = kept.mulaw.find(words());
  EXPECT_GE(said_at, 4000U) << "half a second after the answer";
  EXPECT_LE(said_at, 4320U);
  EXPECT_NE(kept.mulaw.find(plain(Sounds::keys("7").mulaw)), std::string::npos);
  const auto media = rest("GET", "Recordings/" + kept.sid + ".wav", {});
  EXPECT_TRUE(media.body == runtime::audio::wav_bytes(runtime::audio::mulaw_decode(kept.mulaw), 8000));
}

TEST(MixedVoices, AreTheSumOfBothWhereBothSoundAndClipAtFullScale) {
  const auto coded = [](runtime::audio::Pcm pcm) { return runtime::audio::mulaw_encode(pcm); };

  EXPECT_EQ(mixed(coded({0, 988, -988, 30000}), coded({988, 988, 988, 30000, 4092})),
            coded({988, 1976, 0, 32767, 4092}));
}

TEST_F(FakeTwilioCreate, KeepsTheVoicesApartOnTwoChannels) {
  const auto sid =
      create({{"Record", "true"}, {"RecordingChannels", "dual"}, {"Trim", "do-not-trim"}}, words());
  loop_.run_for(10s);

  const RecordingFacts& kept = twilio_.find(sid)->recordings.at(0);

  EXPECT_EQ(kept.second.size(), kept.mulaw.size());
  EXPECT_NE(kept.mulaw.find(words()), std::string::npos);
  EXPECT_EQ(kept.second.find(words()), std::string::npos);
  EXPECT_NE(kept.second.find(Sounds::keys("7").mulaw), std::string::npos);
  EXPECT_EQ(rest("GET", "Recordings/" + kept.sid, {}).body.size(), 44 + 4 * kept.mulaw.size());
}

TEST_F(FakeTwilioCreate, KeepsOneSideOnlyAndTrimsTheSilenceAroundIt) {
  const auto sid = create({{"Record", "true"}, {"RecordingTrack", "inbound"}}, words());
  loop_.run_for(10s);

  const std::string kept = twilio_.find(sid)->recordings.at(0).mulaw;
  EXPECT_NE(words().find(kept), std::string::npos) << "nothing but the words";
  EXPECT_GE(kept.size(), words().size() - 320) << "all of them, but for what is inaudible at either end";
}

TEST_F(FakeTwilioCreate, TellsItsOwnCallbackAndTheCallsOfTheRecording) {
  const auto sid = create({{"Record", "true"},
                           {"RecordingStatusCallback", "http://bridge.test/kept"},
                           {"RecordingStatusCallbackEvent", "in-progress"},
                           {"RecordingStatusCallbackEvent", "completed"},
                           {"StatusCallback", "http://bridge.test/status"}},
                          words());
  loop_.run_for(10s);

  const RecordingFacts& kept = twilio_.find(sid)->recordings.at(0);
  const auto told = posted("/kept");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(field(told[0], "RecordingStatus"), "in-progress");
  EXPECT_EQ(field(told[1], "RecordingStatus"), "completed");
  EXPECT_EQ(field(told[1], "RecordingSource"), "OutboundAPI");
  EXPECT_EQ(field(told[1], "RecordingTrack"), "both");
  const auto ended = posted("/status");
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(field(ended[0], "RecordingSid"), kept.sid);
  EXPECT_EQ(field(ended[0], "RecordingUrl"), kept.url);
  EXPECT_EQ(field(ended[0], "RecordingDuration"), std::to_string(kept.seconds()));
}

TEST_F(FakeTwilioCreate, ARecordingOfSilenceIsAbsent) {
  bridge_.webhook = [](const auto&) { return R"(<Response><Pause length="9"/></Response>)"; };
  const auto sid = create({{"Record", "true"},
                           {"RecordingStatusCallback", "http://bridge.test/kept"},
                           {"RecordingStatusCallbackEvent", "completed absent"}});
  loop_.run_for(10s);

  EXPECT_EQ(field(posted("/kept").at(0), "RecordingStatus"), "absent");
  EXPECT_EQ(code_of(rest("POST", "Calls.json",
                         {{"To", "+14155551212"},
                          {"From", "+18668675310"},
                          {"Url", "http://bridge.test/out"},
                          {"RecordingStatusCallbackEvent", "started"}})),
            "400 20001");
}

}  // namespace
}  // namespace tests
