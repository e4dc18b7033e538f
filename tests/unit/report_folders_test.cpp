// What a run leaves on the disk has a bound, whatever fails in it.
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/scratch_folder.hpp"
#include "scenarios/report/folder.hpp"
#include "scenarios/report/leg.hpp"
#include "scenarios/report/report.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace scenarios::report {
namespace {

using engine::Result;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kNobodyAnswers = R"(linecheck: 1
name: NAME
about: The caller says a word.
caller: [{say: {text: "Hello"}}, {wait: 1s}, hang_up]
expect: [verdict: normal]
)";

std::vector<engine::Scenario> named(const std::vector<std::string>& names) {
  engine::ClipLibrary clips;
  std::vector<engine::Scenario> scenarios;
  for (const auto& name : names) {
    std::string text = kNobodyAnswers;
    text.replace(text.find("NAME"), 4, name);
    scenarios.push_back(
        engine::load_part(std::make_shared<engine::Source>(name + ".yaml", text), clips).scenarios.at(0));
  }
  return scenarios;
}

TEST(ReportFolders, AreNotKeptBeyondTheRoomForThem) {
  const engine::ScratchFolder out;
  const auto scenarios = named({"first", "second", "third"});
  std::filesystem::create_directories(out.path() / "third");
  ASSERT_EQ(write_file(out.path() / "third/wires.jsonl", "of an earlier run"), std::nullopt);
  Settings settings;
  settings.out = out.path();
  settings.most_kept_bytes = 1;  // there is room until there is one byte
  Report report(settings, scenarios, {});

  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const auto performance = engine::perform_virtual(scenarios[i], 1, {});
    Result failed = engine::conclude(scenarios[i], *performance);
    failed.status = i == 1 ? Result::Status::passed : Result::Status::failed;
    failed.notes.clear();
    report.add(i, scenarios[i], 1, *performance, failed);
  }

  EXPECT_TRUE(std::filesystem::exists(out.path() / "first/wires.jsonl"));
  EXPECT_GT(folder_bytes(out.path() / "first"), 1U);
  EXPECT_FALSE(std::filesystem::exists(out.path() / "third")) << "it would be taken for this run's";
  EXPECT_EQ(report.without_room(), 1U);
  EXPECT_THAT(report.run().scenarios[1].result.notes, IsEmpty()) << "it wants no folder";
  EXPECT_FALSE(report.run().scenarios[2].kept_folder);
  EXPECT_THAT(report.run().scenarios[2].result.notes, ElementsAre(HasSubstr("its files are not kept")));
}

TEST(LegOfARun, NamesTheRulesOfTheTrackThatTheCallWasUnder) {
  Result result;
  auto& call = result.calls.emplace_back();
  call.verdict = "twilio_or_network";
  call.track_rules = "incident_report";
  EXPECT_THAT(leg_of(result)->next.front(), HasSubstr("verify-twiml --rules incident_report URL."));
  call.track_rules = "twilio_docs";
  EXPECT_THAT(leg_of(result)->next.front(), HasSubstr("verify-twiml --rules twilio_docs URL."));
}

TEST(LegOfARun, IsUnderTheRulesOfItsScenario) {
  auto scenario = named({"one"}).front();
  for (auto& planned : scenario.calls) planned.plan.rules = simulators::twilio::TrackRules::incident_report;
  const auto performance = engine::perform_virtual(scenario, 1, {});
  EXPECT_EQ(engine::conclude(scenario, *performance).calls.at(0).track_rules, "incident_report");
}

}  // namespace
}  // namespace scenarios::report
