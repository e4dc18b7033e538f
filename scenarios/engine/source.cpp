#include "scenarios/engine/source.hpp"

#include "runtime/core/utf8.hpp"
#include "scenarios/text/columns.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

/// What stands before a column of bytes, from 1.
std::string_view left_of(std::string_view line, std::size_t column) {
  return line.substr(0, column == 0 ? 0 : column - 1);
}

/// As wide as the terminal shows it; tabs are kept, whose width only the terminal knows.
std::string caret_padding(std::string_view line) {
  std::string padding;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    padding += std::string(text::columns(line.substr(0, tab)), ' ') + '\t';
    line.remove_prefix(tab + 1);
  }
  return padding + std::string(text::columns(line), ' ');
}

/// Letters that are missing, too many or others, and neighbours that changed places: how many of these.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const std::size_t other = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      table[i][j] = std::min({other, table[i - 1][j] + 1, table[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

Source::Source(std::filesystem::path file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::size_t Source::include(std::shared_ptr<const Source> included) {
  included_.push_back(std::move(included));
  return included_.size();
}

std::string_view Source::line(std::size_t number) const {
  if (number == 0 || number > line_starts_.size()) return {};
  const std::size_t from = line_starts_[number - 1];
  std::string_view rest = std::string_view(text_).substr(from);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string describe(const Source& whole, const Problem& problem) {
  const Source& source = whole.part(problem.at.file);
  const std::string file = source.file().string();
  std::string text;
  if (problem.at.line == 0) {
    text = fmt::format("{}: error: {}\n", file, problem.message);
  } else {
    const std::string_view line = source.line(problem.at.line);
    const std::string_view left = left_of(line, problem.at.column);
    const std::string number = std::to_string(problem.at.line);
    const std::size_t column = problem.at.column == 0 ? 0 : runtime::utf8_length(left) + 1;
    text = fmt::format("{}:{}:{}: error: {}\n", file, number, column, problem.message);
    text += fmt::format(" {} | {}\n", number, line);
    text += fmt::format(" {} | {}^\n", std::string(number.size(), ' '), caret_padding(left));
  }
  if (!problem.hint.empty()) text += "   " + problem.hint + "\n";
  return text;
}

std::string describe(const Source& source, std::vector<Problem> problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.at < b.at; });
  std::vector<std::string> seen;
  std::string text;
  for (const auto& problem : problems) {
    std::string one = describe(source, problem);
    if (std::find(seen.begin(), seen.end(), one) != seen.end()) continue;
    text += one;
    seen.push_back(std::move(one));
  }
  return text;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::size_t best_distance = std::max<std::size_t>(word.size() > 3 ? 2 : 1, word.size() / 3) + 1;
  std::string best;
  for (const auto& candidate : candidates) {
    if (word.size() >= candidate.size() + best_distance || candidate.size() >= word.size() + best_distance)
      continue;
    const std::size_t d = distance(word, candidate);
    const bool half_of_it_differs = 2 * d > std::min(word.size(), candidate.size());
    if (d >= best_distance || half_of_it_differs) continue;
    best_distance = d;
    best = candidate;
  }
  return best;
}

}  // namespace scenarios::engine
