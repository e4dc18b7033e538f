// What never ran, a bridge that died, and what a bridge may write, in every kind of report.
#include "scenarios/report/escape.hpp"
#include "scenarios/report/github.hpp"
#include "scenarios/report/junit.hpp"
#include "scenarios/report/page.hpp"
#include "scenarios/report/report.hpp"
#include "scenarios/report/results_json.hpp"
#include "tests/unit/report_test.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <sstream>
#include <string>

namespace scenarios::report {
namespace {

using engine::Result;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Interrupted before a fourth; a fifth is for real time.
RunRecord run_cut_short() {
  auto run = run_of_three();
  const auto source = run.scenarios.front().source;
  run.unrun = {{"late", source, Unrun::Why::not_reached, "not run"},
               {"live", source, Unrun::Why::other_time, "real time only"}};
  run.interrupted = true;
  return run;
}

TEST(Unrun, IsSkippedInJunit) {
  pugi::xml_document document;
  document.load_string(junit_xml(run_cut_short()).c_str());
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("tests").value(), "5");
  EXPECT_STREQ(suite.attribute("skipped").value(), "2");
  const auto of = [&](const char* name) { return suite.find_child_by_attribute("testcase", "name", name); };
  EXPECT_STREQ(of("late").child("skipped").attribute("message").value(), "not run");
  EXPECT_STREQ(of("live").child("skipped").attribute("message").value(), "real time only");
  EXPECT_STREQ(of("live").attribute("classname").value(), "sound");
}

TEST(Unrun, IsCountedInResultsJson) {
  const auto json = nlohmann::json::parse(results_json(run_cut_short()));
  EXPECT_EQ(json["interrupted"], true);
  EXPECT_EQ(json["not_run"], 1);
  EXPECT_EQ(json["other_time"], 1);
  EXPECT_EQ(json["unrun"][1]["name"], "live");
  EXPECT_EQ(json["unrun"][1]["why"], "real time only");
  EXPECT_EQ(nlohmann::json::parse(results_json(run_of_three()))["interrupted"], false);
}

TEST(Unrun, IsToldByThePageAndTheSummary) {
  std::ostringstream page;
  write_page(page, run_cut_short());
  EXPECT_THAT(page.str(), HasSubstr("interrupted, and 1 of 4 scenarios were not run"));
  EXPECT_THAT(page.str(), HasSubstr("<title>linecheck: 1 passed, 2 failed, 1 not run</title>"));
  const auto summary = github_summary(run_cut_short());
  EXPECT_THAT(summary, HasSubstr("1 for the other kind of time only"));
  EXPECT_THAT(summary,
              HasSubstr("**The report is not whole: interrupted, and 1 of 4 scenarios were not run.**"));
  auto fast = run_cut_short();
  fast.interrupted = false;
  EXPECT_THAT(github_summary(fast), HasSubstr("ended early, and 1 of 4"));
  EXPECT_THAT(github_summary(run_of_three()), Not(HasSubstr("not whole")));
}

TEST(BridgeThatDied, IsWhatEveryReportSaysFirst) {
  auto run = run_of_three();
  auto& bad = run.scenarios[1].result;
  bad.bridge_died = true;
  bad.unasked.insert(bad.unasked.begin(),
                     "the bridge's process ended by SIGSEGV at 2.1 s\n    the end of its log:\n    boom");

  EXPECT_THAT(findings(run.scenarios[1]).front().headline,
              StartsWith("the bridge's process ended by SIGSEGV"));
  pugi::xml_document document;
  document.load_string(junit_xml(run).c_str());
  const auto failure = document.select_node("//testcase[@name='bad']/failure").node();
  EXPECT_THAT(failure.attribute("message").value(), HasSubstr("SIGSEGV at 2.1 s"));
  EXPECT_THAT(failure.text().get(), HasSubstr("    boom\n"));
  EXPECT_THAT(github_annotations(run, "."), HasSubstr("title=bad::the bridge's process ended by SIGSEGV"));
}

TEST(Annotations, HaveTheFirstFindingOfEachScenarioFirst) {
  auto run = run_of_three();
  for (int i = 0; i < 8; ++i) run.scenarios.push_back(run.scenarios[1]);

  const std::string text = github_annotations(run, ".");

  EXPECT_THAT(text, HasSubstr("::10 of 19 findings"));
  EXPECT_THAT(text, Not(HasSubstr("the truth is other"))) << "the second finding of the same scenarios";
}

TEST(Annotations, OfWhatWasTooLateToJudgeAreWarnings) {
  auto run = run_of_three();
  run.scenarios[1].result.status = Result::Status::inconclusive;
  const std::string text = github_annotations(run, ".");
  EXPECT_THAT(text, HasSubstr(",title=bad::"));
  EXPECT_THAT(text, StartsWith("::warning "));
  EXPECT_THAT(text, HasSubstr("::error file=library/sound/three.yaml,line=1,title=ugly"));
}

TEST(Annotations, StandBesideWhatLintFound) {
  const std::string text = github_annotations(
      "a b.yaml:4:16: error: expected 5 % of a: b\n 4 | x: y\n   |    ^\ngone: error: there is no such "
      "file\n",
      ".");
  EXPECT_EQ(text,
            "::error file=a b.yaml,line=4,col=16,title=linecheck::expected 5 %25 of a: b\n"
            "::error file=gone,title=linecheck::there is no such file\n");
}

TEST(WithoutCommands, NothingThatABridgeSaysIsOne) {
  const std::string text = without_commands("::stop-commands::x\n  ::error::y\nsee ##[error]z\na::b stays\n");
  EXPECT_THAT(text, Not(StartsWith("::")));
  EXPECT_THAT(text, Not(HasSubstr("\n  ::")));
  EXPECT_THAT(text, Not(HasSubstr("##[")));
  EXPECT_THAT(text, HasSubstr("a::b stays\n"));
}

TEST(PlainText, HasNothingThatATerminalObeys) {
  EXPECT_EQ(plain_text("a\tb\r\nc"), "a\tb\nc");
  EXPECT_EQ(plain_text(std::string("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(plain_text("a\rb"), "a\uFFFDb");
  EXPECT_EQ(plain_text("\x1B[2J"), "\uFFFD[2J");
  EXPECT_EQ(plain_text("\xC2\x9B"
                       "2J \xC2\xA0"),
            "\uFFFD2J \xC2\xA0");
}

}  // namespace
}  // namespace scenarios::report
