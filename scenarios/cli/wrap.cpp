#include "scenarios/cli/wrap.hpp"

#include "scenarios/text/wrap.hpp"

#include <utility>

namespace scenarios::cli {
using text::kColumns;
using text::wrapped;

namespace {

/// Where a line's description begins: behind the first two blanks that follow a word; 0: it has none.
std::size_t description_column(std::string_view line) {
  const auto word = line.find_first_not_of(' ');
  const auto gap = line.find("  ", word);
  if (word == 0 || word == std::string_view::npos || gap == std::string_view::npos) return 0;
  const auto column = line.find_first_not_of(' ', gap);
  return column == std::string_view::npos ? 0 : column;
}

std::string narrowed(std::string_view line) {
  if (line.size() <= kColumns) return std::string(line);
  auto column = description_column(line);
  if (column == 0) column = line.find_first_not_of(' ');
  return std::string(line.substr(0, column)) + wrapped(line.substr(column), column);
}

}  // namespace

std::string NarrowHelp::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  const std::string wide = CLI::Formatter::make_help(app, std::move(name), mode);
  std::string out;
  for (std::string_view rest = wide; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const bool last = line.size() == rest.size();
    out += narrowed(line) + (last ? "" : "\n");
    rest.remove_prefix(last ? line.size() : line.size() + 1);
  }
  return out;
}

}  // namespace scenarios::cli
