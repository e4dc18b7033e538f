#include "simulators/openai/session.hpp"

#include <algorithm>

// What tools the session's MCP servers offer (openai-realtime.md, 5.4). There is no server behind a label:
// the script says what it would answer.
namespace simulators::openai {
namespace {

/// Names that a session's tool of the kind `mcp` allows; absent: all.
std::optional<std::vector<std::string>> allowed_by(const Json& tool) {
  const auto given = tool.find("allowed_tools");
  if (given == tool.end() || given->is_null()) return std::nullopt;
  const Json names = given->is_array() ? *given : given->value("tool_names", Json::array());
  return names.get<std::vector<std::string>>();
}

std::vector<std::string> offered(const McpServer& server, const Json& tool) {
  const auto allowed = allowed_by(tool);
  if (!server.tools) return allowed.value_or(std::vector<std::string>());
  std::vector<std::string> names;
  for (const std::string& name : *server.tools) {
    if (!allowed || std::find(allowed->begin(), allowed->end(), name) != allowed->end())
      names.push_back(name);
  }
  return names;
}

}  // namespace

void Session::note_servers(const Json& tools) {
  if (!tools.is_array()) return;
  for (const Json& tool : tools) {
    if (tool["type"] == "mcp") facts_.servers.insert(tool["server_label"].get<std::string>());
  }
}

/// Each server is asked once.
void Session::list_tools(TimePoint when) {
  if (transcribes_only()) return;  // it has no tools
  note_servers(config_.json()["tools"]);
  for (const Json& tool : config_.json()["tools"]) {
    if (tool["type"] != "mcp") continue;
    const std::string label = tool["server_label"].get<std::string>();
    if (!listed_.insert(label).second) continue;
    at(when, [this, label](TimePoint now) { begin_listing(label, now); });
  }
}

void Session::begin_listing(const std::string& label, TimePoint now) {
  const std::string id = outlet_.ids().make("mcpl_");
  const Json body = {
      {"id", id}, {"type", "mcp_list_tools"}, {"server_label", label}, {"tools", Json::array()}};
  const std::string previous = conversation_.append(body);
  Json added = outlet_.event("conversation.item.added");
  added["previous_item_id"] = previous.empty() ? Json() : Json(previous);
  added["item"] = body;
  outlet_.send(added);
  Json begun = outlet_.event("mcp_list_tools.in_progress");
  begun["item_id"] = id;
  outlet_.send(begun);
  at(now + behaviour_.mcp_servers[label].lists_after,
     [this, label, id, previous](TimePoint) { finish_listing(label, id, previous); });
}

void Session::finish_listing(const std::string& label, const std::string& item, const std::string& previous) {
  const McpServer& server = behaviour_.mcp_servers[label];
  Json over = outlet_.event(server.unreachable ? "mcp_list_tools.failed" : "mcp_list_tools.completed");
  over["item_id"] = item;
  outlet_.send(over);
  auto* kept = conversation_.find(item);
  if (server.unreachable || kept == nullptr) return;
  for (const Json& tool : config_.json()["tools"]) {
    if (tool["type"] != "mcp" || tool["server_label"] != label) continue;
    for (const std::string& name : offered(server, tool)) {
      kept->body["tools"].push_back(
          {{"name", name}, {"description", ""}, {"input_schema", {{"type", "object"}}}});
    }
  }
  Json done = outlet_.event("conversation.item.done");
  done["previous_item_id"] = previous.empty() ? Json() : Json(previous);
  done["item"] = kept->body;
  outlet_.send(done);
}

}  // namespace simulators::openai
