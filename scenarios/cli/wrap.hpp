#pragma once
#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace scenarios::cli {

/// What a terminal shows at the least.
inline constexpr std::size_t kColumns = 80;

/// `text`, which begins in column `indent`, in lines of at most kColumns; those after the first are indented.
std::string wrapped(std::string_view text, std::size_t indent);

/// Help of at most kColumns: descriptions go on below themselves.
class NarrowHelp final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace scenarios::cli
