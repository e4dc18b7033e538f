#include "scenarios/cli/new_file.hpp"

#include "scenarios/cli/library.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

namespace scenarios::cli {
namespace fs = std::filesystem;

Exit write_new_file(const fs::path& file, const std::string& text, bool force) {
  std::error_code error;
  if (!force && fs::exists(file, error)) {
    std::fprintf(stderr, "linecheck: %s is there already (--force writes over it)\n", file.c_str());
    return Exit::usage;
  }
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (out) return Exit::passed;
  std::fprintf(stderr, "linecheck: %s cannot be written: %s\n", file.c_str(), std::strerror(errno));
  return Exit::environment;
}

std::string schema_for(const fs::path& file, const std::string& name) {
  const auto schema = library_folder().parent_path() / "schema" / name;
  std::error_code error;
  const auto here = fs::weakly_canonical(fs::absolute(file, error), error).parent_path();
  const auto root = schema.parent_path().parent_path().parent_path();  // of the checkout
  const auto relative = schema.lexically_relative(here);
  const bool inside = !here.lexically_relative(root).string().starts_with("..");
  const bool installed = schema.string().find("/share/linecheck/") != std::string::npos;
  return inside && !installed ? relative.generic_string() : schema.generic_string();
}

}  // namespace scenarios::cli
