#include "simulators/twilio/twiml.hpp"

#include <gmock/gmock.h>

// What may stand inside of a verb: an element's own text counts, and what has no place there is left out with
// all that it holds.
namespace simulators::twilio {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Document read(const std::string& verbs) {
  return read_twiml("<Response>" + verbs + "</Response>");
}
/// The only finding's code and text.
std::string finding(const std::string& verbs) {
  const auto document = read(verbs);
  if (document.findings.size() != 1) return std::to_string(document.findings.size()) + " findings";
  const Finding& only = document.findings.front();
  return std::to_string(only.code) + (only.warning ? " warning: " : " error: ") + only.text;
}

TEST(TwimlNesting, ReadsNoVerbAloudThatStandsInASay) {
  const auto document = read("<Say>one<Play>http://b/a.wav</Play><Dial>+15550001111</Dial> two</Say>");

  EXPECT_EQ(std::get<SayVerb>(document.verbs.at(0)).text, "one two");
  ASSERT_EQ(document.findings.size(), 2U);
  EXPECT_EQ(document.findings[0].code, 12200);
  EXPECT_TRUE(document.findings[0].warning);
  EXPECT_THAT(document.findings[0].text, HasSubstr("<Play> in <Say> is ignored"));
  EXPECT_THAT(document.findings[1].text, HasSubstr("<Dial> in <Say> is ignored"));
}

TEST(TwimlNesting, ReadsTheWordsOfSsmlAloud) {
  const auto document = read(
      R"(<Say>a <prosody rate="slow">b <emphasis>c</emphasis></prosody> <say-as interpret-as="date">d</say-as>)"
      R"(<break time="1s"/> <Pause/>e</Say>)");

  EXPECT_EQ(std::get<SayVerb>(document.verbs.at(0)).text, "a b c d e");
  ASSERT_EQ(document.findings.size(), 1U);
  EXPECT_THAT(document.findings[0].text, HasSubstr("<Pause> in <Say>"));
}

TEST(TwimlNesting, ReportsWhatStandsWhereNothingMay) {
  EXPECT_THAT(finding("<Pause><Say>a</Say></Pause>"),
              HasSubstr("12200 warning: <Say> in <Pause> is ignored"));
  EXPECT_THAT(finding("<Hangup><Say>bye</Say></Hangup>"), HasSubstr("<Say> in <Hangup> is ignored"));
  EXPECT_THAT(finding("<Hangup>bye</Hangup>"), HasSubstr("text in <Hangup>: \"bye\" is ignored"));
  EXPECT_THAT(finding("<Reject><Say>a</Say></Reject>"), HasSubstr("<Say> in <Reject>"));
  EXPECT_THAT(finding("<Record><Say>a</Say></Record>"), HasSubstr("<Say> in <Record>"));
  EXPECT_THAT(finding("<Play><Say>a</Say>http://b/a.wav</Play>"), HasSubstr("<Say> in <Play>"));
  EXPECT_THAT(finding("<Connect><Stream url=\"wss://b/m\"><Parameter name=\"a\" value=\"1\"><Say>a</Say>"
                      "</Parameter></Stream></Connect>"),
              HasSubstr("<Say> in <Parameter>"));
  EXPECT_THAT(finding("<Dial><Number>+15550001111<Say>a</Say></Number></Dial>"),
              HasSubstr("<Say> in <Number>"));
}

TEST(TwimlNesting, RedirectsToItsOwnText) {
  const auto document = read("<Redirect>/next<Say>/wrong</Say></Redirect>");

  EXPECT_EQ(std::get<RedirectVerb>(document.verbs.at(0)).url, "/next");
  EXPECT_THAT(document.findings.at(0).text, HasSubstr("<Say> in <Redirect>"));
}

TEST(TwimlNesting, FindsAClientByItsIdentity) {
  const auto document = read(
      "<Dial><Client><Identity>anna</Identity><Parameter name=\"a\" value=\"1\"/></Client>"
      "<Client>ben</Client></Dial>");

  EXPECT_THAT(document.findings, IsEmpty());
  const auto& parties = std::get<DialVerb>(document.verbs.at(0)).parties;
  ASSERT_EQ(parties.size(), 2U);
  EXPECT_EQ(parties[0].address, "client:anna");
  EXPECT_EQ(parties[1].address, "client:ben");
}

TEST(TwimlNesting, LeavesOutAParameterWithoutAName) {
  const auto document = read(
      R"(<Connect><Stream url="wss://b/m"><Parameter value="1"/><Parameter name="b" value="2"/></Stream>)"
      "</Connect>");

  EXPECT_THAT(std::get<ConnectVerb>(document.verbs.at(0)).stream.parameters,
              ElementsAre(testing::Pair("b", "2")));
  EXPECT_THAT(document.findings.at(0).text, HasSubstr("<Parameter> without a name"));
}

TEST(TwimlNesting, ReportsAttributesOfTheResponse) {
  const auto findings = read_twiml(R"(<Response foo="1" version="1.0" xmlns:x="y"/>)").findings;

  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].code, 12200);
  EXPECT_THAT(findings[0].text, HasSubstr("attribute \"foo\" of <Response>"));
}

TEST(TwimlNesting, QuotesWholeCharacters) {
  const auto text = read(std::string(39, 'a') + "\u00e9nough").findings.at(0).text;

  EXPECT_THAT(text, HasSubstr("\"" + std::string(39, 'a') + "\" is ignored"));
}

}  // namespace
}  // namespace simulators::twilio
