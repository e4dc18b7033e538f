#include "scenarios/engine/config_check.hpp"

#include "bridge/app/config.hpp"
#include "scenarios/engine/bridge_config.hpp"
#include "scenarios/engine/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <variant>

namespace scenarios::engine {
namespace {

constexpr std::string_view kName = "bridge.config";

/// Plausible ones: what a run fills in is not what is being checked.
Addresses any_addresses(const Scenario& scenario) {
  constexpr std::uint16_t kHttps = 443;
  Addresses a;
  a.bridge_port = kHttps;
  a.public_url = "https://bridge.example.net";
  a.openai_url = "wss://api.openai.com/v1/realtime";
  a.twilio_api_base = "https://api.twilio.com";
  a.account_sid = "AC00000000000000000000000000000000";
  a.auth_token = "an-auth-token-of-a-check-0123456";
  a.openai_key = "sk-a-key-of-a-check";
  std::error_code nowhere;
  a.recordings = std::filesystem::temp_directory_path(nowhere).string();  // where runs have theirs
  for (const auto& server : scenario.http) a.http.push_back({server.name, server.name + ".example", "80"});
  return a;
}

/// "NAME:LINE:COL: WHAT", the line, a caret, and perhaps what would be right.
struct Complaint {
  Mark at;
  std::string what, right;
};

Complaint read_complaint(std::string_view text) {
  Complaint complaint;
  text.remove_prefix(std::min(text.size(), kName.size() + 1));
  const auto number = [&text](std::size_t& into) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    text.remove_prefix(std::min(text.size(), static_cast<std::size_t>(end - text.data()) + 1));
  };
  number(complaint.at.line);
  number(complaint.at.column);
  const auto first = text.substr(0, text.find('\n'));
  complaint.what = std::string(first.substr(std::min<std::size_t>(1, first.size())));
  // Behind the source line and the caret.
  std::size_t at = 0;
  for (int line = 0; line < 3 && at != std::string_view::npos; ++line) {
    at = text.find('\n', at);
    if (at != std::string_view::npos) ++at;
  }
  if (at != std::string_view::npos) complaint.right = std::string(text.substr(at));
  const auto blank = complaint.right.find_first_not_of(' ');
  complaint.right.erase(0, std::min(blank, complaint.right.size()));
  return complaint;
}

/// Which value of the generated text a complaint is about; `at_key`: its key.
std::string pointer_at(const Places& places, Mark at, bool& at_key) {
  std::string found;
  for (const auto& [pointer, place] : places) {
    if (place.value == at && pointer.size() >= found.size()) {
      at_key = false;
      found = pointer;
    } else if (place.key == at && pointer.size() > found.size()) {
      at_key = true;
      found = pointer;
    }
  }
  return found;
}

Problem in_the_file(const Complaint& complaint, const Places& generated,
                    const std::vector<ConfigPlace>& written) {
  bool at_key = false;
  std::string pointer = pointer_at(generated, complaint.at, at_key);
  Problem problem{{}, complaint.what, complaint.right};
  for (;; at_key = true) {
    const auto place = std::ranges::find(written, pointer, &ConfigPlace::pointer);
    if (place != written.end()) {
      problem.at = at_key ? place->key : place->value;
      return problem;
    }
    if (pointer.empty()) return problem;
    pointer.erase(pointer.rfind('/'));
  }
}

void check(const std::string& text, const std::vector<ConfigPlace>& written, std::vector<Problem>& problems) {
  const auto parsed = bridge::app::parse_config({std::string(kName), text, ".", {}});
  const auto* errors = std::get_if<bridge::app::ConfigErrors>(&parsed);
  if (errors == nullptr) return;
  std::vector<Problem> none;
  const auto generated = read_yaml(Source(kName, text), none);
  for (const auto& error : errors->problems) {
    problems.push_back(in_the_file(read_complaint(error), generated ? generated->places : Places(), written));
  }
}

}  // namespace

std::vector<Problem> check_bridge_config(const Scenario& scenario) {
  std::vector<Problem> problems;
  if (scenario.config_places.empty() && scenario.bridge.events.empty()) return problems;
  const auto addresses = any_addresses(scenario);
  check(bridge_config(scenario, addresses), scenario.config_places, problems);
  if (!problems.empty()) return problems;
  for (const auto& event : scenario.bridge.events) {
    if (event.config_places.empty()) continue;
    check(bridge_config(scenario, addresses, event.config), event.config_places, problems);
  }
  return problems;
}

}  // namespace scenarios::engine
