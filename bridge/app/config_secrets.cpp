// Secrets: where they come from, and what is none.
#include "bridge/app/config_parser.hpp"

#include <fmt/format.h>

namespace bridge::app {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// What a value shows of having been written for somebody else to read: a shell, a template. Empty: nothing.
std::string_view left_over(std::string_view value) {
  const char first = value.front(), last = value.back();
  if (value.starts_with("${") && last == '}')
    return "is the name of a variable, in whose place nobody has put its value";
  if (blank(first) || blank(last)) return "begins or ends with a blank";
  if (value.size() > 1 && first == last && (first == '"' || first == '\'')) return "stands in quotes";
  return {};
}

}  // namespace

void ConfigParser::secret(Section& section, std::string_view key, const char* variable, std::string& into) {
  section.text(key, into);
  const auto found = source_.environment.find(variable);
  const bool given = found != source_.environment.end() && !found->second.empty();
  if (given && !into.empty() && into != kRedacted && into != found->second) {
    config_.warnings.push_back(fmt::format("{} of the file is not used: {} of the environment wins over it",
                                           section.full(key), variable));
  }
  if (given) into = found->second;
  if (into.empty()) return;
  section.show(key, std::string(kRedacted));
  check_secret(section, key, given ? variable : "", into);
}

void ConfigParser::check_secret(Section& section, std::string_view key, std::string_view variable,
                                const std::string& value) {
  if (value.empty()) return;
  const auto from = variable.empty() ? std::string() : fmt::format("comes from {}, which ", variable);
  if (value == kRedacted && source_.purpose == ConfigSource::Purpose::run) {
    section.wrong(key, from + "is what --print-config writes in place of a secret",
                  "expected the secret itself: anybody may know this text");
  }
  if (const auto what = left_over(value); !what.empty()) {
    section.wrong(key, from + std::string(what),
                  variable.empty()
                      ? "expected the secret itself; better no key here, and a variable of the "
                        "environment (docs/configuration.md)"
                      : "expected the secret alone: not every reader of such a file takes quotes "
                        "and blanks away");
  }
}

}  // namespace bridge::app
