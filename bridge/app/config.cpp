#include "bridge/app/config.hpp"

#include "bridge/app/config_parser.hpp"
#include "bridge/app/yaml_document.hpp"

#include <fmt/format.h>

namespace bridge::app {
std::string ConfigErrors::text() const {
  std::string all;
  for (const auto& problem : problems) all += problem + "\n";
  return all;
}

std::string in_one_line(const std::string& problem) {
  auto line = problem.substr(0, problem.find('\n'));
  const auto last = problem.substr(problem.rfind('\n') + 1);
  const auto right = last.find_first_not_of(" \t");
  const bool told = last.size() < problem.size() && right != std::string::npos && last[right] != '^';
  return told ? line + "; " + last.substr(right) : line;
}

std::variant<Config, ConfigErrors> parse_config(const ConfigSource& source) {
  Problems problems(source.name, source.text);
  ConfigErrors errors;
  try {
    if (check_document(source.text, problems)) {
      ConfigParser parser(source, problems);
      Config config = parser.parse(YAML::Load(source.text));
      if (problems.empty()) return config;
      errors.may_pass = problems.size() == parser.misfits();
    }
  } catch (const YAML::Exception& broken) {
    problems.add(broken.mark, fmt::format("this is no YAML: {}", broken.msg),
                 expected_instead(source.text, broken));
  }
  errors.problems = problems.sorted();
  return errors;
}

std::vector<std::string> keys_looked_for(const ConfigSource& source) {
  Problems problems(source.name, source.text);
  (void)ConfigParser(source, problems).parse(YAML::Load(source.text));
  return problems.known();
}

std::variant<Config, ConfigErrors> load_config(const std::filesystem::path& file,
                                               std::map<std::string, std::string> environment,
                                               ConfigSource::Purpose purpose) {
  auto text = read_whole_file(file);
  if (!text) {
    ConfigErrors errors;
    const bool special = is_special_file(file);
    errors.problems.push_back(fmt::format("{}: {}; expected a configuration file", file.string(),
                                          special ? "is no regular file" : "cannot be read"));
    return errors;
  }
  ConfigSource source;
  source.name = file.string();
  source.text = std::move(*text);
  source.folder = file.parent_path();
  source.environment = std::move(environment);
  source.purpose = purpose;
  return parse_config(source);
}

}  // namespace bridge::app
