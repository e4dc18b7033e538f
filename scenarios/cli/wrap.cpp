#include "scenarios/cli/wrap.hpp"

#include <algorithm>
#include <utility>

namespace scenarios::cli {
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

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (column > indent && column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

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
