#include "bridge/call/tool_settings.hpp"

#include <algorithm>

namespace bridge::call {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

}  // namespace

bool number_allowed(const std::vector<std::string>& allow, std::string_view number) {
  return std::ranges::any_of(allow, [&](std::string_view rule) {
    return rule.ends_with('*') ? number.starts_with(rule.substr(0, rule.size() - 1)) : number == rule;
  });
}

bool host_allowed(const std::vector<std::string>& hosts, std::string_view host) {
  const auto wanted = lower(host);
  return std::ranges::any_of(hosts, [&](std::string_view rule) {
    const auto known = lower(rule);
    // "*.example.com": everything below example.com, and not itself.
    return known.starts_with("*.") ? wanted.size() > known.size() - 1 && wanted.ends_with(known.substr(1))
                                   : wanted == known;
  });
}

}  // namespace bridge::call
