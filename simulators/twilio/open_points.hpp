#pragma once
#include <span>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// What no public evidence decides, or only what developers report of live calls: Twilio may do one thing or
/// the other. Each is a setting, whose default is what is thought likeliest.
struct OpenPoint {
  enum class Where {
    twilio,
    line,
    option
  };  // a word of `twilio:` or `line:`, an option of `linecheck twilio`
  Where where;
  std::string_view name;
  std::string_view otherwise;  // the default, as a scenario or the command line would say it
  std::string_view another;    // some other value
  bool reported;               // by developers; else nobody has said anything
  std::string_view what;
};
std::span<const OpenPoint> open_points();
/// docs/twilio-settings.md.
std::string describe_open_points();

}  // namespace simulators::twilio
