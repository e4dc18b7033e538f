#include "scenarios/report/log_digest.hpp"

#include "scenarios/report/escape.hpp"
#include "scenarios/report/redact.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace scenarios::report {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool in_a_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Folded {
  const engine::LogLine* line;
  std::string shape;
  std::size_t times;
};

}  // namespace

std::string shape_of(std::string_view line) {
  std::string shape;
  while (!line.empty()) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(line, in_a_word) - line.begin());
    const auto word = line.substr(0, end);
    if (std::ranges::none_of(word, is_digit)) shape += word;  // with a digit: a number, or somebody's id
    if (end == line.size()) break;
    shape.push_back(line[end]);
    line.remove_prefix(end + 1);
  }
  return shape;
}

nlohmann::json log_json(const std::deque<engine::LogLine>& log, runtime::TimePoint start,
                        const Bounds& bounds) {
  std::vector<Folded> folded;
  for (const auto& line : log) {
    std::string shape = shape_of(std::string_view(line.text).substr(0, 300));
    if (!folded.empty() && folded.back().shape == shape) {
      ++folded.back().times;
      continue;
    }
    folded.push_back({&line, std::move(shape), 1});
  }
  const std::size_t skipped = folded.size() > bounds.log_lines ? folded.size() - bounds.log_lines : 0;
  nlohmann::json list = nlohmann::json::array();
  if (skipped > 0) list.push_back({0, "(" + std::to_string(skipped) + " earlier lines are left out)"});
  for (std::size_t i = skipped; i < folded.size(); ++i) {
    const auto& [line, shape, times] = folded[i];
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(line->at - start).count();
    const std::size_t most = bounds.text_bytes == 0 ? 160 : bounds.text_bytes;
    nlohmann::json one{ms, redacted(bounded(line->text, most))};
    if (times > 1) one.push_back(times);
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace scenarios::report
