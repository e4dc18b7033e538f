#include "simulators/twilio/call_flow.hpp"
#include "simulators/twilio/signature.hpp"
#include "simulators/twilio/user_info.hpp"
#include "simulators/twilio/verify_twiml.hpp"

#include <gmock/gmock.h>

namespace simulators::twilio {
namespace {
using namespace std::chrono_literals;
using runtime::net::Form;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- reading --------------------------------------------------------------------------------------------

TEST(Twiml, ReadsWhatTwiliosOwnLibraryPrints) {
  const auto document = read_twiml(
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect action="https://b/after" method="POST"><Stream )"
      R"(url="wss://bridge.example.com/media" track="both_tracks"><Parameter name="callId" value="42"/><Parameter )"
      R"(name="note" value="a &amp; b &lt;c> &quot;d&quot;"/></Stream></Connect><Say voice="Polly.Joanna" )"
      R"(language="en-US">bye é</Say><Hangup/></Response>)");

  EXPECT_THAT(document.findings, IsEmpty());
  ASSERT_EQ(document.verbs.size(), 3U);
  const auto& connect = std::get<ConnectVerb>(document.verbs[0]);
  EXPECT_EQ(connect.action, "https://b/after");
  EXPECT_EQ(connect.stream.track, "both_tracks");
  EXPECT_EQ(connect.stream.parameters.at(1).second, "a & b <c> \"d\"");
  EXPECT_EQ(std::get<SayVerb>(document.verbs[1]).text, "bye é");
}

TEST(Twiml, ReadsPrettyPrintedDocumentsWithCommentsSingleQuotesAndCdata) {
  const auto document = read_twiml(
      "<?xml version='1.0'?>\n<Response>\n  <!-- hello -->\n  <Pause length='60'/>\n"
      "  <Say><![CDATA[a & b]]> &#x26; c</Say>\n</Response>\n");
  EXPECT_THAT(document.findings, IsEmpty());
  EXPECT_EQ(std::get<PauseVerb>(document.verbs.at(0)).length, 60s);
  EXPECT_EQ(std::get<SayVerb>(document.verbs.at(1)).text, "a & b & c");
}

TEST(Twiml, IsFatalWhenItIsNoXml) {
  const auto code = [](std::string_view text) {
    const auto document = read_twiml(text);
    return document.fatal ? document.findings.back().code : 0;
  };
  EXPECT_EQ(code(" <?xml version=\"1.0\"?><Response/>"), 12100);
  EXPECT_EQ(code("<Response><Say>a & b</Say></Response>"), 12100);
  EXPECT_EQ(code("<Response><Say>a</Response>"), 12100);
  EXPECT_EQ(code("<Response><Stream url=x/></Response>"), 12100);
  EXPECT_EQ(code("<response/>"), 12102);
  EXPECT_EQ(code(""), 12100);
  EXPECT_EQ(code("<Response/>"), 0);
}

/// What is wrong with the XML of `text`; empty: nothing.
std::string wrong_xml(std::string_view text) {
  const auto document = read_twiml(text);
  if (!document.fatal) return {};
  EXPECT_EQ(document.findings.back().code, 12100);
  return document.findings.back().text;
}

TEST(Twiml, IsFatalWhereOnlyALenientParserWouldReadIt) {
  EXPECT_EQ(
      wrong_xml("<Response><Say>a&nbsp;b</Say></Response>"),
      "no well-formed XML: &nbsp; at line 1, column 17: XML knows amp, lt, gt, quot and apos; write the "
      "character itself");
  EXPECT_EQ(
      wrong_xml("<Response>\n<Pause length=\"1\" length=\"2\"/></Response>"),
      "no well-formed XML: the attribute length a second time at line 2, column 19: an element has it once");
  EXPECT_THAT(wrong_xml(R"(<Response><Say voice="a<b">x</Say></Response>)"), HasSubstr("a raw < in an attr"));
  EXPECT_THAT(wrong_xml("<Response></Response>junk"), HasSubstr("text outside of the root element"));
  EXPECT_THAT(wrong_xml("<Response/><![CDATA[x]]>"), HasSubstr("text outside of the root element"));
  EXPECT_THAT(wrong_xml("<Response/><Response/>"), HasSubstr("a second root element"));
  EXPECT_THAT(wrong_xml("<Response><Say>\x01</Say></Response>"), HasSubstr("the control character 1 at"));
  EXPECT_THAT(wrong_xml("<Response><Say>&#0;</Say></Response>"), HasSubstr("no character of this number"));
  EXPECT_THAT(wrong_xml("<Response><Say>&#xZZ;</Say></Response>"), HasSubstr("no character of this number"));
  EXPECT_THAT(wrong_xml("<Response><!-- a -- b --></Response>"), HasSubstr("-- inside a comment"));
}

TEST(Twiml, SaysWhereItIsNoXmlAndWhatWouldBeRight) {
  EXPECT_THAT(wrong_xml("<Response><Redirect>/a?b=1&c=2</Redirect></Response>"),
              HasSubstr("a raw & at line 1, column 27: write &amp;"));
  EXPECT_THAT(wrong_xml("<Response><Say>a < b</Say></Response>"),
              HasSubstr("a raw < at line 1, column 18: write &lt;"));
  EXPECT_THAT(wrong_xml("<Response><Stream url=x/></Response>"), HasSubstr("without quotes at line 1"));
  EXPECT_THAT(wrong_xml("<Response>\n<Say>a</Response>"), HasSubstr("a mismatched tag at line 2, column 9"));
  EXPECT_THAT(wrong_xml("<Response/></Response>"), HasSubstr("a closing tag that closes nothing at line 1"));
  EXPECT_THAT(wrong_xml("<Response><!-- a & b -- c --></Response>"), HasSubstr("-- inside a comment"));
  EXPECT_THAT(wrong_xml("<Response><![CDATA[a & \x01]]></Response>"), HasSubstr("the control character 1"));
  EXPECT_THAT(wrong_xml("<Response><Say>a"), HasSubstr("everything that is opened must be closed"));
  EXPECT_THAT(wrong_xml("<Response><Say>\xff</Say></Response>"), HasSubstr("no UTF-8 at line 1, column 16"));
  EXPECT_THAT(wrong_xml(" <?xml version='1.0'?><Response/>"), HasSubstr("must be the very first thing"));
  EXPECT_THAT(wrong_xml("{\"a\": 1}"), HasSubstr("text outside of the root element"));
}

TEST(Twiml, TakesWhatAStrictParserTakes) {
  EXPECT_EQ(
      wrong_xml("\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- a -->\n<!DOCTYPE Response [<!ENTITY x 'y'>]>\n"
                "<Response a = '1' b=\"x>y\" ><Say><![CDATA[a & <?xml <b> -- ]]>&#xE9;&#233;&apos;</Say>\n"
                "<!----></Response>\n<!-- b --><?done?>\n"),
      "");
}

TEST(Twiml, LeavesOutWhatItDoesNotKnowWithAWarning) {
  const auto document = read_twiml(
      R"(<Response><connect/><Hangup now="1"/><Connect><Room>x</Room></Connect><Pause length="soon"/></Response>)");
  EXPECT_FALSE(document.fatal);
  EXPECT_EQ(document.verbs.size(), 2U);
  EXPECT_EQ(document.findings.size(), 5U);
  EXPECT_TRUE(document.findings.at(0).warning);
  EXPECT_THAT(document.findings.at(0).text, HasSubstr("<connect> is no verb"));
}

TEST(Twiml, JudgesTheAnswerBeforeItsBody) {
  const auto code = [](int status, std::string_view type, std::string_view body) {
    const auto document = read_answer({status, type, false}, body);
    return document.fatal ? document.findings.back().code : 0;
  };
  EXPECT_EQ(code(500, "text/xml", "<Response/>"), 11200);
  EXPECT_EQ(code(200, "application/json", "{}"), 12300);
  EXPECT_EQ(code(200, "", "<Response/>"), 12300);
  EXPECT_EQ(code(200, "Text/XML; charset=utf-8", "<Response/>"), 0);
  EXPECT_EQ(code(200, "text/xml", std::string(70'000, ' ')), 11750);
  EXPECT_TRUE(
      std::holds_alternative<SayVerb>(read_answer({200, "text/plain", false}, "hello there").verbs.at(0)));
}

// ---- executing ------------------------------------------------------------------------------------------

Command run(CallFlow& flow, std::string_view text) {
  return flow.run(read_twiml(text), "https://b/voice", "POST");
}

TEST(CallFlow, GoesVerbByVerbAndHangsUpAtTheEnd) {
  CallFlow flow;
  const auto first = run(flow, R"(<Response><Pause length="2"/><Say>hello</Say></Response>)");
  EXPECT_EQ(std::get<PassCommand>(first).length, 2s);
  EXPECT_EQ(std::get<SayVerb>(*std::get<SoundCommand>(flow.next()).prompt).text, "hello");
  EXPECT_EQ(std::get<EndCommand>(flow.next()).status, "completed");
  EXPECT_THAT(flow.verbs(), ElementsAre("Pause", "Say"));
}

TEST(CallFlow, ResolvesRedirectsAgainstTheDocument) {
  CallFlow flow;
  const auto command = std::get<FetchCommand>(
      run(flow, R"(<Response><Redirect method="GET"> ../x?y=1 </Redirect></Response>)"));
  EXPECT_EQ(command.url, "https://b/x?y=1");
  EXPECT_EQ(command.method, "GET");
}

TEST(CallFlow, ApologisesForAnActionThatIsNoUrl) {
  CallFlow flow;
  const auto failed = std::get<FailCommand>(run(flow, "<Response><Redirect>ftp://x/y</Redirect></Response>"));
  EXPECT_EQ(failed.code, 11100);
  EXPECT_EQ(flow.take_findings().at(0).code, 11100);
}

TEST(CallFlow, AfterConnectAsksTheActionOrGoesOn) {
  CallFlow flow;
  run(flow, R"(<Response><Connect action="/after"><Stream url="wss://b/m"/></Connect><Hangup/></Response>)");
  EXPECT_EQ(std::get<FetchCommand>(flow.stream_over()).url, "https://b/after");
  run(flow, R"(<Response><Connect><Stream url="wss://b/m"/></Connect><Pause/></Response>)");
  EXPECT_EQ(std::get<PassCommand>(flow.stream_over()).length, 1s);
}

TEST(CallFlow, RepeatsTheDocumentAfterARecordingAndPassesAnEmptyOne) {
  CallFlow flow;
  const std::string text = "<Response><Record/><Pause/></Response>";
  ASSERT_TRUE(std::holds_alternative<RecordCommand>(run(flow, text)));
  const auto again = std::get<FetchCommand>(flow.record_over({false, 3s, "5", "RE1", "https://api/RE1"}));
  EXPECT_EQ(again.url, "https://b/voice");
  EXPECT_THAT(again.extra,
              ElementsAre(testing::Pair("RecordingDuration", "3"), testing::Pair("RecordingSid", "RE1"),
                          testing::Pair("RecordingUrl", "https://api/RE1"), testing::Pair("Digits", "5")));
  run(flow, text);
  EXPECT_TRUE(std::holds_alternative<PassCommand>(flow.record_over({true, 5s, "", "", ""})));
}

TEST(CallFlow, RejectsOnlyAsTheFirstVerb) {
  CallFlow flow;
  EXPECT_EQ(std::get<EndCommand>(run(flow, R"(<Response><Reject reason="busy"/></Response>)")).status,
            "busy");
  EXPECT_EQ(std::get<EndCommand>(run(flow, "<Response><Reject/></Response>")).status, "no-answer");
  run(flow, "<Response><Pause/><Reject/></Response>");
  EXPECT_EQ(std::get<EndCommand>(flow.next()).status, "completed");
}

// ---- tracks ---------------------------------------------------------------------------------------------

std::string ruling(TrackRules rules, StreamVerb verb, std::optional<std::string> track,
                   std::string url = "wss://b/m") {
  StreamNoun noun;
  noun.url = std::move(url);
  noun.track = std::move(track);
  Knobs live;
  live.plain_ws = false;
  const auto ruled = rule_stream(rules, verb, noun, live);
  if (ruled.refused != 0) return std::to_string(ruled.refused);
  return std::string(ruled.swallowed ? "swallowed" : "sound") + (ruled.breach ? " 31924" : "");
}

TEST(TrackRules, AreTheTableOfTheDesign) {
  constexpr auto docs = TrackRules::twilio_docs;
  constexpr auto report = TrackRules::incident_report;
  constexpr auto connect = StreamVerb::connect;
  constexpr auto start = StreamVerb::start;
  EXPECT_EQ(ruling(docs, connect, "both_tracks"), "31941");
  EXPECT_EQ(ruling(docs, connect, "outbound_track"), "31941");
  EXPECT_EQ(ruling(docs, connect, "inbound_track"), "sound");
  EXPECT_EQ(ruling(docs, connect, std::nullopt), "sound");
  EXPECT_EQ(ruling(docs, start, "both_tracks"), "swallowed 31924");
  EXPECT_EQ(ruling(docs, start, "Both_Tracks"), "31941");
  EXPECT_EQ(ruling(report, connect, "both_tracks"), "sound");
  EXPECT_EQ(ruling(report, connect, "inbound_track"), "swallowed");
  EXPECT_EQ(ruling(report, connect, std::nullopt), "swallowed");
  EXPECT_EQ(ruling(report, start, "both_tracks"), "swallowed");
  EXPECT_EQ(ruling(docs, connect, std::nullopt, "https://b/m"), "31922");
  EXPECT_EQ(ruling(docs, connect, std::nullopt, "nonsense"), "31923");
}

// ---- verify-twiml ---------------------------------------------------------------------------------------

std::string connect(std::string_view track, std::string_view after = "") {
  return R"(<Response><Connect><Stream url="wss://b/m" track=")" + std::string(track) + R"("/></Connect>)" +
         std::string(after) + "</Response>";
}
TwimlJudgement verify(std::string body, TrackRules rules, std::string second = "<Response/>") {
  ServedDocument document;
  document.body = std::move(body);
  return verify_twiml(document, "https://b/voice", rules, [second](const std::string&, const std::string&) {
    ServedDocument served;
    served.body = second;
    return served;
  });
}

TEST(VerifyTwiml, HearsSoundWhereTheRulesLetItThrough) {
  EXPECT_TRUE(verify(connect("both_tracks"), TrackRules::incident_report).carries_sound);
  EXPECT_TRUE(verify(connect("inbound_track"), TrackRules::twilio_docs).carries_sound);
  EXPECT_FALSE(verify(connect("inbound_track"), TrackRules::incident_report).carries_sound);
  EXPECT_FALSE(verify(connect("both_tracks"), TrackRules::twilio_docs).carries_sound);
}

TEST(VerifyTwiml, FollowsTheRedirectThatHeals) {
  const auto judged = verify(connect("both_tracks", "<Redirect>/healed</Redirect>"), TrackRules::twilio_docs,
                             connect("inbound_track"));
  EXPECT_TRUE(judged.carries_sound);
  EXPECT_TRUE(judged.healed);
  EXPECT_EQ(judged.findings.at(0).code, 31941);
}

TEST(VerifyTwiml, FlagsARecordAheadOfTheStream) {
  const auto judged =
      verify("<Response><Record/>" + connect("inbound_track").substr(10), TrackRules::twilio_docs);
  EXPECT_FALSE(judged.carries_sound);
  EXPECT_THAT(judged.conclusion, HasSubstr("<Record>"));
}

TEST(VerifyTwiml, NamesAOneWayStreamACircleAndAnEmptyDocument) {
  EXPECT_THAT(verify(R"(<Response><Start><Stream url="wss://b/m"/></Start><Pause/></Response>)",
                     TrackRules::twilio_docs)
                  .conclusion,
              HasSubstr("one-way"));
  const std::string circle = "<Response><Redirect>/a</Redirect></Response>";
  EXPECT_THAT(verify(circle, TrackRules::twilio_docs, circle).conclusion, HasSubstr("in circles"));
  EXPECT_THAT(verify("<Response/>", TrackRules::twilio_docs).conclusion, HasSubstr("without a stream"));
  EXPECT_THAT(verify("<html>", TrackRules::twilio_docs).conclusion, HasSubstr("application error"));
}

TEST(VerifyTwiml, FollowsARelativeStreamUrlToItsDocumentsHost) {
  const std::string relative = R"(<Response><Connect><Stream url="/media"/></Connect></Response>)";
  const auto judged = verify(relative, TrackRules::twilio_docs);
  EXPECT_TRUE(judged.carries_sound);
  EXPECT_THAT(judged.steps.at(0), HasSubstr("wss://b/media"));

  ServedDocument file;
  file.body = relative;
  EXPECT_TRUE(verify_twiml(file, "", TrackRules::twilio_docs, {}).carries_sound);
}

TEST(VerifyTwiml, SaysOfAFileThatWhatIsRelativeCannotBeFollowed) {
  ServedDocument file;
  file.body = "<Response><Redirect>/next</Redirect></Response>";

  const auto judged = verify_twiml(file, "", TrackRules::twilio_docs, {});

  EXPECT_FALSE(judged.carries_sound);
  EXPECT_THAT(judged.findings, IsEmpty());
  EXPECT_THAT(judged.conclusion, HasSubstr("\"/next\" is relative, and a file has no address"));
}

// ---- signatures: the vectors of the reference -----------------------------------------------------------

constexpr std::string_view kToken = "12345678901234567890123456789012";

TEST(Signature, MatchesTheVectorsOfTheOfficialLibrary) {
  const Form p{{"AccountSid", "AC00000000000000000000000000000001"},
               {"ApiVersion", "2010-04-01"},
               {"CallSid", "CA1234567890abcdef1234567890abcdef"},
               {"CallStatus", "ringing"},
               {"Direction", "inbound"},
               {"From", "+14158675310"},
               {"To", "+18005551212"}};
  EXPECT_EQ(sign(kToken, "https://bridge.example.com/voice/incoming", p), "NV2zvO6splwn6x4aqTArIKQevoM=");
  EXPECT_EQ(sign(kToken, "https://bridge.example.com:8443/voice/incoming", p),
            "5VewNgV35yNIislcphmyl6ZTiDQ=");
  EXPECT_EQ(sign(kToken, "http://127.0.0.1:8080/voice/incoming?tenant=a%20b&x=1", p),
            "CX/yucPeDHH6Sy9EjOtkoUi15TQ=");
  EXPECT_EQ(sign(kToken, "wss://bridge.example.com/media-stream", {}), "VHpNBxeTF40perOJan8VHmZrcI4=");
  EXPECT_EQ(sign(kToken, "ws://127.0.0.1:9000/media-stream", {}), "iNRJsF/ZDOA3ciY47dhb83bX3p0=");
}

TEST(Signature, SortsByByteAndTakesEachDistinctValueOnce) {
  EXPECT_EQ(sign(kToken, "https://h/p", {{"b", "1"}, {"A", "2"}, {"a", "3"}, {"B", "4"}}),
            "7n+7ZHyWmnoY2sLNg6TlTk2mEfE=");
  const Form events{{"StatusCallbackEvent", "ringing"},
                    {"StatusCallbackEvent", "answered"},
                    {"StatusCallbackEvent", "ringing"},
                    {"CallSid", "CA1234567890abcdef1234567890abcdef"},
                    {"a", "1"},
                    {"B", "2"}};
  EXPECT_EQ(sign(kToken, "https://bridge.example.com/voice/status", events), "fO11oVMxBthOMb8SM+lPK3OgHtM=");
  const Form texts{
      {"FromCity", "São Paulo"}, {"CallerName", "Zoë 田中 😀"}, {"From", "+551149502277"}, {"Empty", ""}};
  EXPECT_EQ(sign(kToken, "https://bridge.example.com/voice/incoming?name=%E7%94%B0", texts),
            "/lH7bGndWJqrMeUYlp81DzAhVao=");
}

// ---- user info ------------------------------------------------------------------------------------------

TEST(UserInfo, GoesFromTheUrlIntoTheHeader) {
  EXPECT_EQ(without_user_info("https://u:p%40@h.x:8443/a@b?c=d@e"), "https://h.x:8443/a@b?c=d@e");
  EXPECT_EQ(without_user_info("http://h/a@b"), "http://h/a@b");
  EXPECT_EQ(basic_authorization("http://Aladdin:open%20sesame@h/"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_authorization("http://h/"), "");
}

TEST(UserInfo, IsThatOfTheUrlWhichNamesTheHost) {
  EXPECT_EQ(resolve_web_url("http://u:p@b/voice", "next?x=1"), "http://u:p@b/next?x=1");
  EXPECT_EQ(resolve_web_url("http://u:p@b/voice", "https://c/d/../e"), "https://c/e");
  EXPECT_EQ(resolve_web_url("http://u:p@b/voice", "https://v:q@c/"), "https://v:q@c/");
  EXPECT_EQ(resolve_web_url("http://u:p@b/voice", "//c/e"), "http://c/e");
  EXPECT_EQ(resolve_web_url("", "http://u:p@b/x"), "http://u:p@b/x");
  EXPECT_FALSE(resolve_web_url("", "/x").has_value());
  EXPECT_FALSE(resolve_web_url("http://b/", "ftp://c/").has_value());
}

TEST(Signature, DropsUserInfoAndTheSecurePort) {
  EXPECT_EQ(signed_url("https://u:p@h.x:8443/a?b=1"), "https://h.x/a?b=1");
  EXPECT_EQ(signed_url("http://u:p@h.x:8080/a"), "http://h.x:8080/a");
  EXPECT_EQ(signed_url("https://[::1]:8443/a"), "https://[::1]/a");
}

}  // namespace
}  // namespace simulators::twilio
