// The names of functions: what no rule calls and no configuration has is a misspelling, and an expectation
// that it is never called would hold whatever happens.
#include "scenarios/engine/reading.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scenarios::engine {
namespace {

using ToolNames = std::vector<std::string>;

bool holds(const ToolNames& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// `Call`: a ToolCall, which the bridge makes, or an McpApproval, which it grants.
template <class Call>
ToolNames named_by(const simulators::openai::Script& model) {
  ToolNames names;
  for (const auto& rule : model.rules) {
    for (const auto& output : rule.reply.outputs) {
      if (const auto* call = std::get_if<Call>(&output)) names.push_back(call->name);
    }
  }
  return names;
}

/// The keys of every `http:` below `tools:`, wherever an agent has its own.
void add_configured(const Json& config, ToolNames& names) {
  if (!config.is_structured()) return;
  for (const auto& [key, value] : config.items()) {
    if (config.is_object() && key == "tools" && value.is_object() && value.contains("http") &&
        value["http"].is_object()) {
      for (const auto& [name, unused] : value["http"].items()) names.push_back(name);
    }
    add_configured(value, names);
  }
}

/// What `tool_called` and its like may name.
struct Tools {
  ToolNames called;  // by the model's rules: of a function
  ToolNames known;   // that or configured or built in
};

Tools tools_of(const Field& root, const Scenario& scenario) {
  Tools tools{named_by<simulators::openai::ToolCall>(scenario.model),
              {"end_call", "transfer_call", "send_dtmf"}};
  tools.known.insert(tools.known.end(), tools.called.begin(), tools.called.end());
  if (root.has("bridge")) add_configured(root.at("bridge").json(), tools.known);
  return tools;
}

void check_tool(const Field& name, const Tools& tools, bool must_be_called) {
  if (!name.is_text() || holds(tools.called, name.text())) return;
  const std::string near = nearest(name.text(), must_be_called ? tools.called : tools.known);
  if (holds(tools.known, name.text()) && (!must_be_called || near.empty())) return;
  name.problem("the model never calls '" + name.text() + "'",
               near.empty() ? "a rule with 'reply: {tool: NAME}' calls one" : "did you mean '" + near + "'?");
}

}  // namespace

void check_tool_names(const Field& root, const Scenario& scenario) {
  const Tools tools = tools_of(root, scenario);
  if (root.has("model")) {
    Tools answered = tools;  // an approval is answered as well, and no output of a function comes of it
    for (auto& name : named_by<simulators::openai::McpApproval>(scenario.model)) {
      answered.called.push_back(name);
      answered.known.push_back(std::move(name));
    }
    for (const auto& rule : root.at("model").each()) {
      if (rule.has("when") && rule.at("when").is_map() && rule.at("when").has("tool_result"))
        check_tool(rule.at("when").at("tool_result"), answered, false);
    }
  }
  for (const auto& entry : root.at("expect").each()) {
    if (entry.has("tool_called")) {
      const Field called = entry.at("tool_called");
      const bool never = called.is_map() && called.number("times", 1) == 0;
      check_tool(called.is_map() ? called.at("name") : called, tools, !never);
    }
    if (entry.has("model_received") && entry.at("model_received").has("tool_output"))
      check_tool(entry.at("model_received").at("tool_output"), tools, false);
  }
}

}  // namespace scenarios::engine
