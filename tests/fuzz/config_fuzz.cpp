#include "bridge/app/config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

/// Any text is a configuration, or is refused with problems that name their place. Relative files do not
/// exist.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bridge::app;
  ConfigSource source;
  source.name = "fuzz.yaml";
  source.text = std::string(reinterpret_cast<const char*>(data), size);
  source.folder = "/nowhere";
  source.environment = {{"OPENAI_API_KEY", "sk-test"},
                        {"TWILIO_AUTH_TOKEN", "t"},
                        {"TWILIO_ACCOUNT_SID", "AC1"},
                        {"LINECHECK_TOKEN_SECRET", "0123456789abcdef"},
                        {"LINECHECK_API_TOKEN", "a"}};
  const auto parsed = parse_config(source);
  if (const auto* config = std::get_if<Config>(&parsed)) {
    if (config->effective.empty()) std::abort();
    return 0;
  }
  const auto& problems = std::get<ConfigErrors>(parsed).problems;
  if (problems.empty()) std::abort();
  for (const auto& problem : problems) {
    if (!problem.starts_with("fuzz.yaml:") || in_one_line(problem).empty()) std::abort();
  }
  return 0;
}
