#include "scenarios/engine/repaired_text.hpp"

#include <ranges>
#include <utility>

namespace scenarios::engine {

void RepairedText::apply(Repair repair) {
  std::string text = now_.text();
  const std::string_view line = now_.line(repair.at.line);
  const auto begin = static_cast<std::size_t>(line.data() - now_.text().data()) + repair.at.column - 1;
  text.replace(begin, repair.length, repair.right);
  now_ = Source(now_.file(), std::move(text));
  repairs_.push_back(std::move(repair));
}

Mark RepairedText::original(Mark now) const {
  for (const auto& [at, length, right] : std::views::reverse(repairs_)) {
    if (now.line != at.line || now.column <= at.column) continue;
    const bool behind = now.column >= at.column + right.size();
    now.column = behind ? now.column - right.size() + length : at.column;
  }
  return now;
}

bool RepairedText::just_repaired(Mark now) const {
  if (repairs_.empty()) return false;
  const std::size_t line = repairs_.back().at.line;
  return now.line == line || now.line == line + 1;
}

}  // namespace scenarios::engine
