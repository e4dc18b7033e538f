#include "simulators/openai/errors.hpp"
#include "simulators/openai/session.hpp"

#include <variant>

// The conversation's items as a client handles them.
namespace simulators::openai {
namespace {

/// The event's `item_id`; the error when it has none.
std::variant<std::string, ErrorBody> item_id_of(const ControlEvent& event) {
  const auto id = event.body.find("item_id");
  if (id == event.body.end()) return errors::missing_parameter("item_id");
  if (!id->is_string()) return errors::invalid_type("item_id", "a string", id->type_name());
  return id->get<std::string>();
}

/// A required integer.
std::variant<std::int64_t, ErrorBody> integer_of(const ControlEvent& event, const char* name) {
  const auto value = event.body.find(name);
  if (value == event.body.end()) return errors::missing_parameter(name);
  if (!value->is_number_integer()) {
    return errors::invalid_type(name, "an integer",
                                value->is_number_float() ? "a decimal number" : value->type_name());
  }
  return value->get<std::int64_t>();
}

}  // namespace

void Session::announce_item(const std::string& id, const std::string& previous) {
  const auto* item = conversation_.find(id);
  if (item == nullptr) return;  // deleted while it was held back
  for (const std::string_view type : {"conversation.item.added", "conversation.item.done"}) {
    Json event = outlet_.event(type);
    event["previous_item_id"] = previous.empty() ? Json() : Json(previous);
    event["item"] = item->body;
    outlet_.send(event);
  }
}

void Session::create_item(const ControlEvent& event, TimePoint now) {
  auto outcome = conversation_.create(event.body, outlet_.ids().make("item_"));
  if (const auto* wrong = std::get_if<ErrorBody>(&outcome)) return fail(*wrong, event, now);
  const auto& added = std::get<Conversation::Added>(outcome);
  if (event.body["item"]["type"] == "function_call_output" && active() != nullptr) {
    // A tool's result that is faster than response.done: taken, and announced after it (6.3).
    held_back_.push_back(added);
  } else {
    announce_item(added.id, added.previous);
  }
  note_item(conversation_.find(added.id)->body, now);
}

/// What a new item says to the model, and what the facts keep of it.
void Session::note_item(const Json& item, TimePoint now) {
  if (item["type"] == "function_call_output") {
    ToolOutputFacts output;
    output.at = now;
    output.call_id = item["call_id"].get<std::string>();
    output.tool = conversation_.tool_called(output.call_id);
    output.output = item["output"].get<std::string>();
    inputs_.push_back({Input::Kind::tool_result, output.tool});
    facts_.tool_outputs.push_back(std::move(output));
    return;
  }
  if (item["type"] != "message" || item["role"] != "user") return;
  std::string text;
  bool audio = false;
  for (const Json& part : item["content"]) {
    if (part["type"] == "input_text" && part["text"].is_string()) text += part["text"].get<std::string>();
    audio = audio || part["type"] == "input_audio";
  }
  if (text.empty()) {
    if (audio) inputs_.push_back({Input::Kind::caller_turn, {}});
    return;
  }
  inputs_.push_back({Input::Kind::text, text});
  facts_.user_texts.push_back({now, std::move(text)});
}

void Session::delete_item(const ControlEvent& event, TimePoint now) {
  const auto id = item_id_of(event);
  if (const auto* wrong = std::get_if<ErrorBody>(&id)) return fail(*wrong, event, now);
  const auto& name = std::get<std::string>(id);
  if (!conversation_.remove(name)) return fail(errors::no_such_item("delete", "deleting", name), event, now);
  Json deleted = outlet_.event("conversation.item.deleted");
  deleted["item_id"] = name;
  outlet_.send(deleted);
}

void Session::retrieve_item(const ControlEvent& event, TimePoint now) {
  const auto id = item_id_of(event);
  if (const auto* wrong = std::get_if<ErrorBody>(&id)) return fail(*wrong, event, now);
  const auto& name = std::get<std::string>(id);
  const auto* item = conversation_.find(name);
  if (item == nullptr) return fail(errors::no_such_item("retrieve", "retrieving", name), event, now);
  Json retrieved = outlet_.event("conversation.item.retrieved");
  Json body;
  body["id"] = item->id;
  body["object"] = "realtime.item";
  for (const auto& [key, value] : item->body.items()) body[key] = value;
  retrieved["item"] = std::move(body);
  outlet_.send(retrieved);
}

void Session::truncate(const ControlEvent& event, TimePoint now) {
  parts_.counts.truncates.add();
  const auto id = item_id_of(event);
  if (const auto* wrong = std::get_if<ErrorBody>(&id)) return fail(*wrong, event, now);
  const auto content_index = integer_of(event, "content_index");
  if (const auto* wrong = std::get_if<ErrorBody>(&content_index)) return fail(*wrong, event, now);
  const auto end = integer_of(event, "audio_end_ms");
  if (const auto* wrong = std::get_if<ErrorBody>(&end)) return fail(*wrong, event, now);
  TruncationFacts facts;
  facts.at = now;
  facts.item = std::get<std::string>(id);
  facts.audio_end_ms = std::get<std::int64_t>(end);
  const auto* item = conversation_.find(facts.item);
  facts.generated_ms = item == nullptr ? 0 : item->audio_bytes / 8;
  std::optional<ErrorBody> wrong;
  if (std::get<std::int64_t>(content_index) != 0) {
    wrong = errors::invalid_value("content_index", std::to_string(std::get<std::int64_t>(content_index)), {});
  } else {
    wrong = conversation_.truncate(facts.item, facts.audio_end_ms);
  }
  facts.accepted = !wrong;
  facts_.truncations.push_back(facts);
  if (wrong) return fail(*wrong, event, now);
  Json truncated = outlet_.event("conversation.item.truncated");
  truncated["item_id"] = facts.item;
  truncated["content_index"] = 0;
  truncated["audio_end_ms"] = facts.audio_end_ms;
  outlet_.send(truncated);
  if (parts_.observer != nullptr) parts_.observer->truncated(facts_, facts_.truncations.back());
}

}  // namespace simulators::openai
