#include "simulators/openai/response.hpp"

// Calls that the service makes itself, of tools on MCP servers (openai-realtime.md, 5.4). Their order in a
// response is the documentation's: nobody has published a recording.
namespace simulators::openai {

void Response::begin_mcp_call(std::size_t output) {
  Item& item = items_[output];
  item.text = item.mcp->arguments;  // also where no delta told them
  Json whole = part_event("response.mcp_call_arguments.done", output);
  whole["arguments"] = item.text;
  send(whole);
  tell_mcp_call("response.mcp_call.in_progress", output);
  item.begun = true;
}

/// A call that is cut off in its arguments was never made; one that is cut off later has no outcome.
void Response::close_mcp_call(std::size_t output) {
  const Item& item = items_[output];
  if (!item.begun || item.status != "completed") return;
  tell_mcp_call(item.mcp->error ? "response.mcp_call.failed" : "response.mcp_call.completed", output);
}

void Response::tell_mcp_call(std::string_view type, std::size_t output) {
  Json made = event(type);
  made["item_id"] = items_[output].id;
  made["output_index"] = output;
  send(made);
}

Json Response::shown_mcp(const Item& item) const {
  const bool asks = item.approval != nullptr;
  Json body;
  body["id"] = item.id;
  body["type"] = asks ? "mcp_approval_request" : "mcp_call";
  body["server_label"] = asks ? item.approval->server : item.mcp->server;
  body["name"] = asks ? item.approval->name : item.mcp->name;
  body["arguments"] = item.open && !asks ? "" : item.text;
  if (asks) return body;
  const std::string approval = parts_.conversation.approved(item.mcp->server, item.mcp->name);
  body["approval_request_id"] = approval.empty() ? Json() : Json(approval);
  const bool over = item.begun && item.status == "completed";
  body["output"] = over && !item.mcp->error ? Json(item.mcp->result) : Json();
  body["error"] = Json();
  if (over && item.mcp->error)
    body["error"] = {{"type", "tool_execution_error"}, {"message", *item.mcp->error}};
  return body;
}

}  // namespace simulators::openai
