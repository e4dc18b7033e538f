#include "bridge/app/numbers.hpp"

#include <utility>

namespace bridge::app {

void Numbers::add(std::string_view pattern, std::string agent) {
  if (pattern == "default") {
    default_ = std::move(agent);
  } else if (pattern.ends_with('*')) {
    prefixes_.insert_or_assign(std::string(pattern.substr(0, pattern.size() - 1)), std::move(agent));
  } else {
    exact_.insert_or_assign(std::string(pattern), std::move(agent));
  }
}

std::string_view Numbers::agent_of(std::string_view number) const {
  if (const auto found = exact_.find(number); found != exact_.end()) return found->second;
  std::string_view agent = default_;
  std::size_t longest = 0;
  for (const auto& [prefix, name] : prefixes_) {
    if (!number.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    agent = name;
  }
  return agent;
}

std::string_view wrong_pattern(std::string_view pattern) {
  if (pattern == "default") return "";
  if ((pattern.starts_with("sip:") || pattern.starts_with("client:")) && !pattern.ends_with(':')) return "";
  if (!pattern.starts_with('+')) return "is no number: it does not begin with +";
  auto digits = pattern.substr(1);
  if (digits.ends_with('*')) digits.remove_suffix(1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return "is no number: it has more than digits behind the +";
  }
  return pattern.size() < 3 ? "is no number: it is too short" : "";
}

}  // namespace bridge::app
