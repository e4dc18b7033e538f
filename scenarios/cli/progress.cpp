#include "scenarios/cli/progress.hpp"

#include "scenarios/text/wrap.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scenarios::cli {

std::string progress_text(std::size_t done, std::size_t total, const std::list<std::string>& running,
                          std::size_t columns) {
  std::string line = fmt::format("{} of {} done", done, total);
  std::size_t named = 0;
  for (const auto& name : running) {
    const std::string part = (named == 0 ? ", now " : ", ") + name;
    const std::string more = fmt::format(" and {} more", running.size() - named);
    const bool last = named + 1 == running.size();
    if (line.size() + part.size() + (last ? 0 : more.size()) > columns)
      return line + (named == 0 ? "" : more);
    line += part;
    ++named;
  }
  return line;
}

void Progress::begin(const std::string& name) {
  running_.push_back(name);
  draw();
}

void Progress::end(const std::string& name) {
  const auto found = std::ranges::find(running_, name);
  if (found != running_.end()) running_.erase(found);
  ++done_;
}

void Progress::clear() const {
  if (shown_) std::fputs("\r\x1b[K", stdout);
}

void Progress::draw() const {
  if (!shown_) return;
  clear();
  std::fputs(progress_text(done_, total_, running_, text::kColumns - 1).c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace scenarios::cli
