#include "bridge/app/config_parser.hpp"
#include "bridge/app/twiml.hpp"
#include "bridge/call/phone.hpp"
#include "bridge/call/tool_schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace bridge::app {
namespace {

constexpr std::array<std::string_view, 3> kBuiltIn{"end_call", "transfer_call", "send_dtmf"};

/// A plain scalar is what it looks like; a quoted one is text.
nlohmann::json scalar_to_json(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (text == "true" || text == "false") return text == "true";
  const bool number = text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  const auto parsed = number ? nlohmann::json::parse(text, nullptr, false) : nlohmann::json(text);
  return parsed.is_discarded() ? nlohmann::json(text) : parsed;
}

nlohmann::json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    auto object = nlohmann::json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = to_json(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    auto array = nlohmann::json::array();
    for (const auto& entry : node) array.push_back(to_json(entry));
    return array;
  }
  return node.IsScalar() ? scalar_to_json(node) : nlohmann::json();
}

bool function_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void check_hosts(Section& section, const std::vector<std::string>& hosts) {
  for (const std::string_view host : hosts) {
    const auto name = host.starts_with("*.") ? host.substr(2) : host;
    if (!name.empty() && name.find_first_of("/:*@ ") == std::string_view::npos) continue;
    section.wrong("hosts", fmt::format("holds `{}`", host),
                  "expected host names such as api.example.com, or *.example.com for all below it");
  }
}

}  // namespace

std::vector<std::string> ConfigParser::numbers_allowed(Section& section, std::string_view key) {
  auto allow = section.texts(key);
  for (const auto& number : allow) {
    const bool prefix = number.ends_with('*');
    const auto digits = number.substr(0, number.size() - (prefix ? 1 : 0));
    if (!digits.starts_with('+') || digits.find_first_not_of("0123456789", 1) != std::string::npos) {
      section.wrong(key, fmt::format("holds `{}`", number),
                    "expected numbers such as \"+14155551212\", or a prefix such as \"+1415*\"");
    } else if (prefix && digits.size() < 2) {
      section.wrong(key, fmt::format("holds `{}`: every number of the world", number),
                    "expected at least the country, such as \"+1*\"; better a prefix such as \"+1415*\"");
    } else if (!prefix && !call::e164(digits)) {
      section.wrong(key, fmt::format("holds `{}`, which is no whole number", number),
                    "expected + and 7 to 15 digits, or a star behind a prefix: \"+1415*\"");
    }
  }
  return allow;
}

/// An agent that has `tools` of its own has no others: nothing is left of what `agent` offers.
void ConfigParser::tools(Section section, call::ToolSettings& into) {
  const bool end_call = into.end_call;
  into = call::ToolSettings();
  into.end_call = end_call;
  into.hosts = section.texts("hosts");
  check_hosts(section, into.hosts);
  if (section.has("transfer_call")) transfer_tool(section.section("transfer_call"), into.transfer.emplace());
  section.flag("send_dtmf", into.send_dtmf);
  auto http = section.section("http");
  for (const auto& name : http.keys()) {
    call::HttpTool tool;
    tool.name = name;
    if (!function_name(name)) {
      http.wrong(name, "is no name of a function", "expected letters, digits, _ and -, at most 64");
    } else if (std::ranges::find(kBuiltIn, name) != kBuiltIn.end()) {
      http.wrong(name, "is a function of the bridge's own", "expected another name");
    }
    http_tool(http.section(name), into.hosts, tool);
    into.http.push_back(std::move(tool));
  }
  http.finish();
  section.finish();
}

void ConfigParser::transfer_tool(Section section, call::ToolSettings::Transfer& into) {
  into.allow = numbers_allowed(section, "allow");
  if (!section.has("allow")) {
    section.wrong("allow", "is missing",
                  "expected the numbers that may be called: allow: [\"+14155550100\"]");
  }
  section.text("caller_id", into.caller_id);
  if (!into.caller_id.empty() && !call::e164(into.caller_id)) {
    section.wrong("caller_id", fmt::format("is `{}`", into.caller_id),
                  "expected a number of the account: \"+14155550123\"");
  }
  section.duration("ring_timeout", into.ring_timeout, 5s, 10min);
  section.text("if_not_answered", into.if_not_answered);
  if (const auto error = check_verbs(into.if_not_answered)) {
    section.wrong("if_not_answered", *error,
                  "expected TwiML verbs without the <Response> around them: <Say>Sorry</Say>");
  }
  if (!config_.public_url) {
    section.wrong("allow", "is given without public_url",
                  "Twilio is told where to ask what comes after the transfer: public_url: https://HOST");
  }
  section.finish();
}

void ConfigParser::http_tool(Section section, const std::vector<std::string>& hosts, call::HttpTool& into) {
  section.text("description", into.description);
  if (into.description.empty()) {
    section.wrong("description", "is missing", "expected what the function does, for the model");
  }
  if (auto given = url(section, "url", {"https", "http"})) into.url = std::move(*given);
  if (!section.has("url")) {
    section.wrong("url", "is missing", "expected where it leads: url: https://api.example.com/orders");
  } else if (!into.url.host.empty() && !call::host_allowed(hosts, into.url.host)) {
    section.wrong("url", fmt::format("leads to `{}`, which is not in tools.hosts", into.url.host),
                  fmt::format("expected a host of the list, or: hosts: [{}]", into.url.host));
  }
  constexpr std::array kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
  if (const auto method = section.choice("method", {"GET", "POST", "PUT", "PATCH", "DELETE"}, into.method)) {
    into.method = kMethods.at(*method);
  }
  section.duration("timeout", into.timeout, 100ms, 60s);
  section.size("max_answer", into.answer_bytes, 64, 256U << 10U);
  schema_of(section, into);
  bearer_of(section, into);
  if (!into.bearer.empty() && into.url.scheme == "http") {
    config_.warnings.push_back(
        fmt::format("the function {} sends its bearer secret over http, in the clear", into.name));
  }
  section.finish();
}

void ConfigParser::schema_of(Section& section, call::HttpTool& into) {
  const auto given = section.node("parameters");
  std::string text = R"({"type":"object","properties":{}})";
  if (given.IsDefined()) text = given.IsScalar() ? given.Scalar() : to_json(given).dump();
  auto parsed = call::ArgumentSchema::parse(text);
  if (const auto* why = std::get_if<std::string>(&parsed)) {
    section.wrong("parameters", *why, "expected a JSON schema: {type: object, properties: {...}}");
    return;
  }
  into.parameters = std::get<std::shared_ptr<const call::ArgumentSchema>>(std::move(parsed));
}

/// The secret from the environment, from a file, or (better not) from the configuration itself.
void ConfigParser::bearer_of(Section& section, call::HttpTool& into) {
  section.text("bearer", into.bearer);
  if (!into.bearer.empty()) section.show("bearer", std::string(kRedacted));
  std::string variable, name;
  section.text("bearer_env", variable);
  section.text("bearer_file", name);
  if (section.has("bearer") + section.has("bearer_env") + section.has("bearer_file") > 1) {
    section.wrong("bearer", "is given twice", "keep one of bearer, bearer_env and bearer_file");
    return;
  }
  if (!variable.empty()) {
    const auto found = source_.environment.find(variable);
    if (found == source_.environment.end() || found->second.empty()) {
      section.wrong("bearer_env", fmt::format("names `{}`, which is not set", variable),
                    "expected a variable of the environment that holds the secret");
    } else {
      into.bearer = found->second;
    }
  }
  check_secret(section, variable.empty() ? "bearer" : "bearer_env", variable, into.bearer);
  if (name.empty()) return;
  const auto path = resolve(name);
  auto text = read_whole_file(path).value_or("");
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) {
    section.wrong("bearer_file", fmt::format("names `{}`, which cannot be read or is empty", path.string()),
                  "expected a file that holds the secret");
  }
  into.bearer = std::move(text);
}

}  // namespace bridge::app
