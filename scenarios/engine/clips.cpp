#include "scenarios/engine/clips.hpp"

#include "scenarios/engine/source.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace scenarios::engine {
namespace {

namespace fs = std::filesystem;

constexpr int kFoldersUp = 3;  // scenarios/library/TOPIC finds scenarios/clips

std::vector<fs::path> folders_for(const fs::path& folder, const std::vector<fs::path>& built_in) {
  std::vector<fs::path> folders{folder};
  fs::path above = folder;
  for (int i = 0; i <= kFoldersUp; ++i) {
    folders.push_back(above / "clips");
    if (!above.has_parent_path() || above == above.parent_path()) break;
    above = above.parent_path();
  }
  folders.insert(folders.end(), built_in.begin(), built_in.end());
  return folders;
}

}  // namespace

std::vector<fs::path> ClipLibrary::installed_prompts() {
  return {"/usr/share/asterisk/sounds/en_US_f_Allison", "/usr/share/asterisk/sounds/es_MX_f_Allison"};
}

ClipLibrary::ClipLibrary(std::vector<fs::path> built_in) : built_in_(std::move(built_in)) {}

std::variant<fs::path, std::string> ClipLibrary::find(const std::string& name, const fs::path& folder) {
  asked_.insert(fs::path(name).filename().string());
  std::error_code ignored;
  if (fs::path(name).is_absolute()) {
    if (fs::is_regular_file(name, ignored)) return fs::path(name);
    return "there is no file " + name;
  }
  const auto folders = folders_for(folder, built_in_);
  for (const auto& candidate : folders) {
    if (fs::is_regular_file(candidate / name, ignored)) return candidate / name;
  }
  std::vector<std::string> names;
  for (const auto& candidate : folders) {
    for (const auto& entry : fs::directory_iterator(candidate, ignored)) {
      if (entry.is_regular_file(ignored)) names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  const std::string near = nearest(name, names);
  std::string message =
      "there is no clip '" + name + "' beside the scenario, in clips/ or among the built-in ones";
  return near.empty() ? message : message + "; did you mean '" + near + "'?";
}

std::variant<runtime::audio::Clip, std::string> ClipLibrary::read(const std::string& name,
                                                                  const fs::path& folder) {
  auto found = find(name, folder);
  if (auto* error = std::get_if<std::string>(&found)) return std::move(*error);
  const auto& file = std::get<fs::path>(found);
  const auto known = read_.find(file);
  if (known != read_.end()) return known->second;
  auto clip = runtime::audio::read_clip(file);
  if (const auto* good = std::get_if<runtime::audio::Clip>(&clip)) read_[file] = *good;
  return clip;
}

}  // namespace scenarios::engine
