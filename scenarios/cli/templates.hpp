#pragma once
#include <string>
#include <utility>
#include <vector>

namespace scenarios::cli {

/// What a scenario is made from.
struct NewScenario {
  std::string kind = "question";
  std::string name;
  std::string about;   // empty: the template's own
  std::string caller;  // what the caller says; empty: the template's own
  std::string bot;     // and the bot
  std::vector<std::string> tags;
  std::string schema;  // path or URL for editors
};

/// The kinds, each with what it shows, in the order of use.
const std::vector<std::pair<std::string, std::string>>& template_kinds();

/// The text of the file.
std::string from_template(const NewScenario& made);

}  // namespace scenarios::cli
