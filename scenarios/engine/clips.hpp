#pragma once
#include "runtime/audio/clip.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace scenarios::engine {

/// Finds recordings by the names that scenarios give them, and reads each once.
class ClipLibrary {
 public:
  /// Debian's asterisk prompts (asterisk-core-sounds-en-wav, -es-wav).
  static std::vector<std::filesystem::path> installed_prompts();
  explicit ClipLibrary(std::vector<std::filesystem::path> built_in = installed_prompts());

  /// Beside the scenario, in clips/ beside it or in a folder above it, then among the built-in ones.
  /// The error says where it was looked for and which name is near.
  std::variant<std::filesystem::path, std::string> find(const std::string& name,
                                                        const std::filesystem::path& folder);
  std::variant<runtime::audio::Clip, std::string> read(const std::string& name,
                                                       const std::filesystem::path& folder);

  /// The file names of all that was asked for, found or not.
  const std::set<std::string>& asked() const { return asked_; }

 private:
  std::vector<std::filesystem::path> built_in_;
  std::map<std::filesystem::path, runtime::audio::Clip> read_;
  std::set<std::string> asked_;
};

}  // namespace scenarios::engine
