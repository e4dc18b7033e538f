#include "tests/sim/bridge_app_fixture.hpp"

#include <algorithm>
#include <utility>

namespace bridge::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST_F(BridgeApp, AnswersAWebhookWithTheStreamItsParametersAndTheMarker) {
  const auto document = incoming();

  EXPECT_EQ(document.track, "both_tracks");
  EXPECT_EQ(document.url, "ws://bridge/ws/twilio-media");
  EXPECT_EQ(document.parameters.at("CallSid"), kSid);
  EXPECT_EQ(document.parameters.at("To"), "+1800");
  EXPECT_THAT(document.redirect, StartsWith("http://bridge/webhook/stream_ended?"));
  EXPECT_THAT(text_.str(), HasSubstr("info    TWIML_TRACK=both_tracks (bidirectional audio)\n"));
  EXPECT_THAT(text_.str(),
              HasSubstr(std::string("call=") + kSid + " TWIML_TRACK=both_tracks (bidirectional audio)\n"));
  EXPECT_EQ(count("voicebridge_twiml_served_total{track=\"both_tracks\"}"), 1);
}

TEST_F(BridgeApp, ARefusedTrackIsTriedOnceMoreAsInboundAndThenTheCallGoesOn) {
  const auto first = incoming();
  loop_.run_for(300ms);

  const auto second = read(webhook(first.redirect, {{"CallSid", kSid}, {"To", "+1800"}}));
  EXPECT_EQ(second.track, "inbound_track");
  EXPECT_EQ(second.parameters.at("To"), "+1800");
  EXPECT_THAT(text_.str(), HasSubstr("set `twiml.track: inbound_track`"));

  EXPECT_TRUE(read(webhook(second.redirect, {{"CallSid", kSid}})).hangs_up);
  EXPECT_TRUE(read(webhook(first.redirect, {{"CallSid", kSid}})).hangs_up);
  EXPECT_EQ(verdict("stream_never_started", "none"), 1);
  EXPECT_THAT(text_.str(),
              HasSubstr(std::string("call=") + kSid +
                        " verdict=stream_never_started reason=none ended_by=none seconds=0.3\n"));
}

TEST_F(BridgeApp, AStreamWithAWrongTokenIsClosedWith1008AndNeverDialsOpenAi) {
  auto document = incoming();
  document.parameters["LinecheckToken"].back() ^= 1;
  Stream& stream = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 5s));

  EXPECT_EQ(stream.status, 101);
  EXPECT_EQ(stream.closed->code, 1008);
  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"bad_token\"}"), 1);
  EXPECT_EQ(count("voicebridge_openai_failures_total{code=\"connection\"}"), 0);
  EXPECT_TRUE(
      read(webhook(document.redirect, {{"CallSid", kSid}})).hangs_up);  // an upgrade was seen: no healing
  EXPECT_EQ(verdict("stream_never_started", "none"), 1);
}

TEST_F(BridgeApp, AStreamOfAnotherAudioFormatIsClosedWith1008AndTheLogSaysWhy) {
  const auto document = incoming();
  const nlohmann::json wrong{{"encoding", "audio/l16"}, {"sampleRate", 16000}, {"channels", 2}};
  for (const auto& [key, value] : wrong.items()) {
    const auto right = std::exchange(media_format_[key], value);
    Stream& stream = open(document);
    ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 5s));
    EXPECT_EQ(stream.closed->code, 1008) << key;
    media_format_[key] = right;
  }

  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"bad_format\"}"), 3);
  EXPECT_EQ(count("voicebridge_openai_failures_total{code=\"connection\"}"), 0);
  EXPECT_THAT(text_.str(),
              HasSubstr("start.mediaFormat is audio/l16, 8000 Hz, 1 channels; only audio/x-mulaw"));
}

TEST_F(BridgeApp, ATokenOpensOnlyTheStreamOfItsOwnCall) {
  const auto document = incoming();
  Stream& stream = open(document, kSecondSid);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 5s));

  EXPECT_EQ(stream.closed->code, 1008);
}

TEST_F(BridgeApp, ACallWithoutOpenAiGetsItsVerdictAndIsNotGreetedAgain) {
  const auto document = incoming();
  Stream& stream = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 60s));

  EXPECT_TRUE(read(webhook(document.redirect, {{"CallSid", kSid}})).hangs_up);
  EXPECT_EQ(verdict("openai_unreachable", "network"), 1);
  EXPECT_EQ(count("voicebridge_calls_ended_total{call_direction=\"inbound\",outcome=\"failed\"}"), 1);
  EXPECT_EQ(count("voicebridge_calls_active"), 0);
}

TEST_F(BridgeApp, UnsignedWebhooksAndStreamsAreRefusedAndCounted) {
  config_.twilio.validate_signatures = true;
  EXPECT_EQ(get("http://bridge/webhook/incoming_call?CallSid=CA1").status, 403);
  const auto document = incoming();
  Stream& stream = open(document);
  loop_.run_for(100ms);
  EXPECT_EQ(stream.status, 101);

  runtime::net::HttpRequest forged;
  forged.headers.add("X-Twilio-Signature",
                     twilio_signature("guess", "http://bridge/webhook/call_status", {}));
  EXPECT_EQ(exchange("http://bridge/webhook/call_status", forged).status, 403);
  EXPECT_EQ(count("voicebridge_signature_failures_total{signature=\"missing\",request=\"webhook\"}"), 1);
  EXPECT_EQ(count("voicebridge_signature_failures_total{signature=\"missing\",request=\"stream\"}"), 0);
  EXPECT_EQ(count("voicebridge_signature_failures_total{signature=\"wrong\",request=\"webhook\"}"), 1);
  EXPECT_THAT(text_.str(), HasSubstr("call=CA1 signature=missing"));
  EXPECT_THAT(text_.str(), HasSubstr("warning signature=wrong"));
}

TEST_F(BridgeApp, ARequestThatIsNoWebhookIsToldSo) {
  EXPECT_EQ(webhook("http://bridge/webhook/incoming_call", {{"From", "+1"}}).status, 400);
  EXPECT_EQ(webhook("http://bridge/webhook/incoming_call", {{"CallSid", "CA1\r\n"}}).status, 400);
  EXPECT_EQ(webhook("http://bridge/webhook/none", {{"CallSid", kSid}}).status, 404);
  EXPECT_EQ(get("http://bridge/ws/twilio-media").status, 426);
  EXPECT_EQ(get("http://bridge/metrics").status, 404);
}

TEST_F(BridgeApp, BeyondTheLimitACallIsToldThatTheLineIsBusyAndIsNoCallOfOurs) {
  config_.limits.calls = 1;
  const auto first = incoming();
  const Form second{{"CallSid", kSecondSid}, {"From", "+1900"}};
  const auto busy = webhook("http://bridge/webhook/incoming_call", second);

  EXPECT_EQ(busy.status, 200);
  EXPECT_THAT(busy.body, HasSubstr(R"(<Response><Reject reason="busy"/></Response>)"));
  EXPECT_EQ(count("voicebridge_calls_refused_total{reason=\"limit\"}"), 1);
  EXPECT_EQ(count("voicebridge_calls_started_total{call_direction=\"inbound\"}"), 1);
  // Nobody can reject a call that was answered.
  EXPECT_TRUE(read(webhook("http://bridge/webhook/outbound_call", second)).hangs_up);
  EXPECT_EQ(calls("POST", R"({"to":"+14155551212"})").status, 503);

  loop_.run_for(3s);
  webhook(first.redirect, {{"CallSid", kSid}});  // the first call is over
  EXPECT_EQ(read(webhook("http://bridge/webhook/incoming_call", second)).track, "both_tracks");
}

TEST_F(BridgeApp, ANumberThatHasItsShareOfCallsIsToldSoInTheConfiguredWords) {
  config_.limits.calls_per_source = 1;
  config_.twiml.busy = "<Say>All our lines are busy.</Say><Hangup/>";
  incoming();
  const auto again =
      webhook("http://bridge/webhook/incoming_call", {{"CallSid", kSecondSid}, {"From", "+1900"}});
  const auto other = webhook("http://bridge/webhook/incoming_call", {{"CallSid", "CA3"}, {"From", "+1901"}});

  EXPECT_THAT(again.body, HasSubstr("<Say>All our lines are busy.</Say><Hangup/>"));
  EXPECT_THAT(other.body, HasSubstr("<Stream"));
  EXPECT_EQ(count("voicebridge_calls_refused_total{reason=\"source\"}"), 1);
}

TEST_F(BridgeApp, BeyondTheLimitAStreamThatAnotherReplicaPromisedIsRefused) {
  config_.limits.calls = 1;
  config_.call.model.ready_within = 60s;
  fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
  const auto document = incoming();
  open(document);
  loop_.run_for(100ms);
  const Stream& second = open(document, kSecondSid);
  loop_.run_for(100ms);

  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"limit\"}"), 1);
}

TEST_F(BridgeApp, AMediaStreamThroughWhichNothingComesIsCutAndItsCallJudged) {
  config_.limits.stream_idle = 20s;
  config_.twilio.ping_interval = 5s;
  config_.call.model.limits.connect = 60s;
  config_.call.model.ready_within = 60s;
  fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
  const Stream& stream = open(incoming());
  loop_.run_for(19s);
  EXPECT_FALSE(stream.closed);
  loop_.run_for(2s);

  EXPECT_TRUE(stream.closed);
  EXPECT_EQ(count("voicebridge_streams_idle_total"), 1);
  EXPECT_EQ(count("voicebridge_calls_active"), 0);
  EXPECT_THAT(text_.str(), HasSubstr(std::string("call=") + kSid + " nothing came through"));
}

TEST_F(BridgeApp, DrainingItTurnsNewCallsAwayAndEndsTheRunningAfterTheGrace) {
  config_.call.model.limits.connect = 60s;
  config_.call.model.ready_within = 60s;
  fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
  Stream& stream = open(incoming());
  loop_.run_for(6s);
  EXPECT_EQ(get("http://bridge:9090/readyz").status, 200);
  bridge().drain();

  EXPECT_EQ(get("http://bridge:9090/readyz").status, 503);
  EXPECT_EQ(get("http://bridge:9090/healthz").status, 200);
  EXPECT_EQ(webhook("http://bridge/webhook/incoming_call", {{"CallSid", kSecondSid}}).status, 503);
  EXPECT_EQ(count("voicebridge_calls_refused_total{reason=\"draining\"}"), 1);
  EXPECT_THAT(text_.str(), HasSubstr("call=" + std::string(kSecondSid) + " refused direction=inbound from="));
  EXPECT_EQ(calls("POST", R"({"to":"+14155551212"})").status, 503);
  loop_.run_for(9s);
  EXPECT_FALSE(stream.closed);
  EXPECT_FALSE(clean_);
  loop_.run_for(10s);

  EXPECT_TRUE(stream.closed);
  EXPECT_EQ(clean_, false);
  EXPECT_EQ(get("http://bridge:9090/healthz").status, -1);
}

TEST_F(BridgeApp, ADrainWithNothingToWaitForEndsAtOnce) {
  bridge();
  loop_.run_for(1s);
  bridge().drain();
  loop_.run_for(1ms);

  EXPECT_EQ(clean_, true);
}

TEST_F(BridgeApp, ADrainWaitsForAStreamBehindAPreludeAsLongAsItsTokenOpensIt) {
  config_.drain = {0s, 60s};
  config_.twiml.prelude = "<Pause length=\"8\"/>";
  config_.stream_token.valid_for = 20s;
  incoming();
  bridge().drain();
  loop_.run_for(19s);
  EXPECT_FALSE(clean_);

  loop_.run_for(2s);
  EXPECT_EQ(clean_, true);
}

TEST_F(BridgeApp, ADrainThatEndsWithASocketWhichNeverBecameACallCutsNothing) {
  config_.call.start_within = 60s;
  runtime::net::WebSocketRequest request;
  request.url = *runtime::net::parse_url(incoming().url);
  request.headers.add("X-Twilio-Signature", twilio_signature("token", request.url.text(), {}));
  std::unique_ptr<runtime::net::MessageSocket> socket;
  boost::asio::co_spawn(
      loop_.context(), fabric_.network("twilio").connect(std::move(request)),
      [&](std::exception_ptr, runtime::net::Dialled dialled) { socket = std::move(dialled.socket); });
  loop_.run_for(1s);
  ASSERT_TRUE(socket);
  bridge().drain();
  loop_.run_for(30s);

  EXPECT_EQ(clean_, true);
  EXPECT_THAT(text_.str(), HasSubstr("drained cut_short=0"));
}

TEST_F(BridgeApp, AnOutboundCallIsPlacedWithAllItsCallbacksAndJudgedByThem) {
  TwilioApi api;
  auto listener = fabric_.network("api").listen({"api", 80, std::nullopt, {}}, api);
  ASSERT_TRUE(listener);
  const auto response = calls("POST", R"({"to":"+14155551212"})");

  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(nlohmann::json::parse(response.body)["call_sid"], kSid);
  EXPECT_EQ(api.target, "/2010-04-01/Accounts/AC1/Calls.json");
  EXPECT_EQ(api.authorization, "Basic QUMxOnRva2Vu");
  EXPECT_THAT(std::string(runtime::net::field(api.form, "Url")),
              MatchesRegex("http://bridge/webhook/outbound_call.counted=1&placement=[0-9a-f]+"));
  EXPECT_EQ(std::ranges::count(api.form, "StatusCallbackEvent", &std::pair<std::string, std::string>::first),
            4);
  const Form busy{{"CallSid", kSid}, {"CallStatus", "busy"}, {"Direction", "outbound-api"}};
  EXPECT_EQ(webhook("http://bridge/webhook/call_status", busy).status, 200);
  EXPECT_EQ(verdict("not_answered", "busy"), 1);
  EXPECT_THAT(calls("GET", "").body, HasSubstr(R"("verdict":"not_answered","reason":"busy")"));
  boost::asio::co_spawn(loop_.context(), (*listener)->shut_down(), [](std::exception_ptr) {});
  loop_.run_for(1s);
}

TEST_F(BridgeApp, AnOutboundCallThatCannotBePlacedSaysWhatToDo) {
  EXPECT_EQ(calls("POST", R"({"to":"+14155551212"})", "guess").status, 401);
  EXPECT_EQ(calls("POST", R"({"to":"+44155551212"})").status, 403);
  EXPECT_THAT(calls("POST", R"({"too":"+1"})").body, HasSubstr("unknown field `too`"));
  EXPECT_THAT(calls("POST", R"({"to":"1415"})").body, HasSubstr("E.164"));
  EXPECT_EQ(calls("POST", "to=1").status, 400);
  EXPECT_EQ(calls("POST", R"({"to":"+14155551212"})").status, 502);  // nobody listens on `api`

  TwilioApi api;
  api.status = 400;
  api.answer = R"({"code":21211,"message":"not valid","status":400})";
  auto listener = fabric_.network("api").listen({"api", 80, std::nullopt, {}}, api);
  const auto refused = calls("POST", R"({"to":"+14155551212"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("21211"));
  boost::asio::co_spawn(loop_.context(), (*listener)->shut_down(), [](std::exception_ptr) {});
  loop_.run_for(1s);
}

TEST_F(BridgeApp, TheLogBearsTheClocksTimeAndNoWholeNumbers) {
  webhook("http://bridge/webhook/incoming_call", {{"CallSid", kSid}, {"From", "+14155551212"}});
  const auto first = text_.str();

  EXPECT_THAT(first, HasSubstr("from=+1415*****12"));
  const auto now = std::chrono::floor<std::chrono::days>(loop_.clock().wall_now());
  const std::chrono::year_month_day date(now);
  EXPECT_THAT(
      first, StartsWith(fmt::format("{:04}-{:02}-{:02}T", static_cast<int>(date.year()),
                                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()))));
}

TEST_F(BridgeApp, ThatHasFailedStaysUntilAScrapeHasToldOfIt) {
  config_.drain = {0s, 60s};
  bridge().commons().worker_failed(loop_.clock().now());
  bridge().drain();
  loop_.run_for(20s);
  EXPECT_FALSE(clean_.has_value());

  EXPECT_EQ(get("http://bridge:9090/metrics").status, 200);
  loop_.run_for(3s);
  EXPECT_TRUE(clean_.has_value());
}

TEST_F(BridgeApp, ThatHasFailedDoesNotWaitForScrapesThatNobodyMakes) {
  config_.drain = {0s, 60s};
  bridge().commons().worker_failed(loop_.clock().now());
  bridge().drain();
  loop_.run_for(29s);
  EXPECT_FALSE(clean_.has_value());
  loop_.run_for(2s);
  EXPECT_TRUE(clean_.has_value());
}

}  // namespace
}  // namespace bridge::app
