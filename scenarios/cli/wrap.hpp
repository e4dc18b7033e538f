#pragma once
#include <CLI/CLI.hpp>

#include <string>

namespace scenarios::cli {

/// Help of at most text::kColumns: descriptions go on below themselves.
class NarrowHelp final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace scenarios::cli
