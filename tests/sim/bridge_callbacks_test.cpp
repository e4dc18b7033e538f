// Twilio's callbacks at the whole bridge: streams, calls, answering machines, the Debugger; and tokens that
// come twice.
#include "tests/sim/bridge_app_fixture.hpp"

namespace bridge::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(BridgeApp, TheStreamsUrlIsBareAndItsCallbackIsSigned) {
  const auto response = webhook("http://bridge/webhook/incoming_call", {{"CallSid", kSid}, {"To", "+1800"}});
  pugi::xml_document xml;
  ASSERT_TRUE(xml.load_string(response.body.c_str()));
  const auto stream = xml.child("Response").child("Connect").child("Stream");

  EXPECT_THAT(stream.attribute("url").value(), Not(HasSubstr("?")));
  EXPECT_THAT(stream.attribute("statusCallback").value(),
              StartsWith("http://bridge/webhook/stream_status?at="));
  EXPECT_EQ(std::string(stream.attribute("statusCallbackMethod").value()), "POST");
}

TEST_F(BridgeApp, AStreamErrorIsCountedByItsCodeAndJudgesTheCall) {
  const auto callback = stream_callback();
  webhook(callback, {{"CallSid", kSid},
                     {"StreamEvent", "stream-error"},
                     {"StreamError", "Stream signal error, code: 31920"}});

  EXPECT_EQ(count("voicebridge_stream_events_total{event=\"stream-error\"}"), 1);
  EXPECT_EQ(count("voicebridge_stream_errors_total{code=\"31920\"}"), 1);
  EXPECT_EQ(verdict("stream_never_started", "none"), 1);
  EXPECT_THAT(text_.str(), HasSubstr("twilio says of its stream: code=31920"));
}

TEST_F(BridgeApp, ACallbackWhoseUrlWeDidNotSignIsCountedAndIsNoEvidence) {
  stream_callback();
  const Form error{{"CallSid", kSid}, {"StreamEvent", "stream-error"}, {"StreamErrorCode", "31920"}};
  EXPECT_EQ(webhook("http://bridge/webhook/stream_status", error).status, 200);

  EXPECT_EQ(count("voicebridge_stream_errors_total{code=\"31920\"}"), 1);
  EXPECT_EQ(verdict("stream_never_started", "none"), 0);
}

TEST_F(BridgeApp, ARefusedTrackThatTwilioNamesInTheCallbackHealsAfterALongPrelude) {
  config_.twiml.prelude = "<Say>We are about to connect you.</Say>";
  const auto callback = stream_callback();
  loop_.run_for(8s);
  webhook(callback, {{"CallSid", kSid}, {"StreamEvent", "stream-error"}, {"StreamErrorCode", "31941"}});

  EXPECT_EQ(read(webhook(document_.redirect, {{"CallSid", kSid}})).track, "inbound_track");
  EXPECT_EQ(count("voicebridge_track_refused_total"), 1);
}

TEST_F(BridgeApp, TheDebuggersEventsAreCountedByAClosedSetOfCodes) {
  const auto event = [](const std::string& code) {
    return Form{{"Sid", "NO1"},
                {"Level", "ERROR"},
                {"PayloadType", "application/json"},
                {"Payload",
                 R"({"resource_sid":"CA1","error_code":")" + code + R"(","more_info":{"Msg":"said\nso"}})"}};
  };
  EXPECT_EQ(webhook("http://bridge/webhook/debugger", event("11200")).status, 200);
  EXPECT_EQ(webhook("http://bridge/webhook/debugger", event("31920")).status, 200);
  EXPECT_EQ(webhook("http://bridge/webhook/debugger", event("99999")).status, 200);
  EXPECT_EQ(webhook("http://bridge/webhook/debugger", {{"Payload", "none"}}).status, 400);

  EXPECT_EQ(count("voicebridge_debugger_events_total{code=\"11200\"}"), 1);
  EXPECT_EQ(count("voicebridge_debugger_events_total{code=\"31920\"}"), 1);
  EXPECT_EQ(count("voicebridge_debugger_events_total{code=\"other\"}"), 1);
  EXPECT_THAT(text_.str(), HasSubstr("call=CA1 twilio's debugger: level=ERROR code=11200 \"said so\""));
}

TEST_F(BridgeApp, AForgedDebuggerEventIsRefused) {
  config_.twilio.validate_signatures = true;
  runtime::net::HttpRequest forged;
  forged.method = "POST";
  forged.body = runtime::net::encode_form({{"Payload", R"({"error_code":"31941"})"}});

  EXPECT_EQ(exchange("http://bridge/webhook/debugger", forged).status, 403);
  EXPECT_EQ(count("voicebridge_debugger_events_total{code=\"31941\"}"), 0);
}

TEST_F(BridgeApp, AJsonBodyIsReadWhereItsHashIsSigned) {
  config_.twilio.validate_signatures = true;
  const std::string body = R"({"CallSid":")" + std::string(kSid) + R"(","To":"+1800"})";
  const auto url =
      "http://bridge/webhook/incoming_call?bodySHA256=" + runtime::hex_encode(runtime::sha256(body));
  runtime::net::HttpRequest request;
  request.method = "POST";
  request.headers.add("Content-Type", "application/json");
  request.headers.add("X-Twilio-Signature", twilio_signature("token", url, {}));
  request.body = body;

  EXPECT_EQ(read(exchange(url, request)).parameters.at("To"), "+1800");
  request.body = R"({"CallSid":"CA9","To":"+1900"})";
  EXPECT_EQ(exchange(url, request).status, 403);
}

TEST_F(BridgeApp, ATokenThatOpenedAStreamOpensNoSecondOne) {
  config_.call.model.ready_within = 60s;
  const auto document = incoming();
  Stream& first = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return first.closed.has_value(); }, 60s));
  const auto failures = count("voicebridge_openai_failures_total{code=\"connection\"}");
  Stream& second = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return second.closed.has_value(); }, 5s));

  EXPECT_EQ(second.closed->code, 1008);
  EXPECT_EQ(count("voicebridge_streams_rejected_total{reason=\"replayed\"}"), 1);
  EXPECT_EQ(count("voicebridge_openai_failures_total{code=\"connection\"}"), failures);
  EXPECT_THAT(text_.str(), HasSubstr("the token has opened a stream before"));
}

TEST_F(BridgeApp, AnExpiredTokenOpensNoStream) {
  config_.stream_token.valid_for = 5s;
  const auto document = incoming();
  loop_.run_for(5100ms);
  Stream& stream = open(document);
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 5s));

  EXPECT_EQ(stream.closed->code, 1008);
  EXPECT_THAT(text_.str(), HasSubstr("expired"));
}

class Machines : public BridgeApp {
 protected:
  Machines() { config_.outbound.machine_detection.mode = Detection::Mode::enable; }
  using Detection = Config::Outbound::MachineDetection;
  runtime::net::HttpResponse answered(const std::string& who) {
    return webhook("http://bridge/webhook/outbound_call", {{"CallSid", kSid}, {"AnsweredBy", who}});
  }
};

TEST_F(Machines, AreHungUpOnUnlessTheConfigurationSaysOtherwise) {
  EXPECT_TRUE(read(answered("machine_start")).hangs_up);
  EXPECT_EQ(verdict("not_answered", "machine"), 1);
  EXPECT_EQ(count("voicebridge_calls_started_total{call_direction=\"outbound\"}"), 1);
}

TEST_F(Machines, AreLeftAMessageAndAFaxIsNot) {
  config_.outbound.machine_detection.on_machine = Detection::OnMachine::leave_message;
  config_.outbound.machine_detection.message = "<Say>Call back</Say>";

  EXPECT_THAT(answered("machine_end_beep").body, HasSubstr("<Say>Call back</Say><Hangup/>"));
  EXPECT_THAT(answered("fax").body, HasSubstr("<Response><Hangup/></Response>"));
}

TEST_F(Machines, AreTalkedToWhereThatIsWanted) {
  config_.outbound.machine_detection.on_machine = Detection::OnMachine::talk;

  EXPECT_FALSE(read(answered("machine_start")).url.empty());
}

TEST_F(Machines, PeopleAndTheUncertainAreTalkedTo) {
  EXPECT_FALSE(read(answered("human")).url.empty());
  EXPECT_FALSE(read(answered("unknown")).url.empty());
}

TEST_F(Machines, ThatAreFoundWhileTheBotTalksAreHungUpOnPolitely) {
  config_.call.model.ready_within = 60s;
  config_.call.model.limits.connect = 60s;
  fabric_.set_reachability("openai:80", runtime::sim::Reachability::unroutable);
  const auto document = read(answered(""));
  Stream& stream = open(document);
  loop_.run_for(2s);
  webhook("http://bridge/webhook/machine_detection", {{"CallSid", kSid}, {"AnsweredBy", "machine_start"}});
  ASSERT_TRUE(loop_.run_until([&] { return stream.closed.has_value(); }, 2s));

  EXPECT_EQ(stream.closed->code, 1000);
  EXPECT_TRUE(read(webhook(document.redirect, {{"CallSid", kSid}})).hangs_up);
}

}  // namespace
}  // namespace bridge::app
