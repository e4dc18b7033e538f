#pragma once
#include <map>
#include <string>
#include <string_view>

namespace bridge::app {

/// Which agent answers which number of ours: the exact number before the longest prefix before the default.
class Numbers {
 public:
  /// `pattern`: a number, a prefix with a star behind it, or `default`.
  void add(std::string_view pattern, std::string agent);
  /// Empty: nobody.
  std::string_view agent_of(std::string_view number) const;

 private:
  std::map<std::string, std::string, std::less<>> exact_, prefixes_;
  std::string default_;
};

/// What is wrong with a pattern: empty, nothing. `+14155550100`, `+1415*`, `sip:NAME@HOST`, `client:NAME`,
/// `default`.
std::string_view wrong_pattern(std::string_view pattern);

}  // namespace bridge::app
