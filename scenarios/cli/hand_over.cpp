#include "scenarios/cli/hand_over.hpp"

#include "scenarios/report/github.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace scenarios::cli {
namespace fs = std::filesystem;

bool hand_over(report::Report& left, const RunRequest& request, double wall_seconds) {
  const auto& surroundings = request.surroundings;
  auto failure = left.write(wall_seconds);
  if (!failure && !request.out.empty())
    std::printf("report: %s\n", (fs::path(request.out) / "report.html").c_str());
  if (surroundings.github_actions) {
    const auto root =
        surroundings.github_workspace.empty() ? fs::current_path() : fs::path(surroundings.github_workspace);
    std::fputs(report::github_annotations(left.run(), root).c_str(), stdout);
  }
  if (!surroundings.github_step_summary.empty()) {
    std::ofstream summary(surroundings.github_step_summary, std::ios::binary | std::ios::app);
    summary << report::github_summary(left.run()) << std::flush;
    if (!summary) failure = surroundings.github_step_summary + " (GITHUB_STEP_SUMMARY) cannot be written";
  }
  if (failure) {
    std::fprintf(stderr, "linecheck: the report is incomplete: %s\n(--out DIR chooses another place)\n",
                 failure->c_str());
  }
  return !failure;
}

}  // namespace scenarios::cli
