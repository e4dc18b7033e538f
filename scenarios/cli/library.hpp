#pragma once
#include <filesystem>

namespace scenarios::cli {

/// The folder of this program.
std::filesystem::path program_folder();
/// The scenarios that come with linecheck: beside the installed program, or in the source tree that it was
/// built in. Empty when neither is there.
std::filesystem::path library_folder();
/// linecheck-bridge, beside this program.
std::filesystem::path bridge_executable();

}  // namespace scenarios::cli
