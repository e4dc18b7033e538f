// A secret in what an author wrote, or in what a bridge said, is in no report.
#include "scenarios/engine/scratch_folder.hpp"
#include "scenarios/report/github.hpp"
#include "scenarios/report/report.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace scenarios::report {
namespace {

using engine::Outcome;
using engine::Result;
using testing::HasSubstr;
using testing::Not;

constexpr auto kSecret = "0123456789abcdef";
const std::string kBearer = std::string("Bearer sk-") + kSecret;

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return std::move(text).str();
}

engine::Scenario scenario_with_a_secret() {
  engine::Scenario scenario;
  scenario.name = "sec";
  scenario.about = "With " + kBearer;
  scenario.source = std::make_shared<engine::Source>(
      "sec.yaml", "name: sec\nbridge: {bearer: key-" + std::string(kSecret) + "}\n");
  return scenario;
}

Result result_with_a_secret() {
  Result result;
  result.name = "sec";
  result.status = Result::Status::failed;
  const std::string twiml = std::string(R"(<Parameter name="MyToken" value=")") + kSecret + R"("/>)";
  const Outcome outcome{Outcome::Status::failed, "'x' does not stand in " + twiml, "one came: " + kBearer};
  result.judged = {{{2, 1, 0}, "headers: {Authorization: " + kBearer + "}", outcome, {}}};
  result.unasked = {"the bridge said " + kBearer};
  result.failures = {"sec.yaml:2: headers: {Authorization: " + kBearer + "}\n    " + outcome.why,
                     result.unasked.front()};
  result.notes = {"note of " + kBearer};
  result.replay = "linecheck run --bridge-command 'API_KEY=" + std::string(kSecret) + " node bridge.js'";
  return result;
}

TEST(ReportRedaction, ReachesEveryKindOfReport) {
  const engine::ScratchFolder out;
  Settings settings;
  settings.out = out.path();
  settings.bridge = "API_KEY=" + std::string(kSecret) + " node bridge.js";
  Report report(settings, {scenario_with_a_secret()}, {});
  report.add(0, scenario_with_a_secret(), 1, result_with_a_secret());

  ASSERT_EQ(report.write(1), std::nullopt);

  for (const char* file : {"junit.xml", "results.json", "report.html"}) {
    const std::string text = content(out.path() / file);
    EXPECT_THAT(text, HasSubstr("[redacted]")) << file;
    EXPECT_THAT(text, Not(HasSubstr(kSecret))) << file;
  }
  EXPECT_THAT(github_annotations(report.run(), "."), Not(HasSubstr(kSecret)));
  EXPECT_THAT(github_summary(report.run()), Not(HasSubstr(kSecret)));
}

TEST(ReportRedaction, ReachesTheCluesWhichATerminalShowsAsWell) {
  Result result;
  result.calls.emplace_back().clue = {"dialled with\x1b[2J " + kBearer, {"look\x1b[2J at " + kBearer}};

  const auto clue = redacted(result).calls.front().clue;

  EXPECT_THAT(clue.says, Not(testing::AnyOf(HasSubstr(kSecret), HasSubstr("\x1b"))));
  EXPECT_THAT(clue.next.front(), Not(testing::AnyOf(HasSubstr(kSecret), HasSubstr("\x1b"))));
}

TEST(ReportRedaction, LeavesAResultWithoutSecretsAsItIs) {
  Result plain;
  plain.judged = {{{2, 1, 0}, "verdict: normal", {Outcome::Status::failed, "it is no_turn", "at 5 s"}, {}}};
  plain.failures = {"sec.yaml:2: verdict: normal\n    it is no_turn"};
  plain.replay = "linecheck run --seed 7 'a b.yaml'";

  const Result shown = redacted(plain);

  EXPECT_EQ(shown.judged[0].text, plain.judged[0].text);
  EXPECT_EQ(shown.judged[0].outcome.why, plain.judged[0].outcome.why);
  EXPECT_EQ(shown.judged[0].outcome.nearest_miss, plain.judged[0].outcome.nearest_miss);
  EXPECT_EQ(shown.failures, plain.failures);
  EXPECT_EQ(shown.replay, plain.replay);
}

}  // namespace
}  // namespace scenarios::report
