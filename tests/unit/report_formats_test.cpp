#include "scenarios/report/github.hpp"
#include "scenarios/report/junit.hpp"
#include "scenarios/report/page.hpp"
#include "scenarios/report/results_json.hpp"
#include "tests/unit/report_test.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <sstream>
#include <string>

namespace scenarios::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_buffer(xml.data(), xml.size()));
  return document;
}

std::string page_of(const RunRecord& run) {
  std::ostringstream out;
  write_page(out, run);
  return out.str();
}

TEST(Junit, HasACaseForEachScenarioAndCountsThem) {
  const auto document = parsed(junit_xml(run_of_three()));
  const auto suite = document.child("testsuites").child("testsuite");

  EXPECT_STREQ(suite.attribute("tests").value(), "3");
  EXPECT_STREQ(suite.attribute("failures").value(), "1");
  EXPECT_STREQ(suite.attribute("errors").value(), "1");
  const auto good = suite.find_child_by_attribute("testcase", "name", "good");
  EXPECT_FALSE(good.child("failure") || good.child("error"));
  EXPECT_STREQ(good.attribute("classname").value(), "sound");
  EXPECT_STREQ(good.attribute("time").value(), "0.250");
}

TEST(Junit, SaysWhatFailedWhereAndHowToDoItAgain) {
  const auto document = parsed(junit_xml(run_of_three()));
  const auto suite = document.child("testsuites").child("testsuite");
  const auto failure = suite.find_child_by_attribute("testcase", "name", "bad").child("failure");
  const std::string text = failure.text().get();

  EXPECT_STREQ(failure.attribute("message").value(), "caller_longest_gap_seconds == 0");
  EXPECT_THAT(text, HasSubstr("library/sound/three.yaml:7: caller_longest_gap_seconds == 0\nit is 0.4\n"
                              "it would have held at 5.10 s"));
  EXPECT_THAT(text, HasSubstr("the truth is other"));
  EXPECT_THAT(text, HasSubstr("replay: linecheck run --seed 7"));
  const auto error = suite.find_child_by_attribute("testcase", "name", "ugly").child("error");
  EXPECT_THAT(error.text().get(), HasSubstr("address in use"));
}

TEST(Junit, StaysXmlWhateverABridgeSays) {
  auto run = run_of_three();
  auto& result = run.scenarios[1].result;
  result.judged[1].outcome.why =
      "]]></failure> \x1B[31m \xFF & <b> \"'" + std::string(1, '\0') + std::string(1U << 20U, 'x');

  const std::string xml = junit_xml(run);

  parsed(xml);
  EXPECT_LT(xml.size(), 30'000U);
  EXPECT_THAT(xml, Not(HasSubstr("&#")));
  EXPECT_THAT(xml, HasSubstr("bytes more)"));
}

TEST(ResultsJson, HasWhatTheTableSays) {
  auto run = run_of_three();
  run.scenarios[1].result.calls = {
      {"CA1", {}, "stuck", "late", "normal", "", {{"answer", 2, 1.5, 1, "stuck", ""}}}};
  run.scenarios[1].kept_folder = true;

  const auto json = nlohmann::json::parse(results_json(run));

  EXPECT_EQ(json["failed"], 1);
  const auto& bad = json["scenarios"][1];
  EXPECT_EQ(bad["status"], "failed");
  EXPECT_EQ(bad["folder"], "bad");
  EXPECT_EQ(bad["expectations"][1]["line"], 7);
  EXPECT_EQ(bad["expectations"][1]["nearest_miss"], "it would have held at 5.10 s");
  EXPECT_EQ(bad["expectations"][1]["window"], nlohmann::json({1.5, 4}));
  EXPECT_EQ(bad["calls"][0]["answers"][0]["arrived_seconds"], 1.5);
  EXPECT_EQ(json["scenarios"][2]["other_failures"][0], "the fakes cannot listen: address in use");
}

TEST(ResultsJson, StaysJsonWhateverABridgeSays) {
  auto run = run_of_three();
  run.scenarios[1].result.judged[1].outcome.why = std::string("\xFF\x01\"\\ ") + std::string(1U << 20U, 'x');

  const std::string text = results_json(run);

  EXPECT_TRUE(nlohmann::json::accept(text));
  EXPECT_LT(text.size(), 30'000U);
}

TEST(Annotations, StandBesideTheLineThatFailed) {
  const std::string text = github_annotations(run_of_three(), std::filesystem::current_path());

  EXPECT_THAT(
      text,
      HasSubstr("::error file=library/sound/three.yaml,line=7,title=bad::"
                "caller_longest_gap_seconds == 0%0Ait is 0.4%0Ait would have held at 5.10 s%0Areplay: "));
  EXPECT_THAT(text, HasSubstr("file=library/sound/three.yaml,line=1,title=ugly::the fakes cannot listen"));
  EXPECT_THAT(text, Not(HasSubstr("good")));
}

TEST(Annotations, AreLinesOfTheirOwnWhateverTheyHold) {
  auto run = run_of_three();
  run.scenarios[1].result.name = "a,b:c%\nd";
  run.scenarios[1].result.judged[1].text = "100 %\r\n::set-env name=x::y";

  const std::string text = github_annotations(run, ".");

  EXPECT_THAT(text, HasSubstr("title=a%2Cb%3Ac%25%0Ad::100 %25%0D%0A::set-env name=x::y"));
  EXPECT_THAT(text, Not(HasSubstr("\n::set-env")));
}

TEST(Annotations, AreNoMoreThanGitHubShows) {
  auto run = run_of_three();
  for (int i = 0; i < 30; ++i) run.scenarios.push_back(run.scenarios[1]);

  const std::string text = github_annotations(run, ".");

  EXPECT_THAT(text, HasSubstr("::notice::10 of 63 findings are annotated"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11);
}

TEST(StepSummary, TellsWhatFailedFirstAndStaysBounded) {
  auto run = run_of_three();
  run.scenarios[0].result.name = "a|b <i>";
  for (int i = 0; i < 2000; ++i) run.scenarios.push_back(run.scenarios[i % 2]);

  const std::string text = github_summary(run);

  EXPECT_THAT(text, StartsWith("### linecheck: 1001 passed, 1001 failed, 1 could not be run"));
  EXPECT_LT(text.find("<b>bad</b>"), text.find("a\\|b &lt;i&gt;"));
  EXPECT_LT(text.size(), 256U << 10U);
}

TEST(Page, HasNoResourceOfAnyOtherPlace) {
  const std::string page = page_of(run_of_three());

  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const std::string outside :
       {" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "import("})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
}

TEST(Page, LetsNoTextOfAScenarioBecomeMarkup) {
  auto run = run_of_three();
  const std::string attack = "</script><script>alert(1)</script><!--";
  run.scenarios[1].result.name = run.scenarios[1].about = run.scenarios[1].result.verdict = attack;
  run.scenarios[1].source = std::make_shared<engine::Source>(attack, "name: " + attack);
  run.bridge = attack;

  const std::string page = page_of(run);

  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script>"));
}

}  // namespace
}  // namespace scenarios::report
