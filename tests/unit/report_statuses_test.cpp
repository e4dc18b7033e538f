// What is neither passed nor failed, in every kind of report.
#include "scenarios/report/github.hpp"
#include "scenarios/report/junit.hpp"
#include "scenarios/report/results_json.hpp"
#include "tests/unit/report_test.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace scenarios::report {
namespace {

using engine::Outcome;
using engine::Result;
using testing::HasSubstr;
using testing::Not;

/// good: a known failure; bad: one expectation was too late to be judged; ugly: one seed gave two runs.
RunRecord run_of_doubts() {
  auto run = run_of_three();
  auto& known = run.scenarios[0].result;
  known.status = Result::Status::known_failing;
  known.notes = {"known to fail until 2027-03-31: VOICE-17"};
  known.judged = {{{9, 5, 0}, "verdict: normal", {Outcome::Status::failed, "the truth is no_turn", ""}, {}}};
  auto& late = run.scenarios[1].result;
  late.status = Result::Status::inconclusive;
  late.judged[1].outcome = {Outcome::Status::inconclusive, "this machine was 12 ms late", ""};
  late.unasked.clear();
  late.failures = {"three.yaml:7: caller_longest_gap_seconds == 0"};
  run.scenarios[2].result.status = Result::Status::not_deterministic;
  run.scenarios[2].result.failures = {"not deterministic: line 7 of the journal differs"};
  return run;
}

TEST(ReportOfDoubts, JunitSkipsWhatIsKnownAndTakesTheRestForErrors) {
  pugi::xml_document document;
  document.load_string(junit_xml(run_of_doubts()).c_str());
  const auto suite = document.child("testsuites").child("testsuite");
  EXPECT_STREQ(suite.attribute("failures").value(), "0");
  EXPECT_STREQ(suite.attribute("errors").value(), "2");
  EXPECT_STREQ(suite.attribute("skipped").value(), "1");
  const auto of = [&](const char* name) { return suite.find_child_by_attribute("testcase", "name", name); };
  EXPECT_THAT(of("good").child("skipped").attribute("message").value(), HasSubstr("VOICE-17"));
  EXPECT_STREQ(of("bad").child("error").attribute("type").value(), "inconclusive");
  EXPECT_THAT(of("bad").child("error").text().get(), HasSubstr("12 ms late"));
  EXPECT_STREQ(of("ugly").child("error").attribute("type").value(), "not_deterministic");
  EXPECT_THAT(of("ugly").child("error").text().get(), HasSubstr("line 7 of the journal"));
}

TEST(ReportOfDoubts, ResultsJsonCountsEach) {
  const auto json = nlohmann::json::parse(results_json(run_of_doubts()));
  EXPECT_EQ(json["passed"], 0);
  EXPECT_EQ(json["failed"], 0);
  EXPECT_EQ(json["broken"], 1);
  EXPECT_EQ(json["known_failing"], 1);
  EXPECT_EQ(json["inconclusive"], 1);
  EXPECT_EQ(json["scenarios"][0]["status"], "known_failing");
  EXPECT_EQ(json["scenarios"][1]["expectations"][1]["status"], "inconclusive");
  EXPECT_EQ(json["scenarios"][2]["other_failures"][0], "not deterministic: line 7 of the journal differs");
}

TEST(ReportOfDoubts, GithubIsNotTroubledWithWhatIsKnown) {
  const auto annotations = github_annotations(run_of_doubts(), "/");
  EXPECT_THAT(annotations, Not(HasSubstr("no_turn")));
  EXPECT_THAT(annotations, HasSubstr("12 ms late"));
  const auto summary = github_summary(run_of_doubts());
  EXPECT_THAT(summary, HasSubstr("1 could not be run, 1 inconclusive, 1 known to fail\n"));
  EXPECT_THAT(summary, HasSubstr("<summary>0 passed, 1 known to fail</summary>"));
}

TEST(ReportOfDoubts, GithubShowsWhereItIsSaidThatAScenarioIsKnownToFail) {
  auto run = run_of_doubts();
  auto& late = run.scenarios[1];
  late.source = std::make_shared<engine::Source>("library/sound/three.yaml",
                                                 "linecheck: 1\nname: three\nknown_failing: {ticket: V-1}\n");
  late.result.unasked = {"known_failing was good until 2027-03-31 and no longer: see V-1"};
  EXPECT_THAT(github_annotations(run, std::filesystem::current_path()),
              HasSubstr("file=library/sound/three.yaml,line=3,title=bad::known_failing was good until"));
}

TEST(ReportOfDoubts, GithubSaysTheKindOfTimeOnce) {
  auto run = run_of_doubts();
  EXPECT_THAT(github_summary(run), HasSubstr("\n\na bridge, virtual time\n\n"));
  run.bridge = "linecheck-bridge, in this process, in virtual time";
  EXPECT_THAT(github_summary(run), HasSubstr("\n\nlinecheck-bridge, in this process, in virtual time\n\n"));
}

}  // namespace
}  // namespace scenarios::report
