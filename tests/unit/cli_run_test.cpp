#include "scenarios/cli/exit_code.hpp"
#include "scenarios/cli/file_watch.hpp"
#include "scenarios/cli/longest_first.hpp"
#include "scenarios/cli/progress.hpp"
#include "scenarios/cli/repetition.hpp"
#include "scenarios/cli/selection.hpp"
#include "scenarios/engine/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/eventfd.h>
#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace scenarios::cli {
namespace {

using engine::Result;
using engine::Scenario;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Scenario> numbered(std::size_t count) {
  std::vector<Scenario> scenarios(count);
  for (std::size_t i = 0; i < count; ++i) scenarios[i].name = std::to_string(i);
  return scenarios;
}

TEST(Shard, IsAPartOfANumberOfParts) {
  EXPECT_EQ(parse_shard("2/5")->number, 2U);
  EXPECT_EQ(parse_shard("2/5")->of, 5U);
  for (const char* wrong : {"", "2", "2/", "/5", "0/5", "6/5", "2/5/1", "2 /5", "-1/5", "a/b"})
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
}

TEST(Shard, AllTogetherRunEachOnce) {
  std::multiset<std::string> seen;
  for (std::size_t number = 1; number <= 3; ++number) {
    auto scenarios = numbered(7);
    keep_shard(scenarios, {number, 3});
    EXPECT_NEAR(static_cast<double>(scenarios.size()), 7.0 / 3, 1);
    for (const auto& scenario : scenarios) seen.insert(scenario.name);
  }
  EXPECT_THAT(seen, ElementsAre("0", "1", "2", "3", "4", "5", "6"));
}

TEST(FirstDifference, IsNamedByItsLineAsBothHaveIt) {
  EXPECT_EQ(first_difference("a\nb\n", "a\nb\n"), std::nullopt);
  const auto difference = first_difference("one\ntwo\nthree\n", "one\ntoo\nthree\n");
  ASSERT_TRUE(difference);
  EXPECT_EQ(*difference, "line 2 of the journal differs\n    first: two\n    again: too");
}

TEST(FirstDifference, IsTheEndOfTheShorter) {
  EXPECT_EQ(*first_difference("one\n", "one\ntwo\n"),
            "line 2 of the journal differs\n    first: (it had ended)\n    again: two");
  EXPECT_EQ(*first_difference("one\ntwo\n", "one\n"),
            "line 2 of the journal differs\n    first: two\n    again: (it had ended)");
}

TEST(FirstDifference, ShowsThePartOfALongLineThatDiffers) {
  const std::string same(5000, 'x');
  const auto difference = first_difference(same + "left", same + "right");
  EXPECT_THAT(*difference, HasSubstr("xxleft\n"));
  EXPECT_LT(difference->size(), 600U);
}

TEST(LongestFirst, IsByWhatTheCallerAndTheModelSay) {
  auto scenarios = numbered(4);
  for (auto& scenario : scenarios) scenario.calls.emplace_back();
  scenarios[1].calls.front().plan.caller.push_back({simulators::twilio::Wait{std::chrono::seconds(3)}, ""});
  auto& rule = scenarios[2].model.rules.emplace_back();
  rule.reply.outputs.emplace_back(simulators::openai::Speech{std::string(4 * 8000, 'x'), ""});

  std::vector<std::size_t> order{0, 1, 2, 3};

  longest_first(order, scenarios);

  EXPECT_THAT(order, ElementsAre(2, 1, 0, 3));
}

Exit exit_with(const std::vector<Result::Status>& statuses, bool interrupted = false) {
  std::vector<Result> results;
  for (const auto status : statuses) {
    results.emplace_back();
    results.back().status = status;
  }
  return exit_of(results, interrupted);
}

TEST(ExitCode, IsWhatSaysMost) {
  using S = Result::Status;
  EXPECT_EQ(exit_with({S::passed, S::known_failing, S::not_applicable}), Exit::passed);
  EXPECT_EQ(exit_with({S::not_applicable, S::not_applicable}), Exit::environment) << "nothing was judged";
  EXPECT_EQ(exit_with({S::known_failing}), Exit::passed);
  EXPECT_EQ(exit_with({S::passed, S::inconclusive}), Exit::environment);
  EXPECT_EQ(exit_with({S::passed, S::broken}), Exit::environment);
  EXPECT_EQ(exit_with({S::broken, S::failed, S::inconclusive}), Exit::failed);
  EXPECT_EQ(exit_with({S::failed, S::not_deterministic, S::broken}), Exit::not_deterministic);
  EXPECT_EQ(exit_with({S::failed, S::not_deterministic}, true), Exit::interrupted);
  EXPECT_EQ(exit_with({}, true), Exit::interrupted);
}

TEST(ProgressLine, NamesWhatRunsAsFarAsThereIsRoom) {
  EXPECT_EQ(progress_text(3, 9, {}, 79), "3 of 9 done");
  EXPECT_EQ(progress_text(3, 9, {"a", "b"}, 79), "3 of 9 done, now a, b");
  EXPECT_EQ(progress_text(3, 9, {"first", "second", "third"}, 36), "3 of 9 done, now first and 2 more");
  EXPECT_EQ(progress_text(3, 9, {std::string(100, 'x')}, 79), "3 of 9 done");
}

TEST(FileWatch, IsEndedByAnInterruptionThatCameBeforeIt) {
  const int interruption = ::eventfd(1, EFD_CLOEXEC);
  ASSERT_GE(interruption, 0);
  const engine::ScratchFolder folder;
  FileWatch watch;
  watch.cover({folder.path()});

  EXPECT_THAT(watch.wait(interruption), IsEmpty());

  ::close(interruption);
}

TEST(FileWatch, PassesOverFoldersThatAreGone) {
  const engine::ScratchFolder folder;
  const auto link = folder.path() / "loop";
  std::filesystem::create_directory(folder.path() / "kept");
  std::filesystem::create_directory_symlink(folder.path(), link);
  FileWatch watch;

  watch.cover({folder.path() / "gone" / "line.yaml", folder.path()});

  EXPECT_EQ(watch.folders(), 2U) << "itself, which the link leads to as well, and kept";
}

TEST(FileWatch, LeavesOutTheFoldersOfToolsAndSaysWhenThereAreTooMany) {
  const engine::ScratchFolder folder;
  for (const char* name : {".git", "node_modules", "build", "out", "kept"})
    std::filesystem::create_directories(folder.path() / name / "below");
  FileWatch all;
  all.cover({folder.path()});
  EXPECT_EQ(all.folders(), 3U) << "itself, kept and kept/below";
  EXPECT_FALSE(all.full());

  FileWatch few(2);
  few.cover({folder.path()});
  few.cover({folder.path()});
  EXPECT_EQ(few.folders(), 2U);
  EXPECT_TRUE(few.full());
}

TEST(FileWatch, KnowsARenamedFolderByItsNewName) {
  const engine::ScratchFolder folder;
  const int interruption = ::eventfd(0, EFD_CLOEXEC);
  const auto moved = folder.path() / "moved";
  std::filesystem::create_directory(folder.path() / "kept");
  FileWatch watch;
  watch.cover({folder.path()});

  std::filesystem::rename(folder.path() / "kept", moved);
  watch.cover({folder.path()});
  std::ofstream(moved / "line.yaml") << "linecheck: 1\n";

  EXPECT_THAT(watch.wait(interruption), Contains(moved / "line.yaml"));
  ::close(interruption);
}

}  // namespace
}  // namespace scenarios::cli
