#pragma once
#include <string>
#include <vector>

namespace scenarios::cli {

/// Asks on a terminal. An empty line, and the end of the input, mean what is offered.
class Questions {
 public:
  /// Somebody is there who can answer.
  static bool possible();
  std::string text(const std::string& question, const std::string& otherwise);
  /// One of `choices`, by its number or its name; asks again until it is one.
  std::string choice(const std::string& question,
                     const std::vector<std::pair<std::string, std::string>>& choices);

 private:
  bool over_ = false;
};

}  // namespace scenarios::cli
