#pragma once
#include "scenarios/cli/commands.hpp"

#include <filesystem>
#include <string>

namespace scenarios::cli {

/// Writes a file, and its folders, that must not be there yet. Anything else than `passed` has been said.
Exit write_new_file(const std::filesystem::path& file, const std::string& text, bool force);

/// How an editor finds the schema called `name` from `file`: by a relative path inside of one checkout, else
/// by an absolute one.
std::string schema_for(const std::filesystem::path& file, const std::string& name);

}  // namespace scenarios::cli
