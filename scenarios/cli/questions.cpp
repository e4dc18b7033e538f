#include "scenarios/cli/questions.hpp"

#include <unistd.h>
#include <cstdio>
#include <iostream>

namespace scenarios::cli {

bool Questions::possible() {
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
}

std::string Questions::text(const std::string& question, const std::string& otherwise) {
  std::printf("%s%s ", question.c_str(), otherwise.empty() ? "" : (" [" + otherwise + "]").c_str());
  std::fflush(stdout);
  std::string line;
  over_ = over_ || !std::getline(std::cin, line);
  return line.empty() ? otherwise : line;
}

std::string Questions::choice(const std::string& question,
                              const std::vector<std::pair<std::string, std::string>>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i)
    std::printf("  %zu  %-14s %s\n", i + 1, choices[i].first.c_str(), choices[i].second.c_str());
  while (true) {
    const std::string answer = text(question, "1");
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (answer == choices[i].first || answer == std::to_string(i + 1)) return choices[i].first;
    }
    if (over_) return choices.front().first;
    std::printf("a number from 1 to %zu, or a name\n", choices.size());
  }
}

}  // namespace scenarios::cli
