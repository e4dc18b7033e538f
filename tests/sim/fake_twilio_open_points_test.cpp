#include "tests/support/rest_client.hpp"

#include <gmock/gmock.h>

// Points that no source settles: what each setting does, beside what happens without it.
namespace tests {
namespace {
using namespace simulators::twilio;
using nlohmann::json;
using runtime::net::field;
using testing::ElementsAre;
using testing::HasSubstr;

std::string connect(std::string_view attributes = R"(url="ws://bridge.test/media")",
                    std::string_view after = "") {
  return "<Response><Connect><Stream statusCallback=\"http://bridge.test/told\" " + std::string(attributes) +
         "/></Connect>" + std::string(after) + "</Response>";
}

class FakeTwilioOpenPoints : public RestTest {
 public:
  FakeTwilioOpenPoints() {
    serve(connect());
    listens(3s);
  }
  void serve(std::string document) {
    bridge_.webhook = [document = std::move(document)](const runtime::net::HttpRequest& request) {
      return request.target == "/told" ? std::string() : document;
    };
  }
  void listens(Duration length) { plan_.caller = {{Listen{length}, ""}, {HangUp{}, ""}}; }
  /// A call under the knobs as they are now.
  const CallFacts& fresh() {
    bridge_.requests.clear();
    bridge_.streams.clear();
    const CallFacts& facts = call();
    loop_.run_for(20s);
    return facts;
  }
  std::size_t opened() {
    (void)fresh();
    return bridge_.streams.size();
  }
  runtime::net::Form told(std::string_view event) const {
    for (const auto& request : bridge_.requests) {
      auto form = runtime::net::decode_form(request.body);
      if (request.target == "/told" && field(form, "StreamEvent") == event) return form;
    }
    return {};
  }
  /// The bridge says `text` once the stream has begun; `SID` in it is the stream's.
  void says(std::string text) {
    bridge_.on_message = [text = std::move(text)](ScriptedBridge::Stream& stream, const json& message) {
      if (message["event"] != "start") return;
      std::string said = text;
      said.replace(said.find("SID"), 3, stream.sid);
      stream.out.push_back(said);
    };
  }
  std::string received(std::string_view event) const {
    std::string all;
    for (const json& message : bridge_.streams.at(0)->received) {
      if (message["event"] == event) all += message.dump();
    }
    return all;
  }
};

TEST_F(FakeTwilioOpenPoints, AWrongTrackIsRefusedOrWarnedOf) {
  serve(connect(R"(url="ws://bridge.test/media" track="both_tracks")"));
  EXPECT_EQ(opened(), 0U);
  EXPECT_EQ(field(told("stream-error"), "StreamErrorCode"), "31941");

  plan_.knobs.wrong_track = Knobs::WrongTrack::warned;
  const CallFacts& facts = fresh();
  ASSERT_EQ(bridge_.streams.size(), 1U);
  EXPECT_EQ(bridge_.streams[0]->received.at(1)["start"]["tracks"], json({"inbound"}));
  EXPECT_TRUE(facts.errors.at(0).code == 31941 && facts.errors[0].warning);
}

TEST_F(FakeTwilioOpenPoints, ATrackIsSpeltExactlyOrInAnyCase) {
  serve(connect(R"(url="ws://bridge.test/media" track="Inbound_Track")"));
  EXPECT_EQ(opened(), 0U);
  plan_.knobs.tracks_in_any_case = true;
  EXPECT_EQ(opened(), 1U);
}

TEST_F(FakeTwilioOpenPoints, ARefusedStreamIsToldOrNot) {
  serve(connect(R"(url="ws://bridge.test/media" track="both_tracks")"));
  plan_.knobs.refused_stream_told = false;
  (void)fresh();
  EXPECT_TRUE(told("stream-error").empty());
}

TEST_F(FakeTwilioOpenPoints, AQueryIsDroppedOrRefused) {
  serve(connect(R"(url="ws://bridge.test/media?call=1")"));
  EXPECT_EQ(opened(), 1U);
  plan_.knobs.stream_query_refused = true;
  EXPECT_TRUE(fresh().has_error(31920));
  EXPECT_EQ(bridge_.streams.size(), 0U);
}

TEST_F(FakeTwilioOpenPoints, AFormatIsIgnoredOrWarnedOf) {
  serve(connect(R"(url="ws://bridge.test/media" audioFormat="audio/l16" sampleRate="16000")"));
  EXPECT_FALSE(fresh().has_error(12200));
  plan_.knobs.stream_format_warned = true;
  EXPECT_TRUE(fresh().has_error(12200));
  EXPECT_EQ(bridge_.streams.size(), 1U);
}

TEST_F(FakeTwilioOpenPoints, PlainSocketsAndPrivateHostsAreDialledForTestsAlone) {
  plan_.knobs.plain_ws = false;
  EXPECT_TRUE(fresh().has_error(31922));
  plan_.knobs.plain_ws = true;
  for (const char* host :
       {"10.1.2.3", "127.0.0.1", "172.16.0.1", "192.168.1.1", "localhost", "[::1]", "[fd00::1]"}) {
    serve(connect("url=\"ws://" + std::string(host) + "/media\""));
    plan_.knobs.private_hosts = true;
    EXPECT_TRUE(fresh().streams.at(0)->dialled_at) << host;
    plan_.knobs.private_hosts = false;
    const CallFacts& refused = fresh();
    EXPECT_TRUE(refused.has_error(31904)) << host;
    EXPECT_FALSE(refused.streams.at(0)->dialled_at) << host;
  }
  serve(connect());
  EXPECT_EQ(opened(), 1U);
}

TEST_F(FakeTwilioOpenPoints, AFailedHandshakeIsRetriedAsOftenAsSet) {
  bridge_.upgrade_status = 503;
  const auto dials = [this] {
    (void)fresh();
    return std::ranges::count_if(bridge_.requests, [](const auto& request) { return request.upgrade; });
  };
  EXPECT_EQ(dials(), 1);
  plan_.knobs.handshake_retries = 2;
  EXPECT_EQ(dials(), 3);
}

TEST_F(FakeTwilioOpenPoints, ATunnelMayAnswerTheUpgradeItself) {
  plan_.line.upgrade_answered = 403;
  const CallFacts& facts = fresh();
  EXPECT_TRUE(facts.has_error(31920));
  EXPECT_EQ(facts.streams.at(0)->handshake_status, 403);
  EXPECT_EQ(bridge_.streams.size(), 0U);
}

TEST_F(FakeTwilioOpenPoints, TheOrderOfTracks) {
  serve(R"(<Response><Start><Stream url="ws://bridge.test/media" track="both_tracks"/></Start>)"
        R"(<Pause length="1"/></Response>)");
  (void)fresh();
  EXPECT_EQ(bridge_.streams.at(0)->received.at(1)["start"]["tracks"], json({"inbound", "outbound"}));
  plan_.knobs.outbound_track_first = true;
  (void)fresh();
  EXPECT_EQ(bridge_.streams.at(0)->received.at(1)["start"]["tracks"], json({"outbound", "inbound"}));
}

TEST_F(FakeTwilioOpenPoints, LettersAreKeysOrNot) {
  Press keys;
  keys.keys = "1A";
  plan_.caller = {{keys, ""}, {HangUp{}, ""}};
  (void)fresh();
  EXPECT_THAT(received("dtmf"), HasSubstr(R"("digit":"A")"));
  plan_.knobs.letter_keys = false;
  (void)fresh();
  EXPECT_THAT(received("dtmf"), testing::Not(HasSubstr(R"("digit":"A")")));
  EXPECT_THAT(received("dtmf"), HasSubstr(R"("digit":"1")"));
}

TEST_F(FakeTwilioOpenPoints, MediaWithoutAudioIsTakenOrRefused) {
  says(R"({"event":"media","streamSid":"SID","media":{"payload":""}})");
  EXPECT_FALSE(fresh().has_error(31951));
  plan_.knobs.empty_payload_refused = true;
  EXPECT_TRUE(fresh().has_error(31951));
}

TEST_F(FakeTwilioOpenPoints, UnknownFieldsAreRefusedOrIgnored) {
  says(
      R"({"event":"media","streamSid":"SID","x":{"y":[1]},"media":{"track":"inbound","payload":"/////w=="}})");
  EXPECT_TRUE(fresh().has_error(31951));
  plan_.knobs.extra_fields_ignored = true;
  const CallFacts& facts = fresh();
  EXPECT_FALSE(facts.has_error(31951));
  EXPECT_EQ(facts.streams.at(0)->received.mulaw.size(), 4U);
}

TEST_F(FakeTwilioOpenPoints, APathThatCarriesNothingIsBorneOrFoundBroken) {
  listens(30s);
  const auto lives = [this] {
    bridge_.streams.clear();
    const CallFacts& facts = twilio_.place(plan_);
    loop_.run_for(1s);
    twilio_.stall(facts.sid, Towards::both, std::nullopt);
    loop_.run_for(40s);
    const auto& stream = *facts.streams.at(0);
    return std::pair(facts.has_error(31903), *stream.ended_at - *stream.started_at);
  };
  EXPECT_EQ(lives().first, false);
  plan_.knobs.silent_drop_after = 5s;
  const auto [broken, lived] = lives();
  EXPECT_TRUE(broken);
  EXPECT_GE(lived, 6s - 100ms);
  EXPECT_LE(lived, 6s + 100ms);
}

TEST_F(FakeTwilioOpenPoints, TheWordsOfAStreamsError) {
  serve(connect(R"(url="ws://bridge.test/media" track="both_tracks")"));
  (void)fresh();
  EXPECT_EQ(field(told("stream-error"), "StreamError"), "Stream signal error, code: 31941");
  plan_.knobs.stream_error_text = "{code}: no";
  plan_.knobs.stream_error_code = false;
  (void)fresh();
  EXPECT_EQ(field(told("stream-error"), "StreamError"), "31941: no");
  EXPECT_EQ(field(told("stream-error"), "StreamErrorCode"), "");
}

TEST_F(FakeTwilioOpenPoints, TheIdempotencyTokenAndTheCallToken) {
  (void)fresh();
  const auto plain = std::string(field(runtime::net::decode_form(bridge_.requests.at(0).body), "CallToken"));
  EXPECT_THAT(plain, testing::StartsWith("{\"parentCallInfoToken\""));
  EXPECT_NE(bridge_.requests[0].headers.get("I-Twilio-Idempotency-Token"), "");

  plan_.knobs.idempotency_token = false;
  plan_.knobs.call_token = Knobs::CallToken::url_encoded;
  (void)fresh();
  EXPECT_EQ(bridge_.requests.at(0).headers.get("I-Twilio-Idempotency-Token"), "");
  EXPECT_THAT(std::string(field(runtime::net::decode_form(bridge_.requests[0].body), "CallToken")),
              testing::StartsWith("%7B%22parentCallInfoToken%22"));

  plan_.knobs.call_token = Knobs::CallToken::absent;
  (void)fresh();
  EXPECT_EQ(field(runtime::net::decode_form(bridge_.requests.at(0).body), "CallToken"), "");
}

TEST_F(FakeTwilioOpenPoints, LengthsThatTheDocumentLeavesOut) {
  serve("<Response><Say>a</Say><Pause/></Response>");
  const auto lasts = [this] {
    const CallFacts& facts = fresh();
    return runtime::seconds(*facts.ended_at - *facts.answered_at);
  };
  listens(1min);
  const double usual = lasts();
  plan_.knobs.twiml.pause = 4s;
  EXPECT_NEAR(lasts() - usual, 3, 0.05);

  ThirdParty agent;
  agent.outcome = Outcome::no_answer;
  plan_.others = {agent};
  serve("<Response><Dial>+15550001111</Dial></Response>");
  EXPECT_NEAR(lasts(), 30, 0.05);
  plan_.knobs.twiml.dial_timeout = 12s;
  EXPECT_NEAR(lasts(), 12, 0.05);

  plan_.others[0].outcome = Outcome::answered;
  plan_.others[0].answers_after = 1s;
  plan_.others[0].script = {{Listen{10min}, ""}};
  plan_.knobs.twiml.dial_time_limit = 20s;
  EXPECT_NEAR(lasts(), 21, 0.05);
}

TEST_F(FakeTwilioOpenPoints, AsynchronousDetectionTakesATrackUntilItsVerdict) {
  const auto streams = [this] {
    bridge_.streams.clear();
    serve(
        R"(<Response><Start><Stream url="ws://bridge.test/media" track="both_tracks"/></Start><Start>)"
        R"(<Stream url="ws://bridge.test/media" track="both_tracks"/></Start><Pause length="2"/></Response>)");
    plan_.direction = Direction::outbound;
    twilio_.expect_outbound(plan_);
    const auto created = rest("POST", "Calls.json",
                              {{"To", "+14155551212"},
                               {"From", "+18668675310"},
                               {"Url", "http://bridge.test/out"},
                               {"MachineDetection", "Enable"},
                               {"AsyncAmd", "true"},
                               {"AsyncAmdStatusCallback", "http://bridge.test/told"}});
    EXPECT_EQ(created.status, 201);
    loop_.run_for(20s);
    return bridge_.streams.size();
  };
  EXPECT_EQ(streams(), 1U);
  plan_.knobs.detection_tracks = 0;
  EXPECT_EQ(streams(), 2U);
}

class RefusingRest : public RestTest {
 public:
  RefusingRest() : RestTest(world()) {}
  static World world() {
    World made;
    made.settings.rest.api_keys = {{"SKreader", "secret", true}};
    made.settings.rest.missing_from = "A 'From' phone number is required.";
    made.settings.rest.bad_callbacks_refused = true;
    made.settings.rest.magic_numbers = false;
    return made;
  }
  static runtime::net::Form call(std::string_view from, std::string_view event) {
    return {{"To", "+15005550001"},
            {"From", std::string(from)},
            {"Url", "http://bridge.test/out"},
            {"StatusCallbackEvent", std::string(event)}};
  }
};

TEST_F(RefusingRest, KeepsARestrictedKeyToReading) {
  EXPECT_EQ(rest("GET", "Calls.json", {}, "secret", "SKreader").status, 200);
  EXPECT_EQ(code_of(rest("POST", "Calls.json", call("+18668675310", "ringing"), "secret", "SKreader")),
            "403 20003");
}

TEST_F(RefusingRest, SaysWhatItIsSetToSayAndRefusesWhatItIsSetToRefuse) {
  EXPECT_THAT(rest("POST", "Calls.json", call("", "ringing")).body,
              HasSubstr("A 'From' phone number is required."));
  EXPECT_EQ(code_of(rest("POST", "Calls.json", call("+18668675310", "initiated ringing"))), "400 21626");
  const auto made = rest("POST", "Calls.json", call("+15005550001", "ringing"));
  EXPECT_EQ(made.status, 201) << "numbers like others";
  const std::string sid = nlohmann::json::parse(made.body)["sid"];
  EXPECT_EQ(code_of(rest("POST", "Calls/" + sid + ".json", {{"StatusCallback", "nowhere"}})), "400 21609");
}

}  // namespace
}  // namespace tests
