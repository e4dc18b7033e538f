#include "scenarios/cli/hand_over.hpp"

#include "scenarios/report/github.hpp"
#include "scenarios/text/counted.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace scenarios::cli {
namespace fs = std::filesystem;
namespace {

fs::path root_of(const Surroundings& surroundings) {
  return surroundings.github_workspace.empty() ? fs::current_path() : fs::path(surroundings.github_workspace);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// False: it could not be written, which has been said.
bool add_to_summary(const Surroundings& surroundings, const std::string& markdown) {
  const auto& file = surroundings.github_step_summary;
  if (file.empty()) return true;
  std::ofstream summary(file, std::ios::binary | std::ios::app);
  summary << markdown << std::flush;
  if (summary) return true;
  std::fprintf(stderr, "linecheck: the summary is missing: %s (GITHUB_STEP_SUMMARY) cannot be written: %s\n",
               file.c_str(), std::strerror(errno));
  return false;
}

}  // namespace

bool hand_over(report::Report& left, const RunRequest& request, double wall_seconds) {
  const auto& surroundings = request.surroundings;
  const auto failure = left.write(wall_seconds);
  if (!failure && !request.out.empty())
    std::printf("report: %s\n", (fs::path(request.out) / "report.html").c_str());
  if (left.without_room() > 0) {
    std::printf(
        "note: %s left no folder: those of the others take all the room there is for them (%ju "
        "MiB);\n--filter runs it alone\n",
        text::counted(left.without_room(), "scenario").c_str(), report::Settings().most_kept_bytes >> 20U);
  }
  if (surroundings.github_actions) print(report::github_annotations(left.run(), root_of(surroundings)));
  if (failure) {
    std::fprintf(stderr, "linecheck: the report is incomplete: %s\n(--out DIR chooses another place)\n",
                 failure->c_str());
  }
  const bool summarised = add_to_summary(surroundings, report::github_summary(left.run()));
  return !failure && summarised;
}

void hand_over_problems(const engine::Lint& lint, const Surroundings& surroundings) {
  if (surroundings.github_actions) print(report::github_annotations(lint.text, root_of(surroundings)));
  (void)add_to_summary(surroundings, fmt::format("### linecheck: {} of {} files are broken\n\n",
                                                 lint.broken_files, lint.files));
}

}  // namespace scenarios::cli
