#include "scenarios/cli/library.hpp"

#include <system_error>

namespace scenarios::cli {
namespace fs = std::filesystem;

fs::path program_folder() {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path(".") : program.parent_path();
}

fs::path library_folder() {
  const auto here = program_folder();
  std::error_code error;
  if (auto installed = here.parent_path() / "share/linecheck/library"; fs::is_directory(installed, error)) {
    return installed;
  }
  for (auto folder = here; folder != folder.root_path(); folder = folder.parent_path()) {
    if (auto source = folder / "scenarios/library"; fs::is_directory(source, error)) return source;
  }
  return {};
}

fs::path bridge_executable() {
  return program_folder() / "linecheck-bridge";
}

}  // namespace scenarios::cli
