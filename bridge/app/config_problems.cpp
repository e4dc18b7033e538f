#include "bridge/app/config_problems.hpp"

#include "bridge/app/hidden_secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace bridge::app {

Problems::Problems(std::string name, const std::string& text) : name_(std::move(name)), size_(text.size()) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines_.push_back(without_secrets(std::move(line)));
  }
}

/// What is missed at the end of the text is shown behind the last thing that stands there.
std::pair<int, int> Problems::place(const YAML::Mark& at) const {
  if (at.is_null()) return {0, 0};
  const auto blank = [](const std::string& line) {
    return line.find_first_not_of(" \t") == std::string::npos;
  };
  auto last = static_cast<int>(lines_.size()) - 1;
  while (last >= 0 && blank(lines_[static_cast<std::size_t>(last)])) --last;
  // Without a line feed at the end, the reader's place there is the beginning of the last line.
  const bool at_end = at.line > last || static_cast<std::size_t>(at.pos) >= size_;
  if (last < 0 || !at_end) return {at.line, at.column};
  const auto& line = lines_[static_cast<std::size_t>(last)];
  return {last, static_cast<int>(line.find_last_not_of(" \t")) + 1};
}

void Problems::add(YAML::Mark at, std::string what, std::string right) {
  const auto [line, column] = place(at);
  std::string text =
      fmt::format("{}:{}:{}: {}", name_, line + 1, column + 1, without_secrets(std::move(what)));
  if (static_cast<std::size_t>(line) < lines_.size()) {
    const std::string& source = lines_[static_cast<std::size_t>(line)];
    text += "\n    " + source + "\n    ";
    // Tabs stay tabs, so that the caret stands under its character wherever they end.
    for (int i = 0; i < column; ++i) {
      text += static_cast<std::size_t>(i) < source.size() && source[static_cast<std::size_t>(i)] == '\t'
                  ? '\t'
                  : ' ';
    }
    text += '^';
  }
  if (!right.empty()) text += "\n    " + right;
  // A key that is read twice is wrong once.
  const auto same = [&](const Problem& known) { return known.text == text; };
  if (std::ranges::none_of(found_, same)) found_.push_back({line, column, std::move(text)});
}

std::vector<std::string> Problems::sorted() const {
  auto ordered = found_;
  std::ranges::stable_sort(ordered, {}, [](const Problem& p) { return std::pair(p.line, p.column); });
  std::vector<std::string> texts;
  for (auto& problem : ordered) texts.push_back(std::move(problem.text));
  return texts;
}

}  // namespace bridge::app
