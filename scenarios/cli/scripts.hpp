#pragma once
#include "scenarios/engine/clips.hpp"
#include "scenarios/engine/scenario.hpp"

#include <set>
#include <string>
#include <variant>

namespace scenarios::cli {

/// Scenarios, and parts of them, for those who do not run them: the stand-alone fakes and `linecheck call`.
class Scripts {
 public:
  /// From a file of that name, or from text that came over the wire. The error is ready to be shown.
  std::variant<engine::Scenario, std::string> read_file(const std::string& name);
  std::variant<engine::Scenario, std::string> read_text(const std::string& text);
  /// And of what the text read last says something.
  const std::set<std::string>& given() const { return given_; }

  /// What a caller does who was told nothing: two turns of a conversation, as a script.
  static const char* default_caller();

 private:
  engine::ClipLibrary clips_;
  std::set<std::string> given_;
};

}  // namespace scenarios::cli
