#include "scenarios/engine/source.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace scenarios::engine {
namespace {

/// Columns count bytes; a terminal shows characters. UTF-8 continuation bytes take no room before the caret.
std::string caret_padding(std::string_view line, std::size_t column) {
  std::string padding;
  for (std::size_t i = 0; i + 1 < column && i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if ((byte & 0xC0U) != 0x80U) padding += line[i] == '\t' ? '\t' : ' ';
  }
  return padding;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
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
  std::string text = problem.at.line == 0 ? fmt::format("{}: error: {}\n", file, problem.message)
                                          : fmt::format("{}:{}:{}: error: {}\n", file, problem.at.line,
                                                        problem.at.column, problem.message);
  if (problem.at.line != 0) {
    const std::string_view line = source.line(problem.at.line);
    const std::string number = std::to_string(problem.at.line);
    text += fmt::format(" {} | {}\n", number, line);
    text +=
        fmt::format(" {} | {}^\n", std::string(number.size(), ' '), caret_padding(line, problem.at.column));
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
  // Two letters changed places count as two changes.
  std::size_t best_distance = std::max<std::size_t>(word.size() > 3 ? 2 : 1, word.size() / 3) + 1;
  std::string best;
  for (const auto& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    const bool half_of_it_differs = 2 * d > std::min(word.size(), candidate.size());
    if (d >= best_distance || half_of_it_differs) continue;
    best_distance = d;
    best = candidate;
  }
  return best;
}

}  // namespace scenarios::engine
