#include "scenarios/report/escape.hpp"
#include "scenarios/report/folder.hpp"
#include "scenarios/report/log_digest.hpp"
#include "scenarios/report/redact.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace scenarios::report {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kReplaced = "\xEF\xBF\xBD";

TEST(ReportText, KeepsWellFormedUtf8InEveryScript) {
  for (const std::string text : {"caller", "שלום", "naïve", "日本語", "📞", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(valid_utf8(text), text);
}

TEST(ReportText, ReplacesEachByteThatIsNoUtf8) {
  for (const std::string text :
       {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFF"}) {
    std::string expected;
    for (std::size_t i = 0; i < text.size(); ++i) expected += kReplaced;
    EXPECT_EQ(valid_utf8(text), expected);
    EXPECT_EQ(valid_utf8("a" + text + "b"), "a" + expected + "b");
  }
}

TEST(ReportText, LeavesNothingInXmlThatNoReferenceCanWrite) {
  const std::string zero(1, '\0');
  EXPECT_EQ(xml_text("a\x1B[31mb" + zero), std::string("a") + kReplaced + "[31mb" + kReplaced);
  EXPECT_EQ(xml_text("\t\r\n שלום"), "\t\r\n שלום");
  EXPECT_EQ(xml_text("\xEF\xBF\xBF"), kReplaced);
}

TEST(ReportText, CutsBetweenCharactersAndSaysHowMuchIsMissing) {
  EXPECT_EQ(bounded("שלום", 8), "שלום");
  EXPECT_EQ(bounded("שלום", 5), "של... (4 bytes more)");
  EXPECT_EQ(bounded("abc", 0), "... (3 bytes more)");
}

TEST(ReportText, NeverEndsTheScriptThatItStandsIn) {
  const std::string text = script_json({{"</script><!--", "<script>\xFF"}});

  EXPECT_EQ(text.find('<'), std::string::npos);
  const auto read = nlohmann::json::parse(text);
  EXPECT_EQ(read.begin().key(), "</script><!--");
  EXPECT_EQ(read.begin().value(), std::string("<script>") + kReplaced);
}

TEST(ReportText, IsNoMarkupInHtml) {
  EXPECT_EQ(html_text("<b a=\"1\">&</b>"), "&lt;b a=&quot;1&quot;&gt;&amp;&lt;/b&gt;");
}

TEST(Redaction, TakesOutWhatLooksLikeASecret) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"key=sk-proj-AbCdEf0123456789 used", "key=sk-[redacted] used"},
      {R"({"value":"ek_0123456789abcdef"})", R"({"value":"ek_[redacted]"})"},
      {"Authorization: Bearer abc.def-123\r\n", "Authorization: Bearer [redacted]\r\n"},
      {"authorization: Basic QUM6dG9r==", "authorization: Basic [redacted]"},
      {R"({"api_key": "k1","other":"k2"})", R"({"api_key": "[redacted]","other":"k2"})"},
      {R"("authToken":"0123")", R"("authToken":"[redacted]")"},
      {"https://x.example/?client_secret=abc&b=1", "https://x.example/?client_secret=[redacted]&b=1"},
      {"TWILIO_AUTH_TOKEN=abc next", "TWILIO_AUTH_TOKEN=[redacted] next"},
      {R"("password":"a b c")", R"("password":"[redacted]")"},
      {R"("CallToken":"{\"a\":\"b\"}","To":"1")", R"("CallToken":"[redacted]","To":"1")"},
      {R"("body":"{\"api_key\":\"k\",\"n\":1}")", R"("body":"{\"api_key\":\"[redacted]\",\"n\":1}")"},
      {R"(<Parameter name="MyToken" value="v2.x"/>)", R"(<Parameter name="MyToken" value="[redacted]"/>)"},
      {R"("<Parameter name=\"MyToken\" value=\"v2.x\"/>")",
       R"("<Parameter name=\"MyToken\" value=\"[redacted]\"/>")"},
      {"url=\"https://x.example/a?at=1&amp;signature=32d0122b56fdc8e43007c2acb009fb21\" track",
       "url=\"https://x.example/a?at=1&amp;signature=[redacted]\" track"},
      {R"("X-Twilio-Signature":"L/OH5YylLD5NRKLltdqwSvS0BnU=")", R"("X-Twilio-Signature":"[redacted]")"},
      {"    bearer: crm-key-0123\n", "    bearer: [redacted]\n"},
      {"{Authorization: \"Bearer k1\", X-Api-Key: AbCdEfGh}",
       "{Authorization: \"Bearer [redacted]\", "
       "X-Api-Key: [redacted]}"},
      {"{Authorization: Bearer k1}", "{Authorization: Bearer [redacted]}"},
      {"auth_token: 'a0b1c2d3'", "auth_token: '[redacted]'"},
      {"auth_token: \"a0b1c2d3\"", "auth_token: \"[redacted]\""},
      {"https://u:p@ss@w0rd@host/?to=a@b and c@d", "https://u:[redacted]@host/?to=a@b and c@d"},
      {"https://u:p@host?to=a@b", "https://u:[redacted]@host?to=a@b"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(redacted(text), expected) << text;
}

/// As programs in JavaScript, Ruby, YAML or a shell print the same secret, X here.
TEST(Redaction, KnowsEachFormThatAProgramPrintsASecretIn) {
  for (const std::string form : {"authorization: bearer X",
                                 "authorization: 'bearer X'",
                                 "'authorization': 'Bearer X'",
                                 "AUTHORIZATION: BEARER X",
                                 "proxy-authorization: basic X",
                                 "'x-api-key': 'X'",
                                 "'x-api-key': \"X\"",
                                 "{ apiKey: 'X', n: 1 }",
                                 "\"x-api-key\" : \"X\"",
                                 "https://AC123:X@api.twilio.com/2010-04-01",
                                 "wss://user:X@host",
                                 "auth_token = X",
                                 "auth_token= X",
                                 "auth_token =X",
                                 "AUTH_TOKEN = 'X'",
                                 "TWILIO_AUTH_TOKEN:X",
                                 "auth_token:'X'",
                                 "authToken => X",
                                 "'authToken' => 'X'",
                                 ":auth_token=>\"X\"",
                                 "authToken=\"X\"",
                                 "\"body\":\"{\\\"auth_token\\\" : \\\"X\\\"}\""}) {
    const auto place = form.find('X');
    const auto with = [&](const std::string& value) { return std::string(form).replace(place, 1, value); };
    EXPECT_THAT(redacted(with("a0b1c2d3e4f5")), testing::Not(testing::HasSubstr("a0b1c2d3e4f5"))) << form;
    EXPECT_THAT(redacted(with("a0b1c2d3e4f5")), testing::HasSubstr("[redacted]")) << form;
  }
}

TEST(Redaction, LeavesEverythingElseAlone) {
  for (const std::string text : {"",
                                 "desk-12345678901234",
                                 "task-force and risk-",
                                 R"({"type":"session.update"})",
                                 "call=CA0cdb3a07a5b3ca6cb6fbb176462926f8 stream=MZbe",
                                 "max_tokens=400",
                                 "about: Basic checks of the menu",
                                 "twilio: {signature: wrong, call_token: url_encoded}",
                                 "signature=missing peer=127.0.0.1",
                                 "{bearer: $key.of_crm_1, auth_token: false}",
                                 "properties: {password: {type: string}}",
                                 R"({"secretary":"Miss Lemon"})",
                                 R"("audio":"f39/+sk8Bearer")",
                                 "the bearer of this letter",
                                 "a basic check",
                                 "token == 12345678",
                                 "http://127.0.0.1:8080/a@b",
                                 "mailto:a:b@example.com",
                                 "at 12:30:45 token of no use",
                                 R"({"max_output_tokens": 4096, "total_tokens":12345678})",
                                 "the token's owner",
                                 "reasons: bad_token=3, no_token: 12345678",
                                 R"({"bad_token": "Wrong123"})",
                                 "a secret: keep it"})
    EXPECT_EQ(redacted(text), text);
}

TEST(Redaction, ReachesTheEndOfACutText) {
  EXPECT_EQ(redacted("Bearer abc"), "Bearer [redacted]");
  EXPECT_EQ(redacted("\"api_key\":\"abc"), "\"api_key\":\"[redacted]");
}

TEST(FolderName, IsOneThatEveryFileSystemTakes) {
  EXPECT_EQ(folder_name("barge-in"), "barge-in");
  EXPECT_EQ(folder_name("normal[twilio_docs]"), "normal[twilio_docs]");
  EXPECT_EQ(folder_name("../../etc/passwd"), "_.._.._etc_passwd");
  EXPECT_EQ(folder_name("a:b|c*d?e<f>g\"h\\i\nj"), "a_b_c_d_e_f_g_h_i_j");
  EXPECT_EQ(folder_name(""), "_");
  EXPECT_LE(folder_name(std::string(5000, 'x')).size(), 120U);
}

TEST(LogDigest, SeesOneShapeInLinesThatDifferInNumbersAndIds) {
  EXPECT_EQ(shape_of("2026-03-05T00:00:00.508Z call=CA12 bytes=1488"),
            shape_of("2027-11-15T09:12:13.001Z call=CA99f bytes=2"));
  EXPECT_NE(shape_of("call=CA12 started"), shape_of("call=CA12 ended"));
}

TEST(LogDigest, FoldsLinesOfOneShapeAndKeepsTheEnd) {
  std::deque<engine::LogLine> log;
  const runtime::TimePoint start{};
  using namespace std::chrono_literals;
  log.push_back({start, "opened"});
  for (int i = 0; i < 5; ++i) log.push_back({start + 1s, "delta " + std::to_string(i)});
  log.push_back({start + 2s, "closed, key sk-0123456789"});
  Bounds bounds;
  bounds.log_lines = 2;

  const auto json = log_json(log, start, bounds);

  ASSERT_EQ(json.size(), 3U);
  EXPECT_THAT(json[0][1].get<std::string>(), HasSubstr("1 earlier lines are left out"));
  EXPECT_EQ(json[1], nlohmann::json({1000, "delta 0", 5}));
  EXPECT_EQ(json[2], nlohmann::json({2000, "closed, key sk-[redacted]"}));
}

}  // namespace
}  // namespace scenarios::report
