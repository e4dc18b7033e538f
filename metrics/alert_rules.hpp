#pragma once
#include <span>
#include <string_view>

namespace metrics {

/// A file of metrics/alerts with rules for Prometheus, as it travels inside of the program.
struct RuleFile {
  std::string_view name;  // openai.rules.yml
  std::string_view text;
};

std::span<const RuleFile> rule_files();

}  // namespace metrics
