#include "scenarios/cli/table.hpp"

#include "scenarios/text/wrap.hpp"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

namespace scenarios::cli {
namespace {

using engine::Outcome;
using engine::Result;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Result passing(std::string name, std::string verdict) {
  Result result;
  result.name = std::move(name);
  result.status = Result::Status::passed;
  result.verdict = std::move(verdict);
  result.scenario_seconds = 9.5;
  result.wall_seconds = 0.021;
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Table, HasColumns) {
  const std::string verdict(37, 'v');
  EXPECT_EQ(table_header(8), "       scenario  verdict                                lasts     took\n");
  EXPECT_EQ(table_line(passing("one", "normal"), 8, false),
            "pass   one       normal                                  9.5s     21ms\n");
  EXPECT_EQ(table_line(passing("one", verdict), 8, false),
            "pass   one       " + verdict + "   9.5s     21ms\n");
}

TEST(Table, SaysBelowAFailureWhatTwilioSawAndWhereToLook) {
  Result result = passing("one", "pipeline_blockage (transport_blocked)");
  auto& call = result.calls.emplace_back();
  call.verdict = "pipeline_blockage";
  call.reason = "transport_blocked";
  call.twilio_errors = {"at 2.70 s, warning 31951: no streamSid"};
  EXPECT_THAT(table_line(result, 8, false), Not(HasSubstr("31951"))) << "it passed";

  result.status = Result::Status::failed;
  const auto general = table_line(result, 8, false);
  EXPECT_THAT(general, HasSubstr("      Twilio: at 2.70 s, warning 31951: no streamSid\n"));
  EXPECT_THAT(general, HasSubstr("stayed inside the bridge"));
  EXPECT_THAT(general, HasSubstr("Look at what"));

  call.clue = {"Twilio refused it all.", {"Look at its messages."}};
  EXPECT_THAT(table_line(result, 8, false),
              HasSubstr("      Twilio refused it all. Look at its messages.\n"));
}

TEST(Table, TellsOfAProcessThatIsGoneAndNotOfTheCall) {
  Result result = passing("one", "too_short");
  result.status = Result::Status::failed;
  result.calls.emplace_back().verdict = "too_short";
  result.bridge_died = true;
  EXPECT_THAT(table_line(result, 8, false), HasSubstr("The bridge's process ended as it should not."));
  EXPECT_THAT(table_line(result, 8, false), Not(HasSubstr("hung up")));
}

TEST(Table, TellsOfTheCallThatDidNotGoWell) {
  Result result = passing("one", "normal");
  result.status = Result::Status::failed;
  result.calls.resize(2);
  result.calls.front().verdict = "normal";
  result.calls.back().verdict = "pipeline_blockage";
  result.calls.back().reason = "transport_blocked";
  result.calls.back().twilio_errors = {"at 2.70 s, warning 31951: no streamSid"};
  const auto line = table_line(result, 8, false);
  EXPECT_THAT(line, HasSubstr("stayed inside the bridge"));
  EXPECT_THAT(line, HasSubstr("31951"));
}

TEST(Table, IsNoWiderThanATerminalWhateverTheNames) {
  for (const std::size_t longest : {8U, 18U, 30U, 53U, 70U}) {
    EXPECT_LE(text::columns(table_header(longest)), text::kColumns + 1);
    for (const std::size_t name : {std::size_t{3}, longest / 2, longest}) {
      for (const char* verdict :
           {"", "normal", "openai_unreachable (network)", "pipeline_blockage (caller_path_blocked)"}) {
        for (const auto& line :
             lines_of(table_line(passing(std::string(name, 'n'), verdict), longest, false)))
          EXPECT_LE(text::columns(line), text::kColumns) << line;
      }
    }
  }
}

TEST(Table, MovesALongVerdictOutOfItsColumnOrBelowTheName) {
  const std::string verdict = "openai_unreachable (network)";
  EXPECT_EQ(table_line(passing("refused", verdict), 50, false),
            "pass   refused" + std::string(22, ' ') + verdict + "   9.5s     21ms\n");
  const std::string name(50, 'n');
  EXPECT_EQ(table_line(passing(name, verdict), 50, false),
            "pass   " + name + "\n       " + verdict + std::string(29, ' ') + "   9.5s     21ms\n");
}

TEST(Table, SaysWhichExpectationsAreNotApplicableAndWhy) {
  auto result = passing("one", "");
  const auto without = [](std::size_t line, std::string why) {
    return engine::Judged{{line, 1, 0}, "x", {Outcome::Status::not_applicable, std::move(why), ""}, {}};
  };
  result.judged = {without(7, "no alert rules are installed"), without(9, "the bridge publishes no calls"),
                   without(12, "no alert rules are installed")};
  result.judged.push_back({{14, 1, 0}, "x", {Outcome::Status::passed, "as expected", ""}, {}});
  result.expectations = 4;
  result.not_applicable = 3;

  EXPECT_THAT(table_line(result, 8, false), EndsWith("      3 of 4 expectations are not applicable:\n"
                                                     "      line 7, 12: no alert rules are installed\n"
                                                     "      line 9: the bridge publishes no calls\n"));
}

TEST(Table, ShowsNoSecret) {
  auto result = passing("one", "");
  result.status = Result::Status::failed;
  result.failures = {"one.yaml:7: log: sk-0123456789abcdef"};

  const std::string text = table_line(result, 8, false);

  EXPECT_THAT(text, HasSubstr("      one.yaml:7: log: sk-[redacted]\n"));
  EXPECT_THAT(text, StartsWith("FAIL   one"));
  EXPECT_THAT(text, Not(HasSubstr("0123456789")));
}

TEST(Table, ShowsAllThatABridgeWroteBehindANul) {
  auto result = passing("one", "");
  result.status = Result::Status::failed;
  result.failures = {std::string("it said a\0b\x1B[2J", 15), "and another"};

  const std::string text = table_line(result, 8, false);

  EXPECT_THAT(text, HasSubstr("it said a\uFFFDb\uFFFD[2J"));
  EXPECT_THAT(text, HasSubstr("and another"));
  EXPECT_EQ(text.find('\0'), std::string::npos);
}

TEST(Table, HasItsColumnsAlsoBelowOtherScripts) {
  for (const char* name : {"x[你好世界]", "x[שָׁלוֹם]", "x[👍]"}) {
    const auto line = table_line(passing(name, "normal"), 20, false);
    EXPECT_EQ(text::columns(line), text::columns(table_line(passing("x", "normal"), 20, false))) << line;
  }
}

TEST(Wrapped, CountsWhatATerminalShows) {
  EXPECT_EQ(text::columns("你好"), 4U);
  EXPECT_EQ(text::columns("שָׁלוֹם"), 4U) << "points stand on their letter";
  EXPECT_EQ(text::columns("é e\u0301 👍"), 6U);
  EXPECT_EQ(text::columns(""), 0U);
}

TEST(Wrapped, CountsLettersAndNotBytes) {
  std::string hebrew, latin;
  for (int i = 0; i < 30; ++i) {
    hebrew += "שלום ";
    latin += "abcd ";
  }
  EXPECT_EQ(text::columns("שלום"), 4U);
  const auto lines = lines_of(text::wrapped(hebrew, 4));
  ASSERT_EQ(lines.size(), lines_of(text::wrapped(latin, 4)).size());
  EXPECT_EQ(text::columns(lines.front()), 74U);  // 15 words of four letters, after the indent of 4
}

}  // namespace
}  // namespace scenarios::cli
