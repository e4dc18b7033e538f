#include "scenarios/recording/model_script.hpp"

#include "runtime/audio/level.hpp"
#include "scenarios/recording/caller_script.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <set>

namespace scenarios::recording {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
constexpr Duration kUsualCreated = 300ms;  // from being asked
constexpr Duration kUsualFirstAudio = 1s;  // from being created
constexpr double kSlowSpeech = 4;          // times faster than real time: the service has ten
constexpr Duration kStillOpen = 2s;        // a response that was asked for so late may lack its end
const std::set<std::string> kBuiltIn{"end_call", "send_dtmf", "transfer_call"};

/// As YAML takes every text: JSON's double quotes. `$` would begin a variable's name.
std::string in_quotes(std::string text) {
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 2))
    text.insert(at + 1, " ");
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool usable(const std::string& tool) {
  return !tool.empty() && std::ranges::all_of(tool, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool keys_alone(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789*#ABCD") == std::string::npos;
}

Json parsed(const std::string& text) {
  return Json::parse(text, nullptr, false);
}

/// What a back end has to answer for the bridge to hand `output` on: ours wraps it.
std::string answer_of(const Json& output, Duration took) {
  const bool wrapped = output.is_object() && output.contains("ok") && output.contains("status");
  std::string answer;
  if (wrapped) {
    const Json& status = output["status"];
    if (status.is_number_integer() && status != 200) answer += "status: " + status.dump() + ", ";
    answer += "json: " + output.value("body", Json()).dump();
  } else {
    answer += "json: " + output.dump();
  }
  const auto after = std::chrono::floor<std::chrono::milliseconds>(took);
  if (after >= 100ms) answer += ", after: " + duration_text(after);
  return "{" + answer + "}";
}

}  // namespace

std::string ModelScript::quoted(const std::string& text) const {
  return in_quotes(keys_alone(text) ? redaction_.keys(text) : redaction_.text(text));
}

std::string ModelScript::rules() {
  std::string text;
  std::size_t number = 0;
  for (const auto& response : recording_.responses) {
    names_.push_back("reply_" + std::to_string(++number));
    text += "  - when: " + when(response) +
            "\n    reply: " + (response.never ? "never" : reply(response, number)) +
            "\n    as: " + names_.back() + "\n";
  }
  const bool prompted = std::ranges::any_of(recording_.responses, [](const Response& response) {
    return response.asked == Response::Asked::text && !keys_alone(response.input);
  });
  if (prompted)
    notes_.push_back(
        "the bridge asked for a response with a text of its own: when it does so is its configuration's, "
        "which is not "
        "on the wires (bridge: {config: ...})");
  return text;
}

std::string ModelScript::when(const Response& response) const {
  switch (response.asked) {
    case Response::Asked::greeting:
      return "greeting";
    case Response::Asked::again:
      return "again";
    case Response::Asked::caller_finished:
      return "caller_finished";
    case Response::Asked::out_of_band:
      return "out_of_band";
    case Response::Asked::tool_result:
      return usable(response.input) ? "{tool_result: " + response.input + "}" : "tool_result";
    case Response::Asked::text:
      break;
  }
  // Keys are the caller's own; any other text may be the operator's prompt.
  return keys_alone(response.input) ? "{exactly: " + quoted(response.input) + "}" : "text";
}

std::string ModelScript::reply(const Response& response, std::size_t number) {
  std::vector<std::string> outputs;
  for (const auto& one : response.outputs) {
    const auto part = outputs.empty() ? "" : "-" + std::to_string(outputs.size() + 1);
    if (auto written = output(one, name_ + "-reply-" + std::to_string(number) + part + ".wav");
        !written.empty())
      outputs.push_back(std::move(written));
  }
  std::string text;
  const auto add = [&text](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : ", ") + more;
  };
  if (!outputs.empty()) add(outputs.front());
  if (outputs.size() > 1) {
    std::string then;
    for (std::size_t i = 1; i < outputs.size(); ++i) then += (then.empty() ? "{" : ", {") + outputs[i] + "}";
    add("then: [" + then + "]");
  }
  const auto end = ending(response);
  if (outputs.empty() && end.empty()) add("silence: 100ms");
  add(end);
  add(pace(response));
  return "{" + text + "}";
}

std::string ModelScript::output(const Output& output, const std::string& clip) {
  const auto words = output.words.empty() ? "" : quoted(output.words);
  switch (output.kind) {
    case Output::Kind::text:
      return "written: " + (words.empty() ? "\"\"" : words);
    case Output::Kind::tool: {
      if (!usable(output.tool)) return {};
      const Json arguments = parsed(output.arguments);
      const bool any = arguments.is_object() && !arguments.empty();
      return "tool: " + output.tool + (any ? ", with: " + redaction_.json(arguments).dump() : "");
    }
    case Output::Kind::speech:
      break;
  }
  const std::string transcript = words.empty() ? "" : "transcript: " + words;
  if (output.undecodable) return (words.empty() ? "silence: 1s" : transcript) + ", audio: undecodable";
  if (output.sound.pcm.empty()) return words.empty() ? "" : transcript + ", audio: none";
  clips_.push_back({clip, output.sound});
  return "clip: " + clip + (words.empty() ? "" : ", " + transcript);
}

std::string ModelScript::ending(const Response& response) {
  if (response.status == "failed") {
    std::string error;
    const auto field = [&](const char* name, const std::string& value) {
      if (!value.empty()) error += (error.empty() ? "" : ", ") + std::string(name) + ": " + quoted(value);
    };
    field("type", response.error_type);
    field("code", response.error_code);
    field("message", response.error_message);
    return "ends: failed" + (error.empty() ? "" : ", error: {" + error + "}");
  }
  if (response.status == "incomplete") {
    const bool known = response.reason == "max_output_tokens" || response.reason == "content_filter";
    return "ends: incomplete" + (known ? ", because: " + response.reason : "");
  }
  if (response.status == "cancelled" && response.outputs.empty())
    return response.uncreated ? "ends: cancelled_before_created" : "ends: cancelled_at_birth";
  if (response.status.empty() && recording_.ended - response.created > kStillOpen) return "ends: never";
  return {};
}

/// Only where it is out of the ordinary: a slow model is part of what is to be repeated.
std::string ModelScript::pace(const Response& response) const {
  std::string text;
  const auto add = [&text](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  const auto created = response.created - response.due;
  if (created > kUsualCreated) add("created: " + duration_text(created));
  if (response.first_audio) {
    const auto first = *response.first_audio - response.created;
    if (first > kUsualFirstAudio) add("first_audio: " + duration_text(first));
    const double took = runtime::seconds(*response.last_audio - *response.first_audio);
    const double spoken = static_cast<double>(response.mulaw().size()) / 8000;
    if (spoken > 2 && took > spoken / kSlowSpeech)
      add(fmt::format("speed: {:.1f}", std::max(0.1, spoken / took)));
  }
  return text.empty() ? "" : "pace: {" + text + "}";
}

/// Functions of the operator's own that the model called, and that the bridge had offered.
std::vector<std::string> ModelScript::own_tools() const {
  std::vector<std::string> names;
  for (const auto& answer : recording_.tools) {
    if (!usable(answer.tool) || kBuiltIn.contains(answer.tool) ||
        !recording_.parameters.contains(answer.tool))
      continue;
    if (std::ranges::find(names, answer.tool) == names.end()) names.push_back(answer.tool);
  }
  return names;
}

std::string ModelScript::tool_config() const {
  std::string text;
  if (recording_.parameters.contains("send_dtmf")) text += "        send_dtmf: true\n";
  const auto tools = own_tools();
  if (!tools.empty()) text += "        hosts: [\"$http.tools.host\"]\n        http:\n";
  for (const auto& tool : tools) {
    Duration slowest{0};
    for (const auto& answer : recording_.tools) {
      if (answer.tool == tool) slowest = std::max(slowest, answer.took);
    }
    const auto timeout = std::chrono::ceil<std::chrono::seconds>(slowest) + 2s;
    text += "          " + tool + ":\n            description: A function of the recorded call.\n" +
            "            url: $http.tools.url/" + tool + "\n            timeout: " + duration_text(timeout) +
            "\n";
    const Json parameters = parsed(recording_.parameters.at(tool));
    if (parameters.is_object() && !parameters.empty())
      text += "            parameters: " + redaction_.json(parameters).dump() + "\n";
  }
  return text.empty() ? text : "      tools:\n" + text;
}

std::string ModelScript::tool_servers() {
  std::string text;
  for (const auto& tool : own_tools()) {
    std::string answers;
    for (const auto& answer : recording_.tools) {
      if (answer.tool != tool) continue;
      Json output = parsed(answer.output);
      if (output.is_discarded()) output = answer.output;
      answers += (answers.empty() ? "" : ", ") + answer_of(redaction_.json(output), answer.took);
    }
    text += "    - {on: POST /" + tool + ", answer: [" + answers + "]}\n";
  }
  if (recording_.parameters.contains("transfer_call") &&
      std::ranges::any_of(recording_.tools, [](const ToolAnswer& a) { return a.tool == "transfer_call"; }))
    notes_.push_back(
        "transfer_call needs `others:` and the bridge's configuration: whom it may reach is not on the "
        "wires");
  return text.empty() ? text : "http:\n  tools:\n" + text;
}

}  // namespace scenarios::recording
